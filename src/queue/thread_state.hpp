// SPDX-License-Identifier: MIT
//
// What a thread remembers between log calls. The only thread-local state of lathe.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <system_error>
#include <vector>

#include <lathe/format.hpp>

#include "os/alternate_stack.hpp"
#include "queue/bound_logger.hpp"
#include "queue/producer.hpp"

namespace lathe {

// A producer that this thread keeps alive and retires when it ends.
struct OwnedProducer {
  std::uint64_t backend_id;
  std::shared_ptr<Producer> producer;
};

// One remembered place of a function call, and what it is found again by.
struct CachedSite {
  const char* path = nullptr;
  const char* format = nullptr;
  DecodeFunction decode = nullptr;
  unsigned line = 0;
  const Site* site = nullptr;
};

// Sets of two; 256 places cover more than the loop that a thread is in. 10 KiB for each thread that
// logs by function calls.
struct SiteCache {
  static constexpr std::size_t kSets = 128;

  // Lines of one file differ in their low bits, files in their addresses. Two places may share a
  // set; of three that do, two take turns.
  [[nodiscard]] CachedSite* set(const char* path, unsigned line) noexcept {
    const std::size_t hash = line ^ (reinterpret_cast<std::uintptr_t>(path) >> 4);
    return &sites[hash % kSets * 2];
  }

  std::array<CachedSite, 2 * kSets> sites;
};

// The calling thread's; null before its first call, and once it has ended. Read by one instruction,
// as queue_slots.
extern constinit thread_local SiteCache* site_cache __attribute__((tls_model("initial-exec")));

// The same, made if it is not there yet; null if there is no memory, or the thread has ended.
[[nodiscard]] SiteCache* acquire_site_cache() noexcept;

// Scratch memory up to this size is kept between calls; what a thread costs beside its queue.
inline constexpr std::size_t kScratchBytesKept = 64 * KiB;

// Everything of a thread that needs a destructor. Touched on slow paths only.
struct ThreadGuard {
  ThreadGuard() = default;
  ThreadGuard(const ThreadGuard&) = delete;
  ThreadGuard& operator=(const ThreadGuard&) = delete;
  ~ThreadGuard();

  std::vector<OwnedProducer> producers;
  std::unique_ptr<SiteCache> sites;
  void* scratch = nullptr;
  std::size_t scratch_bytes = 0;
  bool scratch_taken = false;
  std::error_code wait_error;  // see last_wait_error()
  AlternateStack alternate_stack;
};

// The calling thread's guard. Only while thread_has_ended() is false.
[[nodiscard]] ThreadGuard& thread_guard();

// True in what runs after the thread's own destructors: static destructors, others' guards.
[[nodiscard]] bool thread_has_ended() noexcept;

// submit() where the slot has no producer: finds it in the thread's list, makes it, or says why
// not: without a backend the record goes to stderr or is counted; a forked child's is counted.
void submit_slow(BoundLogger& logger, std::byte* record, std::size_t stride_bytes) noexcept;

// The calling thread does a backend's work from now on: its log calls never wait for a sync.
void start_to_work_for_backend() noexcept;
[[nodiscard]] bool works_for_backend() noexcept;

// Threads get an alternate stack of so many bytes (0: none) at their first log call from now on.
void set_alternate_stack_bytes(std::size_t bytes) noexcept;

// Gives the calling thread one now, if any are wanted.
void provide_alternate_stack() noexcept;

void note_wait_error(std::error_code error) noexcept;

// Counts records that nobody will take; see refused_records().
void count_refused(std::uint64_t records) noexcept;

}  // namespace lathe
