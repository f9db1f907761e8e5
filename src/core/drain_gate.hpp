// SPDX-License-Identifier: MIT
//
// DrainGate: who may empty the queues and write: the backend thread, or a crash handler for it.

#pragma once

#include <atomic>
#include <cstdint>

namespace lathe {

// The backend thread goes through the gate for each step that changes what a spool would show: the
// notes of a pass, the release of queues, lines on their way to a file. A crash handler closes the
// gate, and once nobody is inside, the thread changes none of that any more: it stops for ever
// where it would enter. Whatever is done outside may hang, as in a sink, a formatter or malloc.
//
// Edges: G  R: leave(), take()  A: is_inside(), enter(): whoever comes second sees what the other
// did
//
// Threads:   enter, leave: one at a time (the backend thread); take, is_inside: any, and in a
//            signal handler
// Cost:      an exchange and a store; a few times for each batch
// Tested by: DrainGateTest
class DrainGate {
 public:
  void enter() noexcept {
    // Sequentially consistent, as is take(): each side first says that it comes, then looks for the
    // other one. With less, both could miss each other, and write at the same time. An exchange for
    // the store, since it is also the cheapest such fence on x86.
    inside_.exchange(1, std::memory_order_seq_cst);  // R:G
    // The look that belongs to that exchange, in the one order of all four: with an acquire load
    // alone, it could come before the exchange is seen by take(). Once it is taken, nobody ever
    // gives it back, nor wakes us.
    while (taken_.load(std::memory_order_seq_cst) != 0) {  // A:G
      inside_.store(0, std::memory_order_release);         // R:G
      taken_.wait(1, std::memory_order_acquire);           // A:G
    }
  }
  void leave() noexcept { inside_.store(0, std::memory_order_release); }  // R:G

  // From now on nobody enters. Wait until nobody is_inside(); only the thread that is inside itself
  // need not, since it will never go on.
  void take() noexcept {
    // See enter(): the same order on this side, where first it is taken, and then is_inside() is
    // looked at. It happens once at most in the life of a process, so that its cost does not
    // matter.
    taken_.exchange(1, std::memory_order_seq_cst);  // R:G
  }
  [[nodiscard]] bool is_inside() const noexcept {
    // The look that belongs to take(): sequentially consistent with the exchange of enter(), so
    // that of a thread that enters and a handler that takes, one sees the other, for the reason
    // that is given there.
    return inside_.load(std::memory_order_seq_cst) != 0;  // A:G
  }

 private:
  std::atomic<std::uint32_t> inside_{0};
  std::atomic<std::uint32_t> taken_{0};
};

// Inside for a scope. Without a gate, nothing.
class GateScope {
 public:
  explicit GateScope(DrainGate* gate) noexcept : gate_(gate) {
    if (gate_ != nullptr) gate_->enter();
  }
  ~GateScope() {
    if (gate_ != nullptr) gate_->leave();
  }
  GateScope(const GateScope&) = delete;
  GateScope& operator=(const GateScope&) = delete;

 private:
  DrainGate* gate_;
};

// Outside for a scope, within one of the above.
class GatePause {
 public:
  explicit GatePause(DrainGate* gate) noexcept : gate_(gate) {
    if (gate_ != nullptr) gate_->leave();
  }
  ~GatePause() {
    if (gate_ != nullptr) gate_->enter();
  }
  GatePause(const GatePause&) = delete;
  GatePause& operator=(const GatePause&) = delete;

 private:
  DrainGate* gate_;
};

}  // namespace lathe
