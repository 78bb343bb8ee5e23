#pragma once

#include <cstdint>
#include <optional>

// Student's t and the binomial distribution, as far as the procedure needs them. Pure; thread-safe.
namespace deepgap::stats {

// In place of infinitely many degrees of freedom.
inline constexpr double kManyDegrees = 1e4;

// Two-sided critical value: P(|T_df| <= result) = level. 0 < level < 1, df > 0.
[[nodiscard]] double t_critical(double level, double df);

// P(|T_df| >= |t|).
[[nodiscard]] double t_two_sided_p(double t, double df);

// P(F >= ratio) for F with these degrees of freedom.
[[nodiscard]] double f_tail_p(double ratio, double numerator_df, double denominator_df);

// P(Binomial(n, p) <= k); 0 below k = 0 and 1 from k = n on. 0 < p < 1.
[[nodiscard]] double binomial_cdf(std::int64_t k, std::int64_t n, double p);

struct Ranks {
  std::int64_t lower = 0, upper = 0;  // 1-based
  friend bool operator==(const Ranks&, const Ranks&) = default;
};

// Ranks with P(x_(lower) <= p-quantile <= x_(upper)) >= level for n independent values, from the two tails
// apart; absent when n is too small for either (a maximum is no p99).
[[nodiscard]] std::optional<Ranks> quantile_ranks(std::int64_t n, double p, double level);

}  // namespace deepgap::stats
