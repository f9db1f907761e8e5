// SPDX-License-Identifier: MIT
//
// Thread settings by system call. The pthread calls return their error; the others set errno.

#include "os/thread.hpp"

#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace lathe {
namespace {

std::error_code to_error(int error) noexcept { return {error, std::system_category()}; }

}  // namespace

std::uint32_t current_thread_id() noexcept {
  return static_cast<std::uint32_t>(::syscall(SYS_gettid));
}

std::uint32_t current_process_id() noexcept { return static_cast<std::uint32_t>(::getpid()); }

std::string current_thread_name() {
  std::array<char, kThreadNameBytesMax + 1> name{};
  if (::pthread_getname_np(::pthread_self(), name.data(), name.size()) != 0) return {};
  return name.data();
}

std::error_code set_thread_name(const std::string& name) {
  const std::string cut = name.substr(0, kThreadNameBytesMax);
  return to_error(::pthread_setname_np(::pthread_self(), cut.c_str()));
}

std::error_code pin_thread_to_cpu(unsigned cpu) noexcept {
  if (cpu >= CPU_SETSIZE) return to_error(EINVAL);
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(cpu, &cpus);
  return to_error(::pthread_setaffinity_np(::pthread_self(), sizeof cpus, &cpus));
}

CpuMask current_cpus() noexcept {
  static_assert(sizeof(CpuMask) == sizeof(cpu_set_t));
  cpu_set_t cpus;
  CpuMask mask{};
  if (::pthread_getaffinity_np(::pthread_self(), sizeof cpus, &cpus) != 0) return mask;
  std::memcpy(mask.data(), &cpus, sizeof cpus);
  return mask;
}

std::error_code use_cpus(const CpuMask& cpus) noexcept {
  if (cpus == CpuMask{}) return {};
  cpu_set_t set;
  std::memcpy(&set, cpus.data(), sizeof set);
  return to_error(::pthread_setaffinity_np(::pthread_self(), sizeof set, &set));
}

std::error_code block_signals() noexcept {
  sigset_t blocked;
  if (::sigfillset(&blocked) != 0) return to_error(errno);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT}) {
    if (::sigdelset(&blocked, fault) != 0) return to_error(errno);
  }
  return to_error(::pthread_sigmask(SIG_SETMASK, &blocked, nullptr));
}

std::error_code set_timer_slack(std::chrono::nanoseconds slack) noexcept {
  // Zero would mean "back to the default".
  const unsigned long nanoseconds =
      slack.count() < 1 ? 1UL : static_cast<unsigned long>(slack.count());
  if (::prctl(PR_SET_TIMERSLACK, nanoseconds, 0UL, 0UL, 0UL) != 0) return to_error(errno);
  return {};
}

std::error_code lower_thread_priority() noexcept {
  constexpr int kNice = 10;
  // On Linux this number is the thread's own, and setpriority takes a thread's id.
  const int nice = std::max(kNice, ::getpriority(PRIO_PROCESS, 0));
  if (::setpriority(PRIO_PROCESS, current_thread_id(), nice) != 0) return to_error(errno);
  return {};
}

std::error_code lower_io_priority() noexcept {
  // Of <linux/ioprio.h>, which newer kernels have made one for C alone (a parameter named `class`).
  constexpr int kWhoProcess = 1;
  constexpr int kThisThread = 0;
  constexpr int kClassBestEffort = 2;
  constexpr int kClassShift = 13;
  constexpr int kLevels = 8;
  constexpr int kLast = (kClassBestEffort << kClassShift) | (kLevels - 1);
  if (::syscall(SYS_ioprio_set, kWhoProcess, kThisThread, kLast) != 0) {
    return to_error(errno);
  }
  return {};
}

void order_with_all_threads() noexcept {
  // Registering is needed once for each process, and is cheap when it was done.
  static const bool usable =
      ::syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
  if (usable) {
    (void)::syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
  }
}

}  // namespace lathe
