// SPDX-License-Identifier: MIT
//
// The command `lathe`: finds the verb, and says what is wrong with its options.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <iterator>
#include <string>
#include <string_view>

#include <lathe/units.hpp>

#include "tools/arguments.hpp"
#include "tools/latency_verb.hpp"
#include "tools/option_names.hpp"
#include "tools/pipe_verb.hpp"
#include "tools/prune_verb.hpp"
#include "tools/recover_verb.hpp"

namespace lathe::tools {
namespace {

constexpr int kExitFailure = 1;
constexpr int kExitUsage = 2;
constexpr std::size_t kHelpColumn = 28;

constexpr const char* kCommandFooter = R"(
'lathe VERB --help' explains a verb.

Exit status: 0 when all went well; 1 when a file cannot be opened, written or
deleted; 2 when an option is wrong.)";

std::string usage_message(const OptionError& error) {
  const std::string message = error.what();
  const std::string_view option = option_of_field(error.field());
  return option.empty() ? message : std::string(option) + message.substr(error.field().size());
}

int complain(std::string_view who, std::string_view text, int status) {
  std::fprintf(stderr, "%.*s: %.*s\n", static_cast<int>(who.size()), who.data(),
               static_cast<int>(text.size()), text.data());
  return status;
}

int run(int argc, char** argv) {
  CLI::App app{"lathe: asynchronous rotating logs", "lathe"};
  app.set_version_flag("--version", "lathe " LATHE_VERSION, "Print the version and exit");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.require_subcommand(1);
  app.get_formatter()->column_width(kHelpColumn);  // of the verbs added from here on, too
  app.footer(kCommandFooter);
  const Verb verbs[] = {add_pipe_verb(app), add_prune_verb(app), add_recover_verb(app),
                        add_latency_verb(app)};
  const auto chosen = [&] {
    return std::find_if(std::begin(verbs), std::end(verbs),
                        [](const Verb& verb) { return verb.command->parsed(); });
  };
  const auto name = [&] {
    return chosen() == std::end(verbs) ? std::string("lathe")
                                       : "lathe " + chosen()->command->get_name();
  };
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
      return app.exit(error);  // help or version
    }
    return complain(name(), error.what(), kExitUsage);
  }
  try {
    return chosen()->run();
  } catch (const ArgumentError& error) {
    return complain(name(), error.what(), kExitUsage);
  } catch (const OptionError& error) {
    return complain(name(), usage_message(error), kExitUsage);
  } catch (const std::exception& error) {
    return complain(name(), error.what(), kExitFailure);
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
