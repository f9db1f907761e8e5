// SPDX-License-Identifier: MIT
//
// gzip streams, by zlib.

#pragma once

#include <memory>

#include "os/compressor.hpp"

namespace lathe {

// Both tested by: CompressorTest
[[nodiscard]] std::unique_ptr<Compressor> make_gzip_compressor();
[[nodiscard]] std::unique_ptr<Decompressor> make_gzip_decompressor();

}  // namespace lathe
