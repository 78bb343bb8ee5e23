#pragma once

#include <cstdint>
#include <span>

#include "deepgap/stats/params.hpp"

// Where warm-up ends.
namespace deepgap::stats {

struct WarmUp {
  std::int64_t batches = 0;  // to cut
  bool unresolved = false;   // the end of warm-up lies so late that it may not have been seen
};

// MSER (White 1997) on batch medians, believed only when head and tail differ by more than params.guard
// standard errors: without that it cuts stationary correlated series and picks their quieter half.
[[nodiscard]] WarmUp warm_up(std::span<const double> batch_medians, const Params& params);

// Length of the leading run of samples above everything in the second half, at most a quarter: slow first
// calls, which batch medians hide.
[[nodiscard]] std::int64_t slow_first_calls(std::span<const double> samples);

}  // namespace deepgap::stats
