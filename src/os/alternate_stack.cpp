// SPDX-License-Identifier: MIT

#include "os/alternate_stack.hpp"

#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include <algorithm>

#include "os/memory.hpp"

namespace lathe {

void AlternateStack::provide(std::size_t bytes) noexcept {
  stack_t present{};
  if (memory_ != nullptr || ::sigaltstack(nullptr, &present) != 0 ||
      (present.ss_flags & SS_DISABLE) == 0) {
    return;
  }
  const std::size_t page = page_bytes();
  const std::size_t frame_bytes = ::getauxval(AT_MINSIGSTKSZ);  // 0 where it is not told
  const auto least = static_cast<std::size_t>(MINSIGSTKSZ);
  const std::size_t stack_bytes = (std::max(bytes, least) + frame_bytes + page - 1) / page * page;
  void* const memory = ::mmap(nullptr, page + stack_bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) return;
  stack_t stack{};
  stack.ss_sp = static_cast<std::byte*>(memory) + page;
  stack.ss_size = stack_bytes;
  if (::mprotect(memory, page, PROT_NONE) != 0 || ::sigaltstack(&stack, nullptr) != 0) {
    (void)::munmap(memory, page + stack_bytes);  // ours, and used by nobody
    return;
  }
  memory_ = static_cast<std::byte*>(memory);
  bytes_ = page + stack_bytes;
}

AlternateStack::~AlternateStack() {
  if (memory_ == nullptr) return;
  stack_t present{};
  if (::sigaltstack(nullptr, &present) != 0) return;
  const bool is_ours = present.ss_sp == memory_ + page_bytes();
  if (is_ours) {
    // Not if a handler runs on it just now; nor is it unmapped under its feet.
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    if ((present.ss_flags & SS_ONSTACK) != 0 || ::sigaltstack(&none, nullptr) != 0) return;
  }
  (void)::munmap(memory_, bytes_);  // cannot fail: a mapping of ours
}

}  // namespace lathe
