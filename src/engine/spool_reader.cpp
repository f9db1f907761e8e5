// SPDX-License-Identifier: MIT

#include "engine/spool_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

#include "engine/queued_record.hpp"
#include "os/build_id.hpp"
#include "queue/producer.hpp"

namespace lathe {
namespace {

// Takes values and texts off the front of a note. False once it is too short.
class NoteReader {
 public:
  explicit NoteReader(std::span<const std::byte> bytes) : left_(bytes) {}

  template <class T>
  [[nodiscard]] bool take(T& value) {
    if (left_.size() < sizeof(T)) return false;
    std::memcpy(&value, left_.data(), sizeof(T));
    left_ = left_.subspan(sizeof(T));
    return true;
  }
  [[nodiscard]] bool take_text(std::size_t bytes, std::string& text) {
    if (left_.size() < bytes) return false;
    text.assign(reinterpret_cast<const char*>(left_.data()), bytes);
    left_ = left_.subspan(bytes);
    return true;
  }
  [[nodiscard]] std::span<const std::byte> rest() const { return left_; }

 private:
  std::span<const std::byte> left_;
};

}  // namespace

SpoolReader::SpoolReader(SpoolFile file, bool notes_only)
    : file_(std::move(file)), notes_only_(notes_only) {
  unknown_site_.source = {.serial = 0, .path = "?", .file = "?", .line = 0};
  unknown_logger_.info = {.serial = 0, .name = "?"};
  read_header();
  for (std::uint32_t number = 0; number < chunks_.size(); ++number) {
    read_chunk(number, chunks_[number]);
  }
  if (notes_only_) return;
  make_sinks();
  std::sort(producers_.begin(), producers_.end(),
            [](const auto& a, const auto& b) { return a.serial < b.serial; });
}

void SpoolReader::refuse(const std::string& reason) const {
  throw SpoolError(file_.path() + ": " + reason);
}

void SpoolReader::read_header() {
  if (file_.size_bytes() < sizeof(SpoolHeader)) refuse("is too short for a spool");
  const std::size_t page = page_bytes();
  header_pages_ = file_.map(0, (sizeof(SpoolHeader) + page - 1) / page * page);
  if (header().magic != kSpoolMagic) refuse("is not a spool of lathe");
  if (header().version != kSpoolVersion) {
    refuse(fmt::format("is of version {}, and this lathe reads version {}", header().version,
                       kSpoolVersion));
  }
  if (header().build != spool_build()) {
    refuse("was laid out by another build of lathe");
  }
  const std::uint64_t count = header().chunk_count.load(std::memory_order_acquire);  // A:K
  // Chunks are there before they are counted.
  if (file_.look_again()) refuse("cannot be looked at");
  if (count > kSpoolChunksMax) refuse("is damaged: its table of chunks is too long");
  chunks_.assign(header().chunks.begin(), header().chunks.begin() + static_cast<long>(count));
  for (const SpoolChunk& chunk : chunks_) {
    const bool is_inside = chunk.offset <= file_.size_bytes() && chunk.bytes != 0 &&
                           chunk.bytes <= file_.size_bytes() - chunk.offset;
    if (!is_inside || chunk.offset % page != 0 || chunk.bytes % page != 0) {
      refuse("is damaged, or cut short: a chunk is not within the file");
    }
  }
  read_calibration();
}

void SpoolReader::read_calibration() {
  const std::uint64_t count = header().calibrations.load(std::memory_order_acquire);  // A:C
  if (count == 0) return;  // killed before there was a record
  if (header().calibration_bytes != sizeof(StampCalibration)) {
    refuse("is damaged: its clock is of another size");
  }
  calibration_.emplace(1.0);
  std::memcpy(&*calibration_, header().calibration[(count - 1) % 2].data(),
              sizeof(StampCalibration));
}

void SpoolReader::read_chunk(std::uint32_t number, const SpoolChunk& chunk) {
  if (notes_only_ && chunk.kind != ChunkKind::notes) return;
  switch (chunk.kind) {
    case ChunkKind::notes:
      return read_notes(file_.map(chunk.offset, chunk.bytes));
    case ChunkKind::pass_log:
      return read_pass_log(chunk);
    case ChunkKind::producer:
      return read_producer(number, chunk);
    case ChunkKind::large:
      large_ = file_.map(chunk.offset, chunk.bytes);
      return;
    case ChunkKind::sink:
    case ChunkKind::unused:
      return;
  }
  refuse("is damaged: it has a chunk of no known kind");
}

void SpoolReader::read_notes(const SharedPages& pages) {
  const auto* notes = reinterpret_cast<const NotesHeader*>(pages.data());
  const std::uint64_t used = notes->used_bytes.load(std::memory_order_acquire);  // A:O
  if (used == 0) return;  // killed before its first note
  if (used < sizeof(NotesHeader) || used > pages.size())
    refuse("is damaged: its notes are too long");
  for (std::size_t at = sizeof(NotesHeader); at < used;) {
    NoteHeader note{};
    if (used - at < sizeof(note)) refuse("is damaged: a note is cut short");
    std::memcpy(&note, pages.data() + at, sizeof(note));
    if (note.bytes < sizeof(note) || note.bytes > used - at)
      refuse("is damaged: a note is too long");
    const std::span<const std::byte> payload(pages.data() + at + sizeof(note),
                                             note.bytes - sizeof(note));
    if (note_checksum(payload) != note.checksum) refuse("is damaged: a note is not as it was made");
    switch (note.kind) {
      case NoteKind::site:
        read_site(payload);
        break;
      case NoteKind::logger:
        read_logger(payload);
        break;
      case NoteKind::sink:
        read_sink_note(payload);
        break;
      default:
        refuse("is damaged: it has a note of no known kind");
    }
    at += (note.bytes + std::size_t{7}) & ~std::size_t{7};
  }
}

void SpoolReader::read_site(std::span<const std::byte> payload) {
  NoteReader reader(payload);
  SiteNote note{};
  SpoolSite made;
  std::string format;
  if (!reader.take(note) || !reader.take_text(note.path_bytes, made.path) ||
      !reader.take_text(note.format_bytes, format)) {
    refuse("is damaged: the note of a place is too short");
  }
  made.format = FormatCopy(format);
  SpoolSite& site = sites_[note.number] = std::move(made);
  const std::size_t slash = site.path.rfind('/') + 1;  // npos + 1 is 0
  site.source = {.serial = 0,
                 .path = site.path,
                 .file = std::string_view(site.path).substr(slash),
                 .line = note.line};
  site.is_deferred = note.decode_offset != 0;
  site.decode = reinterpret_cast<DecodeFunction>(reinterpret_cast<std::uintptr_t>(
      locate_code({.offset = note.decode_offset, .build_id = note.build_id})));
}

void SpoolReader::read_logger(std::span<const std::byte> payload) {
  NoteReader reader(payload);
  LoggerNote note{};
  LoggerText made;
  if (!reader.take(note) || !reader.take_text(note.name_bytes, made.name)) {
    refuse("is damaged: the note of a logger is too short");
  }
  LoggerText& logger = loggers_[note.number] = std::move(made);
  logger.info = {.serial = 0, .name = logger.name};
}

void SpoolReader::read_sink_note(std::span<const std::byte> payload) {
  NoteReader reader(payload);
  std::uint32_t chunk = 0;
  if (!reader.take(chunk)) refuse("is damaged: the note of a sink is too short");
  auto description = decode_description(reader.rest());
  if (!description || chunk >= chunks_.size() || chunks_[chunk].kind != ChunkKind::sink) {
    refuse("is damaged: the note of a sink makes no sense");
  }
  descriptions_[chunk] = std::move(*description);
}

void SpoolReader::make_sinks() {
  for (auto& [number, description] : descriptions_) {
    const SpoolChunk& chunk = chunks_[number];
    SpoolSink& sink = sinks_.emplace_back();
    sink.description = std::move(description);
    sink.pages = file_.map(chunk.offset, chunk.bytes);
    const std::span<char> block(reinterpret_cast<char*>(sink.pages.data()) + page_bytes(),
                                sink.pages.size() - page_bytes());
    auto& journal_state = *reinterpret_cast<FileJournalState*>(sink.pages.data());
    sink.journal = std::make_unique<FileJournal>(journal_state, block, place_);
    const FileJournalEntry last = sink.journal->last();
    if (last.block_begin > block.size() || last.block_bytes > block.size() - last.block_begin) {
      refuse("is damaged: what was being written is not within its block");
    }
  }
}

void SpoolReader::read_pass_log(const SpoolChunk& chunk) {
  pass_log_pages_ = file_.map(chunk.offset, chunk.bytes);
  const auto* log = reinterpret_cast<const PassLogHeader*>(pass_log_pages_.data());
  pass_state_ = log->state.load(std::memory_order_acquire);                // A:P
  const std::uint64_t count = log->count.load(std::memory_order_acquire);  // A:P
  if (count > (chunk.bytes - sizeof(PassLogHeader)) / sizeof(PassEntry)) {
    refuse("is damaged: its log of passes is too long");
  }
  if (pass_state_ == 0) pass_state_ = 1;  // killed before the first pass
  pass_entries_ = {
      reinterpret_cast<const PassEntry*>(pass_log_pages_.data() + sizeof(PassLogHeader)), count};
}

void SpoolReader::read_producer(std::uint32_t number, const SpoolChunk& chunk) {
  const std::size_t page = page_bytes();
  if (chunk.bytes < 2 * page) refuse("is damaged: a queue has no room");
  SpoolProducer producer;
  producer.chunk = number;
  producer.ring = std::make_unique<MirroredMemory>(file_.descriptor(), chunk.offset,
                                                   static_cast<std::size_t>(chunk.bytes - page));
  auto& indices = *std::launder(reinterpret_cast<QueueIndices*>(producer.ring->first_page()));
  const ByteQueue queue(indices, *producer.ring);
  if (!queue.is_sound()) refuse("is damaged: a queue's indices are not within it");
  producer.readable = queue.readable();
  if (!producer.readable.empty()) {
    producer.front_offset = queue.offset_of(producer.readable.data());
  }
  check_records(producer);
  ProducerNote note{};
  std::memcpy(&note, producer.ring->first_page() + kProducerNoteOffset, sizeof(note));
  note.thread_name.back() = '\0';
  producer.serial = note.serial;
  producer.thread_name = note.thread_name.data();
  producer.thread = {.serial = 0, .id = note.thread_id, .name = {}};
  producers_.push_back(std::move(producer));
}

void SpoolReader::check_records(const SpoolProducer& producer) const {
  for (std::span<const std::byte> left = producer.readable; !left.empty();) {
    if (left.size() < sizeof(RecordHeader)) refuse("is damaged: a record is cut short");
    const RecordHeader header = header_at(left.data());
    if (header.size_bytes < sizeof(RecordHeader) || stride(header) > left.size() ||
        header.kind > RecordKind::spool_text || header.level >= Level::off) {
      refuse("is damaged: a queue holds something that is no record");
    }
    const std::size_t payload_bytes = header.size_bytes - sizeof(RecordHeader);
    const bool is_short =
        (header.kind == RecordKind::drops && payload_bytes < sizeof(DropReport)) ||
        (header.kind == RecordKind::heap_text && payload_bytes < sizeof(HeapText)) ||
        (header.kind == RecordKind::spool_text && payload_bytes < sizeof(SpoolText));
    if (is_short) refuse("is damaged: a record is too short for its kind");
    left = left.subspan(stride(header));
  }
}

bool SpoolReader::is_of(const std::string& path) const {
  return std::any_of(descriptions_.begin(), descriptions_.end(),
                     [&](const auto& each) { return each.second.path == path; });
}

const SpoolSite& SpoolReader::site(std::uint32_t number) const {
  const auto found = sites_.find(number);
  return found == sites_.end() ? unknown_site_ : found->second;
}

const LoggerInfo& SpoolReader::logger(std::uint32_t number) const {
  const auto found = loggers_.find(number);
  return found == loggers_.end() ? unknown_logger_.info : found->second.info;
}

std::int64_t SpoolReader::wall_ns(std::uint64_t stamp) const noexcept {
  return calibration_ ? calibration_->to_wall_ns(stamp) : header().created_ns;
}

std::optional<std::string_view> SpoolReader::large_text(std::uint64_t offset,
                                                        std::uint64_t bytes) const noexcept {
  if (offset > large_.size() || bytes > large_.size() - offset) return std::nullopt;
  return std::string_view(reinterpret_cast<const char*>(large_.data()) + offset, bytes);
}

}  // namespace lathe
