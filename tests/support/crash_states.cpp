// SPDX-License-Identifier: MIT

#include "support/crash_states.hpp"

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "support/fake_state.hpp"

namespace lathe {
namespace {

using Texts = std::vector<std::string>;

void add_unless_known(Texts& texts, std::string text) {
  if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(std::move(text));
}

std::string with_zeroes(std::string text, std::size_t begin, std::size_t end) {
  end = std::min(end, text.size());
  if (begin < end)
    std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(begin), end - begin, '\0');
  return text;
}

// What may be left of the file, the least first and the most second, unless those are one.
Texts remains_of(const FakeNode& node) {
  const std::string& whole = node.content;
  const std::size_t begin = std::min(node.synced_bytes, whole.size());
  const std::size_t end = whole.size();
  Texts texts{least_content(node)};
  if (node.kind != FileKind::regular) return {whole};
  add_unless_known(texts, whole);
  if (begin < end) {
    add_unless_known(texts, whole.substr(0, begin));
    add_unless_known(texts, whole.substr(0, begin + (end - begin) / 2));
    add_unless_known(texts, whole.substr(0, end - 1));
    add_unless_known(texts, with_zeroes(whole, begin, end));
    for (const std::size_t sector : {512U, 4096U}) {
      const std::size_t first = (begin / sector + 1) * sector;
      const std::size_t last = (end - 1) / sector * sector;
      if (first < end) add_unless_known(texts, with_zeroes(whole, begin, first));
      if (last > begin) add_unless_known(texts, with_zeroes(whole, last, end));
    }
  }
  for (const FakeNode::Doubtful& doubtful : node.doubtful) {
    add_unless_known(texts, with_zeroes(whole, doubtful.begin, doubtful.end));
  }
  return texts;
}

void apply(const FakeNameChange& change, FakeNames& names) {
  if (!change.gone.empty()) names.erase(change.gone);
  if (!change.made.empty()) names[change.made] = change.node;
}

// The changes that `node` needed to have its name when it was synced: its own, and those that made
// room.
FakeNames names_with_entry_of(const FakeNode& node, const FakeDirectoryNode& directory) {
  const std::vector<FakeNameChange>& changes = directory.changes;
  std::vector<bool> is_needed(changes.size());
  for (std::size_t i = changes.size(); i-- > 0;) {
    is_needed[i] = changes[i].node.get() == &node && changes[i].version < node.synced_at;
    for (std::size_t later = i + 1; later < changes.size() && !is_needed[i]; ++later) {
      if (!is_needed[later]) continue;
      const bool is_of_same_file = changes[later].node == changes[i].node;
      const bool makes_room = !changes[i].gone.empty() && changes[i].gone == changes[later].made;
      is_needed[i] = is_of_same_file || makes_room;
    }
  }
  FakeNames names = directory.durable_names;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (is_needed[i]) apply(changes[i], names);
  }
  return names;
}

std::vector<FakeNames> names_after_crash(const FakeDirectoryNode& directory) {
  std::vector<FakeNames> result{directory.durable_names};
  const auto add = [&](FakeNames names) {
    if (std::find(result.begin(), result.end(), names) == result.end()) {
      result.push_back(std::move(names));
    }
  };
  FakeNames names = directory.durable_names;
  for (const FakeNameChange& change : directory.changes) {
    apply(change, names);
    add(names);
  }
  for (const FakeNameChange& change : directory.changes) {
    if (change.node->synced_at > change.version) {
      add(names_with_entry_of(*change.node, directory));
    }
  }
  return result;
}

using Directories = std::map<std::string, FakeNames>;
using Contents = std::map<const FakeNode*, std::string>;

