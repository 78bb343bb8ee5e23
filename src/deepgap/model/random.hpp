#pragma once

#include <cstdint>
#include <string_view>

// Random numbers that have the same bits on any machine: integers, and + - * / sqrt on IEEE doubles only.
namespace deepgap::model {

// SplitMix64 (Steele, Lea, Flood 2014), one stream for each (seed, name, index).
class Random {
 public:
  explicit Random(std::uint64_t seed, std::string_view stream = {}, std::uint64_t index = 0) noexcept;

  std::uint64_t next() noexcept;
  double uniform() noexcept;  // [0, 1), 53 bits
  double uniform(double lo, double hi) noexcept { return lo + (hi - lo) * uniform(); }
  // Mean 0, variance 1: the sum of twelve uniforms of 16 bits (Irwin-Hall), so within +-6.
  double normal() noexcept;
  std::int64_t below(std::int64_t limit) noexcept;  // [0, limit), limit > 0

 private:
  std::uint64_t state_;
};

}  // namespace deepgap::model
