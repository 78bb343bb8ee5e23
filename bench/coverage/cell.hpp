#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rivals.hpp"
#include "session.hpp"

// Many seeded sessions of one kind, and how often what they state is true.
namespace deepgap::coverage {

struct CellOptions {
  SessionOptions session;
  int runs = 1000;
  int threads = 2;
};

struct PercentileCell {
  double given = 0;              // share of runs that state it
  std::optional<double> covers;  // of those without a warning label
};

// Shares are of one.
struct Cell {
  int runs = 0;
  std::optional<double> covers;             // of all runs; absent when there is no truth
  std::optional<double> covers_unlabelled;  // of the runs whose label is neither warning nor qualified
  double warned = 0, labelled = 0;          // with a warning; with that or a qualified label
  double silent_misses = 0;                 // unlabelled and wrong, of all runs
  std::map<std::string, double> labels;
  double half_pct = 0, error_pct = 0;  // medians, of the mean
  double samples = 0, seconds = 0;     // means
  double second_stage = 0;
  std::array<PercentileCell, stats::kPercentiles> percentiles;
};

// The labels that say that the interval may not hold: not-stationary, rare-events, too-few, single-round.
[[nodiscard]] bool is_warning(stats::Label label) noexcept;
// Those, and the labels that say what cannot have been seen: few-rounds, few-samples.
[[nodiscard]] bool is_qualified(stats::Label label) noexcept;

struct Outcome {
  Session session;
  Truth truth;  // in seconds
};

// Truth of run i with its session. Runs are numbered from 0; threads share them, results do not depend on
// how.
[[nodiscard]] Cell fill_cell(int runs, int threads, const std::function<Outcome(int run)>& run);

[[nodiscard]] Cell family_cell(const Family& family, const CellOptions& options);
// The same family under another tool's rule.
[[nodiscard]] Cell rival_cell(const Family& family, const Rival& rival, const CellOptions& options);

}  // namespace deepgap::coverage