// Files that the directories lead to, with the contents of `contents`, or else their own.
FakeFileSystem make_files(const FakeState& state, const Directories& directories,
                          const Contents& contents) {
  auto made = std::make_shared<FakeState>();
  made->inodes = state.inodes;
  made->time_ns = state.time_ns;
  made->free_bytes = state.free_bytes;
  std::map<const FakeNode*, std::shared_ptr<FakeNode>> nodes;
  for (const auto& [path, names] : directories) {
    FakeDirectoryNode& directory = made->directories[path];
    directory.permissions = state.directories.at(path).permissions;
    for (const auto& [name, old] : names) {
      std::shared_ptr<FakeNode>& node = nodes[old.get()];
      if (node == nullptr) {
        node = std::make_shared<FakeNode>(*old);
        node->handles = 0;
        node->lock_holders.clear();
        node->links = 0;
        const auto found = contents.find(old.get());
        if (found != contents.end()) node->content = found->second;
      }
      ++node->links;
      directory.names[name] = node;
    }
    directory.durable_names = directory.names;
  }
  return FakeFileSystem(std::move(made));
}

struct Choice {
  const FakeNode* node;
  Texts texts;
};

class Visit {
 public:
  Visit(const FakeState& state, const Directories& directories,
        const std::function<void(FakeFileSystem&)>& look)
      : state_(state), directories_(directories), look_(look) {
    for (const auto& [path, names] : directories) {
      for (const auto& entry : names) {
        const FakeNode* const node = entry.second.get();
        const auto is_it = [node](const Choice& choice) { return choice.node == node; };
        if (std::any_of(choices_.begin(), choices_.end(), is_it)) continue;
        Texts texts = remains_of(*node);
        if (texts.size() == 1) {
          contents_[node] = texts[0];
        } else {
          choices_.push_back({node, std::move(texts)});
        }
      }
    }
  }

  void extremes() {
    for (const std::size_t which : {0U, 1U}) {
      for (const Choice& choice : choices_) contents_[choice.node] = choice.texts[which];
      show();
      if (choices_.empty()) return;
    }
  }

  void one_by_one() {
    for (const std::size_t others : {0U, 1U}) {
      for (const Choice& choice : choices_) contents_[choice.node] = choice.texts[others];
      show();
      for (const Choice& choice : choices_) {
        for (std::size_t i = 0; i < choice.texts.size(); ++i) {
          if (i == others) continue;  // shown above
          contents_[choice.node] = choice.texts[i];
          show();
        }
        contents_[choice.node] = choice.texts[others];
      }
      if (choices_.empty()) return;
    }
  }

  [[nodiscard]] std::size_t combinations() const {
    std::size_t count = 1;
    for (const Choice& choice : choices_) count *= choice.texts.size();
    return count;
  }

  void all(std::size_t first = 0) {
    if (first == choices_.size()) return show();
    for (const std::string& text : choices_[first].texts) {
      contents_[choices_[first].node] = text;
      all(first + 1);
    }
  }

 private:
  void show() {
    FakeFileSystem files = make_files(state_, directories_, contents_);
    for (const auto& [path, names] : files.state().directories) {
      for (const auto& [name, node] : names.names) {
        node->synced_bytes = node->content.size();
        node->doubtful.clear();
        node->preallocated_bytes = 0;
      }
    }
    look_(files);
  }

  const FakeState& state_;
  const Directories& directories_;
  const std::function<void(FakeFileSystem&)>& look_;
  std::vector<Choice> choices_;
  Contents contents_;
};

// All combinations of what is left of each directory.
void for_each_directories(const FakeState& state, FakeState::Directories::const_iterator next,
                          Directories& chosen, const std::function<void()>& look) {
  if (next == state.directories.end()) return look();
  for (FakeNames& names : names_after_crash(next->second)) {
    chosen[next->first] = std::move(names);
    for_each_directories(state, std::next(next), chosen, look);
  }
}

void put_text(std::ostream& out, const std::string& text) {
  out << text.size() << ' ' << text << '\n';
}

std::string get_text(std::istream& in) {
  std::size_t bytes = 0;
  in >> bytes;
  in.get();
  std::string text(bytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(bytes));
  if (!in) throw std::runtime_error("files are cut short");
  return text;
}

}  // namespace

