// SPDX-License-Identifier: MIT

#include "os/memory.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

namespace lathe {
namespace {

constexpr std::size_t kBlockBytes = 256 * 1024;

// Minor page faults of this thread so far.
long page_faults() {
  struct rusage usage {};
  EXPECT_EQ(::getrusage(RUSAGE_THREAD, &usage), 0);
  return usage.ru_minflt;
}

TEST(MirroredMemoryTest, ShowsEveryByteInBothHalves) {
  const MirroredMemory memory(kBlockBytes);
  for (std::size_t i = 0; i < kBlockBytes; i += 977)
    memory.data()[i] = static_cast<std::byte>(i % 251);
  for (std::size_t i = 0; i < kBlockBytes; i += 977) {
    ASSERT_EQ(memory.data()[kBlockBytes + i], static_cast<std::byte>(i % 251));
  }
  memory.data()[2 * kBlockBytes - 1] = std::byte{42};
  EXPECT_EQ(memory.data()[kBlockBytes - 1], std::byte{42});
}

TEST(MirroredMemoryTest, HoldsABlockThatRunsOverItsEnd) {
  const MirroredMemory memory(kBlockBytes);
  const std::string text = "over the end";

  std::memcpy(memory.data() + kBlockBytes - 4, text.data(), text.size());

  EXPECT_EQ(std::memcmp(memory.data() + kBlockBytes - 4, text.data(), text.size()), 0);
  EXPECT_EQ(std::memcmp(memory.data(), text.data() + 4, text.size() - 4), 0);
}

TEST(MirroredMemoryTest, IsZeroed) {
  const MirroredMemory memory(kBlockBytes);
  const std::vector<std::byte> zeros(2 * kBlockBytes);
  EXPECT_EQ(std::memcmp(memory.data(), zeros.data(), zeros.size()), 0);
}

TEST(MirroredMemoryTest, NeedsNoPageFaultWhenItIsUsed) {
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the sanitizer's own memory has page faults";
#endif
  const MirroredMemory memory(kBlockBytes);
  const long before = page_faults();

  for (std::size_t i = 0; i < 2 * kBlockBytes; i += page_bytes()) memory.data()[i] = std::byte{1};

  EXPECT_LE(page_faults() - before, 2);  // not of this memory: 128 pages were touched
}

std::size_t pages_written = 0;

// Of memory that may only be read: counts the page as written to, and lets it be.
void note_write(int, siginfo_t* info, void*) {
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr) & ~(page_bytes() - 1);
  ++pages_written;
  if (::mprotect(reinterpret_cast<void*>(address), page_bytes(), PROT_READ | PROT_WRITE) != 0) {
    std::abort();
  }
}

// Pages that write_to_pages() writes to.
std::size_t count_writes(const MirroredMemory& memory) {
  struct sigaction handler {};
  struct sigaction before {};
  handler.sa_sigaction = note_write;
  handler.sa_flags = SA_SIGINFO;
  pages_written = 0;
  (void)page_bytes();  // asks the kernel at its first call, which a handler need not
  EXPECT_EQ(::mprotect(memory.data(), 2 * memory.size(), PROT_READ), 0);
  EXPECT_EQ(::sigaction(SIGSEGV, &handler, &before), 0);
  memory.write_to_pages();
  EXPECT_EQ(::sigaction(SIGSEGV, &before, nullptr), 0);
  return pages_written;
}

TEST(MirroredMemoryTest, WritesToEachPageOfBothHalvesAndChangesNothing) {
  const MirroredMemory memory(kBlockBytes);
  for (std::size_t i = 0; i < kBlockBytes; ++i) memory.data()[i] = static_cast<std::byte>(i % 251);

  EXPECT_EQ(count_writes(memory), 2 * kBlockBytes / page_bytes());

  for (std::size_t i = 0; i < kBlockBytes; ++i) {
    ASSERT_EQ(memory.data()[i], static_cast<std::byte>(i % 251));
  }
}

TEST(MirroredMemoryTest, WritesToTheFirstMebibyteAloneOfLargerMemory) {
  constexpr std::size_t kMebibyte = std::size_t{1} << 20;
  const MirroredMemory memory(2 * kMebibyte);
  EXPECT_EQ(count_writes(memory), 2 * kMebibyte / page_bytes());
}

TEST(MirroredMemoryTest, RefusesWhatIsNoMultipleOfAPage) {
  EXPECT_THROW(MirroredMemory(0), std::system_error);
  EXPECT_THROW(MirroredMemory(page_bytes() + 1), std::system_error);
  EXPECT_THROW(MirroredMemory(SIZE_MAX - page_bytes() + 1), std::system_error);
}

TEST(MirroredMemoryTest, ThrowsWhenThereAreNoAddresses) {
  EXPECT_THROW(MirroredMemory(std::size_t{1} << 60), std::system_error);
}

TEST(MirroredMemoryTest, UnmapsBothHalves) {
  std::byte* where = nullptr;
  {
    const MirroredMemory memory(kBlockBytes);
    where = memory.data();
  }
  std::vector<unsigned char> residency(2 * kBlockBytes / page_bytes());
  EXPECT_NE(::mincore(where, 2 * kBlockBytes, residency.data()), 0);
}

TEST(MirroredMemoryTest, MovesWithoutCopying) {
  MirroredMemory first(kBlockBytes);
  std::byte* where = first.data();

  MirroredMemory second(std::move(first));
  EXPECT_EQ(second.data(), where);
  EXPECT_EQ(first.data(), nullptr);  // NOLINT: looking at what was moved from is the test
  MirroredMemory third(page_bytes());
  third = std::move(second);

  EXPECT_EQ(third.data(), where);
  EXPECT_EQ(third.size(), kBlockBytes);
}

}  // namespace
}  // namespace lathe
