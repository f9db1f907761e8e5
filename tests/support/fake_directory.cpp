// SPDX-License-Identifier: MIT
//
// The side of the fake that the code under test sees: files, locks, a directory.

#include <algorithm>
#include <cstring>
#include <utility>

#include "support/fake_state.hpp"

namespace lathe {

namespace {

std::error_code to_error(std::errc error) { return std::make_error_code(error); }

FileStatus status_of(const FakeNode& node) {
  return {.kind = node.kind,
          .size_bytes = node.content.size(),
          .device = 1,
          .inode = node.inode,
          .links = node.links,
          .modified_ns = node.modified_ns,
          .permissions = node.permissions,
          .user = node.user,
          .group = node.group};
}

// An open descriptor: as long as it lives, the file is open somewhere.
class Handle {
 public:
  explicit Handle(std::shared_ptr<FakeNode> node) : node_(std::move(node)) { ++node_->handles; }
  ~Handle() { close(); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  void close() {
    if (is_open_) --node_->handles;
    is_open_ = false;
  }
  [[nodiscard]] bool is_open() const { return is_open_; }
  [[nodiscard]] FakeNode& operator*() const { return *node_; }
  [[nodiscard]] FakeNode* operator->() const { return node_.get(); }

 private:
  std::shared_ptr<FakeNode> node_;
  bool is_open_ = true;
};

class FakeFile final : public File {
 public:
  FakeFile(std::shared_ptr<FakeState> state, std::shared_ptr<FakeNode> node, std::string name)
      : state_(std::move(state)), node_(std::move(node)), name_(std::move(name)) {
    ++state_->open_files;
  }
  ~FakeFile() override {
    if (node_.is_open()) --state_->open_files;
  }

  WriteResult write(std::string_view bytes) override {
    const FakeVerdict verdict =
        state_->enter(Call::write, "write " + name_ + " " + std::to_string(bytes.size()));
    if (!node_.is_open()) return {.error = to_error(std::errc::bad_file_descriptor)};
    if (verdict.error) return {.error = verdict.error};
    const std::size_t taken = std::min(bytes.size(), verdict.short_bytes.value_or(bytes.size()));
    node_->content += bytes.substr(0, taken);
    ++state_->version;
    node_->modified_ns = state_->time_ns++;
    if (state_->write_watcher) state_->write_watcher();
    return {.written_bytes = taken};
  }

  std::error_code sync_data() override {
    if (last_sync_ && *last_sync_) {
      state_->trace.push_back("sync-again " + name_);
      return *last_sync_;
    }
    if (!node_.is_open()) return last_sync_.value_or(to_error(std::errc::bad_file_descriptor));
    const FakeVerdict verdict = state_->enter(Call::sync_data, "sync " + name_);
    last_sync_ = verdict.error;
    node_->synced_at = ++state_->version;
    if (!verdict.error) {
      node_->synced_bytes = node_->content.size();
    } else if (node_->synced_bytes < node_->content.size()) {
      node_->doubtful.push_back({.begin = node_->synced_bytes, .end = node_->content.size()});
    }
    return verdict.error;
  }

  StatusResult status() override {
    const FakeVerdict verdict = state_->enter(Call::file_status, "fstat " + name_);
    if (verdict.error) return {.error = verdict.error};
    return {.status = status_of(*node_)};
  }

  std::error_code close() override {
    const FakeVerdict verdict = state_->enter(Call::close, "close " + name_);
    if (!node_.is_open()) return to_error(std::errc::bad_file_descriptor);
    node_.close();
    --state_->open_files;
    return verdict.error;
  }

  void forget() noexcept override {
    if (!node_.is_open()) return;
    last_sync_ = to_error(std::errc::bad_file_descriptor);
    node_.close();
    --state_->open_files;
  }

  std::error_code preallocate(std::uint64_t bytes) override {
    const std::error_code error =
        enter(Call::preallocate, "preallocate " + name_ + " " + std::to_string(bytes));
    if (!error) node_->preallocated_bytes = std::max(node_->preallocated_bytes, bytes);
    return error;
  }

  std::error_code release_preallocated() override {
    const std::error_code error = enter(Call::release, "release " + name_);
    if (!error) node_->preallocated_bytes = 0;
    return error;
  }

  std::error_code adopt_attributes(const FileStatus& other) override {
    const std::error_code error = enter(Call::attributes, "adopt-attributes " + name_);
    if (error) return error;
    node_->permissions = other.permissions;
    node_->user = other.user;
    node_->group = other.group;
    node_->modified_ns = other.modified_ns;
    return {};
  }

 private:
  std::error_code enter(Call call, std::string text) {
    const FakeVerdict verdict = state_->enter(call, std::move(text));
    return node_.is_open() ? verdict.error : to_error(std::errc::bad_file_descriptor);
  }

