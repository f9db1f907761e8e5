// SPDX-License-Identifier: MIT
//
// Which codecs this build has: LATHE_HAS_GZIP and LATHE_HAS_ZSTD come from Meson, for this file.

#include "os/compressor.hpp"

#ifdef LATHE_HAS_GZIP
#include "os/gzip_compressor.hpp"
#endif
#ifdef LATHE_HAS_ZSTD
#include "os/zstd_compressor.hpp"
#endif

namespace lathe {

bool is_built_in(Codec codec) noexcept {
#ifdef LATHE_HAS_GZIP
  if (codec == Codec::gzip) return true;
#endif
#ifdef LATHE_HAS_ZSTD
  if (codec == Codec::zstd) return true;
#endif
  (void)codec;  // in a build with neither
  return false;
}

std::unique_ptr<Compressor> make_compressor(Codec codec) {
#ifdef LATHE_HAS_GZIP
  if (codec == Codec::gzip) return make_gzip_compressor();
#endif
#ifdef LATHE_HAS_ZSTD
  if (codec == Codec::zstd) return make_zstd_compressor();
#endif
  (void)codec;  // in a build with neither
  return nullptr;
}

std::unique_ptr<Decompressor> make_decompressor(Codec codec) {
#ifdef LATHE_HAS_GZIP
  if (codec == Codec::gzip) return make_gzip_decompressor();
#endif
#ifdef LATHE_HAS_ZSTD
  if (codec == Codec::zstd) return make_zstd_decompressor();
#endif
  (void)codec;  // in a build with neither
  return nullptr;
}

}  // namespace lathe
