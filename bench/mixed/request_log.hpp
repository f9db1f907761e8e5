// SPDX-License-Identifier: MIT
//
// What a request logs: three records, the same for every logger. And the loggers.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::bench {

// The three records of a request, for fmt and for printf.
inline constexpr char kReceived[] = "request {}: GET {} from user {}";
inline constexpr char kFound[] = "request {}: order of user {}: {}";
inline constexpr char kAnswered[] = "request {}: hash {}";
inline constexpr char kReceivedPrintf[] = "request %llu: GET %.*s from user %llu";
inline constexpr char kFoundPrintf[] = "request %llu: order of user %llu: %.*s";
inline constexpr char kAnsweredPrintf[] = "request %llu: hash %llu";

// The third record of every hundredth request is an error: a policy that syncs errors has some.
[[nodiscard]] constexpr bool is_error(std::uint64_t number) { return number % 100 == 99; }

// Threads: all calls from one thread
// Errors:  std::system_error from any of them
class RequestLog {
 public:
  virtual ~RequestLog() = default;

  virtual void received(std::uint64_t number, std::string_view path, std::uint64_t user) = 0;
  virtual void found(std::uint64_t number, std::uint64_t user, std::string_view order) = 0;
  virtual void answered(std::uint64_t number, std::uint64_t hash) = 0;

  // Waits until all is with the kernel. Nothing is logged afterwards.
  virtual void finish() = 0;
};

struct LogKind {
  const char* name;                                              // as options have it
  const char* title;                                             // as tables have it
  std::unique_ptr<RequestLog> (*make)(const std::string& path);  // into a new file
};

// The first writes nothing, and no file.
inline constexpr std::string_view kNoLog = "none";

[[nodiscard]] std::span<const LogKind> plain_logs();
[[nodiscard]] std::span<const LogKind> spdlog_logs();  // only where spdlog was found
[[nodiscard]] std::span<const LogKind> lathe_logs();

// All of this build, in the order of the tables.
[[nodiscard]] std::vector<LogKind> all_logs();

// The names of all of them: "none, fprintf, ...".
[[nodiscard]] std::string log_names();

// The one of that name; nullptr if there is none.
[[nodiscard]] const LogKind* find_log(std::span<const LogKind> logs, std::string_view name);

}  // namespace lathe::bench
