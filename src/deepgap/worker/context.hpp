#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "deepgap/measure/prepare.hpp"
#include "deepgap/record/round.hpp"
#include "deepgap/record/row.hpp"
#include "deepgap/study/study.hpp"

// What a run needs to know from outside, and what it tells while it goes.
namespace deepgap::worker {

struct Progress {
  std::int64_t cases_total = 0, cases_done = 0;
  std::int64_t rounds_total = 0, rounds_done = 0;  // of the cases that run
  std::string stage;                               // "preparing", "compiling", "checking", "measuring"
  std::string subject;                             // "resnet50 int8 batch 16", may be empty
  std::optional<double> seconds_left;              // absent until there is something to go by
};

struct RunContext {
  study::Measure measure;
  std::filesystem::path cache_folder;
  std::string run_id, host, git_revision, build;
  int cores = 1;                            // physical cores this process may use: threads = 0 means this
  double memory_available_mb = 0;           // 0 = unknown
  std::int64_t sweep_bytes = 0;             // what pushes everything out of the CPU's caches
  const std::atomic<bool>* stop = nullptr;  // set by Ctrl-C
  std::function<void(const Progress&)> on_progress;
  std::function<void(const record::Row&)> on_row;
  // Says what limits a measured row; the network is nullptr when it was never made.
  std::function<void(record::Row&, std::span<const record::Round>, const measure::PreparedModel*)> attribute;
};

struct RunSummary {
  std::int64_t completed = 0, mistrusted = 0, skipped = 0, failed = 0, resumed = 0;
  bool interrupted = false;
  std::optional<std::string> note;  // about the whole run: drift between windows, budget
};

}  // namespace deepgap::worker
