// SPDX-License-Identifier: MIT
//
// SiteRegistry: the places in the source that log, by number.

#pragma once

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <lathe/format.hpp>
#include <lathe/record.hpp>

namespace lathe {

// A format string of one's own, split, with the bytes behind it that may be read.
class FormatCopy {
 public:
  FormatCopy() = default;
  explicit FormatCopy(std::string_view text);  // throws std::bad_alloc

  [[nodiscard]] const FormatPieces& pieces() const noexcept { return pieces_; }

 private:
  std::unique_ptr<char[]> text_;
  FormatPieces pieces_;
};

// One place that logs. Copies of all texts, so that it outlives the object file it came from.
struct SiteEntry {
  SourceInfo source;
  DecodeFunction decode = nullptr;
  std::string path;
  FormatCopy format;  // what `decode` gets; empty where a record has its text
  Site site;          // what find_site() returns
};

template <class T>
class Lasting;

// Formats the packed arguments `payload` into `text`; a formatter that throws leaves a note
// instead. Throws only std::bad_alloc.
void format_packed(DecodeFunction decode, const FormatPieces& format,
                   std::span<const std::byte> payload, fmt::memory_buffer& text);

// Writes what a formatter threw, in place of the message it did not make. Call it from a catch
// block. Throws only std::bad_alloc.
void append_exception_note(fmt::appender out, std::string_view format);

// Gets to know of every place: those that are known, when it begins to observe, and each new one
// before any record of it is made. Called under the registry's mutex.
class SiteObserver {
 public:
  virtual ~SiteObserver() = default;
  virtual void site_added(std::uint32_t number, const SiteEntry& entry) noexcept = 0;
};

// One for the process: a record holds a place's number, which is cheaper than its texts and stays
// valid when a plug-in is unloaded. Entries are never removed.
//
// Edges: I  site entry  R: add()  A: entry(), and Site::id's readers
//
// Threads:   thread-safe; entry() takes no lock
// Tested by: SiteRegistryTest
class SiteRegistry {
 public:
  static constexpr std::uint32_t kOwnSite = kUnknownSite + 1;  // records that lathe makes itself

  static SiteRegistry& instance() noexcept;

  // The number of a place: the same one for the same path, line, function and format. kUnknownSite
  // if there are too many, 0 if there is no memory just now.
  std::uint32_t add(std::string_view path, unsigned line, DecodeFunction decode,
                    std::string_view format) noexcept;

  // An observer must forget itself before it is gone. Throws std::bad_alloc.
  void observe(SiteObserver& observer);
  void forget(SiteObserver& observer) noexcept;

  // Over a fork: see thread_state.cpp.
  void lock() noexcept { mutex_.lock(); }
  void unlock() noexcept { mutex_.unlock(); }

  // The entry of a number that add() returned.
  [[nodiscard]] const SiteEntry& entry(std::uint32_t site) const noexcept {
    const Chunk* chunk = chunks_[site / kChunkEntries].load(std::memory_order_acquire);  // A:I
    return *chunk->entries[site % kChunkEntries].load(std::memory_order_acquire);        // A:I
  }

 private:
  friend class Lasting<SiteRegistry>;

  // 65,536 places in all: one program was never seen to have more than a few ten thousand, and the
  // tables stay small. Beyond it, records have an unknown place.
  static constexpr std::size_t kChunkEntries = 256;
  static constexpr std::size_t kChunks = 256;
  struct Chunk {
    std::array<std::atomic<const SiteEntry*>, kChunkEntries> entries{};
  };
  using Key = std::tuple<std::string, unsigned, DecodeFunction, std::string>;

  SiteRegistry();
  std::uint32_t add_locked(std::string_view path, unsigned line, DecodeFunction decode,
                           std::string_view format);

  std::mutex mutex_;

  // Guarded by mutex_.
  std::map<Key, std::uint32_t> numbers_;
  std::uint32_t next_ = kUnknownSite;
  std::vector<SiteObserver*> observers_;

  // Shared: edge I.
  std::array<std::atomic<Chunk*>, kChunks> chunks_{};
};

}  // namespace lathe
