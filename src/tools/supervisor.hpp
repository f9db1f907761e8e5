// SPDX-License-Identifier: MIT
//
// Signals -> requests. Does not know what the work is.

#pragma once

#include <cstdint>
#include <functional>

namespace lathe::tools {

// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) noexcept : number_(number) {}
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const noexcept { return number_; }

 private:
  int number_;
};

// Runs work on a thread of its own while the calling thread listens to signals: SIGTERM and SIGINT
// become Request::stop, SIGHUP becomes Request::rotate. The work may wait for a full disk for as
// long as it likes; this thread can still be asked to stop.
//
// Threads:   made and run on the main thread, before any other thread exists: the signals are
//            blocked here and all later threads inherit that, so none is lost or interrupts a call
// Errors:    std::system_error; run() throws what the work throws
// Tested by: pipe_signals_test.py
class Supervisor {
 public:
  // What the supervisor asks about the work; called on the main thread.
  struct Callbacks {
    std::function<std::uint64_t()> progress;  // a number that changes while the work gets on
    std::function<void()> give_up;            // tells what is left behind; the process ends then
  };

  Supervisor();

  // Where the work reads Request bytes.
  [[nodiscard]] int requests() const noexcept { return requests_read_.number(); }

  // Returns when the work has. Asked to stop, it waits for the work as long as the work gets on;
  // after ten seconds without progress it gives up and ends the process with status 1.
  void run(std::function<void()> work, const Callbacks& callbacks);

 private:
  struct Pipe {
    int read_end;
    int write_end;
  };
  explicit Supervisor(Pipe requests);

  void listen(int done, const Callbacks& callbacks) const;
  // Returns whether a signal to stop has come.
  [[nodiscard]] bool pass_on_signals() const;
  void send(std::uint8_t request) const;

  Descriptor requests_read_;
  Descriptor requests_write_;
  Descriptor signals_;
};

}  // namespace lathe::tools
