#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/core/types.hpp"
#include "deepgap/study/case.hpp"

// What was asked: a TOML file, validated, with every default written here and nowhere else.
// Knows: keys, ranges, spellings. Never knows: which engines exist here, what a model contains, time.
namespace deepgap::study {

enum class Profile : std::uint8_t { quick, standard, strict };  // METHOD: R = 5, 10, 10 rounds
[[nodiscard]] std::string_view name(Profile profile) noexcept;

// How a case is measured. Absent = the profile's own constant.
struct Measure {
  Profile profile = Profile::standard;
  double target = 0.01;                 // relative half-width wanted
  std::optional<double> time_budget_s;  // whole study, shared out
  double case_timeout_s = 120;          // one call, compile included, before the worker is killed
  std::string cache = "hot";            // as Case::cache
  std::string inputs = "reused";        // as Case::inputs
  std::string protocol = "method";      // as Case::protocol
  std::uint64_t seed = 1;
  std::string stop_on = "mean";  // "mean" | "p50" | "p90" | "p95" | "p99"
  std::optional<int> rounds;
  std::optional<int> processes;  // over how many processes the rounds are spread
  std::optional<double> round_min_s, round_cap_s;
  std::optional<std::int64_t> round_min_samples;
  std::int64_t memory_limit_mb = 0;  // window budget; 0 = three quarters of what is free
};

struct Study {
  std::string name;
  std::filesystem::path file;        // where it was read, empty for text
  std::vector<std::string> engines;  // never empty; {"auto"} when left out
  std::vector<std::string> devices = {"auto"};
  std::vector<std::string> models;  // built-in names; paths are relative to `file`'s folder
  std::vector<Precision> precisions = {Precision::fp32};
  std::vector<std::int64_t> batches = {1};
  std::vector<int> threads = {0};
  std::vector<int> streams = {1};
  std::vector<std::string> hints = {""};
  std::vector<std::string> scenarios = {"closed"};
  std::map<std::string, std::map<std::string, std::vector<std::string>, std::less<>>, std::less<>>
      options;                         // [engine.openvino] key = value or list: one more axis
  std::string calibration = "minmax";  // INT8 ranges: "minmax" | "percentile"
  Measure measure;
};

// Errc::invalid_input: file, line, key, what was given, what is allowed, nearest spelling.
[[nodiscard]] Result<Study> load(const std::filesystem::path& file);
[[nodiscard]] Result<Study> parse(std::string_view toml, const std::filesystem::path& file = {});

// What can run on this machine, told by whoever knows (the command line, from the engines themselves).
struct EngineDevices {
  std::string engine;
  std::vector<std::string> devices;  // "cpu", "cuda:0"
  bool automatic = true;             // false: only when asked for by name (the fake engine)
};
using Available = std::vector<EngineDevices>;

inline constexpr std::size_t kMaxCases = 100'000;

// The cross product in a stable order: model, device, engine, precision, batch, threads, streams, hint,
// scenario, options; duplicates are dropped. Model paths become relative to where the study file is. "auto"
// and "cuda:all" stand for what `available` holds. An engine or device asked for by name that is not there
// stays a case, for the planner to skip with its reason; an engine that "auto" chose only gets devices it
// has. Errc::invalid_input above kMaxCases; Errc::unavailable when "auto" finds nothing.
[[nodiscard]] Result<std::vector<Case>> expand(const Study& study, const Available& available = {});

// Hash of everything that decides what is measured and how, for "same study?" on resume. The name, the order
// inside lists, time_budget, case_timeout and memory_limit do not count: more time is how a study is
// finished.
[[nodiscard]] std::string fingerprint(const Study& study);

}  // namespace deepgap::study
