// SPDX-License-Identifier: MIT
//
// The arithmetic of Histogram's buckets.

#include <lathe/histogram.hpp>

#include <algorithm>
#include <bit>
#include <cmath>

namespace lathe {
namespace {

constexpr std::size_t kExact = 64;      // values below this have a bucket each
constexpr unsigned kExactLog2 = 6;      // the first power of two that is cut into buckets
constexpr unsigned kSubBucketLog2 = 5;  // of Histogram::kSubBuckets
static_assert(std::size_t{1} << kSubBucketLog2 == Histogram::kSubBuckets);
static_assert(std::size_t{1} << kExactLog2 == kExact);

constexpr std::size_t bucket_of(std::uint64_t value) noexcept {
  if (value < kExact) return static_cast<std::size_t>(value);
  const auto power = static_cast<unsigned>(std::bit_width(value)) - 1;
  const auto sub = (value >> (power - kSubBucketLog2)) & (Histogram::kSubBuckets - 1);
  return kExact + (power - kExactLog2) * Histogram::kSubBuckets + static_cast<std::size_t>(sub);
}

constexpr std::uint64_t middle_of(std::size_t bucket) noexcept {
  if (bucket < kExact) return bucket;
  const std::size_t shift = (bucket - kExact) / Histogram::kSubBuckets + 1;  // log2 of the width
  const std::size_t sub = (bucket - kExact) % Histogram::kSubBuckets;
  const auto lowest = static_cast<std::uint64_t>(Histogram::kSubBuckets + sub) << shift;
  return lowest + (std::uint64_t{1} << (shift - 1));
}

static_assert(bucket_of(UINT64_MAX) == Histogram::kBuckets - 1);
static_assert(bucket_of(middle_of(Histogram::kBuckets - 1)) == Histogram::kBuckets - 1);

}  // namespace

void Histogram::record(std::uint64_t value) noexcept {
  ++buckets_[bucket_of(value)];
  ++count_;
  min_ = std::min(min_, value);
  max_ = std::max(max_, value);
  sum_ += static_cast<double>(value);
}

void Histogram::merge(const Histogram& other) noexcept {
  for (std::size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
}

std::uint64_t Histogram::min() const noexcept { return count_ == 0 ? 0 : min_; }

double Histogram::mean() const noexcept {
  return count_ == 0 ? 0 : sum_ / static_cast<double>(count_);
}

std::uint64_t Histogram::percentile(double percent) const noexcept {
  if (count_ == 0) return 0;
  if (!(percent > 0)) return min_;  // not "<= 0": this way a NaN ends here too
  if (percent >= 100) return max_;
  // Multiplied first: 99.9 / 100 * 1000 is a little above 999 and would round up to 1000.
  const double rank = std::ceil(percent * static_cast<double>(count_) / 100);
  const auto wanted = std::max(std::uint64_t{1}, static_cast<std::uint64_t>(rank));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    seen += buckets_[i];
    if (seen >= wanted) return std::clamp(middle_of(i), min_, max_);
  }
  return max_;
}

}  // namespace lathe
