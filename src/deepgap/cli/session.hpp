#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/host/machine.hpp"
#include "deepgap/store/store.hpp"
#include "deepgap/study/study.hpp"
#include "deepgap/worker/plan.hpp"
#include "deepgap/worker/run_loop.hpp"

// What `run` and `case` share: engines probed, cases planned, a store opened, the loop run, the result
// printed.
namespace deepgap::cli {

struct SessionOptions {
  std::filesystem::path store;
  bool json = false, wide = false, quiet = false;
  double latency_limit_ms = 50;
};

// -o, --json, --wide, --quiet, --latency-limit-ms.
void add_session_options(CLI::App& sub, SessionOptions& options);

void add_latency_limit(CLI::App& sub, double& latency_limit_ms);

// Every engine the study names (all when it says "auto"), asked once.
Result<std::vector<worker::EngineState>> probe_for(const study::Study& study);

// The engines that the study named and that cannot be used here, with reason and cure: exit code 3 material.
std::vector<std::string> missing_by_name(const study::Study& study,
                                         std::span<const worker::EngineState> engines);

// A study of this one case, so that everything else is the same as in `run`.
[[nodiscard]] study::Study study_of(const study::Case& c, study::Profile profile);

// Runs the study into the store and prints what came out. Returns the exit code.
int run_session(const study::Study& study, const SessionOptions& options);

// A table or JSON of the rows, and the answer in words.
Status print_rows(std::span<const record::Row> rows, const store::StudyInfo& info,
                  const SessionOptions& options);

}  // namespace deepgap::cli
