// SPDX-License-Identifier: MIT
//
// The slow ways to a producer, and the guard that retires a thread's producers at its end.

#include "queue/thread_state.hpp"

#include <pthread.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include <lathe/logger.hpp>

#include "os/stderr_line.hpp"
#include "os/thread.hpp"
#include "queue/site_registry.hpp"

namespace lathe {

constinit thread_local QueueSlot queue_slots[kQueueSlots] = {};
constinit thread_local SiteCache* site_cache = nullptr;

namespace {

// Set when the ThreadGuard has been destroyed: static destructors may log after it.
constinit thread_local bool thread_ended = false;

constinit thread_local bool thread_works_for_backend = false;

void forget_slots() noexcept {
  for (QueueSlot& slot : queue_slots) {
    slot = {};
  }
}

std::atomic<std::uint64_t> refused{0};  // relaxed: statistics

std::atomic<std::size_t> alternate_stack_bytes{0};  // relaxed: just a number

// A forked child has one thread, the one that called fork; its slots point to the parent's queues,
// which are shared memory that it must not touch.
// The registry of places is locked over the fork, so that no other thread holds it in the child.
// (Without memory for the handlers a child would write there: then no queue is made, see look_up.)
void before_fork() noexcept { SiteRegistry::instance().lock(); }
void after_fork_in_parent() noexcept { SiteRegistry::instance().unlock(); }
void after_fork_in_child() noexcept {
  SiteRegistry::instance().unlock();
  forget_slots();
}

const bool kForkWatched =
    ::pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) == 0;

// Finds or makes the producer for the backend that `logger` is bound to now. Null: see submit().
// Throws where there is no memory for a queue, having counted the record.
std::shared_ptr<Producer> look_up(BoundLogger& logger, std::uint64_t backend_id,
                                  std::size_t level) {
  if (!thread_ended) {
    for (const OwnedProducer& owned : thread_guard().producers) {
      if (owned.backend_id == backend_id) {
        return owned.producer;
      }
    }
  }
  const std::shared_ptr<ProducerRegistry> registry = logger.registry();
  if (registry == nullptr || !kForkWatched) {
    return nullptr;
  }
  if (thread_ended) {
    return registry->add();
  }
  // Backends that are gone leave entries behind. Room first: a producer that is made is kept.
  provide_alternate_stack();
  ThreadGuard& guard = thread_guard();
  forget_slots();
  std::erase_if(guard.producers,
                [](const OwnedProducer& each) { return each.producer->is_closed(); });
  guard.producers.reserve(guard.producers.size() + 1);
  std::shared_ptr<Producer> producer;
  try {
    producer = registry->add();
  } catch (...) {  // no memory for a queue: counted where the backend's statistics see it
    registry->shared().without_queue[level].fetch_add(1, std::memory_order_relaxed);
    throw;
  }
  if (producer != nullptr) {
    guard.producers.push_back({backend_id, producer});
  }
  return producer;
}

// Logs without a backend: the program-wide logger before start and after the end.
void write_to_stderr(const BoundLogger& logger, const RecordHeader& header,
                     const std::byte* payload) {
  const SiteEntry& site = SiteRegistry::instance().entry(header.site);
  fmt::memory_buffer line;
  fmt::format_to(fmt::appender(line), "{} {} {}:{} ", level_name(header.level), logger.name,
                 site.source.file, site.source.line);
  if (header.kind == RecordKind::packed) {
    format_packed(site.decode, site.format.pieces(), {payload, header.size_bytes - sizeof(header)},
                  line);
  } else {
    const char* text = reinterpret_cast<const char*>(payload);
    line.append(text, text + (header.size_bytes - sizeof(header)));
  }
  for (char& byte : line) {  // one record is one line, here too
    byte = static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f ? '?' : byte;
  }
  write_stderr_line({line.data(), line.size()});
}

}  // namespace

ThreadGuard::~ThreadGuard() {
  thread_ended = true;
  forget_slots();
  site_cache = nullptr;
  for (const OwnedProducer& owned : producers) {
    owned.producer->retire();
  }
  std::free(scratch);
  scratch = nullptr;
}

ThreadGuard& thread_guard() {
  thread_local ThreadGuard guard;
  return guard;
}

SiteCache* acquire_site_cache() noexcept {
  if (site_cache == nullptr && !thread_ended) {
    thread_guard().sites.reset(new (std::nothrow) SiteCache);
    site_cache = thread_guard().sites.get();
  }
  return site_cache;
}

bool thread_has_ended() noexcept { return thread_ended; }

void start_to_work_for_backend() noexcept {
  thread_works_for_backend = true;
  provide_alternate_stack();
}

void set_alternate_stack_bytes(std::size_t bytes) noexcept {
  alternate_stack_bytes.store(bytes, std::memory_order_relaxed);  // see there
}

void provide_alternate_stack() noexcept {
  const std::size_t bytes = alternate_stack_bytes.load(std::memory_order_relaxed);  // see there
  if (bytes != 0 && !thread_ended) thread_guard().alternate_stack.provide(bytes);
}
bool works_for_backend() noexcept { return thread_works_for_backend; }

void note_wait_error(std::error_code error) noexcept {
  if (!thread_ended) {
    thread_guard().wait_error = error;
  }
}

std::error_code last_wait_error() noexcept {
  return thread_ended ? std::error_code() : thread_guard().wait_error;
}

std::uint64_t refused_records() noexcept {
  return refused.load(std::memory_order_relaxed);  // statistics
}

void count_refused(std::uint64_t records) noexcept {
  refused.fetch_add(records, std::memory_order_relaxed);  // statistics
}

void submit_slow(BoundLogger& logger, std::byte* record, std::size_t stride_bytes) noexcept {
  RecordHeader header;
  std::memcpy(&header, record, sizeof(header));
  const std::uint64_t backend_id = logger.backend_id.load(std::memory_order_relaxed);  // see there
  const auto level = std::min(static_cast<std::size_t>(header.level), kLevelCount - 1);
  try {
    if (backend_id == BoundLogger::kNoBackend && logger.unbound == Unbound::write_to_stderr) {
      write_to_stderr(logger, header, record + sizeof(header));
      return;
    }
    if (backend_id != BoundLogger::kNoBackend &&
        logger.process_id.load(std::memory_order_relaxed) == current_process_id()) {  // see there
      if (const std::shared_ptr<Producer> producer = look_up(logger, backend_id, level)) {
        queue_slots[backend_id % kQueueSlots] =
            thread_ended ? QueueSlot{} : QueueSlot{backend_id, producer.get()};
        header.logger = logger.number.load(std::memory_order_relaxed);  // goes with backend_id
        header.stamp = producer->stamp();
        std::memcpy(record, &header, sizeof(header));
        if (header.level >= producer->wait_level) {
          producer->push_and_wait(record, stride_bytes);
        } else {
          producer->push(record, stride_bytes);
        }
        if (thread_ended) {
          producer->retire();  // made for this one record
        }
        return;
      }
    }
  } catch (...) {  // no memory: counted by look_up if it was for a queue
    return;
  }
  count_refused(1);
}

}  // namespace lathe
