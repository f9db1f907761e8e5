// SPDX-License-Identifier: MIT

#include "engine/sink_row.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>

namespace lathe {

SinkRow::SinkRow(Sinks sinks, Tell tell) : sinks_(std::move(sinks)), tell_(std::move(tell)) {}

void SinkRow::attach(SinkHost& host) {
  for (const auto& sink : sinks_) {
    sink->attach(host);
  }
}

std::error_code SinkRow::call(const char* verb,
                              const std::function<std::error_code()>& function) noexcept {
  std::error_code error;
  const char* what = nullptr;
  try {
    error = function();
    if (error) {
      note(verb, error, nullptr);
    }
    return error;
  } catch (const std::system_error& thrown) {
    error = thrown.code();
    what = thrown.what();
    note(verb, error, what);
  } catch (const std::exception& thrown) {
    error = std::make_error_code(std::errc::io_error);
    what = thrown.what();
    note(verb, error, what);
  } catch (...) {
    error = std::make_error_code(std::errc::io_error);
    note(verb, error, "something that is no std::exception");
  }
  return error;
}

void SinkRow::note(const char* verb, std::error_code error, const char* what) noexcept {
  ++failures_;
  try {
    tell_(what == nullptr ? fmt::format("a sink's {} failed: {}", verb, error.message())
                          : fmt::format("a sink's {} threw: {}", verb, what));
  } catch (...) {  // no memory to tell it; it is counted
  }
}

bool SinkRow::write(std::span<const Record> batch) noexcept {
  bool taken = false;
  for (const auto& sink : sinks_) {
    const std::error_code error = call("write", [&] { return sink->write(batch); });
    keep_first(error);
    taken = taken || !error || wants_retry(*sink);
  }
  return taken;
}

bool SinkRow::flush() noexcept {
  lost_all_ = true;
  for (const auto& sink : sinks_) {
    const std::error_code error = call("flush", [&] { return sink->flush(); });
    keep_first(error);
    lost_all_ = lost_all_ && error && !wants_retry(*sink);
  }
  return !is_stuck();
}

void SinkRow::keep_first(std::error_code error) noexcept {
  first_error_ = first_error_ ? first_error_ : error;
}

bool SinkRow::wants_retry(const Sink& sink) noexcept {
  try {
    return sink.wants_retry();
  } catch (...) {  // it does not know itself: go on without it
    return false;
  }
}

bool SinkRow::is_stuck() const noexcept {
  return std::any_of(sinks_.begin(), sinks_.end(),
                     [](const auto& sink) { return wants_retry(*sink); });
}

std::uint64_t SinkRow::abandon() noexcept {
  // A record is lost if every sink gave it up; sinks give up their newest ones.
  std::uint64_t lost = UINT64_MAX;
  for (const auto& sink : sinks_) {
    std::uint64_t given_up = 0;
    (void)call("abandon", [&] {  // noted
      given_up = wants_retry(*sink) ? sink->abandon() : 0;
      return std::error_code();
    });
    lost = std::min(lost, given_up);
  }
  return sinks_.empty() ? 0 : lost;
}

void SinkRow::tick() noexcept {
  for (const auto& sink : sinks_) {
    (void)call("tick", [&] {  // noted
      sink->tick();
      return std::error_code();
    });
  }
}

std::error_code SinkRow::rotate() noexcept {
  std::error_code first;
  for (const auto& sink : sinks_) {
    const std::error_code error = call("rotate", [&] { return sink->rotate(); });
    first = first ? first : error;
  }
  return first;
}

std::error_code SinkRow::reopen() noexcept {
  std::error_code first;
  for (const auto& sink : sinks_) {
    const std::error_code error = call("reopen", [&] { return sink->reopen(); });
    first = first ? first : error;
  }
  return first;
}

void SinkRow::start_sync(std::function<void(std::error_code)> done) noexcept {
  struct Pending {
    std::size_t left = 0;
    std::error_code first;
    std::function<void(std::error_code)> done;
  };
  try {
    const auto pending = std::make_shared<Pending>();
    pending->done = std::move(done);
    pending->left = sinks_.size() + 1;  // one share more, given back at the end
    // Each sink is through once, whatever it does: calls `done` twice, or calls it and then throws.
    const auto make_finish = [&pending] {
      return [pending, finished = std::make_shared<bool>(false)](std::error_code error) {
        if (std::exchange(*finished, true)) {
          return;
        }
        pending->first = pending->first ? pending->first : error;
        if (--pending->left == 0) {
          pending->done(pending->first);
        }
      };
    };
    for (const auto& sink : sinks_) {
      const auto finish = make_finish();
      const std::error_code thrown = call("sync", [&] {
        sink->start_sync(finish);
        return std::error_code();
      });
      if (thrown) {
        finish(thrown);
      }
    }
    make_finish()({});
  } catch (...) {  // no memory for the above: then it was not begun, or `done` is in `pending`
    if (done) {
      done(std::make_error_code(std::errc::not_enough_memory));
    }
  }
}

std::error_code SinkRow::take_error() noexcept { return std::exchange(first_error_, {}); }

SinkStats SinkRow::stats() const noexcept {
  SinkStats sum;
  for (const auto& sink : sinks_) {
    SinkStats one;
    try {
      one = sink->stats();
    } catch (...) {  // counts nothing, then
    }
    sum.bytes_written += one.bytes_written;
    sum.rotations += one.rotations;
    sum.rotation_errors += one.rotation_errors;
    sum.prunes += one.prunes;
    sum.prune_errors += one.prune_errors;
    sum.compressions += one.compressions;
    sum.compression_errors += one.compression_errors;
    sum.compressions_pending += one.compressions_pending;
    sum.hook_errors += one.hook_errors;
    sum.write_errors += one.write_errors;
    sum.syncs += one.syncs;
    sum.sync_errors += one.sync_errors;
    sum.records_at_risk += one.records_at_risk;
    if (one.records_durable) {
      sum.records_durable =
          std::min(sum.records_durable.value_or(UINT64_MAX), *one.records_durable);
    }
  }
  return sum;
}

}  // namespace lathe
