// SPDX-License-Identifier: MIT
//
// Logs from several threads while the kernel fails under it, and tells, in a file that is mapped
// and so outlives it, which log calls have returned and what was acknowledged as durable: what the
// tests of this folder compare the log with (record_oracle.py has the same layout).
//
// usage: fault_writer LOG COUNTERS SPOOL_DIRECTORY [NAME=VALUE]...
// Ends after `records` of each thread, or, if that is 0, at SIGTERM.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <lathe/lathe.hpp>

namespace {

using namespace std::chrono_literals;
using Counter = std::atomic<std::uint64_t>;

constexpr std::size_t kThreadsMax = 16;
constexpr std::uint64_t kIsOpen = 1;     // values of Counters::state: the backend is there;
constexpr std::uint64_t kHasSynced = 2;  // the threads are done, and all is synced, or cannot be

// All relaxed: whoever reads them does so when this process is gone, or looks at one of them.
struct Counters {
  Counter state;
  Counter accepted, written, durable, lost, dropped;  // of lathe::Stats
  Counter write_errors, sync_errors, rotation_errors, at_risk, recovered, is_crash_safe;
  Counter looks;       // at the statistics, so far
  Counter sync_error;  // of the last sync
  std::array<Counter, 2> spare;
  struct Thread {
    Counter returned;      // so many log calls have
    Counter acknowledged;  // so many of them are durable, as sync() or a waiting call has said
  };
  std::array<Thread, kThreadsMax> threads;
};

std::atomic<bool> is_over{false};  // relaxed: one thread logs one record more
static_assert(std::atomic<bool>::is_always_lock_free);

// What may be set, with the values that are used if it is not.
std::map<std::string, std::string> settings = {
    {"round", "0"},        {"threads", "3"},   {"records", "0"},        {"size", "131072"},
    {"policy", "none"},    {"queue", "65536"}, {"burst", "100"},        {"pause_us", "1000"},
    {"overflow", "block"}, {"seed", "1"},      {"timeout_ms", "10000"}, {"retain", "4194304"},
    {"eat_mib", "0"},      {"alarm_us", "0"}};

std::uint64_t number(const char* name) {
  return std::strtoull(settings.at(name).c_str(), nullptr, 10);
}

bool is_policy(std::string_view name) { return settings.at("policy") == name; }

lathe::SyncOptions sync_options() {
  lathe::SyncOptions sync{.interval = 0ns, .level_min = lathe::Level::off, .on_rotate = false};
  sync.retain_bytes_max = number("retain");
  if (is_policy("interval")) sync.interval = 5ms;
  if (is_policy("bytes")) sync.bytes_max = 16 * lathe::KiB;
  if (is_policy("level") || is_policy("wait")) sync.level_min = lathe::Level::error;
  if (is_policy("wait")) sync.wait_level = true;
  if (is_policy("batch")) sync.every_batch = true;
  if (is_policy("rotate")) sync.on_rotate = true;
  return sync;
}

Counters& map_counters(const char* path) {
  const int file = ::open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) throw std::runtime_error("cannot open the counters");
  void* memory = ::mmap(nullptr, sizeof(Counters), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("cannot map the counters");
  return *static_cast<Counters*>(memory);
}

// The one that zlib has, too.
std::uint32_t checksum(std::string_view text) {
  std::uint32_t sum = 0xffffffffU;
  for (const char byte : text) {
    sum ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1U) ^ ((sum & 1U) != 0 ? 0xedb88320U : 0U);
  }
  return ~sum;
}

void look(const lathe::Backend& backend, Counters& counters) {
  const lathe::Stats stats = backend.stats();
  const auto set = [](Counter& counter, std::uint64_t value) {
    counter.store(value, std::memory_order_relaxed);
  };
  set(counters.accepted, stats.records_accepted);
  set(counters.written, stats.records_written);
  set(counters.durable, stats.records_durable);
  set(counters.lost, stats.records_lost);
  set(counters.dropped, stats.records_dropped);
  set(counters.write_errors, stats.write_errors);
  set(counters.sync_errors, stats.sync_errors);
  set(counters.rotation_errors, stats.rotation_errors);
  set(counters.at_risk, stats.records_at_risk);
  set(counters.recovered, stats.records_recovered);
  set(counters.is_crash_safe, stats.crash_safe ? 1 : 0);
  counters.looks.fetch_add(1, std::memory_order_relaxed);
}

void raise_to(Counter& counter, std::uint64_t value) {
  std::uint64_t now = counter.load(std::memory_order_relaxed);
  while (now < value && !counter.compare_exchange_weak(now, value, std::memory_order_relaxed)) {
  }
}

