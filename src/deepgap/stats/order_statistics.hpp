#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace deepgap::stats {

// Up to 254 order statistics of one set of positive values in O(n), without sorting it: values are
// counted into buckets of their binary representation (which orders as the values do), and only the buckets
// that hold a wanted rank are looked into. Memory is kept from one assign() to the next. One thread.
class OrderStatistics {
 public:
  // `values` must stay as they are while select() is called. All finite and above 0, not empty.
  void assign(std::span<const double> values);

  // out[i] = the ranks[i]-th smallest value; ranks are 1-based, in any order, within 1..size.
  void select(std::span<const std::int64_t> ranks, std::span<double> out);

 private:
  struct Wanted {
    std::size_t bucket, within, where;  // rank within the bucket from 0; index into out
  };
  void gather(std::span<const Wanted> wanted);

  std::span<const double> values_;
  std::uint64_t lowest_ = 0;
  int shift_ = 0;
  std::vector<std::uint32_t> counts_, second_;
  std::vector<std::uint8_t> slots_;  // bucket -> 1 + which gathered bucket, 0 = not wanted
  std::vector<Wanted> wanted_;
  std::vector<std::size_t> begins_, ends_;
  std::vector<double> gathered_;
};

}  // namespace deepgap::stats
