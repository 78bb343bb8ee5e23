#pragma once

#include <span>

namespace deepgap::stats {

// mean(y) has variance s2 / y.size(), known with df degrees of freedom.
struct LongRunVariance {
  double s2 = 0, df = 1;
};

// Of consecutive batch means: Geyer's initial monotone positive sequence (Statistical Science 7, 1992),
// corrected for the mean that was subtracted.
[[nodiscard]] LongRunVariance long_run_variance(std::span<const double> y);

[[nodiscard]] double mean_of(std::span<const double> y);  // y not empty

}  // namespace deepgap::stats
