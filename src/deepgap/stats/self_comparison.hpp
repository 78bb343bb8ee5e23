#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "deepgap/stats/accuracy.hpp"
#include "deepgap/stats/compare.hpp"
#include "deepgap/stats/params.hpp"
#include "deepgap/stats/rounds.hpp"

// The same comparison made again and again: how often a difference is found, and how small a one can be
// found. Pure.
namespace deepgap::stats {

// One comparison: a[i] and b[i] belong together. What it cost counts everything but the first preparation.
struct ComparedRounds {
  std::vector<RoundSummary> a, b;
  double seconds = 0;
};

// What comparisons of `rounds` rounds a side can tell on this machine. Differences are relative, either way.
struct Resolution {
  std::int64_t rounds = 0;
  double seconds = 0;  // of one such comparison
  std::int64_t comparisons = 0, differing = 0;
  // The smallest difference that at least nine tenths of them would have found (the largest that any needed
  // while there are fewer than five). Absent when too many of them have no interval.
  std::optional<double> found;
  // The largest of 1, 2, 5, 10 ... hundredths of a per cent that fewer than half of them would have found.
  std::optional<double> missed;
};

struct RepeatedComparison {
  std::vector<Comparison> each;
  std::int64_t faster = 0, slower = 0, same = 0, cannot_tell = 0;  // of `each`
  Interval differing;  // 95 % of the share of faster and slower; of a case with itself: the false ones
  double nominal = 0;  // what that share is by design when there is no difference
  Comparison overall;  // of all of them, each counting as one round; of the rounds when there are under three
  std::vector<Resolution> resolutions;  // by growing number of rounds
  double seconds = 0;
};

// The rounds of all comparisons are also looked at as if fewer and larger comparisons had been made of them:
// those of g rounds are the consecutive ones, g doubling from half the first comparison's (or its own number,
// when that is odd or under ten) as long as two of them can be made. `alike`: both sides are the same case;
// otherwise their overall ratio is taken out before asking what would have been found.
[[nodiscard]] RepeatedComparison repeated(std::span<const ComparedRounds> comparisons, bool alike,
                                          const Params& params = {});

// More differences than the nominal share explains: so many or more would be seen in fewer than 2.5 % of the
// times that a case is compared with itself so often.
[[nodiscard]] bool finds_too_many(const RepeatedComparison& result);

// The resolution to speak of: of those that take at most `seconds` and are made of five comparisons or more,
// the longest; else the shortest one. Null when there is none with an interval.
[[nodiscard]] const Resolution* resolution_within(const RepeatedComparison& result, double seconds) noexcept;

}  // namespace deepgap::stats
