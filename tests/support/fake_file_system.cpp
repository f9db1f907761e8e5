// SPDX-License-Identifier: MIT
//
// The test's side of the fake: what it orders, looks at and meddles with.

#include "support/fake_file_system.hpp"

#include <algorithm>
#include <utility>

#include "support/fake_state.hpp"

namespace lathe {

namespace {

std::pair<std::string, std::string> split(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {"", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace

std::string least_content(const FakeNode& node) {
  std::string content = node.content.substr(0, node.synced_bytes);
  for (const FakeNode::Doubtful& doubtful : node.doubtful) {
    for (std::size_t at = doubtful.begin; at < std::min(doubtful.end, content.size()); ++at) {
      content[at] = '\0';
    }
  }
  return content;
}

FakeFileSystem::FakeFileSystem() : state_(std::make_shared<FakeState>()) {
  state_->directories[""];
}

DirectoryResult FakeFileSystem::open_directory(const std::string& path) {
  const FakeVerdict verdict = state_->enter(Call::open_directory, "open-directory " + path);
  if (verdict.error) return {.error = verdict.error};
  const std::string name = path == "." ? "" : path;
  if (!state_->directories.contains(name)) {
    return {.error = std::make_error_code(std::errc::no_such_file_or_directory)};
  }
  return {.directory = make_fake_directory(state_, name)};
}

std::error_code FakeFileSystem::make_directory(const std::string& path, unsigned permissions) {
  const FakeVerdict verdict = state_->enter(Call::make_directory, "make-directory " + path);
  if (verdict.error) return verdict.error;
  if (!state_->directories.contains(split(path).first)) {
    return std::make_error_code(std::errc::no_such_file_or_directory);
  }
  if (state_->directories.contains(path)) return std::make_error_code(std::errc::file_exists);
  state_->directories[path].permissions = permissions;
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

void FakeFileSystem::shorten_read(std::uint64_t nth, std::size_t bytes) {
  state_->faults.push_back({.call = Call::read, .countdown = nth, .short_bytes = bytes});
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
  return least_content(*state_->directory(directory).durable_names.at(name));
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
  node->modified_ns = state_->time_ns++;
  state_->change_names(state_->directory(directory), "", name, node);
}

void FakeFileSystem::put_link(const std::string& existing, const std::string& path) {
  const auto [from_directory, from] = split(existing);
  const auto [directory, name] = split(path);
  const std::shared_ptr<FakeNode> node = state_->directory(from_directory).names.at(from);
  ++node->links;
  state_->change_names(state_->directory(directory), "", name, node);
}

void FakeFileSystem::move(const std::string& from, const std::string& to) {
  put_link(from, to);
  erase(from);
}

void FakeFileSystem::erase(const std::string& path) {
  const auto [directory, name] = split(path);
  const std::shared_ptr<FakeNode> node = state_->directory(directory).names.at(name);
  --node->links;
  state_->change_names(state_->directory(directory), name, "", node);
}

void FakeFileSystem::truncate(const std::string& path) {
  node(path).content.clear();
  node(path).doubtful.clear();
  ++state_->version;
  node(path).modified_ns = state_->time_ns++;
}

int FakeFileSystem::open_files() const { return state_->open_files; }

FakeNode& FakeFileSystem::node(const std::string& path) {
  const auto [directory, name] = split(path);
  return *state_->directory(directory).names.at(name);
}

unsigned FakeFileSystem::directory_permissions(const std::string& path) const {
  return state_->directory(path).permissions;
}

void FakeFileSystem::set_time_ns(std::int64_t time_ns) { state_->time_ns = time_ns; }

void FakeFileSystem::watch(Watcher watcher) { state_->watcher = std::move(watcher); }
void FakeFileSystem::watch_writes(std::function<void()> watcher) {
  state_->write_watcher = std::move(watcher);
}

std::uint64_t FakeFileSystem::version() const { return state_->version; }

void FakeFileSystem::set_free_bytes(std::optional<std::uint64_t> bytes) {
  state_->free_bytes = bytes;
}

void FakeFileSystem::crash() {
  ++state_->version;
  for (auto& [path, directory] : state_->directories) {
    for (auto& [name, node] : directory.names) node->links = 0;
    directory.names = directory.durable_names;
    directory.changes.clear();
    for (auto& [name, node] : directory.names) {
      node->content = least_content(*node);
      node->doubtful.clear();
      node->preallocated_bytes = 0;
      node->lock_holders.clear();
      node->links = 0;
    }
  }
  for (auto& [path, directory] : state_->directories) {
    for (auto& [name, node] : directory.names) ++node->links;
  }
}

}  // namespace lathe
