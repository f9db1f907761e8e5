// SPDX-License-Identifier: MIT
//
// FakeFileSystem: directories and files in memory, with faults on order.
//
// It plays the fault model at the top of os/file_system.hpp:
//
//   * any call can be made to fail, the n-th of its kind or of all, once or from then on, and
//     changes nothing then (a failed close has closed, a failed sync is repeated for ever);
//   * any write can be made short, at any byte;
//   * contents are durable up to the last sync_data, names as of the last Directory::sync, and
//     crash() forgets the rest (of all it could keep, that is the least);
//   * a test can rename, remove and replace names behind the back of the code under test.
//
// Not modelled: permissions, space, time.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "os/file_system.hpp"

namespace lathe {

enum class Call : std::uint8_t {
  open_directory,
  make_directory,
  open,
  rename,
  remove,
  sync_directory,
  list,
  status,  // of a name
  lock,
  write,
  sync_data,
  file_status,
  close,
};

// What a name stands for, and what of it survives a power cut.
struct FakeNode {
  FileKind kind = FileKind::regular;
  std::uint64_t inode = 0;
  std::string content;
  std::size_t synced_bytes = 0;
  std::uint64_t links = 0;
  bool is_locked = false;
};

using FakeNames = std::map<std::string, std::shared_ptr<FakeNode>>;

struct FakeDirectoryNode {
  FakeNames names;
  FakeNames durable_names;
};

struct FakeState;  // what open files and directories share with their file system

class FakeFileSystem final : public FileSystem {
 public:
  FakeFileSystem();

  [[nodiscard]] DirectoryResult open_directory(const std::string& path) override;
  [[nodiscard]] std::error_code make_directory(const std::string& path) override;

  // Faults. `nth` counts from 1 = the next call. Several may be set; heal() removes them all.
  void fail(Call call, std::uint64_t nth, std::errc error);
  void fail_from(Call call, std::uint64_t nth, std::errc error);
  void fail_any(std::uint64_t nth, std::errc error);  // the n-th call of any kind
  void shorten_write(std::uint64_t nth, std::size_t bytes);
  void heal();
  [[nodiscard]] std::uint64_t faults_met() const;

  // What was called, in order: "write app.log 12", "rename app.log app.log.2026...", "close 3".
  [[nodiscard]] const std::vector<std::string>& trace() const;
  [[nodiscard]] std::size_t count_in_trace(const std::string& beginning) const;
  void clear_trace();

  // Looking and interfering, without faults or trace. Directories: "" is the one in which relative
  // paths start; it exists. Names are "dir/name" or "name".
  [[nodiscard]] bool exists(const std::string& path) const;
  [[nodiscard]] std::string read(const std::string& path) const;
  [[nodiscard]] std::string read_durable(const std::string& path) const;
  [[nodiscard]] std::vector<std::string> names(const std::string& directory = "") const;
  void put(const std::string& path, const std::string& content, FileKind kind = FileKind::regular);
  void put_link(const std::string& existing, const std::string& path);  // a second name
  void move(const std::string& from, const std::string& to);
  void erase(const std::string& path);
  void truncate(const std::string& path);
  [[nodiscard]] int open_files() const;

  // A power cut: what was not synced is gone, and so are all locks.
  void crash();

 private:
  std::shared_ptr<FakeState> state_;
};

}  // namespace lathe
