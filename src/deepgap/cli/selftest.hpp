#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/report/self_comparison.hpp"
#include "deepgap/study/study.hpp"

// A selftest from the words of the command line to what it found: for `selftest` and for `doctor --full`.
namespace deepgap::cli {

struct SelftestOptions {
  std::vector<std::string> cases;  // none, one, or two to be compared
  std::string engine, model;       // in place of a case string; empty = the default
  std::optional<std::int64_t> comparisons;
  std::optional<double> time_s;
  study::Profile profile = study::Profile::quick;
  bool same_process = false;
  bool quiet = false;  // no progress
};

struct SelftestOutcome {
  report::SelfComparisonView view;
  bool interrupted = false;
  std::optional<Error> failed;  // what ended it early; `view` holds what came before
};

// Measures, with progress on stderr. An Error when not even a process could be started.
Result<SelftestOutcome> run_selftest(const SelftestOptions& options);

}  // namespace deepgap::cli
