// SPDX-License-Identifier: MIT

#include "engine/signal_block.hpp"

#include <pthread.h>

#include "os/thread.hpp"

namespace lathe {

SignalBlock::SignalBlock() noexcept {
  // Neither call can fail with these arguments; if one did, handlers would run on our threads,
  // which they survive.
  blocked_ = ::pthread_sigmask(SIG_BLOCK, nullptr, &before_) == 0 && !block_signals();
}

SignalBlock::~SignalBlock() {
  if (blocked_) {
    (void)::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
}

}  // namespace lathe
