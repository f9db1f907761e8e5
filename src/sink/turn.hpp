// SPDX-License-Identifier: MIT
//
// Turn: the right to write to the active file, where several processes share it.

#pragma once

#include <memory>
#include <system_error>
#include <utility>

#include "os/file_system.hpp"

namespace lathe {

// Taken before anything is written, renamed or made, and given back after. With a file of our own
// it is always ours, and costs nothing.
//
// Threads:   backend thread only
// Tested by: SharedFileTest
class Turn {
 public:
  // `lock` is null for a file of our own.
  explicit Turn(std::unique_ptr<LockFile> lock) : lock_(std::move(lock)) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  [[nodiscard]] bool is_shared() const noexcept { return lock_ != nullptr; }
  [[nodiscard]] bool is_held() const noexcept { return lock_ == nullptr || is_held_; }

  // Waits for it, if need be.
  [[nodiscard]] std::error_code take() {
    if (is_held()) return {};
    const std::error_code error = lock_->acquire(true);
    is_held_ = !error;
    return error;
  }

  void give_back() noexcept {
    if (lock_ == nullptr || !is_held_) return;
    lock_->release();
    is_held_ = false;
  }

 private:
  std::unique_ptr<LockFile> lock_;
  bool is_held_ = false;
};

}  // namespace lathe
