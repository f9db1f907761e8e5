// SPDX-License-Identifier: MIT
//
// InlineSinkHost: a SinkHost without threads. Posted work runs at once, or when the test says so.

#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <lathe/sink.hpp>

namespace lathe {

// Threads: thread-compatible
class InlineSinkHost final : public SinkHost {
 public:
  enum class Mode { at_once, when_told };

  explicit InlineSinkHost(Mode mode = Mode::at_once) : mode_(mode) {}

  void post(Work work) override {
    works_.push_back(std::move(work));
    if (mode_ == Mode::at_once) run_all();
  }

  void post_background(BackgroundWork work) override {
    if (stop_.stop_requested()) return;
    background_.push_back(std::move(work));
    if (mode_ == Mode::at_once) run_all();
  }

  void tell(const std::string& message) override { told_.push_back(message); }
  void sync_took(std::chrono::nanoseconds duration) override { sync_times_.push_back(duration); }
  void rotation_took(std::chrono::nanoseconds duration) override {
    rotation_times_.push_back(duration);
  }
  std::uint64_t position() const override { return position_; }
  void set_position(std::uint64_t position) { position_ = position; }

  FileJournal* journal(JournaledSink&) override { return journal_; }
  void set_journal(FileJournal* journal) { journal_ = journal; }

  // Runs the oldest work, as the janitor would, and keeps its completion. False if there is none.
  bool run_work() {
    if (works_.empty()) return false;
    Work work = std::move(works_.front());
    works_.pop_front();
    if (auto completion = work()) completions_.push_back(std::move(completion));
    return true;
  }

  // The same with the oldest background work.
  bool run_background() {
    if (background_.empty()) return false;
    BackgroundWork work = std::move(background_.front());
    background_.pop_front();
    if (auto completion = work(stop_.get_token())) completions_.push_back(std::move(completion));
    return true;
  }

  // As the end of a backend: the running work is asked to stop, no other will ever begin.
  void stop_background() {
    stop_.request_stop();
    background_.clear();
  }

  // Calls the completions, as the backend thread would.
  void run_completions() {
    while (!completions_.empty()) {
      auto completion = std::move(completions_.front());
      completions_.pop_front();
      completion();
    }
  }

  // Runs work of both kinds and completions until there are none.
  void run_all() {
    if (is_running_) return;  // work that posts work: the loop outside gets it
    is_running_ = true;
    while (run_work() || run_background()) run_completions();
    is_running_ = false;
  }

  void set_mode(Mode mode) { mode_ = mode; }
  [[nodiscard]] std::size_t pending() const { return works_.size(); }
  [[nodiscard]] std::size_t pending_background() const { return background_.size(); }
  [[nodiscard]] const std::vector<std::string>& told() const { return told_; }
  [[nodiscard]] const auto& sync_times() const { return sync_times_; }
  [[nodiscard]] const auto& rotation_times() const { return rotation_times_; }

  // How many of the messages contain `text`.
  [[nodiscard]] std::size_t told_about(const std::string& text) const {
    std::size_t count = 0;
    for (const std::string& message : told_) count += message.find(text) != std::string::npos;
    return count;
  }

 private:
  FileJournal* journal_ = nullptr;
  Mode mode_;
  bool is_running_ = false;
  std::uint64_t position_ = 0;
  std::deque<Work> works_;
  std::deque<BackgroundWork> background_;
  std::stop_source stop_;
  std::deque<std::function<void()>> completions_;
  std::vector<std::string> told_;
  std::vector<std::chrono::nanoseconds> sync_times_;
  std::vector<std::chrono::nanoseconds> rotation_times_;
};

}  // namespace lathe
