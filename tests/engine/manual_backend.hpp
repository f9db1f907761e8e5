// SPDX-License-Identifier: MIT
//
// A backend without threads, with a fake clock and a sink that keeps everything.

#pragma once

#include <memory>
#include <utility>

#include <lathe/backend.hpp>

#include "engine/backend_core.hpp"
#include "support/collecting_sink.hpp"
#include "support/fake_clock.hpp"

namespace lathe {

struct ManualBackend {
  explicit ManualBackend(BackendOptions options = {}) {
    options.thread = BackendThread::manual;
    auto made = std::make_unique<BackendCore>(
        options, sinks(std::make_unique<CollectingSink>(collected)), clock);
    core = made.get();
    backend = std::make_unique<Backend>(std::move(made));
  }

  FakeClock clock;
  std::shared_ptr<Collected> collected = std::make_shared<Collected>();
  BackendCore* core = nullptr;
  std::unique_ptr<Backend> backend;
};

}  // namespace lathe