void for_each_crash_state(const FakeFileSystem& before, CrashStates which,
                          const std::function<void(FakeFileSystem& after)>& look) {
  Directories chosen;
  for_each_directories(before.state(), before.state().directories.begin(), chosen, [&] {
    Visit visit(before.state(), chosen, look);
    if (which == CrashStates::extremes) visit.extremes();
    const bool wants_all = which == CrashStates::all && visit.combinations() <= kCombinationsMax;
    if (wants_all) visit.all();
    if (which != CrashStates::extremes && !wants_all) visit.one_by_one();
  });
}

FakeFileSystem copy_of(const FakeFileSystem& files) {
  const FakeState& state = files.state();
  auto made = std::make_shared<FakeState>();
  made->inodes = state.inodes;
  made->time_ns = state.time_ns;
  made->free_bytes = state.free_bytes;
  made->version = state.version;
  std::map<const FakeNode*, std::shared_ptr<FakeNode>> nodes;
  const auto copy = [&nodes](const std::shared_ptr<FakeNode>& old) {
    std::shared_ptr<FakeNode>& node = nodes[old.get()];
    if (node == nullptr) {
      node = std::make_shared<FakeNode>(*old);
      node->handles = 0;
      node->lock_holders.clear();
    }
    return node;
  };
  for (const auto& [path, old] : state.directories) {
    FakeDirectoryNode& directory = made->directories[path];
    directory.permissions = old.permissions;
    for (const auto& [name, node] : old.names) directory.names[name] = copy(node);
    for (const auto& [name, node] : old.durable_names) directory.durable_names[name] = copy(node);
    for (const FakeNameChange& change : old.changes) {
      directory.changes.push_back({change.version, change.gone, change.made, copy(change.node)});
    }
  }
  return FakeFileSystem(std::move(made));
}

std::string fingerprint(const FakeFileSystem& files) {
  std::ostringstream out;
  for (const auto& [path, directory] : files.state().directories) {
    for (const auto& [name, node] : directory.names) {
      put_text(out, path + "/" + name);
      put_text(out, node->content);
    }
  }
  return std::move(out).str();
}

std::string to_bytes(const FakeFileSystem& files) {
  const FakeState& state = files.state();
  std::ostringstream out;
  out << state.inodes << ' ' << state.time_ns << ' ' << state.directories.size() << '\n';
  for (const auto& [path, directory] : state.directories) {
    put_text(out, path);
    out << directory.names.size() << '\n';
    for (const auto& [name, node] : directory.names) {
      put_text(out, name);
      put_text(out, node->content);
      out << node->inode << ' ' << static_cast<int>(node->kind) << ' ' << node->modified_ns << '\n';
    }
  }
  return std::move(out).str();
}

FakeFileSystem from_bytes(const std::string& bytes) {
  std::istringstream in(bytes);
  auto state = std::make_shared<FakeState>();
  std::size_t directories = 0;
  in >> state->inodes >> state->time_ns >> directories;
  std::map<std::uint64_t, std::shared_ptr<FakeNode>> nodes;
  while (directories-- > 0) {
    FakeDirectoryNode& directory = state->directories[get_text(in)];
    std::size_t names = 0;
    in >> names;
    while (names-- > 0) {
      const std::string name = get_text(in);
      std::string content = get_text(in);
      std::uint64_t inode = 0;
      int kind = 0;
      std::int64_t modified_ns = 0;
      in >> inode >> kind >> modified_ns;
      std::shared_ptr<FakeNode>& node = nodes[inode];
      if (node == nullptr) node = std::make_shared<FakeNode>();
      node->kind = static_cast<FileKind>(kind);
      node->inode = inode;
      node->content = std::move(content);
      node->modified_ns = modified_ns;
      ++node->links;
      directory.names[name] = node;
    }
  }
  if (!in) throw std::runtime_error("files are cut short");
  return FakeFileSystem(std::move(state));
}

}  // namespace lathe
