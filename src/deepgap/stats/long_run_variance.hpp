#pragma once

#include <cstddef>
#include <span>

namespace deepgap::stats {

// mean(y) has variance s2 / y.size(), known with df degrees of freedom.
struct LongRunVariance {
  double s2 = 0, df = 1;
};

// Of consecutive batch means: Geyer's initial monotone positive sequence (Statistical Science 7, 1992),
// corrected for the mean that was subtracted.
[[nodiscard]] LongRunVariance long_run_variance(std::span<const double> y);

// Several partial sums: faster than one, and more exact.
template <class Term>
[[nodiscard]] double sum_of(std::span<const double> y, Term term) {
  double part[8] = {};
  std::size_t i = 0;
  for (; i + 8 <= y.size(); i += 8)
    for (std::size_t j = 0; j < 8; ++j) part[j] += term(y[i + j]);
  for (; i < y.size(); ++i) part[i % 8] += term(y[i]);
  return ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
}

[[nodiscard]] double mean_of(std::span<const double> y);                        // y not empty
[[nodiscard]] double sum_of_squares(std::span<const double> y, double centre);  // of the distances from it

}  // namespace deepgap::stats
