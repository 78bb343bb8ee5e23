#include "deepgap/worker/windows.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace deepgap::worker {
namespace {

// splitmix64 (Steele, Lea, Flood 2014): the standard library's shuffle differs between implementations.
std::uint64_t next(std::uint64_t& state) {
  std::uint64_t z = state += 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

double group_memory(std::span<const CaseSize> cases, std::size_t begin, std::size_t end) {
  return std::accumulate(cases.begin() + static_cast<std::ptrdiff_t>(begin),
                         cases.begin() + static_cast<std::ptrdiff_t>(end), 0.0,
                         [](double sum, const CaseSize& size) { return sum + size.memory_mb; });
}

std::size_t group_end(std::span<const CaseSize> cases, std::size_t begin) {
  std::size_t end = begin;
  while (end < cases.size() && cases[end].group == cases[begin].group) ++end;
  return end;
}

}  // namespace

std::vector<std::vector<std::size_t>> cut_windows(std::span<const CaseSize> cases, double memory_mb,
                                                  std::size_t max_cases) {
  std::vector<std::vector<std::size_t>> windows;
  double used = 0;
  const auto fits = [&](double more, std::size_t count) {
    return !windows.empty() && windows.back().size() + count <= max_cases &&
           (memory_mb <= 0 || used + more <= memory_mb);
  };
  for (std::size_t begin = 0; begin < cases.size();) {
    const std::size_t end = group_end(cases, begin);
    // A group that does not fit behind the last one starts a new window, and is cut only when it must be.
    if (!fits(group_memory(cases, begin, end), end - begin)) {
      windows.emplace_back();
      used = 0;
    }
    for (std::size_t i = begin; i < end; ++i) {
      if (!windows.back().empty() && !fits(cases[i].memory_mb, 1)) {
        windows.emplace_back();
        used = 0;
      }
      windows.back().push_back(i);
      used += cases[i].memory_mb;
    }
    begin = end;
  }
  return windows;
}

std::vector<std::size_t> round_order(std::size_t count, std::uint64_t seed, std::uint64_t window,
                                     std::uint64_t round) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::uint64_t state = seed * 0xD1342543DE82EF95U + window * 0xA0761D6478BD642FU + round;
  for (std::size_t left = count; left > 1; --left) std::swap(order[left - 1], order[next(state) % left]);
  return order;
}

std::int64_t process_of(std::int64_t index, std::int64_t rounds, std::int64_t processes) {
  const std::int64_t used = std::clamp<std::int64_t>(processes, 1, std::max<std::int64_t>(rounds, 1));
  return std::min(used - 1, index * used / std::max<std::int64_t>(rounds, 1));
}

}  // namespace deepgap::worker
