// SPDX-License-Identifier: MIT

#include "engine/crash_drain.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "engine/queued_record.hpp"
#include "os/crash_calls.hpp"
#include "os/futex.hpp"
#include "os/thread.hpp"
#include "queue/spool.hpp"

namespace lathe {
namespace {

// How long the backend thread waits for the end of the process. Arbitrary: much longer than it
// takes to end one, and little for one that goes on.
constexpr std::chrono::milliseconds kHold{200};

// Pause between two looks at the gate.
constexpr std::chrono::microseconds kGatePause{50};

// Local time is looked up so often, so that a crash after a clock change has the right one.
constexpr std::int64_t kZoneSeconds = 60;

// How many records are written between two looks at the time.
constexpr std::uint32_t kDeadlineRecords = 256;

constexpr LoggerInfo kUnknownLogger{.serial = 0, .name = "?"};

}  // namespace

CrashDrain::CrashDrain(Drain& drain, ProducerRegistry& registry, const LoggerTable& loggers,
                       const std::atomic<std::thread::id>& stepper, bool has_thread)
    : drain_(drain),
      registry_(registry),
      loggers_(loggers),
      stepper_(stepper),
      has_thread_(has_thread),
      process_id_(current_process_id()) {}

void CrashDrain::add_file(FileJournal& journal, const SinkDescription& description) {
  files_.emplace_back(journal, description);
}

void CrashDrain::refresh_zone(std::int64_t utc_s) {
  if (utc_s - zone_since_s_ < kZoneSeconds && utc_s >= zone_since_s_) return;
  zone_since_s_ = utc_s;
  for (CrashFile& file : files_) file.refresh_zone(utc_s);
}

void CrashDrain::answer(std::uint32_t number) noexcept {
  answered_.store(number, std::memory_order_release);  // R:X
  (void)futex_wake_all(answered_);
}

void CrashDrain::hold(std::uint32_t number) const noexcept {
  (void)futex_wait(asked_, number, kHold);
}

bool CrashDrain::is_inherited() const noexcept { return process_id_ != current_process_id(); }

bool CrashDrain::is_own_thread() const noexcept {
  return stepper_.load(std::memory_order_relaxed) == std::this_thread::get_id();  // see there
}

void CrashDrain::ask() noexcept {
  if (!has_thread_ || is_own_thread()) return;
  asked_.fetch_add(1, std::memory_order_release);  // R:X
  (void)futex_wake_all(asked_);                    // who is in hold()
  registry_.shared().signal.wake();
}

bool CrashDrain::wait_for_answer(std::int64_t until_ns) const noexcept {
  if (!has_thread_ || is_taken_over_ || is_own_thread()) return false;
  for (;;) {
    const std::uint32_t answered = answered_.load(std::memory_order_acquire);  // A:X
    if (answered == asked()) return true;
    const std::int64_t left_ns = until_ns - monotonic_ns();
    if (left_ns <= 0) return false;
    (void)futex_wait(answered_, answered, std::chrono::nanoseconds(left_ns));
  }
}

CrashOutcome CrashDrain::take_over(CrashScratch& scratch, std::int64_t until_ns) noexcept {
  const bool is_ours = close_gate(until_ns);
  list_queues(scratch);
  if (is_ours) {
    drain_.pass_log().resume();
    calibration_ = drain_.last_calibration();
    for (CrashFile& file : files_) {
      // After a pass that is done, its number is that of the next one.
      const PassLog& log = drain_.pass_log();
      file.begin(log.is_open() ? log.pass() : log.pass() + 1);
    }
    if (!drain_.pass_log().is_open()) leave_pass();
    if (write_pass(scratch)) write_rest(scratch, until_ns);
    for (CrashFile& file : files_) file.flush();
  }
  // Where nothing was taken over, all that is not released may be written or not.
  return outcome(is_ours ? drain_.pass_log().count() : 0);
}

bool CrashDrain::close_gate(std::int64_t until_ns) noexcept {
  DrainGate& gate = drain_.gate();
  gate.take();
  is_taken_over_ = true;
  if (is_own_thread()) return true;  // wherever it was: it does not go on before we are done
  while (gate.is_inside()) {
    if (monotonic_ns() >= until_ns) return false;
    pause_for(kGatePause);
  }
  return true;
}

void CrashDrain::list_queues(CrashScratch& scratch) noexcept {
  std::size_t count = 0;
  registry_.for_each([&](Producer& producer) {
    const std::span<const std::byte> bytes = producer.readable();
    scratch.cursors[count++] = {
        .producer = &producer, .at = bytes.data(), .end = bytes.data() + bytes.size()};
  });
  cursors_ = std::span(scratch.cursors).first(count);
}

// The queue whose next record lies there; null if there is none.
CrashScratch::Cursor* CrashDrain::find(std::uint32_t chunk, std::uint32_t offset) noexcept {
  for (Cursor& cursor : cursors_) {
    if (cursor.producer->chunk() != chunk) continue;
    const bool is_it = cursor.at != cursor.end && cursor.producer->offset_of(cursor.at) == offset;
    return is_it ? &cursor : nullptr;
  }
  return nullptr;
}

// The pass is written, but perhaps not yet released.
void CrashDrain::leave_pass() noexcept {
  PassLog& log = drain_.pass_log();
  for (const PassEntry& entry : log.entries()) {
    Cursor* const cursor = find(entry.chunk, entry.offset);
    if (cursor == nullptr) continue;
    const std::size_t bytes = stride(header_at(cursor->at));
    cursor->at += bytes;
    cursor->taken_bytes += bytes;
  }
  for (Cursor& cursor : cursors_) {
    cursor.producer->release(std::exchange(cursor.taken_bytes, 0));
  }
  log.begin();
}

// The pass that was under way: all of its records are in their queues. False if it makes no sense.
bool CrashDrain::write_pass(CrashScratch& scratch) noexcept {
  std::uint32_t number = 0;
  for (const PassEntry& entry : drain_.pass_log().entries()) {
    Cursor* const cursor = find(entry.chunk, entry.offset);
    if (cursor == nullptr) {  // of a thread that the table had no room for
      for (CrashFile& file : files_) file.end();
      return false;
    }
    write(*cursor, number++, scratch);
    const std::size_t bytes = stride(header_at(cursor->at));
    cursor->at += bytes;
    cursor->taken_bytes += bytes;
  }
  return true;
}

// What no pass had yet: text of all threads, the earliest first.
void CrashDrain::write_rest(CrashScratch& scratch, std::int64_t until_ns) noexcept {
  PassLog& log = drain_.pass_log();
  std::uint32_t written = 0;
  while (is_writing()) {
    Cursor* const cursor = earliest();
    if (cursor == nullptr) return;
    const RecordHeader header = header_at(cursor->at);
    if (header.kind == RecordKind::packed) {
      cursor->is_stopped = true;
      continue;
    }
    if (++written % kDeadlineRecords == 0 && monotonic_ns() >= until_ns) return;
    if (log.is_full() && !start_next_pass()) return;
    log.add(cursor->producer->chunk(), cursor->producer->offset_of(cursor->at));
    write(*cursor, log.count() - 1, scratch);
    cursor->at += stride(header);
    cursor->taken_bytes += stride(header);
  }
}

CrashScratch::Cursor* CrashDrain::earliest() noexcept {
  Cursor* first = nullptr;
  for (Cursor& cursor : cursors_) {
    if (cursor.at == cursor.end || cursor.is_stopped) continue;
    if (first == nullptr || stamp_at(cursor.at) < stamp_at(first->at)) first = &cursor;
  }
  return first;
}

bool CrashDrain::is_writing() const noexcept {
  return std::any_of(files_.begin(), files_.end(),
                     [](const CrashFile& file) { return file.is_writing(); });
}

// Only if every file has all of this one: the queues are released after it.
bool CrashDrain::start_next_pass() noexcept {
  for (CrashFile& file : files_) file.flush();
  if (!std::all_of(files_.begin(), files_.end(),
                   [](const CrashFile& file) { return file.is_writing(); })) {
    return false;
  }
  PassLog& log = drain_.pass_log();
  log.commit();
  for (Cursor& cursor : cursors_) {
    cursor.producer->release(std::exchange(cursor.taken_bytes, 0));
  }
  log.begin();
  for (CrashFile& file : files_) file.begin_next(log.pass());
  return true;
}

void CrashDrain::write(const Cursor& cursor, std::uint32_t number, CrashScratch& scratch) noexcept {
  Record record;
  const bool is_made = make_record(cursor, record);
  for (CrashFile& file : files_) {
    if (!file.is_writing() || number != file.next()) continue;  // it has that one already
    if (is_made) {
      file.add(record, {scratch.line.get(), CrashScratch::kLineBytes});
    } else {
      file.end();
    }
  }
}

bool CrashDrain::make_record(const Cursor& cursor, Record& record) noexcept {
  const RecordHeader header = header_at(cursor.at);
  const std::byte* const payload = cursor.at + sizeof(header);
  const auto wall_ns = [this](std::uint64_t stamp) { return calibration_.to_wall_ns(stamp); };
  const LoggerInfo* const logger = loggers_.find_info(header.logger);
  record.time = WallTime(std::chrono::nanoseconds(wall_ns(header.stamp)));
  record.thread = &cursor.producer->thread();
  record.source = &SiteRegistry::instance().entry(header.site).source;
  record.logger = logger == nullptr ? &kUnknownLogger : logger;
  record.level = header.level;
  switch (header.kind) {
    case RecordKind::text:
      record.message = {reinterpret_cast<const char*>(payload), header.size_bytes - sizeof(header)};
      return true;
    case RecordKind::heap_text: {
      HeapText heap;
      std::memcpy(&heap, payload, sizeof(heap));
      record.message = {heap.text, heap.size_bytes};
      return true;
    }
    case RecordKind::spool_text: {
      SpoolText where;
      std::memcpy(&where, payload, sizeof(where));
      record.message = {registry_.shared().spool->find_large(where.offset), where.size_bytes};
      return true;
    }
    case RecordKind::drops: {
      DropReport report;
      std::memcpy(&report, payload, sizeof(report));
      const std::int64_t duration_ns = wall_ns(report.last_stamp) - wall_ns(report.first_stamp);
      record.message = drop_text(report.count, duration_ns, report.cause, drop_room_);
      return true;
    }
    case RecordKind::packed:
      break;  // its formatter is the program's
  }
  return false;
}

CrashOutcome CrashDrain::outcome(std::uint32_t taken) noexcept {
  // Records of the pass that some file does not have, and what nobody has taken.
  std::uint32_t written = files_.empty() ? 0 : taken;
  for (const CrashFile& file : files_) written = std::min(written, file.written());
  CrashOutcome outcome{.left = taken - written};
  for (const Cursor& cursor : cursors_) {
    for (const std::byte* at = cursor.at; at != cursor.end; at += stride(header_at(at))) {
      ++outcome.left;
    }
  }
  const auto& spool = registry_.shared().spool;
  if (spool != nullptr && !files_.empty()) outcome.spool_path = spool->path().c_str();
  return outcome;
}

}  // namespace lathe
