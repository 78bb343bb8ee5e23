#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/engine/engine.hpp"
#include "deepgap/measure/between.hpp"
#include "deepgap/measure/round_series.hpp"
#include "deepgap/measure/verify.hpp"
#include "deepgap/record/round.hpp"
#include "deepgap/stats/params.hpp"
#include "deepgap/telemetry/device_watch.hpp"

// One compiled case inside a worker process: feed it, check it, time it.
// Knows: the engine contract, the measuring loop. Never knows: studies, files, processes, how results are
// kept.
namespace deepgap::measure {

struct CaseSetup {
  engine::ModelSource source;
  engine::CompileOptions options;
  std::int64_t batch = 1;
  Conditions conditions;
};

struct RoundTask {
  std::int64_t index = 0, process = 0;
  stats::Params params;
  std::optional<std::int64_t> planned_samples;
  // As the DEEP-GAP study measured: so many unrecorded calls, then planned_samples of them, each timed by the
  // device where it can; absent = docs/method.md.
  std::optional<int> study_warmups;
};

class CaseRunner {
 public:
  // Compiles and opens as many sessions as the engine wants in flight. Both times are taken here.
  static Result<CaseRunner> compile(engine::Engine& engine, const CaseSetup& setup);

  // Fills every session's inputs: tensors may hold fewer samples than the batch, which repeats them.
  // Errc::unsupported when the setup's conditions cannot be met here.
  Status load_inputs(std::vector<Tensor> inputs);
  // The first call, timed apart: many engines finish their compilation in it.
  Status first_call();

  // Runs once on poisoned outputs and compares every output with the golden one.
  Result<Verdict> verify(std::span<const Tensor> golden);
  // First output for `count` samples (first dimension of each input), run batch by batch.
  // Errc::unsupported when the first output's first dimension is not the batch.
  Result<Tensor> outputs_for(std::span<const Tensor> inputs, std::int64_t count);

  // One round of docs/method.md: calls one after another, then, when the engine wants several in flight, as
  // many at once for the throughput. `stop` ends it early with what was measured so far.
  Result<record::Round> run_round(const RoundTask& task, const std::atomic<bool>& stop);

  [[nodiscard]] const engine::Model& model() const noexcept { return *model_; }
  [[nodiscard]] double compile_s() const noexcept { return compile_s_; }
  // What empties the caches between the calls; absent when nothing does.
  [[nodiscard]] std::optional<std::string> sweep_words() const;
  [[nodiscard]] double first_call_ms() const noexcept { return first_call_ms_; }

 private:
  CaseRunner() = default;
  Status fill_inputs();
  Result<std::optional<double>> device_mean_s(double longest_s);
  Status add_pipelined(const RoundSpec& spec, const std::atomic<bool>& stop, record::Round& round);

  std::unique_ptr<engine::Model> model_;
  std::vector<std::unique_ptr<engine::Session>> sessions_;  // after the model: sessions go first
  std::vector<Tensor> inputs_;                              // as loaded
  std::unique_ptr<telemetry::DeviceWatch> device_watch_;    // absent: the CPU, or its state cannot be read
  Conditions conditions_;
  std::optional<Between> between_;  // absent: calls follow each other at once
  std::int64_t batch_ = 1;
  double compile_s_ = 0, first_call_ms_ = 0;
};

}  // namespace deepgap::measure
