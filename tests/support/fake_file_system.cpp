// SPDX-License-Identifier: MIT

#include "support/fake_file_system.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace lathe {

namespace {

struct Fault {
  std::optional<Call> call;  // nothing: any
  std::uint64_t countdown = 0;
  std::errc error = std::errc::io_error;
  bool is_lasting = false;
  std::optional<std::size_t> short_bytes = std::nullopt;
};

struct Verdict {
  std::error_code error = {};
  std::optional<std::size_t> short_bytes = std::nullopt;
};

std::pair<std::string, std::string> split(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {"", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

std::error_code to_error(std::errc error) { return std::make_error_code(error); }

}  // namespace

struct FakeState {
  std::map<std::string, FakeDirectoryNode> directories;
  std::vector<Fault> faults;
  std::vector<std::string> trace;
  std::uint64_t faults_met = 0;
  std::uint64_t inodes = 100;
  int open_files = 0;

  // Every call comes through here first.
  Verdict enter(Call call, std::string text) {
    trace.push_back(std::move(text));
    Verdict verdict;
    for (Fault& fault : faults) {
      if (fault.call && *fault.call != call) continue;
      if (fault.countdown > 1) {
        --fault.countdown;
        continue;
      }
      if (fault.countdown == 0) continue;
      if (!fault.is_lasting) fault.countdown = 0;
      ++faults_met;
      verdict.short_bytes = fault.short_bytes;
      if (!fault.short_bytes) verdict.error = to_error(fault.error);
    }
    return verdict;
  }

  FakeDirectoryNode& directory(const std::string& path) {
    const auto found = directories.find(path);
    if (found == directories.end()) throw std::logic_error("no fake directory " + path);
    return found->second;
  }

  std::shared_ptr<FakeNode> make_node(FileKind kind) {
    auto node = std::make_shared<FakeNode>();
    node->kind = kind;
    node->inode = ++inodes;
    return node;
  }
};

namespace {

FileStatus status_of(const FakeNode& node) {
  return {.kind = node.kind,
          .size_bytes = node.content.size(),
          .device = 1,
          .inode = node.inode,
          .links = node.links};
}

class FakeFile final : public File {
 public:
  FakeFile(std::shared_ptr<FakeState> state, std::shared_ptr<FakeNode> node, std::string name)
      : state_(std::move(state)), node_(std::move(node)), name_(std::move(name)) {
    ++state_->open_files;
  }
  ~FakeFile() override {
    if (is_open_) --state_->open_files;
  }

  WriteResult write(std::string_view bytes) override {
    const Verdict verdict =
        state_->enter(Call::write, "write " + name_ + " " + std::to_string(bytes.size()));
    if (!is_open_) return {.error = to_error(std::errc::bad_file_descriptor)};
    if (verdict.error) return {.error = verdict.error};
    const std::size_t taken = std::min(bytes.size(), verdict.short_bytes.value_or(bytes.size()));
    node_->content += bytes.substr(0, taken);
    return {.written_bytes = taken};
  }

  std::error_code sync_data() override {
    if (last_sync_ && *last_sync_) {
      state_->trace.push_back("sync-again " + name_);
      return *last_sync_;
    }
    if (!is_open_) return last_sync_.value_or(to_error(std::errc::bad_file_descriptor));
    const Verdict verdict = state_->enter(Call::sync_data, "sync " + name_);
    last_sync_ = verdict.error;
    if (!verdict.error) node_->synced_bytes = node_->content.size();
    return verdict.error;
  }

  StatusResult status() override {
    const Verdict verdict = state_->enter(Call::file_status, "fstat " + name_);
    if (verdict.error) return {.error = verdict.error};
    return {.status = status_of(*node_)};
  }

  std::error_code close() override {
    const Verdict verdict = state_->enter(Call::close, "close " + name_);
    if (!is_open_) return to_error(std::errc::bad_file_descriptor);
    is_open_ = false;
    --state_->open_files;
    return verdict.error;
  }

 private:
  std::shared_ptr<FakeState> state_;
  std::shared_ptr<FakeNode> node_;
  std::string name_;  // that it was opened by
  bool is_open_ = true;
  std::optional<std::error_code> last_sync_;
};

class FakeLock final : public FileLock {
 public:
  explicit FakeLock(std::shared_ptr<FakeNode> node) : node_(std::move(node)) {}
  ~FakeLock() override { node_->is_locked = false; }

 private:
  std::shared_ptr<FakeNode> node_;
};

class FakeDirectory final : public Directory {
 public:
  FakeDirectory(std::shared_ptr<FakeState> state, std::string path)
      : state_(std::move(state)), path_(std::move(path)) {}

  OpenResult open(const std::string& name, OpenMode mode, unsigned) override {
    const Verdict verdict = state_->enter(Call::open, "open " + name);
    if (verdict.error) return {.error = verdict.error};
    std::shared_ptr<FakeNode>& node = entries()[name];
    if (node != nullptr && mode == OpenMode::create_new) {
      return {.error = to_error(std::errc::file_exists)};
    }
    if (node != nullptr && node->kind != FileKind::regular) {
      return {.error = to_error(std::errc::invalid_argument)};
    }
    if (node == nullptr) {
      node = state_->make_node(FileKind::regular);
      node->links = 1;
    }
    return {.file = std::make_unique<FakeFile>(state_, node, name)};
  }

  std::error_code rename_exclusive(const std::string& from, const std::string& to) override {
    const Verdict verdict = state_->enter(Call::rename, "rename " + from + " " + to);
    if (verdict.error) return verdict.error;
    if (!entries().contains(from)) return to_error(std::errc::no_such_file_or_directory);
    if (entries().contains(to)) return to_error(std::errc::file_exists);
    entries()[to] = entries()[from];
    entries().erase(from);
    return {};
  }

  std::error_code remove(const std::string& name) override {
    const Verdict verdict = state_->enter(Call::remove, "remove " + name);
    if (verdict.error) return verdict.error;
    const auto found = entries().find(name);
    if (found == entries().end()) return to_error(std::errc::no_such_file_or_directory);
    --found->second->links;
    entries().erase(found);
    return {};
  }

  std::error_code sync() override {
    const Verdict verdict = state_->enter(Call::sync_directory, "sync-directory");
    if (!verdict.error) node().durable_names = node().names;
    return verdict.error;
  }

  ListResult list() override {
    const Verdict verdict = state_->enter(Call::list, "list");
    if (verdict.error) return {.error = verdict.error};
    ListResult result;
    for (const auto& [name, ignored] : entries()) result.names.push_back(name);
    return result;
  }

  StatusResult status(const std::string& name) override {
    const Verdict verdict = state_->enter(Call::status, "stat " + name);
    if (verdict.error) return {.error = verdict.error};
    const auto found = entries().find(name);
    if (found == entries().end()) return {.error = to_error(std::errc::no_such_file_or_directory)};
    return {.status = status_of(*found->second)};
  }

  LockResult lock(const std::string& name, unsigned) override {
    const Verdict verdict = state_->enter(Call::lock, "lock " + name);
    if (verdict.error) return {.error = verdict.error};
    std::shared_ptr<FakeNode>& node = entries()[name];
    if (node == nullptr) node = state_->make_node(FileKind::regular);
    if (node->is_locked) {
      constexpr std::uint32_t kOwner = 1234;
      return {.error = to_error(std::errc::device_or_resource_busy), .owner_process = kOwner};
    }
    node->is_locked = true;
    return {.lock = std::make_unique<FakeLock>(node)};
  }

 private:
  FakeDirectoryNode& node() { return state_->directory(path_); }
  FakeNames& entries() { return node().names; }

  std::shared_ptr<FakeState> state_;
  std::string path_;
};

}  // namespace

FakeFileSystem::FakeFileSystem() : state_(std::make_shared<FakeState>()) {
  state_->directories[""];
}

DirectoryResult FakeFileSystem::open_directory(const std::string& path) {
  const Verdict verdict = state_->enter(Call::open_directory, "open-directory " + path);
  if (verdict.error) return {.error = verdict.error};
  const std::string name = path == "." ? "" : path;
  if (!state_->directories.contains(name)) {
    return {.error = to_error(std::errc::no_such_file_or_directory)};
  }
  return {.directory = std::make_unique<FakeDirectory>(state_, name)};
}

std::error_code FakeFileSystem::make_directory(const std::string& path) {
  const Verdict verdict = state_->enter(Call::make_directory, "make-directory " + path);
  if (verdict.error) return verdict.error;
  if (!state_->directories.contains(split(path).first)) {
    return to_error(std::errc::no_such_file_or_directory);
  }
  state_->directories[path];
  return {};
}

void FakeFileSystem::fail(Call call, std::uint64_t nth, std::errc error) {
  state_->faults.push_back({.call = call, .countdown = nth, .error = error});
}

void FakeFileSystem::fail_from(Call call, std::uint64_t nth, std::errc error) {
  state_->faults.push_back({.call = call, .countdown = nth, .error = error, .is_lasting = true});
}

void FakeFileSystem::fail_any(std::uint64_t nth, std::errc error) {
  state_->faults.push_back({.call = std::nullopt, .countdown = nth, .error = error});
}

void FakeFileSystem::shorten_write(std::uint64_t nth, std::size_t bytes) {
  state_->faults.push_back({.call = Call::write, .countdown = nth, .short_bytes = bytes});
}

void FakeFileSystem::heal() { state_->faults.clear(); }

std::uint64_t FakeFileSystem::faults_met() const { return state_->faults_met; }

const std::vector<std::string>& FakeFileSystem::trace() const { return state_->trace; }

std::size_t FakeFileSystem::count_in_trace(const std::string& beginning) const {
  return static_cast<std::size_t>(
      std::count_if(state_->trace.begin(), state_->trace.end(),
                    [&](const std::string& entry) { return entry.starts_with(beginning); }));
}

void FakeFileSystem::clear_trace() { state_->trace.clear(); }

bool FakeFileSystem::exists(const std::string& path) const {
  const auto [directory, name] = split(path);
  return state_->directory(directory).names.contains(name);
}

std::string FakeFileSystem::read(const std::string& path) const {
  const auto [directory, name] = split(path);
  return state_->directory(directory).names.at(name)->content;
}

std::string FakeFileSystem::read_durable(const std::string& path) const {
  const auto [directory, name] = split(path);
  const FakeNode& node = *state_->directory(directory).durable_names.at(name);
  return node.content.substr(0, node.synced_bytes);
}

std::vector<std::string> FakeFileSystem::names(const std::string& directory) const {
  std::vector<std::string> result;
  for (const auto& [name, ignored] : state_->directory(directory).names) result.push_back(name);
  return result;
}

void FakeFileSystem::put(const std::string& path, const std::string& content, FileKind kind) {
  const auto [directory, name] = split(path);
  const std::shared_ptr<FakeNode> node = state_->make_node(kind);
  node->content = content;
  node->links = 1;
  state_->directory(directory).names[name] = node;
}

void FakeFileSystem::put_link(const std::string& existing, const std::string& path) {
  const auto [from_directory, from] = split(existing);
  const auto [directory, name] = split(path);
  const std::shared_ptr<FakeNode> node = state_->directory(from_directory).names.at(from);
  ++node->links;
  state_->directory(directory).names[name] = node;
}

void FakeFileSystem::move(const std::string& from, const std::string& to) {
  put_link(from, to);
  erase(from);
}

void FakeFileSystem::erase(const std::string& path) {
  const auto [directory, name] = split(path);
  FakeNames& names = state_->directory(directory).names;
  --names.at(name)->links;
  names.erase(name);
}

void FakeFileSystem::truncate(const std::string& path) {
  const auto [directory, name] = split(path);
  state_->directory(directory).names.at(name)->content.clear();
}

int FakeFileSystem::open_files() const { return state_->open_files; }

void FakeFileSystem::crash() {
  for (auto& [path, directory] : state_->directories) {
    directory.names = directory.durable_names;
    for (auto& [name, node] : directory.names) {
      node->content.resize(std::min(node->content.size(), node->synced_bytes));
      node->is_locked = false;
    }
  }
}

}  // namespace lathe
