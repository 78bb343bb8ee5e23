#include "deepgap/stats/order_statistics.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <limits>

namespace deepgap::stats {
namespace {

constexpr std::size_t kMostBuckets = std::size_t{1} << 14;

std::uint64_t key(double value) noexcept { return std::bit_cast<std::uint64_t>(value); }

struct Extremes {
  double low, high;
};

Extremes extremes(std::span<const double> values) {
  double low[4] = {values[0], values[0], values[0], values[0]};
  double high[4] = {values[0], values[0], values[0], values[0]};
  std::size_t i = 0;
  const auto take = [&](std::size_t lane, double v) {
    low[lane] = v < low[lane] ? v : low[lane];
    high[lane] = v > high[lane] ? v : high[lane];
  };
  for (; i + 4 <= values.size(); i += 4)
    for (std::size_t lane = 0; lane < 4; ++lane) take(lane, values[i + lane]);
  for (; i < values.size(); ++i) take(0, values[i]);
  return {*std::min_element(low, low + 4), *std::max_element(high, high + 4)};
}

// Two tables by turns: equal values in a row then do not wait for each other's count.
void count(std::span<const double> values, std::uint64_t lowest, int shift, std::span<std::uint32_t> table,
           std::span<std::uint32_t> second) {
  std::size_t i = 0;
  for (; i + 2 <= values.size(); i += 2) {
    ++table[static_cast<std::size_t>((key(values[i]) - lowest) >> shift)];
    ++second[static_cast<std::size_t>((key(values[i + 1]) - lowest) >> shift)];
  }
  if (i < values.size()) ++table[static_cast<std::size_t>((key(values[i]) - lowest) >> shift)];
  for (std::size_t b = 0; b < table.size(); ++b) table[b] += second[b];
}

}  // namespace

void OrderStatistics::assign(std::span<const double> values) {
  assert(!values.empty() && values.size() < std::numeric_limits<std::uint32_t>::max());
  values_ = values;
  const auto [low, high] = extremes(values);
  // Small sets get few buckets, so that clearing them costs no more than reading the values.
  const std::size_t buckets = std::clamp(std::bit_ceil(values.size() / 4 + 1), std::size_t{16}, kMostBuckets);
  lowest_ = key(low);
  const auto width = static_cast<int>(std::bit_width(key(high) - lowest_));
  shift_ = std::max(0, width - static_cast<int>(std::countr_zero(buckets)));
  counts_.assign(buckets, 0);
  second_.assign(buckets, 0);
  count(values, lowest_, shift_, counts_, second_);
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
  std::size_t sorted_to = 0;  // places before it hold what belongs there
  const auto at = [&](std::size_t index) { return gathered_.begin() + static_cast<std::ptrdiff_t>(index); };
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    const Wanted& w = wanted_[i];
    if (i == 0 || w.bucket != wanted_[i - 1].bucket) {
      slot = slots_[w.bucket] - std::size_t{1};
      sorted_to = begins_[slot];
      const auto [low, high] = extremes(std::span{gathered_}.subspan(sorted_to, ends_[slot] - sorted_to));
      if (low == high) sorted_to = ends_[slot];  // coarse timers: many ties
    }
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
  const std::uint64_t lowest = lowest_;
  const int shift = shift_;
  const std::span<const std::uint8_t> slots{slots_};
  const std::span<std::size_t> ends{ends_};
  const std::span<double> gathered{gathered_};
  for (const double v : values_) {
    const std::uint8_t slot = slots[static_cast<std::size_t>((key(v) - lowest) >> shift)];
    if (slot != 0) gathered[ends[slot - 1U]++] = v;
  }
}

}  // namespace deepgap::stats
