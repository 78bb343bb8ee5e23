#include "deepgap/stats/self_comparison.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "deepgap/stats/distribution.hpp"
#include "deepgap/stats/long_run_variance.hpp"

namespace deepgap::stats {
namespace {

constexpr double kIntervalLevel = 0.95;
constexpr double kFoundShare = 0.9;
constexpr double kTooUnlikely = 0.025;
constexpr std::int64_t kEnoughComparisons = 5;
constexpr std::size_t kFewestForOverall = 3;
constexpr std::int64_t kHalvedFrom = 10;

bool differs(const Comparison& c) { return c.verdict == Verdict::faster || c.verdict == Verdict::slower; }

// Mean and own uncertainty of some rounds as one: what they have in common with the other side's cancels
// later.
RoundSummary joined(std::span<const RoundSummary> rounds) {
  std::vector<double> logs;
  double own = 0;
  for (const RoundSummary& r : rounds) {
    if (!r.half_s || r.mean_s <= 0) continue;
    logs.push_back(std::log(r.mean_s));
    const double relative = (*r.half_s + r.drift_s) / r.mean_s;
    own += relative * relative;
  }
  RoundSummary all;
  if (logs.empty()) return all;
  all.mean_s = std::exp(mean_of(logs));
  all.half_s = all.mean_s * std::sqrt(own) / static_cast<double>(logs.size());
  return all;
}

ComparedRounds concatenated(std::span<const ComparedRounds> comparisons) {
  ComparedRounds all;
  for (const ComparedRounds& c : comparisons) {
    const std::size_t pairs = std::min(c.a.size(), c.b.size());
    all.a.insert(all.a.end(), c.a.begin(), c.a.begin() + static_cast<std::ptrdiff_t>(pairs));
    all.b.insert(all.b.end(), c.b.begin(), c.b.begin() + static_cast<std::ptrdiff_t>(pairs));
    all.seconds += c.seconds;
  }
  return all;
}

Comparison overall_of(std::span<const ComparedRounds> comparisons, const ComparedRounds& rounds,
                      const Params& params) {
  if (comparisons.size() < kFewestForOverall) return compare(rounds.a, rounds.b, params);
  ComparedRounds whole;
  for (const ComparedRounds& c : comparisons) {
    const std::size_t pairs = std::min(c.a.size(), c.b.size());
    whole.a.push_back(joined(std::span{c.a}.first(pairs)));
    whole.b.push_back(joined(std::span{c.b}.first(pairs)));
  }
  return compare(whole.a, whole.b, params);
}

// The differences, as logarithms, from which on each comparison would have found side b slower, and faster.
std::vector<double> needed(std::span<const Comparison> comparisons, double true_log) {
  constexpr double kNever = std::numeric_limits<double>::infinity();
  std::vector<double> logs;
  for (const Comparison& c : comparisons) {
    logs.push_back(c.lo ? true_log - std::log(*c.lo) : kNever);
    logs.push_back(c.hi ? std::log(*c.hi) - true_log : kNever);
  }
  std::ranges::sort(logs);
  return logs;
}

// median: the difference that half of the comparisons find; may be infinite.
std::optional<double> missed_step(double median) {
  std::optional<double> missed;
  for (double decade = 1e-4; decade < 1; decade *= 10)
    for (const double step : {decade, 2 * decade, 5 * decade})
      if (step < median) missed = step;
  return missed;
}

Resolution resolution(const ComparedRounds& rounds, std::int64_t size, double true_log,
                      const Params& params) {
  Resolution result;
  result.rounds = size;
  const auto count = static_cast<std::size_t>(size);
  std::vector<Comparison> made;
  for (std::size_t first = 0; first + count <= rounds.a.size(); first += count)
    made.push_back(compare(std::span{rounds.a}.subspan(first, count),
                           std::span{rounds.b}.subspan(first, count), params));
  result.seconds = rounds.seconds * static_cast<double>(size) / static_cast<double>(rounds.a.size());
  result.comparisons = static_cast<std::int64_t>(made.size());
  result.differing = std::ranges::count_if(made, differs);
  const std::vector<double> logs = needed(made, true_log);
  if (logs.empty()) return result;
  const auto last = static_cast<double>(logs.size());
  const auto rank = static_cast<std::size_t>(std::ceil(kFoundShare * last));
  if (const double found = std::expm1(std::max(0.0, logs[rank - 1])); std::isfinite(found))
    result.found = found;
  result.missed = missed_step(std::expm1(logs[(logs.size() - 1) / 2]));
  return result;
}

std::vector<Resolution> resolutions(const ComparedRounds& rounds, std::int64_t size, double true_log,
                                    const Params& params) {
  std::vector<Resolution> result;
  const auto available = static_cast<std::int64_t>(rounds.a.size());
  if (size < 2) return result;
  std::int64_t rounds_each = size >= kHalvedFrom && size % 2 == 0 ? size / 2 : size;
  for (; rounds_each <= available && (result.empty() || 2 * rounds_each <= available); rounds_each *= 2)
    result.push_back(resolution(rounds, rounds_each, true_log, params));
  return result;
}

}  // namespace

RepeatedComparison repeated(std::span<const ComparedRounds> comparisons, bool alike, const Params& params) {
  RepeatedComparison result;
  result.nominal = 1 - params.level_seq;
  for (const ComparedRounds& c : comparisons) {
    result.each.push_back(compare(c.a, c.b, params));
    switch (result.each.back().verdict) {
      case Verdict::faster: ++result.faster; break;
      case Verdict::slower: ++result.slower; break;
      case Verdict::same: ++result.same; break;
      case Verdict::cannot_tell: ++result.cannot_tell; break;
    }
  }
  result.differing = wilson_interval(result.faster + result.slower,
                                     static_cast<std::int64_t>(result.each.size()), kIntervalLevel);
  const ComparedRounds rounds = concatenated(comparisons);
  result.seconds = rounds.seconds;
  result.overall = overall_of(comparisons, rounds, params);
  if (comparisons.empty()) return result;
  const double true_log = alike || !result.overall.ratio ? 0 : std::log(*result.overall.ratio);
  const auto size = static_cast<std::int64_t>(std::min(comparisons[0].a.size(), comparisons[0].b.size()));
  result.resolutions = resolutions(rounds, size, true_log, params);
  return result;
}

bool finds_too_many(const RepeatedComparison& result) {
  const auto count = static_cast<std::int64_t>(result.each.size());
  const std::int64_t differing = result.faster + result.slower;
  return differing > 0 && 1 - binomial_cdf(differing - 1, count, result.nominal) < kTooUnlikely;
}

const Resolution* resolution_within(const RepeatedComparison& result, double seconds) noexcept {
  const Resolution* chosen = nullptr;
  for (const Resolution& r : result.resolutions) {
    if (!r.found) continue;
    if (chosen == nullptr || (r.seconds <= seconds && r.comparisons >= kEnoughComparisons)) chosen = &r;
  }
  return chosen;
}

}  // namespace deepgap::stats
