// SPDX-License-Identifier: MIT
//
// The command `lathe`: its verbs, their options, and what it says when they are wrong.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <system_error>

#include <lathe/options.hpp>

#include "tools/arguments.hpp"
#include "tools/pipe.hpp"

namespace lathe::tools {
namespace {

constexpr int kExitFailure = 1;
constexpr int kExitUsage = 2;

constexpr const char* kFooter = R"(
Exit status: 0 when every byte that was read is written; 1 when a file cannot be
opened or written; 2 when an option is wrong.)";

constexpr const char* kPipeFooter = R"(
Backups are named PATH.YYYYMMDD_HHMMSS[.N], in UTC. In raw mode, the backups in
order and then PATH are the input, byte for byte. A file ends at a line end, and
is never larger than SIZE unless a single line is; a line of more than 64 MiB
goes through in pieces.

Ends at the end of input. SIGTERM and SIGINT: writes what lies in the pipe at
that moment, syncs, and ends with status 0. SIGHUP: rotates. When the disk is
full it waits, and with it the writer of the pipe; nothing is dropped. Asked to
stop meanwhile, it gives up after 10 s without progress.

Exit status: 0 when every byte that was read is written; 1 when a file cannot be
opened or written; 2 when an option is wrong.)";

// The texts of the options, as they were given.
struct PipeTexts {
  std::string path;
  std::string size = "64M";
  std::string keep = "10";
  std::string sync = "1s";
  std::string queue = "1M";
  std::string pattern = "{time:%Y-%m-%d %H:%M:%S.%6f} {message}";
  bool raw = false;
  bool stamp = false;
};

CLI::App* add_pipe(CLI::App& app, PipeTexts& texts) {
  app.get_formatter()->column_width(28);
  CLI::App* const pipe =
      app.add_subcommand("pipe", "Write the lines of standard input to a rotating file");
  pipe->add_option("PATH", texts.path, "The active file; continued if it exists")
      ->type_name("")
      ->required();
  pipe->add_option("--size", texts.size, "Largest file: bytes, or with K, M, G; or 'never'")
      ->type_name("SIZE")
      ->capture_default_str();
  pipe->add_option("--keep", texts.keep, "Number of backups to keep, or 'all'")
      ->type_name("COUNT")
      ->capture_default_str();
  CLI::Option* const raw = pipe->add_flag("--raw", texts.raw, "Byte for byte (default)");
  CLI::Option* const stamp =
      pipe->add_flag("--stamp", texts.stamp, "A time stamp before each line")->excludes(raw);
  pipe->add_option("--pattern", texts.pattern, "Layout of a line, as in the library")
      ->type_name("TEXT")
      ->needs(stamp);
  pipe->add_option("--sync", texts.sync, "Sync this long after a line, 'every' batch, or 'never'")
      ->type_name("WHEN")
      ->capture_default_str();
  pipe->add_option("--queue", texts.queue, "Memory before the disk, a power of two from 4K")
      ->type_name("SIZE")
      ->capture_default_str();
  pipe->footer(kPipeFooter);
  return pipe;
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

PipeOptions pipe_options(const PipeTexts& texts) {
  PipeOptions options;
  options.stamp = texts.stamp;
  options.file.path = texts.path;
  options.file.pattern = texts.pattern;
  options.file.sync = sync_options(texts.sync);
  if (texts.size != "never") {
    options.file.rotation.size_bytes_max = parse_size("--size", texts.size);
  }
  if (texts.keep != "all") {
    options.file.retention.count_max = parse_count("--keep", texts.keep);
  }
  // Checked here, because the backend would find it after the file was made.
  options.backend.queue_bytes = parse_size("--queue", texts.queue);
  const std::uint64_t queue_bytes = options.backend.queue_bytes;
  if ((queue_bytes & (queue_bytes - 1)) != 0 || queue_bytes < 4 * KiB || queue_bytes > 1 * GiB) {
    throw ArgumentError("--queue", texts.queue, "is not a power of two from 4K to 1G");
  }
  return options;
}

// The library speaks of fields, a user of options.
std::string usage_message(const OptionError& error) {
  struct Name {
    std::string_view field;
    std::string_view option;
  };
  constexpr Name kNames[] = {{"path", "PATH"},
                             {"pattern", "--pattern"},
                             {"retention.count_max", "--keep"},
                             {"rotation.size_bytes_max", "--size"},
                             {"sync.interval", "--sync"}};
  std::string message = error.what();
  for (const Name& name : kNames) {
    if (error.field() == name.field) {
      return std::string(name.option) + message.substr(error.field().size());
    }
  }
  return message;
}

int complain(std::string_view verb, std::string_view text, int status) {
  std::fprintf(stderr, "%.*s: %.*s\n", static_cast<int>(verb.size()), verb.data(),
               static_cast<int>(text.size()), text.data());
  return status;
}

int run(int argc, char** argv) {
  CLI::App app{"lathe: asynchronous rotating logs", "lathe"};
  app.set_version_flag("--version", "lathe " LATHE_VERSION, "Print the version and exit");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.require_subcommand(1);
  app.footer(kFooter);
  PipeTexts texts;
  const CLI::App* const pipe = add_pipe(app, texts);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
      return app.exit(error);  // help or version
    }
    return complain(pipe->parsed() ? "lathe pipe" : "lathe", error.what(), kExitUsage);
  }
  try {
    return run_pipe(pipe_options(texts));
  } catch (const ArgumentError& error) {
    return complain("lathe pipe", error.what(), kExitUsage);
  } catch (const OptionError& error) {
    return complain("lathe pipe", usage_message(error), kExitUsage);
  } catch (const std::exception& error) {
    return complain("lathe pipe", error.what(), kExitFailure);
  }
}

}  // namespace
}  // namespace lathe::tools

int main(int argc, char** argv) {
  try {
    return lathe::tools::run(argc, argv);
  } catch (const std::exception& error) {
    return lathe::tools::complain("lathe", error.what(), lathe::tools::kExitFailure);
  }
}
