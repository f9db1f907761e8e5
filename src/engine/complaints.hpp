// SPDX-License-Identifier: MIT
//
// Complaints: what lathe has to tell about its own troubles, and how often.

#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "os/clock.hpp"

namespace lathe {

// Messages become records of logger "lathe"; stderr gets one line a minute at most.
//
// Threads:   backend thread only
// Tested by: SinkContractTest
class Complaints {
 public:
  explicit Complaints(const Clock& clock) : clock_(clock) {}

  // A single event, such as a failed rotation: a record, unless the same was told within a minute.
  void tell(const std::string& message);

  // Something that may fail again with every batch: a record once a minute, too.
  void tell_repeated(const std::string& message);

  [[nodiscard]] bool empty() const noexcept { return messages_.empty(); }
  [[nodiscard]] std::deque<std::string> take();

 private:
  [[nodiscard]] bool is_new(const std::string& message);
  void add(const std::string& message);
  void print(const std::string& message);

  // Messages that wait for a sink to take them. A bound, since the sinks may be what is broken.
  static constexpr std::size_t kMessagesMax = 64;
  static constexpr std::int64_t kQuietNs = 60'000'000'000;

  const Clock& clock_;
  std::map<std::string, std::int64_t> told_ns_;  // when each text was told last; a minute of them
  std::deque<std::string> messages_;
  std::uint64_t messages_left_out_ = 0;
  std::int64_t next_print_ns_ = INT64_MIN;
  std::int64_t next_repeat_ns_ = INT64_MIN;
  std::uint64_t repeats_left_out_ = 0;
};

}  // namespace lathe
