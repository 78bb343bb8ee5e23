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

struct Used {
  double memory_mb = 0, device_mb = 0;
  Used& operator+=(const CaseSize& size) {
    memory_mb += size.memory_mb;
    device_mb += size.device_mb;
    return *this;
  }
};

Used group_size(std::span<const CaseSize> group) {
  Used sum;
  for (const CaseSize& size : group) sum += size;
  return sum;
}

bool within(double sum_mb, double limit_mb) { return limit_mb <= 0 || sum_mb <= limit_mb; }

std::size_t group_end(std::span<const CaseSize> cases, std::size_t begin) {
  std::size_t end = begin;
  while (end < cases.size() && cases[end].group == cases[begin].group) ++end;
  return end;
}

}  // namespace

std::vector<std::vector<std::size_t>> cut_windows(std::span<const CaseSize> cases,
                                                  const WindowLimits& limits) {
  std::vector<std::vector<std::size_t>> windows;
  Used used;
  const auto fits = [&](const Used& more, std::size_t count) {
    return !windows.empty() && windows.back().size() + count <= limits.cases &&
           within(used.memory_mb + more.memory_mb, limits.memory_mb) &&
           within(used.device_mb + more.device_mb, limits.device_mb);
  };
  const auto begin_window = [&] {
    windows.emplace_back();
    used = {};
  };
  for (std::size_t begin = 0; begin < cases.size();) {
    const std::size_t end = group_end(cases, begin);
    // A group that does not fit behind the last one starts a new window, and is cut only when it must be.
    if (!fits(group_size(cases.subspan(begin, end - begin)), end - begin)) begin_window();
    for (std::size_t i = begin; i < end; ++i) {
      if (!windows.back().empty() && !fits(group_size(cases.subspan(i, 1)), 1)) begin_window();
      windows.back().push_back(i);
      used += cases[i];
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
