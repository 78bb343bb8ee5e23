#pragma once

#include <cstdint>

namespace deepgap::stats {

struct Interval {
  double lo = 0, hi = 1;
};

// Wilson's score interval of a proportion: successes of trials. Without trials nothing is known: 0 to 1.
[[nodiscard]] Interval wilson_interval(std::int64_t successes, std::int64_t trials, double level);

}  // namespace deepgap::stats
