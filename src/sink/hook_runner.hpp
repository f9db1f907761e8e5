// SPDX-License-Identifier: MIT
//
// HookRunner: calls the program's FileHooks where they cannot hurt.
// Does not know: when something happens to a file.

#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <stop_token>
#include <string>
#include <utility>

#include <lathe/file_options.hpp>

#include "sink/host_port.hpp"

namespace lathe {

// Posts each call to the background thread; nothing at all where the hook is empty.
//
// Threads:   backend thread only; the hooks themselves run on the background thread
// Lifetime:  of one sink with its `port`, which it must not outlive. The hooks live on in what is
//            posted.
// Errors:    what a hook throws is counted and told, and no other call is the worse for it. A call
//            for which there is no memory is counted, too. One that has not begun when the backend
//            ends is never made.
// Tested by: HookRunnerTest
class HookRunner {
 public:
  HookRunner(const FileHooks& hooks, HostPort& port)
      : hooks_(std::make_shared<const FileHooks>(hooks)), port_(port) {}
  HookRunner(const HookRunner&) = delete;
  HookRunner& operator=(const HookRunner&) = delete;

  void file_opened(const std::string& path) { post(&FileHooks::on_open, "on_open", path); }
  void file_rotated(const std::string& path) { post(&FileHooks::on_rotate, "on_rotate", path); }
  void file_closed(const std::string& path) { post(&FileHooks::on_close, "on_close", path); }
  void file_pruned(const std::string& path) { post(&FileHooks::on_prune, "on_prune", path); }

  // Calls that threw, as far as that is known by now.
  [[nodiscard]] std::uint64_t errors() const noexcept { return errors_; }

 private:
  using Hook = std::function<void(const std::string& path)> FileHooks::*;

  // As it is made by default: a call that had no memory.
  struct Result {
    bool is_good = false;
    std::string what = "no memory";
  };

  static Result call(const std::function<void(const std::string&)>& hook, const std::string& path) {
    try {
      hook(path);
      return {.is_good = true, .what = {}};
    } catch (const std::exception& error) {
      return {.what = error.what()};
    } catch (...) {
      return {.what = "something that is no std::exception"};
    }
  }

  void post(Hook hook, const char* name, const std::string& path) {
    if ((*hooks_).*hook == nullptr) return;
    try {
      port_.post_background(
          [hooks = hooks_, hook, path](const std::stop_token&) {
            return call((*hooks).*hook, path);
          },
          [this, name, path](const Result& result) {
            if (result.is_good) return;
            ++errors_;
            port_.tell(std::string("hook ") + name + " threw for " + path + ": " + result.what);
          });
    } catch (const std::bad_alloc&) {
      ++errors_;
    }
  }

  // Constant after construction.
  std::shared_ptr<const FileHooks> hooks_;
  HostPort& port_;

  std::uint64_t errors_ = 0;
};

}  // namespace lathe
