// SPDX-License-Identifier: MIT
//
// What rendering a line costs the backend thread. Records are 100 ns apart, of one thread and two
// loggers, with messages of `message_bytes`, from `sites` places in the source.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <lathe/options.hpp>
#include <lathe/record.hpp>

#include "core/pattern.hpp"

namespace lathe::bench {
namespace {

constexpr std::size_t kRecords = 1024;

// Records and all that they view.
class Workload {
 public:
  Workload(std::size_t message_bytes, std::size_t site_count, char filler = 'x')
      : message_(message_bytes, filler), sites_(site_count) {
    for (std::size_t i = 0; i < sites_.size(); ++i) {
      const std::string_view path = i % 2 == 0 ? "src/net/tcp_session.cpp" : "src/main.cpp";
      sites_[i] = {.serial = i + 1,
                   .path = path,
                   .file = path.substr(path.rfind('/') + 1),
                   .line = static_cast<std::uint32_t>(17 * (i + 1))};
    }
    records_.resize(kRecords);
    std::uint32_t random = 1;
    for (std::size_t i = 0; i < records_.size(); ++i) {
      random = random * 1664525 + 1013904223;
      const std::size_t site = (random >> 16) % sites_.size();
      records_[i] = {.time = WallTime(std::chrono::nanoseconds(1'795'355'433'000'000'000 +
                                                               static_cast<std::int64_t>(i) * 100)),
                     .message = message_,
                     .thread = &thread_,
                     .source = &sites_[site],
                     .logger = &loggers_[site % loggers_.size()],
                     .level = site % 4 == 0 ? Level::warn : Level::info};
    }
  }

  [[nodiscard]] const std::vector<Record>& records() const { return records_; }

 private:
  std::string message_;
  ThreadInfo thread_{.serial = 1, .id = 12345, .name = "worker"};
  std::array<LoggerInfo, 2> loggers_ = {{{1, "app"}, {2, "net.session"}}};
  std::vector<SourceInfo> sites_;
  std::vector<Record> records_;
};

void render_all(benchmark::State& state, const char* layout, const Workload& workload) {
  Pattern pattern(layout, {});
  std::vector<char> buffer(256 * KiB);
  std::size_t line_bytes = 0;
  for (auto _ : state) {
    char* out = buffer.data();
    const char* const end = buffer.data() + buffer.size();
    for (const Record& record : workload.records()) {
      if (pattern.bound(record) > static_cast<std::size_t>(end - out)) out = buffer.data();
      char* const line = out;
      out = pattern.render(record, out);
      line_bytes = static_cast<std::size_t>(out - line);
    }
    benchmark::ClobberMemory();
  }
  const auto lines = static_cast<double>(state.iterations()) * kRecords;
  state.counters["line_bytes"] = static_cast<double>(line_bytes);
  state.counters["per_line"] =
      benchmark::Counter(lines, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void RenderDefaultPattern(benchmark::State& state) {
  const Workload workload(static_cast<std::size_t>(state.range(0)),
                          static_cast<std::size_t>(state.range(1)));
  render_all(state, kDefaultPattern, workload);
}
BENCHMARK(RenderDefaultPattern)
    ->ArgNames({"message_bytes", "sites"})
    ->Args({40, 1})
    ->Args({40, 8})
    ->Args({40, 48})
    ->Args({40, 500})
    ->Args({10, 8})
    ->Args({400, 8})
    ->Args({4000, 8});

void RenderMessageOnly(benchmark::State& state) {
  const Workload workload(static_cast<std::size_t>(state.range(0)), 8);
  render_all(state, "{message}", workload);
}
BENCHMARK(RenderMessageOnly)->ArgName("message_bytes")->Arg(10)->Arg(40)->Arg(400);

void RenderTimeOnly(benchmark::State& state) {
  const Workload workload(0, 8);
  render_all(state, "{time}", workload);
}
BENCHMARK(RenderTimeOnly);

void RenderSegmentOnly(benchmark::State& state) {
  const Workload workload(0, 8);
  render_all(state, "{level:<5} [{thread}] {logger} {file}:{line}", workload);
}
BENCHMARK(RenderSegmentOnly);

void RenderMessageOfControlCharacters(benchmark::State& state) {
  const Workload workload(40, 8, '\x1b');
  render_all(state, "{message}", workload);
}
BENCHMARK(RenderMessageOfControlCharacters);

}  // namespace
}  // namespace lathe::bench
