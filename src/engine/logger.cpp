// SPDX-License-Identifier: MIT
//
// The front end's out-of-line parts: text records, the function form.

#include <lathe/logger.hpp>

#include <cstring>

#include "os/lasting.hpp"
#include "queue/bound_logger.hpp"
#include "queue/site_registry.hpp"

namespace lathe {

Logger::Logger() noexcept {
  static Lasting<BoundLogger> nobody("", Level::off, Unbound::count);
  state_ = &nobody.get();
}

std::string_view Logger::name() const noexcept {
  return static_cast<const BoundLogger*>(state_)->name;
}

void TextLine::note_exception(fmt::string_view format) noexcept {
  buffer_.resize(sizeof(RecordHeader));
  try {
    append_exception_note(fmt::appender(buffer_), {format.data(), format.size()});
  } catch (...) {  // no memory for more than what fits on the stack
    buffer_.resize(sizeof(RecordHeader));
  }
}

void TextLine::submit_slow(LoggerState& logger, Level level, std::uint32_t site) noexcept {
  constexpr std::size_t kPadding = 7;                // see lathe::submit
  constexpr std::size_t kSizeMax = UINT32_MAX - 64;  // what a header can say, with the padding
  if (buffer_.size() > kSizeMax) {
    buffer_.resize(kSizeMax);  // far beyond record_bytes_max, where it is cut with a note
  }
  const std::size_t size_bytes = buffer_.size();
  try {
    buffer_.reserve(size_bytes + kPadding);
  } catch (...) {  // no memory for 7 bytes: cut as many from the end
    buffer_.resize(size_bytes - kPadding);
  }
  const RecordHeader header{.size_bytes = static_cast<std::uint32_t>(buffer_.size()),
                            .site = site,
                            .stamp = 0,
                            .logger = 0,
                            .level = level,
                            .kind = RecordKind::text,
                            .unused = 0};
  std::memcpy(buffer_.data(), &header, sizeof(header));
  lathe::submit(logger, reinterpret_cast<std::byte*>(buffer_.data()), buffer_.size());
}

namespace {

void format_text(TextLine& text, fmt::string_view format, fmt::format_args args) noexcept {
  try {
    fmt::vformat_to(text.out(), format, args);
  } catch (...) {
    text.note_exception(format);
  }
}

}  // namespace

void log_text(LoggerState& logger, Level level, const char* path, unsigned line,
              fmt::string_view format, fmt::format_args args) noexcept {
  TextLine text;
  format_text(text, format, args);
  text.submit(logger, level,
              find_site(path, line, nullptr, {}).id.load(std::memory_order_relaxed));  // set before
}

void log_text(LoggerState& logger, Level level, const Site& site, fmt::format_args args) noexcept {
  TextLine text;
  format_text(text, site.format.view(), args);
  std::uint32_t id = site.id.load(std::memory_order_acquire);  // A:I
  if (id == 0) id = register_site(site, nullptr);
  text.submit(logger, level, id);
}

}  // namespace lathe
