// SPDX-License-Identifier: MIT
//
// Spool: the memory of a backend that outlives the process, as the process itself uses it.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "os/spool_file.hpp"
#include "queue/pass_log.hpp"
#include "queue/queue_memory.hpp"
#include "queue/site_registry.hpp"
#include "queue/spool_layout.hpp"

namespace lathe {

// A sink's part of a spool.
struct SinkMemory {
  std::span<std::byte> state;  // for a FileJournal's state; zeros at first
  std::span<std::byte> block;  // for the lines that it speaks of
};

// Makes the file and hands out its memory: see spool_layout.hpp for what is in it, and
// engine/spool_reader.hpp for what becomes of it when the process is killed.
//
// Threads:   thread-safe, but set_calibration and pass_log are the backend thread's
// Lifetime:  shared by the backend and the queues in it; the last one unmaps it. The file goes with
//            remove(), when all is written; otherwise it stays for the next start.
// Errors:    functions that make something throw std::system_error or std::bad_alloc. Notes that
//            find no memory are left out: records say "?" then, where they are recovered.
// Tested by: RecoveryTest
class Spool final : public SiteObserver, public std::enable_shared_from_this<Spool> {
 public:
  // Makes a spool in `directory` and lists all places of the program in it.
  [[nodiscard]] static std::shared_ptr<Spool> create(const std::string& directory,
                                                     std::int64_t wall_ns);
  ~Spool() override;

  // Memory for a queue whose ring has `ring_bytes` (a multiple of page_bytes()).
  [[nodiscard]] QueueMemory add_producer(std::size_t ring_bytes);
  void free_producer(std::uint32_t chunk) noexcept;

  // `description` is what the reader gets to know of the sink.
  [[nodiscard]] SinkMemory add_sink(std::span<const std::byte> description,
                                    std::size_t block_bytes);

  void add_logger(std::uint32_t number, std::string_view name) noexcept;
  void site_added(std::uint32_t number, const SiteEntry& entry) noexcept override;

  // `bytes`, up to kCalibrationBytesMax of them, are what the reader gets to know of the clock.
  void set_calibration(std::span<const std::byte> bytes) noexcept;

  [[nodiscard]] PassLog& pass_log() noexcept { return pass_log_; }

  // Memory for a message that is too large for a queue, or nothing if there is no room. What
  // find_large() returns for the offset stays valid until free_large().
  [[nodiscard]] std::optional<std::uint64_t> add_large(std::string_view text,
                                                       std::uint64_t bytes_max) noexcept;
  [[nodiscard]] const char* find_large(std::uint64_t offset) const noexcept;
  void free_large(std::uint64_t offset) noexcept;

  [[nodiscard]] const std::string& path() const noexcept { return file_.path(); }
  [[nodiscard]] std::error_code remove() noexcept;

 private:
  struct LargeText {
    std::uint64_t offset;  // in large_
    std::uint64_t bytes;
  };

  Spool(SpoolFile file, std::int64_t wall_ns);
  [[nodiscard]] SpoolHeader& header() noexcept {
    return *reinterpret_cast<SpoolHeader*>(header_pages_.data());
  }
  // False in a child of fork, whose memory of it is its parent's.
  [[nodiscard]] bool is_ours() noexcept;
  [[nodiscard]] std::uint32_t add_chunk(ChunkKind kind, std::size_t bytes);
  [[nodiscard]] std::uint32_t take_producer_chunk(std::size_t ring_bytes);
  [[nodiscard]] SharedPages map_chunk(std::uint32_t chunk);
  [[nodiscard]] std::byte* reserve_note(std::size_t bytes);
  void add_note(NoteKind kind, std::span<const std::byte> fixed,
                std::initializer_list<std::string_view> texts);

  SpoolFile file_;
  SharedPages header_pages_;
  PassLog pass_log_;

  std::mutex mutex_;
  // Guarded by mutex_.
  SharedPages notes_;  // the chunk that is being filled
  std::vector<std::uint32_t> free_producers_;
  std::vector<SharedPages> sinks_;
  SharedPages large_;
  std::vector<LargeText> large_texts_;  // by offset
};

}  // namespace lathe
