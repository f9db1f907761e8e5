// SPDX-License-Identifier: MIT
//
// HookedDirectory: a directory in which something happens at a chosen moment.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "os/file_system.hpp"

namespace lathe {

// Calls `before` with what is about to be done, such as "remove app.log.1", then does it.
//
// Threads: thread-compatible
class HookedDirectory final : public Directory {
 public:
  using Hook = std::function<void(const std::string& call)>;

  HookedDirectory(std::unique_ptr<Directory> inner, Hook before)
      : inner_(std::move(inner)), before_(std::move(before)) {}

  OpenResult open(const std::string& name, OpenMode mode, unsigned permissions) override {
    before_("open " + name);
    return inner_->open(name, mode, permissions);
  }
  std::error_code rename_exclusive(const std::string& from, const std::string& to) override {
    before_("rename " + from + " " + to);
    return inner_->rename_exclusive(from, to);
  }
  std::error_code remove(const std::string& name) override {
    before_("remove " + name);
    return inner_->remove(name);
  }
  std::error_code sync() override {
    before_("sync-directory");
    return inner_->sync();
  }
  ListResult list() override { return inner_->list(); }
  StatusResult status(const std::string& name) override {
    before_("stat " + name);
    return inner_->status(name);
  }
  LockResult lock(const std::string& name, unsigned permissions, LockKind kind) override {
    return inner_->lock(name, permissions, kind);
  }
  LockFileResult open_lock(const std::string& name, unsigned permissions) override {
    return inner_->open_lock(name, permissions);
  }
  SourceResult open_source(const std::string& name) override {
    SourceResult result = inner_->open_source(name);
    if (result.file != nullptr) {
      result.file = std::make_unique<Source>(std::move(result.file), name, before_);
    }
    return result;
  }
  std::error_code put_symlink(const std::string& name, const std::string& target) override {
    return inner_->put_symlink(name, target);
  }
  bool is_open_somewhere(const std::string& name) override {
    return inner_->is_open_somewhere(name);
  }
  std::optional<std::uint64_t> free_bytes() override { return inner_->free_bytes(); }

 private:
  class Source final : public SourceFile {
   public:
    Source(std::unique_ptr<SourceFile> inner, std::string name, const Hook& before)
        : inner_(std::move(inner)), name_(std::move(name)), before_(before) {}

    ReadResult read(std::span<char> out) override {
      before_("read " + name_);
      return inner_->read(out);
    }
    std::error_code skip_to(std::uint64_t offset) override { return inner_->skip_to(offset); }
    StatusResult status() override { return inner_->status(); }

   private:
    std::unique_ptr<SourceFile> inner_;
    std::string name_;
    const Hook& before_;
  };

  std::unique_ptr<Directory> inner_;
  Hook before_;
};

}  // namespace lathe
