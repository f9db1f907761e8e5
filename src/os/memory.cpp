// SPDX-License-Identifier: MIT
//
// Maps the same pages twice: mremap(2) with an old size of zero duplicates a shared mapping.

#include "os/memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22  // Linux 5.14; missing from older C library headers
#endif

namespace lathe {
namespace {

// See write_to_pages().
constexpr std::size_t kWrittenBytesMax = std::size_t{1} << 20;

[[noreturn]] void throw_errno(int error, const char* what) {
  throw std::system_error(error, std::system_category(), what);
}

// Maps pages that exist already into this range, so that their first use does not enter the kernel.
// Reading is enough: in shared memory the entries come out writable, and the kernel fills them
// 16 at a time, which writing does not get (33 instead of 80 us for 256 KiB).
void prefault(std::byte* data, std::size_t bytes) noexcept {
  if (::madvise(data, bytes, MADV_POPULATE_READ) == 0) return;
  const std::size_t step = page_bytes();  // an older kernel
  for (std::size_t offset = 0; offset < bytes; offset += step) {
    const volatile std::byte* page = data + offset;
    (void)*page;
  }
}

// Maps a part of a file at `base`. Returns 0 or an errno.
int map_file(std::byte* base, std::size_t bytes, int file, std::uint64_t offset) noexcept {
  constexpr int kProtection = PROT_READ | PROT_WRITE;
  constexpr int kFlags = MAP_SHARED | MAP_FIXED | MAP_POPULATE;
  const void* mapped = ::mmap(base, bytes, kProtection, kFlags, file, static_cast<off_t>(offset));
  return mapped == MAP_FAILED ? errno : 0;
}

// The same, and once more behind.
int map_file_twice(std::byte* base, std::size_t bytes, int file, std::uint64_t offset) noexcept {
  const int error = map_file(base, bytes, file, offset);
  return error != 0 ? error : map_file(base + bytes, bytes, file, offset);
}

// The second way, where mremap refuses: a file in memory, mapped twice. Returns 0 or an errno.
int map_twice_from_file(std::byte* base, std::size_t bytes) noexcept {
  const int file = ::memfd_create("lathe-queue", MFD_CLOEXEC);
  if (file < 0) return errno;
  int error = 0;
  if (::ftruncate(file, static_cast<off_t>(bytes)) != 0) error = errno;
  if (error == 0) error = map_file_twice(base, bytes, file, 0);
  if (::close(file) != 0 && error == 0) error = errno;
  return error;
}

// Maps `bytes` at `base` and once more behind. Returns 0 or an errno.
int map_twice(std::byte* base, std::size_t bytes) noexcept {
  constexpr int kFlags = MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE;
  if (::mmap(base, bytes, PROT_READ | PROT_WRITE, kFlags, -1, 0) == MAP_FAILED) return errno;
  if (::mremap(base, 0, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, base + bytes) == MAP_FAILED) {
    return map_twice_from_file(base, bytes);
  }
  prefault(base + bytes, bytes);  // the first half was by MAP_POPULATE
  return 0;
}

}  // namespace

std::size_t page_bytes() noexcept {
  static const std::size_t bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return bytes;
}

MirroredMemory::MirroredMemory(std::size_t bytes) : size_(bytes) {
  reserve();
  if (const int error = map_twice(data_, bytes); error != 0) {
    unmap();
    throw_errno(error, "mirrored memory: map");
  }
}

MirroredMemory::MirroredMemory(int descriptor, std::uint64_t offset, std::size_t bytes)
    : size_(bytes), first_bytes_(page_bytes()) {
  reserve();
  int error = map_file(first_page(), first_bytes_, descriptor, offset);
  if (error == 0) error = map_file_twice(data_, bytes, descriptor, offset + first_bytes_);
  if (error != 0) {
    unmap();
    throw_errno(error, "mirrored memory: map");
  }
}

// All addresses first, so that nothing of others is replaced.
void MirroredMemory::reserve() {
  if (size_ == 0 || size_ % page_bytes() != 0 || size_ > SIZE_MAX / 4) {
    throw_errno(EINVAL, "mirrored memory: not a multiple of the page size");
  }
  void* base =
      ::mmap(nullptr, first_bytes_ + 2 * size_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) throw_errno(errno, "mirrored memory: reserve addresses");
  data_ = static_cast<std::byte*>(base) + first_bytes_;
}

MirroredMemory::~MirroredMemory() { unmap(); }

MirroredMemory::MirroredMemory(MirroredMemory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      first_bytes_(std::exchange(other.first_bytes_, 0)) {}

MirroredMemory& MirroredMemory::operator=(MirroredMemory&& other) noexcept {
  if (this != &other) {
    unmap();
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
    first_bytes_ = std::exchange(other.first_bytes_, 0);
  }
  return *this;
}

void MirroredMemory::write_to_pages() const noexcept {
  const std::size_t step = page_bytes();
  const std::size_t bytes = std::min(size_, kWrittenBytesMax);
  for (std::byte* half : {data_, data_ + size_}) {
    for (std::size_t offset = 0; offset < bytes; offset += step) {
      volatile std::byte* const page = half + offset;
      *page = *page;
    }
  }
}

void MirroredMemory::unmap() noexcept {
  if (data_ == nullptr) return;
  // Fails only for addresses that were never mapped, or when splitting a mapping exceeds the
  // kernel's limit of mappings; a leak of addresses then, nothing worse.
  [[maybe_unused]] const int result = ::munmap(first_page(), first_bytes_ + 2 * size_);
  assert(result == 0);
  data_ = nullptr;
}

}  // namespace lathe