  std::shared_ptr<FakeState> state_;
  Handle node_;
  std::string name_;  // that it was opened by
  std::optional<std::error_code> last_sync_;
};

class FakeSource final : public SourceFile {
 public:
  FakeSource(std::shared_ptr<FakeState> state, std::shared_ptr<FakeNode> node, std::string name)
      : state_(std::move(state)), node_(std::move(node)), name_(std::move(name)) {
    ++state_->open_files;
  }
  ~FakeSource() override { --state_->open_files; }

  ReadResult read(std::span<char> out) override {
    const FakeVerdict verdict = state_->enter(Call::read, "read " + name_);
    if (verdict.error) return {.error = verdict.error};
    const std::size_t left = node_->content.size() - std::min(read_bytes_, node_->content.size());
    const std::size_t taken =
        std::min({left, out.size(), verdict.short_bytes.value_or(out.size())});
    if (taken != 0) std::memcpy(out.data(), node_->content.data() + read_bytes_, taken);
    read_bytes_ += taken;
    return {.read_bytes = taken};
  }

  std::error_code skip_to(std::uint64_t offset) override {
    const FakeVerdict verdict = state_->enter(Call::skip, "skip " + name_);
    if (!verdict.error) read_bytes_ = offset;
    return verdict.error;
  }

  StatusResult status() override {
    const FakeVerdict verdict = state_->enter(Call::source_status, "fstat-source " + name_);
    if (verdict.error) return {.error = verdict.error};
    return {.status = status_of(*node_)};
  }

 private:
  std::shared_ptr<FakeState> state_;
  Handle node_;
  std::string name_;
  std::size_t read_bytes_ = 0;
};

// True if `holder` has the lock now.
bool take_lock(FakeNode& node, const void* holder, LockKind kind) {
  const bool has_others = node.lock_holders.size() > node.lock_holders.count(holder);
  if (has_others && (kind == LockKind::exclusive || node.is_locked_exclusively)) return false;
  node.lock_holders.insert(holder);
  node.is_locked_exclusively = kind == LockKind::exclusive;
  return true;
}

class FakeLock final : public FileLock {
 public:
  explicit FakeLock(std::shared_ptr<FakeNode> node) : node_(std::move(node)) {}
  ~FakeLock() override { node_->lock_holders.erase(this); }

  bool take(LockKind kind) { return take_lock(*node_, this, kind); }

 private:
  Handle node_;
};

class FakeLockFile final : public LockFile {
 public:
  FakeLockFile(std::shared_ptr<FakeState> state, std::shared_ptr<FakeNode> node, std::string name)
      : state_(std::move(state)), node_(std::move(node)), name_(std::move(name)) {}
  ~FakeLockFile() override { node_->lock_holders.erase(this); }

  // Never waits: there is no other thread that could let go. Who would wait is told so.
  std::error_code acquire(bool wait) override {
    const FakeVerdict verdict = state_->enter(Call::acquire, "acquire " + name_);
    if (verdict.error) return verdict.error;
    if (take_lock(*node_, this, LockKind::exclusive)) return {};
    return to_error(wait ? std::errc::resource_deadlock_would_occur
                         : std::errc::device_or_resource_busy);
  }

  void release() noexcept override { node_->lock_holders.erase(this); }

 private:
  std::shared_ptr<FakeState> state_;
  Handle node_;
  std::string name_;
};

class FakeDirectory final : public Directory {
 public:
  FakeDirectory(std::shared_ptr<FakeState> state, std::string path)
      : state_(std::move(state)), path_(std::move(path)) {}

  OpenResult open(const std::string& name, OpenMode mode, unsigned permissions) override {
    const FakeVerdict verdict = state_->enter(Call::open, "open " + name);
    if (verdict.error) return {.error = verdict.error};
    if (mode == OpenMode::create_new && entries().contains(name)) {
      return {.error = to_error(std::errc::file_exists)};
    }
    auto [node, error] = find_or_make(name, permissions);
    if (error) return {.error = error};
    return {.file = std::make_unique<FakeFile>(state_, std::move(node), name)};
  }

  std::error_code rename_exclusive(const std::string& from, const std::string& to) override {
    const FakeVerdict verdict = state_->enter(Call::rename, "rename " + from + " " + to);
    if (verdict.error) return verdict.error;
    if (!entries().contains(from)) return to_error(std::errc::no_such_file_or_directory);
    if (entries().contains(to)) return to_error(std::errc::file_exists);
    state_->change_names(node(), from, to, entries()[from]);
    return {};
  }

  std::error_code remove(const std::string& name) override {
    const FakeVerdict verdict = state_->enter(Call::remove, "remove " + name);
    if (verdict.error) return verdict.error;
    const auto found = entries().find(name);
    if (found == entries().end()) return to_error(std::errc::no_such_file_or_directory);
    --found->second->links;
    state_->change_names(node(), name, "", found->second);
    return {};
  }

