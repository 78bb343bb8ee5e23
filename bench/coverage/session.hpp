#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "deepgap/stats/merged_quantile.hpp"
#include "deepgap/stats/params.hpp"
#include "deepgap/stats/quantile.hpp"
#include "deepgap/stats/rounds.hpp"
#include "families.hpp"

// A whole session of one case as the program would run it: rounds of a profile, the second stage, the merger.
namespace deepgap::coverage {

// A round's calls, in seconds.
using MakeSource = std::function<std::unique_ptr<Source>(const RoundPlace&)>;

struct Session {
  stats::Merged merged;
  stats::Quantiles quantiles;
  double samples = 0, seconds = 0;  // recorded, of all rounds
  bool second_stage = false;
};

struct SessionOptions {
  stats::RoundPlan plan;
  double spacing_s = 30;  // between rounds, spent on other cases
  double base_s = 1e-3;
  std::uint64_t seed = 1;
};

[[nodiscard]] Session run_session(const MakeSource& make, const SessionOptions& options);

}  // namespace deepgap::coverage
