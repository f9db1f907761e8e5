// SPDX-License-Identifier: MIT
//
// The exported ends of the hot path: submit(), the registration of places, scratch memory.

#include <cstdlib>
#include <cstring>
#include <new>

#include <lathe/format.hpp>
#include <lathe/queue_front.hpp>

#include "queue/bound_logger.hpp"
#include "queue/producer.hpp"
#include "queue/site_registry.hpp"
#include "queue/thread_state.hpp"

namespace lathe {

namespace {

// Zeroes behind a record, so that no old bytes of the stack get into a queue. Returns its size with
// the padding.
std::size_t pad(std::byte* record, std::size_t size_bytes) noexcept {
  const std::uint64_t zero = 0;
  std::memcpy(record + size_bytes, &zero, kRecordPadding);
  return (size_bytes + 7) & ~std::size_t{7};
}

// Finds a place that the thread does not remember, and remembers it.
[[gnu::noinline]] const Site& add_site(const char* path, unsigned line, DecodeFunction decode,
                                       fmt::string_view format) noexcept {
  SiteRegistry& registry = SiteRegistry::instance();
  const std::uint32_t number = registry.add(path, line, decode, {format.data(), format.size()});
  const Site& site = registry.entry(number == 0 ? kUnknownSite : number).site;
  SiteCache* const cache = acquire_site_cache();
  if (cache != nullptr) {
    CachedSite* const set = cache->set(path, line);
    set[1] = set[0];
    set[0] = {path, format.data(), decode, line, &site};
  }
  return site;
}

}  // namespace

void submit_by_clock(const LoggerState& logger, QueueFront& queue, std::size_t size_bytes,
                     std::uint32_t site, Level level, RecordKind kind) noexcept {
  submit_stamped(logger, queue, size_bytes, site, level, kind,
                 static_cast<const Producer&>(queue).stamp());
}

void wake_backend(const QueueFront& queue) noexcept {
  static_cast<const Producer&>(queue).wake_from_deep_sleep();
}

void submit(LoggerState& state, std::byte* record, std::size_t size_bytes) noexcept {
  auto& logger = static_cast<BoundLogger&>(state);
  const std::size_t stride_bytes = pad(record, size_bytes);
  const std::uint64_t backend_id = logger.backend_id.load(std::memory_order_relaxed);  // see there
  const QueueSlot& slot = queue_slots[backend_id % kQueueSlots];
  if (slot.backend_id != backend_id) [[unlikely]] {
    submit_slow(logger, record, stride_bytes);
    return;
  }
  auto& producer = static_cast<Producer&>(*slot.front);
  const std::uint32_t number = logger.number.load(std::memory_order_relaxed);  // see there
  std::memcpy(record + offsetof(RecordHeader, logger), &number, sizeof(number));
  const std::uint64_t stamp = producer.stamp();
  std::memcpy(record + offsetof(RecordHeader, stamp), &stamp, sizeof(stamp));
  if (static_cast<Level>(record[offsetof(RecordHeader, level)]) >= producer.wait_level)
      [[unlikely]] {
    producer.push_and_wait(record, stride_bytes);
    return;
  }
  producer.push(record, stride_bytes);
}

std::uint32_t register_site(const Site& site, DecodeFunction decode) noexcept {
  const std::string_view format(site.format.text, decode == nullptr ? 0 : site.format.text_bytes);
  const std::uint32_t number = SiteRegistry::instance().add(site.path, site.line, decode, format);
  if (number == 0) {
    return kUnknownSite;
  }
  site.id.store(number, std::memory_order_release);  // R:I
  return number;
}

const Site& find_site(const char* path, unsigned line, DecodeFunction decode,
                      fmt::string_view format) noexcept {
  SiteCache* const cache = site_cache;
  if (cache == nullptr) [[unlikely]] {
    return add_site(path, line, decode, format);
  }
  // The texts, not their addresses alone: another plug-in, or one that was built anew, may have
  // been loaded in the place of an old one.
  const auto is_it = [&](const CachedSite& each) {
    return each.path == path && each.line == line && each.decode == decode &&
           each.format == format.data() && each.site->format.view() == format &&
           std::strcmp(each.site->path, path) == 0;
  };
  const CachedSite* const set = cache->set(path, line);
  if (is_it(set[0])) {
    return *set[0].site;
  }
  if (is_it(set[1])) {
    return *set[1].site;
  }
  return add_site(path, line, decode, format);
}

void append_formatted(fmt::memory_buffer& out, fmt::string_view format, fmt::format_args args) {
  fmt::vformat_to(fmt::appender(out), format, args);
}

void* acquire_scratch(std::size_t size_bytes) {
  if (size_bytes <= kScratchBytesKept && !thread_has_ended()) {
    ThreadGuard& guard = thread_guard();
    if (!guard.scratch_taken) {
      if (guard.scratch_bytes < size_bytes) {
        void* grown = std::realloc(guard.scratch, size_bytes);
        if (grown == nullptr) {
          throw std::bad_alloc();
        }
        guard.scratch = grown;
        guard.scratch_bytes = size_bytes;
      }
      guard.scratch_taken = true;
      return guard.scratch;
    }
  }
  // Longer than what is kept, or a formatter that logs while a long message is being made.
  void* memory = std::malloc(size_bytes);
  if (memory == nullptr) {
    throw std::bad_alloc();
  }
  return memory;
}

void release_scratch(void* memory, std::size_t) noexcept {
  if (!thread_has_ended()) {
    ThreadGuard& guard = thread_guard();
    if (guard.scratch_taken && guard.scratch == memory) {
      guard.scratch_taken = false;
      return;
    }
  }
  std::free(memory);
}

}  // namespace lathe
