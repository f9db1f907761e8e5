// SPDX-License-Identifier: MIT

#include "core/sink_description.hpp"

#include <cstring>
#include <string_view>
#include <type_traits>

namespace lathe {
namespace {

class Writer {
 public:
  template <class T>
  void add(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    const auto* bytes = reinterpret_cast<const std::byte*>(&value);
    bytes_.insert(bytes_.end(), bytes, bytes + sizeof(value));
  }
  void add_text(std::string_view text) {
    add(static_cast<std::uint32_t>(text.size()));
    const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
    bytes_.insert(bytes_.end(), bytes, bytes + text.size());
  }
  [[nodiscard]] std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : left_(bytes) {}

  template <class T>
  [[nodiscard]] T take() {
    T value{};
    is_good_ = is_good_ && left_.size() >= sizeof(T);
    if (!is_good_) return value;
    std::memcpy(&value, left_.data(), sizeof(T));
    left_ = left_.subspan(sizeof(T));
    return value;
  }
  [[nodiscard]] std::string take_text() {
    const auto bytes = take<std::uint32_t>();
    is_good_ = is_good_ && left_.size() >= bytes;
    if (!is_good_) return {};
    std::string text(reinterpret_cast<const char*>(left_.data()), bytes);
    left_ = left_.subspan(bytes);
    return text;
  }
  [[nodiscard]] bool is_good_and_done() const { return is_good_ && left_.empty(); }

 private:
  std::span<const std::byte> left_;
  bool is_good_ = true;
};

}  // namespace

std::vector<std::byte> encode(const SinkDescription& description) {
  Writer writer;
  writer.add_text(description.path);
  writer.add_text(description.pattern);
  writer.add_text(description.line_end);
  writer.add(description.process_id);
  writer.add(static_cast<std::uint8_t>(description.time_zone));
  writer.add(static_cast<std::uint8_t>(description.level_min));
  writer.add(static_cast<std::uint8_t>(description.escape));
  writer.add(static_cast<std::uint8_t>(description.is_shared));
  return writer.take();
}

std::optional<SinkDescription> decode_description(std::span<const std::byte> bytes) {
  Reader reader(bytes);
  SinkDescription description;
  description.path = reader.take_text();
  description.pattern = reader.take_text();
  description.line_end = reader.take_text();
  description.process_id = reader.take<std::uint32_t>();
  const auto time_zone = reader.take<std::uint8_t>();
  const auto level_min = reader.take<std::uint8_t>();
  const auto escape = reader.take<std::uint8_t>();
  const auto is_shared = reader.take<std::uint8_t>();
  const bool is_good = reader.is_good_and_done() &&
                       time_zone <= static_cast<std::uint8_t>(TimeZone::local) &&
                       level_min <= static_cast<std::uint8_t>(Level::off) && escape <= 1 &&
                       is_shared <= 1 && !description.path.empty();
  if (!is_good) return std::nullopt;
  description.time_zone = static_cast<TimeZone>(time_zone);
  description.level_min = static_cast<Level>(level_min);
  description.escape = escape != 0;
  description.is_shared = is_shared != 0;
  return description;
}

}  // namespace lathe
