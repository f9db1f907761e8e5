// SPDX-License-Identifier: MIT
//
// What the open files and directories of a FakeFileSystem share with it. Not for tests.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "support/fake_file_system.hpp"

namespace lathe {

struct FakeFault {
  std::optional<Call> call;  // nothing: any
  std::uint64_t countdown = 0;
  std::errc error = std::errc::io_error;
  bool is_lasting = false;
  std::optional<std::size_t> short_bytes = std::nullopt;
};

// What the faults say about one call.
struct FakeVerdict {
  std::error_code error = {};
  std::optional<std::size_t> short_bytes = std::nullopt;
};

struct FakeState {
  using Directories = std::map<std::string, FakeDirectoryNode>;
  Directories directories;
  std::vector<FakeFault> faults;
  std::vector<std::string> trace;
  std::uint64_t faults_met = 0;
  std::uint64_t inodes = 100;
  int open_files = 0;
  std::int64_t time_ns = 1;  // of the next change
  std::optional<std::uint64_t> free_bytes;
  std::uint64_t version = 0;
  FakeFileSystem::Watcher watcher;
  std::function<void()> write_watcher;

  // Every call comes through here first.
  FakeVerdict enter(Call call, std::string text) {
    if (watcher) watcher(call, text);
    trace.push_back(std::move(text));
    FakeVerdict verdict;
    for (FakeFault& fault : faults) {
      if (fault.call && *fault.call != call) continue;
      if (fault.countdown > 1) {
        --fault.countdown;
        continue;
      }
      if (fault.countdown == 0) continue;
      if (!fault.is_lasting) fault.countdown = 0;
      ++faults_met;
      verdict.short_bytes = fault.short_bytes;
      if (!fault.short_bytes) verdict.error = std::make_error_code(fault.error);
    }
    return verdict;
  }

  FakeDirectoryNode& directory(const std::string& path) {
    const auto found = directories.find(path);
    if (found == directories.end()) throw std::logic_error("no fake directory " + path);
    return found->second;
  }

  // All changes of names come through here.
  void change_names(FakeDirectoryNode& directory, std::string gone, std::string made,
                    std::shared_ptr<FakeNode> node) {
    if (!gone.empty()) directory.names.erase(gone);
    if (!made.empty()) directory.names[made] = node;
    directory.changes.push_back({++version, std::move(gone), std::move(made), std::move(node)});
  }

  std::shared_ptr<FakeNode> make_node(FileKind kind) {
    auto node = std::make_shared<FakeNode>();
    node->kind = kind;
    node->inode = ++inodes;
    return node;
  }
};

// What is the least that a crash leaves of a file.
[[nodiscard]] std::string least_content(const FakeNode& node);

[[nodiscard]] std::unique_ptr<Directory> make_fake_directory(std::shared_ptr<FakeState> state,
                                                             std::string path);

}  // namespace lathe