// What sync() covers is what had returned on any thread before it.
void sync_all(lathe::Backend& backend, Counters& counters) {
  std::array<std::uint64_t, kThreadsMax> returned{};
  for (std::size_t i = 0; i < kThreadsMax; ++i) {
    // A:S what has returned there is in its queue before this thread's call
    returned[i] = counters.threads[i].returned.load(std::memory_order_acquire);
  }
  const std::error_code error = backend.sync();
  counters.sync_error.store(static_cast<std::uint64_t>(error.value()), std::memory_order_relaxed);
  if (error) return;
  for (std::size_t i = 0; i < kThreadsMax; ++i) {
    raise_to(counters.threads[i].acknowledged, returned[i]);
  }
}

void run_thread(lathe::Backend& backend, const lathe::Logger& log, Counters& counters,
                std::size_t thread) {
  std::mt19937_64 random(number("seed") * kThreadsMax + thread);
  const std::uint64_t records = number("records");
  const std::uint64_t burst_max = number("burst");
  const std::uint64_t pause_us_max = number("pause_us");
  std::uint64_t burst = random() % burst_max;
  for (std::uint64_t n = 0; records == 0 || n < records; ++n) {
    if (records == 0 && is_over.load(std::memory_order_relaxed)) return;  // see there
    const std::string text =
        fmt::format("r={} t={} n={} p={:x<{}}", number("round"), thread, n, "", random() % 200);
    const lathe::Level level = n % 20 == 19 ? lathe::Level::error : lathe::Level::info;
    log.log(level, "{} c={:08x}", text, checksum(text));
    counters.threads[thread].returned.store(n + 1, std::memory_order_release);  // R:S  see there
    if (is_policy("wait") && level == lathe::Level::error && !lathe::last_wait_error()) {
      raise_to(counters.threads[thread].acknowledged, n + 1);
    }
    if (is_policy("sync") && n % 64 == 63) sync_all(backend, counters);
    if (burst-- == 0) {
      burst = random() % burst_max;
      std::this_thread::sleep_for(std::chrono::microseconds(random() % (pause_us_max + 1)));
    }
  }
}

// Takes memory, and uses it, until the kernel has none left for us.
void eat_memory() {
  constexpr std::size_t kPieceBytes = std::size_t{1} << 20U;
  std::this_thread::sleep_for(100ms);  // some records first; nothing depends on how many
  for (std::uint64_t eaten = 0; eaten < number("eat_mib"); ++eaten) {
    void* piece = std::malloc(kPieceBytes);
    if (piece == nullptr) return;
    std::memset(piece, 1, kPieceBytes);
  }
}

// Signals that interrupt the system calls of the program's threads: no SA_RESTART.
void start_alarms() {
  if (number("alarm_us") == 0) return;
  struct sigaction action = {};
  action.sa_handler = [](int) {};
  const timeval pause{.tv_sec = 0, .tv_usec = static_cast<suseconds_t>(number("alarm_us"))};
  const itimerval timer{.it_interval = pause, .it_value = pause};
  if (::sigaction(SIGALRM, &action, nullptr) != 0 ||
      ::setitimer(ITIMER_REAL, &timer, nullptr) != 0) {
    throw std::runtime_error("cannot start the alarms");
  }
}

void run(char** argv) {
  start_alarms();
  Counters& counters = map_counters(argv[2]);
  const lathe::BackendOptions options{
      .queue_bytes = number("queue"),
      .overflow =
          settings.at("overflow") == "drop" ? lathe::Overflow::drop_newest : lathe::Overflow::block,
      .spool_directory = argv[3],
      .shutdown_timeout = std::chrono::milliseconds(number("timeout_ms"))};
  lathe::Backend backend(options,
                         lathe::rotating_file_sink({.path = argv[1],
                                                    .rotation = {.size_bytes_max = number("size")},
                                                    .sync = sync_options(),
                                                    .pattern = "{logger}|{message}"}));
  look(backend, counters);
  counters.state.store(kIsOpen, std::memory_order_relaxed);
  const lathe::Logger log = backend.logger("app");
  std::vector<std::thread> crew;
  for (std::size_t i = 0; i < std::min(number("threads"), kThreadsMax); ++i) {
    crew.emplace_back([&, i] { run_thread(backend, log, counters, i); });
  }
  std::thread eater(eat_memory);
  std::atomic<bool> has_ended{false};
  std::thread looker([&] {
    while (!has_ended.load(std::memory_order_relaxed)) {  // one look more does no harm
      look(backend, counters);
      std::this_thread::sleep_for(500us);
    }
  });
  for (std::thread& each : crew) each.join();
  sync_all(backend, counters);
  has_ended.store(true, std::memory_order_relaxed);  // see there
  looker.join();
  eater.join();
  look(backend, counters);
  counters.state.store(kHasSynced, std::memory_order_relaxed);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  for (int i = 4; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const std::size_t equals = argument.find('=');
    const auto found = settings.find(std::string(argument.substr(0, equals)));
    if (equals == std::string_view::npos || found == settings.end()) {
      std::fprintf(stderr, "unknown: %s\n", argv[i]);
      return 2;
    }
    found->second = argument.substr(equals + 1);
  }
  (void)std::signal(SIGTERM, [](int) { is_over.store(true, std::memory_order_relaxed); });
  try {
    run(argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
