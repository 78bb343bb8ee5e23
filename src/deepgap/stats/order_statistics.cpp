#include "deepgap/stats/order_statistics.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <limits>

namespace deepgap::stats {
namespace {

constexpr std::size_t kMostBuckets = std::size_t{1} << 14;

std::uint64_t key(double value) noexcept { return std::bit_cast<std::uint64_t>(value); }

}  // namespace

std::size_t OrderStatistics::bucket_of(double value) const noexcept {
  return static_cast<std::size_t>((key(value) - lowest_) >> shift_);
}

void OrderStatistics::assign(std::span<const double> values) {
  assert(!values.empty() && values.size() < std::numeric_limits<std::uint32_t>::max());
  values_ = values;
  double low = values.front();
  double high = low;
  for (const double v : values) {
    low = std::min(low, v);
    high = std::max(high, v);
  }
  // Small sets get few buckets, so that clearing them costs no more than reading the values.
  const std::size_t buckets = std::clamp(std::bit_ceil(values.size()), std::size_t{16}, kMostBuckets);
  lowest_ = key(low);
  const auto width = static_cast<int>(std::bit_width(key(high) - lowest_));
  shift_ = std::max(0, width - static_cast<int>(std::countr_zero(buckets)));
  counts_.assign(buckets, 0);
  for (const double v : values) ++counts_[bucket_of(v)];
}

void OrderStatistics::select(std::span<const std::int64_t> ranks, std::span<double> out) {
  assert(ranks.size() == out.size() && ranks.size() < 255);
  wanted_.clear();
  for (std::size_t i = 0; i < ranks.size(); ++i)
    wanted_.push_back({0, static_cast<std::size_t>(ranks[i] - 1), i});
  std::sort(wanted_.begin(), wanted_.end(),
            [](const Wanted& a, const Wanted& b) { return a.within < b.within; });
  std::size_t bucket = 0;
  std::size_t before = 0;
  for (Wanted& w : wanted_) {
    while (before + counts_[bucket] <= w.within) before += counts_[bucket++];
    w.bucket = bucket;
    w.within -= before;
  }
  gather(wanted_);

  std::size_t slot = 0;
  std::size_t sorted_to = 0;
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    const Wanted& w = wanted_[i];
    if (i == 0 || w.bucket != wanted_[i - 1].bucket) {
      slot = slots_[w.bucket] - std::size_t{1};
      sorted_to = begins_[slot];
    }
    const auto at = [&](std::size_t index) { return gathered_.begin() + static_cast<std::ptrdiff_t>(index); };
    const std::size_t place = begins_[slot] + w.within;
    if (place >= sorted_to) {
      std::nth_element(at(sorted_to), at(place), at(ends_[slot]));
      sorted_to = place + 1;
    }
    out[w.where] = gathered_[place];
  }
}

// Copies the wanted buckets, each into a place of its own.
void OrderStatistics::gather(std::span<const Wanted> wanted) {
  slots_.assign(counts_.size(), 0);
  begins_.clear();
  std::size_t total = 0;
  for (const Wanted& w : wanted) {
    if (slots_[w.bucket] != 0) continue;
    begins_.push_back(total);
    slots_[w.bucket] = static_cast<std::uint8_t>(begins_.size());
    total += counts_[w.bucket];
  }
  gathered_.resize(total);
  ends_ = begins_;
  for (const double v : values_) {
    const std::uint8_t slot = slots_[bucket_of(v)];
    if (slot != 0) gathered_[ends_[slot - 1U]++] = v;
  }
}

}  // namespace deepgap::stats