  std::error_code sync() override {
    const FakeVerdict verdict = state_->enter(Call::sync_directory, "sync-directory");
    if (verdict.error) return verdict.error;
    ++state_->version;
    node().durable_names = node().names;
    node().changes.clear();
    return {};
  }

  ListResult list() override {
    const FakeVerdict verdict = state_->enter(Call::list, "list");
    if (verdict.error) return {.error = verdict.error};
    ListResult result;
    for (const auto& [name, ignored] : entries()) result.names.push_back(name);
    return result;
  }

  StatusResult status(const std::string& name) override {
    const FakeVerdict verdict = state_->enter(Call::status, "stat " + name);
    if (verdict.error) return {.error = verdict.error};
    const auto found = entries().find(name);
    if (found == entries().end()) return {.error = to_error(std::errc::no_such_file_or_directory)};
    return {.status = status_of(*found->second)};
  }

  LockResult lock(const std::string& name, unsigned permissions, LockKind kind) override {
    const bool is_shared = kind == LockKind::shared;
    const FakeVerdict verdict =
        state_->enter(Call::lock, (is_shared ? "lock-shared " : "lock ") + name);
    if (verdict.error) return {.error = verdict.error};
    auto [node, error] = find_or_make(name, permissions);
    if (error) return {.error = error};
    auto lock = std::make_unique<FakeLock>(std::move(node));
    if (lock->take(kind)) return {.lock = std::move(lock)};
    constexpr std::uint32_t kOwner = 1234;
    return {.error = to_error(std::errc::device_or_resource_busy), .owner_process = kOwner};
  }

  LockFileResult open_lock(const std::string& name, unsigned permissions) override {
    const FakeVerdict verdict = state_->enter(Call::open_lock, "open-lock " + name);
    if (verdict.error) return {.error = verdict.error};
    auto [node, error] = find_or_make(name, permissions);
    if (error) return {.error = error};
    return {.file = std::make_unique<FakeLockFile>(state_, std::move(node), name)};
  }

  SourceResult open_source(const std::string& name) override {
    const FakeVerdict verdict = state_->enter(Call::open_source, "open-source " + name);
    if (verdict.error) return {.error = verdict.error};
    const auto found = entries().find(name);
    if (found == entries().end()) return {.error = to_error(std::errc::no_such_file_or_directory)};
    if (found->second->kind != FileKind::regular) {
      return {.error = to_error(std::errc::invalid_argument)};
    }
    return {.file = std::make_unique<FakeSource>(state_, found->second, name)};
  }

  std::error_code put_symlink(const std::string& name, const std::string& target) override {
    const FakeVerdict verdict =
        state_->enter(Call::put_symlink, "put-symlink " + name + " " + target);
    if (verdict.error) return verdict.error;
    const auto found = entries().find(name);
    if (found != entries().end()) {
      if (found->second->kind != FileKind::symlink) return to_error(std::errc::file_exists);
      --found->second->links;
    }
    const std::shared_ptr<FakeNode> link = state_->make_node(FileKind::symlink);
    link->content = target;
    link->synced_bytes = target.size();  // a link is durable with its name
    link->links = 1;
    link->modified_ns = state_->time_ns++;
    state_->change_names(node(), "", name, link);
    return {};
  }

  bool is_open_somewhere(const std::string& name) override {
    const auto found = entries().find(name);
    if (found == entries().end()) return false;
    return found->second->handles != 0 || found->second->is_open_elsewhere;
  }

  std::optional<std::uint64_t> free_bytes() override { return state_->free_bytes; }

 private:
  struct Found {
    std::shared_ptr<FakeNode> node;
    std::error_code error = {};
  };

  FakeDirectoryNode& node() { return state_->directory(path_); }
  FakeNames& entries() { return node().names; }

  Found find_or_make(const std::string& name, unsigned permissions) {
    const auto found = entries().find(name);
    if (found != entries().end()) {
      if (found->second->kind == FileKind::regular) return {.node = found->second};
      return {.node = nullptr, .error = to_error(std::errc::invalid_argument)};
    }
    const std::shared_ptr<FakeNode> made = state_->make_node(FileKind::regular);
    made->links = 1;
    made->permissions = permissions;
    made->modified_ns = state_->time_ns++;
    state_->change_names(node(), "", name, made);
    return {.node = made};
  }

  std::shared_ptr<FakeState> state_;
  std::string path_;
};

}  // namespace

std::unique_ptr<Directory> make_fake_directory(std::shared_ptr<FakeState> state, std::string path) {
  return std::make_unique<FakeDirectory>(std::move(state), std::move(path));
}

}  // namespace lathe
