// SPDX-License-Identifier: MIT

#include "queue/spool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <random>
#include <utility>

#include <lathe/format.hpp>

#include "os/build_id.hpp"
#include "os/thread.hpp"

namespace lathe {
namespace {

// A chunk of notes: some hundred places of a program.
constexpr std::size_t kNotesBytes = 32 * 1024;

constexpr std::size_t whole_pages(std::size_t bytes, std::size_t page) noexcept {
  return (bytes + page - 1) / page * page;
}

template <class T>
std::span<const std::byte> bytes_of(const T& value) noexcept {
  return std::as_bytes(std::span(&value, 1));
}

}  // namespace

std::uint64_t spool_build() noexcept {
  // The page size lays out the chunks; sizes stand for the rest.
  return std::uint64_t{sizeof(QueueIndices)} << 32 ^ sizeof(RecordHeader) << 24 ^
         page_bytes() << 4 ^ sizeof(SpoolHeader);
}

std::shared_ptr<Spool> Spool::create(const std::string& directory, std::int64_t wall_ns) {
  // Process numbers come again, in containers even at once; hence some digits by chance.
  std::random_device random;
  const std::string name = fmt::format("{}{}-{}-{:08x}{:08x}{}", kSpoolPrefix, current_user_id(),
                                       current_process_id(), random(), random(), kSpoolSuffix);
  std::shared_ptr<Spool> spool(new Spool(SpoolFile::create(directory, name), wall_ns));
  SiteRegistry::instance().observe(*spool);
  spool->file_.publish();
  return spool;
}

Spool::Spool(SpoolFile file, std::int64_t wall_ns) : file_(std::move(file)) {
  const std::size_t header_bytes = whole_pages(sizeof(SpoolHeader), page_bytes());
  (void)file_.grow(header_bytes);  // at 0
  header_pages_ = file_.map(0, header_bytes);
  SpoolHeader& made = header();
  made.magic = kSpoolMagic;
  made.version = kSpoolVersion;
  made.header_bytes = static_cast<std::uint32_t>(header_bytes);
  made.build = spool_build();
  made.process_id = current_process_id();
  made.created_ns = wall_ns;
  const std::size_t log_bytes = sizeof(PassLogHeader) + kPassEntriesMax * sizeof(PassEntry);
  pass_log_ = PassLog(map_chunk(add_chunk(ChunkKind::pass_log, log_bytes)));
}

Spool::~Spool() { SiteRegistry::instance().forget(*this); }

// The chunk counts only when it is complete, and its memory is there.
std::uint32_t Spool::add_chunk(ChunkKind kind, std::size_t bytes) {
  const std::uint64_t number = header().chunk_count.load(std::memory_order_relaxed);  // our own
  if (number == kSpoolChunksMax) throw std::bad_alloc();
  const std::size_t whole = whole_pages(bytes, page_bytes());
  const std::uint64_t offset = file_.grow(whole);
  header().chunks[number] = {.offset = offset, .bytes = whole, .kind = kind, .unused = 0};
  header().chunk_count.store(number + 1, std::memory_order_release);  // R:K
  return static_cast<std::uint32_t>(number);
}

SharedPages Spool::map_chunk(std::uint32_t chunk) {
  const SpoolChunk& entry = header().chunks[chunk];
  return file_.map(entry.offset, entry.bytes);
}

std::uint32_t Spool::take_producer_chunk(std::size_t ring_bytes) {
  const std::lock_guard lock(mutex_);
  if (free_producers_.empty()) {
    const std::uint32_t chunk = add_chunk(ChunkKind::producer, page_bytes() + ring_bytes);
    free_producers_.reserve(chunk + std::size_t{1});  // so that freeing needs no memory
    return chunk;
  }
  const std::uint32_t chunk = free_producers_.back();  // all queues of a backend are of one size
  file_.refill(header().chunks[chunk].offset, header().chunks[chunk].bytes);
  free_producers_.pop_back();
  return chunk;
}

// Mapping and touching its memory takes a while: not under the mutex.
QueueMemory Spool::add_producer(std::size_t ring_bytes) {
  const std::uint32_t chunk = take_producer_chunk(ring_bytes);
  try {
    return {shared_from_this(), chunk,
            MirroredMemory(file_.descriptor(), header().chunks[chunk].offset, ring_bytes)};
  } catch (...) {
    free_producer(chunk);
    throw;
  }
}

void Spool::free_producer(std::uint32_t chunk) noexcept {
  if (!is_ours()) return;
  const std::lock_guard lock(mutex_);
  const SpoolChunk& entry = header().chunks[chunk];
  file_.punch(entry.offset, entry.bytes);
  free_producers_.push_back(chunk);
}

SinkMemory Spool::add_sink(std::span<const std::byte> description, std::size_t block_bytes) {
  const std::lock_guard lock(mutex_);
  const std::uint32_t chunk = add_chunk(ChunkKind::sink, page_bytes() + block_bytes);
  SharedPages& pages = sinks_.emplace_back(map_chunk(chunk));
  const std::string_view text(reinterpret_cast<const char*>(description.data()),
                              description.size());
  add_note(NoteKind::sink, bytes_of(chunk), {text});
  return {.state = {pages.data(), page_bytes()},
          .block = {pages.data() + page_bytes(), block_bytes}};
}

void Spool::add_logger(std::uint32_t number, std::string_view name) noexcept {
  const std::lock_guard lock(mutex_);
  const LoggerNote note{.number = number, .name_bytes = static_cast<std::uint32_t>(name.size())};
  try {
    add_note(NoteKind::logger, bytes_of(note), {name});
  } catch (...) {  // see the class
  }
}

void Spool::site_added(std::uint32_t number, const SiteEntry& entry) noexcept {
  if (!is_ours()) return;
  const std::lock_guard lock(mutex_);
  const FormatPieces& pieces = entry.format.pieces();
  const std::string_view format(pieces.text, pieces.text_bytes);
  SiteNote note{};
  note.number = number;
  note.line = entry.source.line;
  note.path_bytes = static_cast<std::uint32_t>(entry.path.size());
  note.format_bytes = static_cast<std::uint32_t>(format.size());
  if (entry.decode != nullptr) {
    const CodePlace place = find_code(reinterpret_cast<const void*>(entry.decode));
    note.decode_offset = place.offset;
    note.build_id = place.build_id;
  }
  try {
    add_note(NoteKind::site, bytes_of(note), {entry.path, format});
  } catch (...) {  // see the class
  }
}

std::byte* Spool::reserve_note(std::size_t bytes) {
  const auto used = [this] {
    return reinterpret_cast<NotesHeader*>(notes_.data())
        ->used_bytes.load(std::memory_order_relaxed);  // our own
  };
  if (notes_.data() == nullptr || notes_.size() - used() < bytes) {
    const std::size_t chunk_bytes = std::max(kNotesBytes, sizeof(NotesHeader) + bytes);
    notes_ = map_chunk(add_chunk(ChunkKind::notes, chunk_bytes));
    reinterpret_cast<NotesHeader*>(notes_.data())
        ->used_bytes.store(sizeof(NotesHeader), std::memory_order_release);  // R:O
  }
  return notes_.data() + used();
}

void Spool::add_note(NoteKind kind, std::span<const std::byte> fixed,
                     std::initializer_list<std::string_view> texts) {
  std::size_t bytes = sizeof(NoteHeader) + fixed.size();
  for (const std::string_view text : texts) bytes += text.size();
  if (bytes > std::numeric_limits<std::uint32_t>::max() / 2) throw std::bad_alloc();
  std::byte* out = reserve_note(round_up_8(bytes));
  std::byte* const begin = out;
  out += sizeof(NoteHeader);
  std::memcpy(out, fixed.data(), fixed.size());
  out += fixed.size();
  for (const std::string_view text : texts) {
    if (!text.empty()) std::memcpy(out, text.data(), text.size());
    out += text.size();
  }
  const NoteHeader note{.bytes = static_cast<std::uint32_t>(bytes),
                        .kind = kind,
                        .checksum = note_checksum({begin + sizeof(NoteHeader), out})};
  std::memcpy(begin, &note, sizeof(note));
  auto& used = reinterpret_cast<NotesHeader*>(notes_.data())->used_bytes;
  used.store(used.load(std::memory_order_relaxed) + round_up_8(bytes),  // our own
             std::memory_order_release);                                // R:O
}

void Spool::set_calibration(std::span<const std::byte> bytes) noexcept {
  const std::uint64_t count = header().calibrations.load(std::memory_order_relaxed);  // our own
  std::memcpy(header().calibration[count % 2].data(), bytes.data(), bytes.size());
  header().calibration_bytes = static_cast<std::uint32_t>(bytes.size());
  header().calibrations.store(count + 1, std::memory_order_release);  // R:C
}

// First fit; there are a handful of them at most.
std::optional<std::uint64_t> Spool::add_large(std::string_view text,
                                              std::uint64_t bytes_max) noexcept {
  const std::lock_guard lock(mutex_);
  try {
    if (large_.data() == nullptr) {
      // Twice what may be on its way, since what is left between two of them may be too small.
      large_ = map_chunk(add_chunk(ChunkKind::large, 2 * bytes_max));
    }
    std::uint64_t offset = 0;
    auto next = large_texts_.begin();
    for (; next != large_texts_.end() && next->offset - offset < text.size(); ++next) {
      offset = next->offset + next->bytes;
    }
    if (large_.size() - offset < text.size()) return std::nullopt;
    large_texts_.insert(next, {offset, std::max<std::uint64_t>(text.size(), 1)});
    if (!text.empty()) std::memcpy(large_.data() + offset, text.data(), text.size());
    return offset;
  } catch (...) {  // no memory
    return std::nullopt;
  }
}

const char* Spool::find_large(std::uint64_t offset) const noexcept {
  return reinterpret_cast<const char*>(large_.data()) + offset;
}

void Spool::free_large(std::uint64_t offset) noexcept {
  const std::lock_guard lock(mutex_);
  std::erase_if(large_texts_, [&](const LargeText& each) { return each.offset == offset; });
}

std::error_code Spool::remove() noexcept { return file_.remove(); }

bool Spool::is_ours() noexcept { return header().process_id == current_process_id(); }

std::uint32_t QueueMemory::next_private_number() noexcept {
  static std::atomic<std::uint32_t> next{0};
  // Relaxed: only a number. After two thousand million queues they come again, long after the
  // first.
  return kPrivateFirst | next.fetch_add(1, std::memory_order_relaxed);
}

QueueMemory::~QueueMemory() {
  if (spool_ != nullptr) spool_->free_producer(chunk_);
}

void QueueMemory::set_owner(std::uint64_t serial, std::uint32_t thread_id,
                            const std::string& name) noexcept {
  if (spool_ == nullptr) return;
  ProducerNote note{.serial = serial, .thread_id = thread_id, .thread_name = {}};
  std::copy_n(name.data(), std::min(name.size(), note.thread_name.size() - 1),
              note.thread_name.begin());
  std::memcpy(ring_.first_page() + kProducerNoteOffset, &note, sizeof(note));
}

}  // namespace lathe
