// SPDX-License-Identifier: MIT

#include "tools/pipe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <lathe/backend.hpp>
#include <lathe/macros.hpp>

#include "tools/input.hpp"
#include "tools/line_buffer.hpp"
#include "tools/supervisor.hpp"

namespace lathe::tools {
namespace {

// The longest message that a Backend takes whole.
constexpr std::uint64_t kLineBytesMax = 64 * MiB;
// Short lines travel together, in records of up to this: a record costs as much as a short line.
// Measured with 70-byte lines: twice as fast as one record a line, at a quarter of the CPU time;
// larger bundles gain nothing more.
constexpr std::uint64_t kBundleBytesMax = 4 * KiB;

// Between tries to finish while the disk is full, and looks at what is still to be packed.
// Arbitrary: nobody notices it, and it costs nothing.
constexpr std::chrono::milliseconds kPause{100};

// Longest wait at the end of input for backups to be packed: enough for gigabytes on a slow
// machine, and no script hangs for ever. What is plain then is packed by the next run.
constexpr std::chrono::seconds kPackingPatience{60};

void complain(const std::string& text) { std::fprintf(stderr, "lathe pipe: %s\n", text.c_str()); }

// A descriptor of standard input, output or error that is closed would be given to the next file
// that is opened, and the log would then be read, or messages be written into it.
void hold_standard_descriptors() {
  if (::fcntl(STDIN_FILENO, F_GETFD) < 0) {
    throw std::system_error(errno, std::generic_category(), "standard input");
  }
  for (const int number : {STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(number, F_GETFD) < 0) {
      (void)::open("/dev/null", O_WRONLY);  // takes the lowest free number: this one
    }
  }
}

// An eighth of a small file, so that it is never much less full than it could be.
std::uint64_t bundle_bytes_max(std::uint64_t size_bytes_max) {
  return size_bytes_max == 0 ? kBundleBytesMax : std::min(size_bytes_max / 8, kBundleBytesMax);
}

// Puts lines into the log, in one of the two ways.
class LineWriter {
 public:
  LineWriter(Logger log, const PipeOptions& options)
      : log_(log),
        stamp_(options.stamp),
        bundle_bytes_max_(bundle_bytes_max(options.file.rotation.size_bytes_max)) {}

  void write_whole_lines(LineBuffer& lines) const {
    for (;;) {
      const std::string_view next =
          stamp_ ? lines.next_line() : lines.next_lines(bundle_bytes_max_);
      if (next.empty()) {
        return;
      }
      write(next);
    }
  }

  void write(std::string_view text) const {
    if (!stamp_) {
      // Above the level of the backend's own reports, which have no place among foreign bytes.
      LATHE_CRITICAL(log_, "{}", text);
      return;
    }
    if (text.ends_with('\n')) {
      text.remove_suffix(1);  // the record brings its own
    }
    LATHE_INFO(log_, "{}", text);
  }

 private:
  Logger log_;
  bool stamp_;
  std::uint64_t bundle_bytes_max_;
};

// Reads until the end and hands every line to the backend. Runs on the supervisor's worker.
void copy(Input& input, Backend& backend, const LineWriter& writer) {
  LineBuffer lines(kLineBytesMax);
  for (;;) {
    const Arrival arrival = input.next(lines.room());
    switch (arrival.event) {
      case Event::bytes:
        lines.fill(arrival.count);
        writer.write_whole_lines(lines);
        break;
      case Event::rotate:
        if (const std::error_code error = backend.rotate()) {
          complain("cannot rotate: " + error.message());
        }
        break;
      case Event::end:
        if (const std::string_view rest = lines.take_rest(); !rest.empty()) {
          writer.write(rest);
        }
        return;
    }
  }
}

// Waits until every byte is with the kernel, or on the device. A full disk is an error of one try
// that leaves records in the queue; it may have room again.
std::error_code finish(Backend& backend, const SyncOptions& sync) {
  const bool wants_sync = sync.interval.count() > 0 || sync.every_batch;
  for (;;) {
    const std::error_code error = wants_sync ? backend.sync() : backend.flush();
    if (backend.stats().records_queued == 0) {
      return error;
    }
    std::this_thread::sleep_for(kPause);
  }
}

// Waits until no backup is plain that is to be packed; not if asked to stop, which should be soon.
void await_packing(Backend& backend, Input& input, const std::string& path) {
  const auto deadline = std::chrono::steady_clock::now() + kPackingPatience;
  while (!input.is_stopped()) {
    (void)backend.flush();  // its errors were told; here it lets the counters catch up
    const std::uint64_t pending = backend.stats().compressions_pending;
    if (pending == 0) {
      return;
    }
    if (std::chrono::steady_clock::now() > deadline) {
      complain(path + ": " + std::to_string(pending) +
               " backups are not packed yet; the next run goes on with them");
      return;
    }
    std::this_thread::sleep_for(kPause);
  }
}

// What raw files need: nothing is added to what came in.
void make_raw(RotatingFileOptions& file) {
  file.pattern = "{message}";
  file.line_end = "";
  file.level_min = Level::critical;  // see LineWriter
}

}  // namespace

int run_pipe(PipeOptions options) {
  hold_standard_descriptors();
  options.backend.record_bytes_max = kLineBytesMax;
  options.file.escape = false;
  options.file.sync.level_min = Level::off;
  if (!options.stamp) {
    make_raw(options.file);
  }

  Supervisor supervisor;  // before the backend's threads, which inherit the signal mask
  Backend backend(options.backend, rotating_file_sink(options.file));
  Input input(STDIN_FILENO, supervisor.requests());
  const LineWriter writer(backend.logger("pipe"), options);

  std::error_code failure;
  supervisor.run(
      [&] {
        copy(input, backend, writer);
        failure = finish(backend, options.file.sync);
        if (options.file.compression != Compression::none) {
          await_packing(backend, input, options.file.path);
        }
      },
      {.progress = [&] { return backend.stats().bytes_written; },
       .give_up =
           [&] {
             complain(options.file.path + ": gave up after 10 s without progress; " +
                      std::to_string(backend.stats().records_queued) +
                      " records and what was read after them are not written" +
                      (backend.stats().crash_safe
                           ? "; the next run, or lathe recover, writes the records"
                           : ""));
           }});

  if (failure) {
    complain(options.file.path + ": " + failure.message());
  }
  const Stats stats = backend.stats();
  const std::uint64_t missing = stats.records_lost + stats.records_dropped + stats.records_queued;
  if (missing != 0) {
    complain(options.file.path + ": " + std::to_string(missing) + " records are not written");
  }
  return failure || missing != 0 ? 1 : 0;
}

}  // namespace lathe::tools
