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
//     crash() forgets the rest (of all it could keep, that is the least; crash_states.hpp has all);
//   * what a failed sync should have brought to the device may be missing there, whatever a later
//     sync of that file says;
//   * a test can rename, remove and replace names behind the back of the code under test.
//
// Attributes are kept and told, never enforced, and no crash undoes them. Of space there is the
// figure that a test sets. Time is a counter, see set_time_ns. Not modelled: the umask.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>
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
  open_lock,
  acquire,  // of a LockFile
  open_source,
  put_symlink,
  write,
  sync_data,
  file_status,
  close,
  preallocate,
  release,  // of what was preallocated
  attributes,
  read,
  skip,
  source_status,
};

// What a name stands for, and what of it survives a power cut.
struct FakeNode {
  FileKind kind = FileKind::regular;
  std::uint64_t inode = 0;
  std::string content;  // of a symbolic link: where it leads
  std::size_t synced_bytes = 0;
  std::uint64_t synced_at = 0;  // FakeFileSystem::version() at the last sync; 0: there was none
  std::uint64_t links = 0;
  std::int64_t modified_ns = 0;
  std::uint32_t permissions = 0644;
  std::uint32_t user = 0;
  std::uint32_t group = 0;
  std::uint64_t preallocated_bytes = 0;  // in all, as File::preallocate was told; 0: released

  int handles = 0;                 // of all kinds, as long as they live or until they are closed
  bool is_open_elsewhere = false;  // a test says so: another process has it

  std::set<const void*> lock_holders;
  bool is_locked_exclusively = false;

  // Bytes from `begin` up to `end` that a sync has failed to bring to the device.
  struct Doubtful {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  std::vector<Doubtful> doubtful;
};

using FakeNames = std::map<std::string, std::shared_ptr<FakeNode>>;

// One change of a directory: `node` is `made` now, and `gone` no longer; either may be empty.
struct FakeNameChange {
  std::uint64_t version = 0;  // of the file system after it
  std::string gone;
  std::string made;
  std::shared_ptr<FakeNode> node;
};

struct FakeDirectoryNode {
  FakeNames names;
  FakeNames durable_names;
  std::vector<FakeNameChange> changes = {};  // that lead from those to these, in order
  unsigned permissions = 0777;
};

struct FakeState;  // what open files and directories share with their file system

class FakeFileSystem final : public FileSystem {
 public:
  FakeFileSystem();

  [[nodiscard]] DirectoryResult open_directory(const std::string& path) override;
  [[nodiscard]] std::error_code make_directory(const std::string& path,
                                               unsigned permissions = 0777) override;

  // Faults. `nth` counts from 1 = the next call. Several may be set; heal() removes them all.
  void fail(Call call, std::uint64_t nth, std::errc error);
  void fail_from(Call call, std::uint64_t nth, std::errc error);
  void fail_any(std::uint64_t nth, std::errc error);  // the n-th call of any kind
  void shorten_write(std::uint64_t nth, std::size_t bytes);
  void shorten_read(std::uint64_t nth, std::size_t bytes);
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
  [[nodiscard]] int open_files() const;  // File and SourceFile, not locks

  // The file itself, to look at and to change: attributes, is_open_elsewhere.
  [[nodiscard]] FakeNode& node(const std::string& path);
  [[nodiscard]] unsigned directory_permissions(const std::string& path) const;

  // The next change of a file's contents happens at `time_ns`, each one after it a nanosecond
  // later. Starts at 1.
  void set_time_ns(std::int64_t time_ns);

  // Calls `watcher` before each call, faulty or not. Null: nobody.
  using Watcher = std::function<void(Call call, const std::string& what)>;
  void watch(Watcher watcher);
  // The same when a write is done, before its caller learns of it.
  void watch_writes(std::function<void()> watcher);

  // Grows whenever contents or names change or become durable.
  [[nodiscard]] std::uint64_t version() const;

  // What Directory::free_bytes() says. Nothing at first.
  void set_free_bytes(std::optional<std::uint64_t> bytes);

  // A power cut: what was not synced is gone, and so are all locks and preallocated blocks.
  void crash();

  [[nodiscard]] const FakeState& state() const { return *state_; }
  explicit FakeFileSystem(std::shared_ptr<FakeState> state) : state_(std::move(state)) {}

 private:
  std::shared_ptr<FakeState> state_;
};

}  // namespace lathe
