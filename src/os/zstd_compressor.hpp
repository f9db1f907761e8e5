// SPDX-License-Identifier: MIT
//
// zstd streams, by libzstd.

#pragma once

#include <memory>

#include "os/compressor.hpp"

namespace lathe {

// Both tested by: CompressorTest
[[nodiscard]] std::unique_ptr<Compressor> make_zstd_compressor();
[[nodiscard]] std::unique_ptr<Decompressor> make_zstd_decompressor();

}  // namespace lathe
