// SPDX-License-Identifier: MIT
//
// A sink that costs nothing: what is measured with it is lathe without a disk.

#pragma once

#include <lathe/sink.hpp>

namespace lathe::bench {

class NullSink final : public Sink {
 public:
  std::error_code write(std::span<const Record>) override { return {}; }
  std::error_code flush() override { return {}; }
  std::error_code sync() override { return {}; }
};

}  // namespace lathe::bench
