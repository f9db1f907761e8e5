// SPDX-License-Identifier: MIT

#include "tools/supervisor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>

#include "tools/input.hpp"

namespace lathe::tools {
namespace {

using SteadyClock = std::chrono::steady_clock;

// As long as a Backend waits for a sink that refuses records (BackendOptions::shutdown_timeout).
constexpr std::chrono::seconds kPatience{10};
constexpr int kProgressCheckMs = 200;

int checked(int result, const char* call) {
  if (result < 0) {
    throw std::system_error(errno, std::generic_category(), call);
  }
  return result;
}

int block_signals() {
  // A reader of our messages that goes away, and a file size limit, are errors of a call and no
  // reason to lose what was read.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  sigset_t listened;
  sigemptyset(&listened);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    sigaddset(&listened, signal);
  }
  if (const int error = ::pthread_sigmask(SIG_BLOCK, &listened, nullptr); error != 0) {
    throw std::system_error(error, std::generic_category(), "pthread_sigmask");
  }
  return checked(::signalfd(-1, &listened, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd");
}

// Ends the process without asking anybody: the work may hang in the kernel.
[[noreturn]] void give_up(const Supervisor::Callbacks& callbacks) {
  callbacks.give_up();
  ::_exit(1);
}

}  // namespace

Descriptor::~Descriptor() { ::close(number_); }

Supervisor::Supervisor()
    : Supervisor([] {
        int ends[2];
        checked(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), "pipe2");
        return Pipe{ends[0], ends[1]};
      }()) {}

Supervisor::Supervisor(Pipe requests)
    : requests_read_(requests.read_end),
      requests_write_(requests.write_end),
      signals_(block_signals()) {}

void Supervisor::run(std::function<void()> work, const Callbacks& callbacks) {
  const Descriptor done(checked(::eventfd(0, EFD_CLOEXEC), "eventfd"));
  std::exception_ptr failure;  // the worker's until it has ended
  std::thread worker([&] {
    try {
      work();
    } catch (...) {
      failure = std::current_exception();
    }
    const std::uint64_t one = 1;
    // An eventfd that has room takes eight bytes: this cannot fail.
    [[maybe_unused]] const ssize_t count = ::write(done.number(), &one, sizeof(one));
  });
  listen(done.number(), callbacks);
  worker.join();
  if (failure) {
    std::rethrow_exception(failure);
  }
}

void Supervisor::listen(int done, const Callbacks& callbacks) const {
  bool stopping = false;
  std::uint64_t progress = 0;
  SteadyClock::time_point progressed_at;
  for (;;) {
    pollfd watched[] = {{done, POLLIN, 0}, {signals_.number(), POLLIN, 0}};
    if (::poll(watched, std::size(watched), stopping ? kProgressCheckMs : -1) < 0) {
      continue;  // EINTR; nothing else can happen to two valid descriptors
    }
    if (watched[0].revents != 0) {
      return;
    }
    if (watched[1].revents != 0 && pass_on_signals()) {
      stopping = true;  // a second signal changes nothing: it is no reason to lose lines
      progressed_at = SteadyClock::now();
    }
    if (!stopping) {
      continue;
    }
    const std::uint64_t progress_before = std::exchange(progress, callbacks.progress());
    if (progress != progress_before) {
      progressed_at = SteadyClock::now();
    } else if (SteadyClock::now() - progressed_at > kPatience) {
      give_up(callbacks);
    }
  }
}

bool Supervisor::pass_on_signals() const {
  bool stop = false;
  signalfd_siginfo info{};
  while (::read(signals_.number(), &info, sizeof(info)) == sizeof(info)) {
    const bool rotate = info.ssi_signo == SIGHUP;
    stop = stop || !rotate;
    send(static_cast<std::uint8_t>(rotate ? Request::rotate : Request::stop));
  }
  return stop;
}

void Supervisor::send(std::uint8_t request) const {
  // The pipe has room for 65,536 requests of work that is stuck; more of the same change nothing.
  [[maybe_unused]] const ssize_t count = ::write(requests_write_.number(), &request, 1);
}

}  // namespace lathe::tools
