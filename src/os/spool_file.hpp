// SPDX-License-Identifier: MIT
//
// SpoolFile: a file in memory that outlives its process, and is known to be dead by its lock.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace lathe {

// Pages of a file, mapped shared, writable and prefaulted. Unmapped by the destructor.
//
// Threads: thread-compatible; the bytes are the user's own business
class SharedPages {
 public:
  SharedPages() = default;
  SharedPages(std::byte* data, std::size_t bytes) noexcept : data_(data), size_(bytes) {}
  ~SharedPages() { unmap(); }
  SharedPages(SharedPages&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  SharedPages& operator=(SharedPages&& other) noexcept {
    if (this != &other) {
      unmap();
      data_ = std::exchange(other.data_, nullptr);
      size_ = std::exchange(other.size_, 0);
    }
    return *this;
  }

  [[nodiscard]] std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  void unmap() noexcept;

  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

// Zeros of this process alone, touched when they are used. Throws std::bad_alloc.
[[nodiscard]] SharedPages private_pages(std::size_t bytes);

// A file on a memory file system (/dev/shm) that grows in pages. All of its pages are allocated
// beforehand (posix_fallocate), since touching one that cannot be had raises SIGBUS.
//
// Whoever made it holds a lock on it (flock) until its process is gone, however that ends. A child
// of fork holds it, too, until it ends or calls exec. Only the file's owner may read it (0600).
//
// Threads:   thread-compatible
// Lifetime:  mappings outlive it; the file stays until remove()
// Errors:    thrown as std::system_error with the path, or returned
// Tested by: SpoolFileTest
class SpoolFile {
 public:
  // Makes a file under a hidden name that nobody looks for, and locks it; see publish().
  [[nodiscard]] static SpoolFile create(const std::string& directory, const std::string& name);

  struct Opened;

  // Opens one that this user owns to look at it, whoever holds its lock; errors as below.
  [[nodiscard]] static Opened open(const std::string& directory, const std::string& name);

  // Opens one that this user owns and whose process is gone, and holds its lock then.
  // errc::device_or_resource_busy: it lives. errc::no_such_file_or_directory: it is gone by now.
  // errc::operation_not_permitted: not a regular file of this user that nobody else may write.
  [[nodiscard]] static Opened open_dead(const std::string& directory, const std::string& name);

  SpoolFile(SpoolFile&& other) noexcept
      : path_(std::move(other.path_)),
        descriptor_(std::exchange(other.descriptor_, -1)),
        is_hidden_(std::exchange(other.is_hidden_, false)),
        size_(other.size_) {}
  SpoolFile& operator=(SpoolFile&&) = delete;
  ~SpoolFile();

  // Gives it its name, which is its last component as given to create().
  void publish();

  // Appends `bytes` (a multiple of page_bytes()) of zeros; returns where they begin.
  [[nodiscard]] std::uint64_t grow(std::size_t bytes);

  // Gives the pages back to the system; reading them gives zeros. refill() gets them again.
  void punch(std::uint64_t offset, std::size_t bytes) noexcept;
  void refill(std::uint64_t offset, std::size_t bytes);

  [[nodiscard]] SharedPages map(std::uint64_t offset, std::size_t bytes) const;

  // Notices that its process has let it grow since.
  [[nodiscard]] std::error_code look_again() noexcept;

  // For MirroredMemory.
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return size_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  [[nodiscard]] std::error_code remove() noexcept;

 private:
  SpoolFile(std::string path, int descriptor, std::uint64_t size) noexcept
      : path_(std::move(path)), descriptor_(descriptor), size_(size) {}

  std::string path_;
  int descriptor_;
  bool is_hidden_ = false;  // made, and not published: removed at our end
  std::uint64_t size_;      // bytes
};

struct SpoolFile::Opened {
  std::vector<SpoolFile> file = {};  // one, or none on an error
  std::error_code error = {};
};

// Names in `directory` that begin with `prefix`, in no order.
struct SpoolNames {
  std::vector<std::string> names = {};
  std::error_code error = {};
};
[[nodiscard]] SpoolNames list_spools(const std::string& directory, const std::string& prefix);

// The number of the user whose files we make.
[[nodiscard]] std::uint32_t current_user_id() noexcept;

}  // namespace lathe
