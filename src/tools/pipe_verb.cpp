// SPDX-License-Identifier: MIT

#include "tools/pipe_verb.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <lathe/options.hpp>

#include "tools/arguments.hpp"
#include "tools/backup_arguments.hpp"
#include "tools/pipe.hpp"

namespace lathe::tools {
namespace {

constexpr const char* kPipeFooter = R"(
Backups are named PATH.YYYYMMDD_HHMMSS[.N], in UTC, unless --name or --local is
given. In raw mode, the backups in order and then PATH are the input, byte for
byte. A file ends at a line end, and is never larger than SIZE unless a single
line is; a line of more than 64 MiB goes through in pieces.

--every starts a file at each multiple of DURATION, counted from midnight: whole
seconds that divide a day, or whole days. --daily takes times as in
'06:00,18:30', --weekly as in 'mon 06:00,fri 18:30'. An empty file is kept.

Lines that were read are written even if the process is killed: by the next
'lathe pipe' of that PATH, or by 'lathe recover'. Until then they are in --spool.

Ends at the end of input, when all backups are packed (it waits a minute at
most). SIGTERM and SIGINT: writes what lies in the pipe at that moment, syncs,
and ends with status 0. SIGHUP: rotates. When the disk is full it waits, and
with it the writer of the pipe; nothing is dropped. Asked to stop meanwhile, it
gives up after 10 s without progress.

Exit status: 0 when every byte that was read is written; 1 when a file cannot be
opened or written; 2 when an option is wrong.)";

// The texts of the options, as they were given.
struct PipeTexts {
  std::string path;
  std::string size = "64M";
  std::optional<std::string> every;
  std::optional<std::string> daily;
  std::optional<std::string> weekly;
  BackupTexts backups = {.keep = "10"};
  bool gzip = false;
  bool zstd = false;
  std::optional<std::string> keep_plain;
  std::string sync = "1s";
  std::string queue = "1M";
  std::optional<std::string> mode;
  std::string spool = "/dev/shm";
  bool shared = false;
  std::string pattern = "{time:%Y-%m-%d %H:%M:%S.%6f} {message}";
  bool raw = false;
  bool stamp = false;
};

void add_rotation_options(CLI::App& pipe, PipeTexts& texts) {
  pipe.add_option("--size", texts.size, "Largest file: bytes, or with K, M, G; or 'never'")
      ->type_name("SIZE")
      ->capture_default_str();
  pipe.add_option("--every", texts.every, "A new file this often, such as 1h")
      ->type_name("DURATION");
  pipe.add_option("--daily", texts.daily, "A new file at these times of the day")
      ->type_name("TIMES");
  pipe.add_option("--weekly", texts.weekly, "A new file at these times of the week")
      ->type_name("TIMES");
}

void add_packing_options(CLI::App& pipe, PipeTexts& texts) {
  CLI::Option* const gzip = pipe.add_flag("--gzip", texts.gzip, "Pack backups: PATH.*.gz");
  pipe.add_flag("--zstd", texts.zstd, "Pack backups: PATH.*.zst")->excludes(gzip);
  pipe.add_option("--keep-plain", texts.keep_plain, "Number of newest backups not to pack")
      ->type_name("COUNT");
}

void add_line_options(CLI::App& pipe, PipeTexts& texts) {
  CLI::Option* const raw = pipe.add_flag("--raw", texts.raw, "Byte for byte (default)");
  CLI::Option* const stamp =
      pipe.add_flag("--stamp", texts.stamp, "A time stamp before each line")->excludes(raw);
  pipe.add_option("--pattern", texts.pattern, "Layout of a line, as in the library")
      ->type_name("TEXT")
      ->needs(stamp);
}

void add_file_options(CLI::App& pipe, PipeTexts& texts) {
  pipe.add_flag("--shared", texts.shared, "Let others write the same file, all with --shared");
  pipe.add_option("--mode", texts.mode, "Permission bits of new files, less the umask")
      ->type_name("OCTAL")
      ->default_str("0640");
  pipe.add_option("--sync", texts.sync, "Sync this long after a line, 'every' batch, or 'never'")
      ->type_name("WHEN")
      ->capture_default_str();
  pipe.add_option("--spool", texts.spool, "Where lines survive a SIGKILL, or 'never'")
      ->type_name("DIR")
      ->envname("LATHE_SPOOL")
      ->capture_default_str();
  pipe.add_option("--queue", texts.queue, "Memory before the disk, a power of two from 4K")
      ->type_name("SIZE")
      ->capture_default_str();
}

SyncOptions sync_options(std::string_view text) {
  SyncOptions sync;
  if (text == "never") {
    sync.interval = std::chrono::nanoseconds(0);
    sync.on_rotate = false;
  } else if (text == "every") {
    sync.every_batch = true;
  } else {
    sync.interval = parse_duration("--sync", text);
  }
  return sync;
}

// The library reads them, and takes an empty text for none.
const std::string& times(std::string_view option, const std::string& text) {
  if (text.empty()) {
    throw ArgumentError(option, text, "has no time in it");
  }
  return text;
}

RotationOptions rotation_options(const PipeTexts& texts) {
  RotationOptions rotation;
  if (texts.size != "never") {
    rotation.size_bytes_max = parse_size("--size", texts.size);
  }
  if (texts.every) {
    rotation.interval = parse_duration("--every", *texts.every);
  }
  if (texts.daily) {
    rotation.daily_at = times("--daily", *texts.daily);
  }
  if (texts.weekly) {
    rotation.weekly_at = times("--weekly", *texts.weekly);
  }
  rotation.time_zone = zone_of(texts.backups);
  return rotation;
}

BackendOptions backend_options(const PipeTexts& texts) {
  BackendOptions backend;
  // Checked here, because the backend would find it after the file was made.
  backend.queue_bytes = parse_queue_size("--queue", texts.queue);
  if (texts.spool.empty()) {
    throw ArgumentError("--spool", texts.spool, "is no directory");
  }
  backend.crash_safe = texts.spool != "never";
  if (backend.crash_safe) {
    backend.spool_directory = texts.spool;
  }
  return backend;
}

PipeOptions pipe_options(const PipeTexts& texts) {
  PipeOptions options;
  options.stamp = texts.stamp;
  options.file.path = texts.path;
  options.file.pattern = texts.pattern;
  options.file.time_zone = zone_of(texts.backups);
  options.file.rotation = rotation_options(texts);
  options.file.retention = retention_options(texts.backups);
  options.file.naming = naming_options(texts.backups);
  if (texts.gzip || texts.zstd) {
    options.file.compression = texts.gzip ? Compression::gzip : Compression::zstd;
  }
  if (texts.keep_plain) {
    options.file.keep_plain = parse_count("--keep-plain", *texts.keep_plain);
  }
  if (texts.mode) {
    options.file.file_mode = parse_mode("--mode", *texts.mode);
  }
  options.file.ownership = texts.shared ? Ownership::shared : Ownership::exclusive;
  options.file.sync = sync_options(texts.sync);
  options.backend = backend_options(texts);
  return options;
}

}  // namespace

Verb add_pipe_verb(CLI::App& app) {
  CLI::App* const pipe =
      app.add_subcommand("pipe", "Write the lines of standard input to a rotating file");
  const auto texts = std::make_shared<PipeTexts>();
  pipe->add_option("PATH", texts->path, "The active file; continued if it exists")
      ->type_name("")
      ->required();
  add_rotation_options(*pipe, *texts);
  add_backup_options(*pipe, texts->backups);
  add_packing_options(*pipe, *texts);
  add_line_options(*pipe, *texts);
  add_file_options(*pipe, *texts);
  pipe->footer(kPipeFooter);
  return {pipe, [texts] { return run_pipe(pipe_options(*texts)); }};
}

}  // namespace lathe::tools
