#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "deepgap/measure/held_rounds.hpp"
#include "deepgap/measure/prepare.hpp"
#include "deepgap/record/journal.hpp"
#include "deepgap/record/row.hpp"
#include "deepgap/worker/budget.hpp"
#include "deepgap/worker/client.hpp"
#include "deepgap/worker/context.hpp"
#include "deepgap/worker/plan.hpp"

// One case on its way from plan to row: its worker process, its rounds so far, and what went wrong if
// anything did.
namespace deepgap::worker {

// Under which name the journal keeps a case's outputs for comparing precisions.
[[nodiscard]] std::string outputs_key(std::string_view case_key, std::string_view model_hash);

class Subject {
 public:
  Subject(const PlannedCase& planned, const EngineState& engine, const RunContext& context,
          record::Journal& journal);

  [[nodiscard]] const PlannedCase& planned() const noexcept { return *planned_; }
  [[nodiscard]] const std::string& key() const noexcept { return planned_->key; }
  // The journal could not be read or written: nothing more must be measured.
  [[nodiscard]] const std::optional<Error>& fatal() const noexcept { return fatal_; }
  [[nodiscard]] bool alive() const noexcept { return !ended_; }  // nothing has ended this case yet

  // Model, inputs and golden outputs; rounds of an earlier run are taken up. A failure ends the case.
  void prepare(measure::ModelCache& models);
  // Starts the worker process with that number (compile, first call, verification) unless it already runs.
  void start(std::int64_t process);
  // The same in two steps, so that several may start together once nothing is measured: launch() on a thread
  // that outlives the worker, make_ready() on any. The process before it must be retired.
  void launch(std::int64_t process);
  void make_ready();
  [[nodiscard]] bool runs_in(std::int64_t process) const noexcept { return client_ && process_ == process; }
  // Outputs for comparing precisions, kept in the journal.
  void collect_outputs(measure::ModelCache& models, std::int64_t count);
  // Round `index`, in the process that the budget says. Does nothing when the journal already has it.
  void round(std::int64_t index, const RoundBudget& budget);
  // The worker is no longer needed: its output is checked again, its peak memory read, and it is ended.
  void retire();

  // Ends the case early: its row says `failed` or `skipped` (by the error's kind) with this reason.
  void end(const Error& error);
  void warn(std::string sentence) { row_.warnings.push_back(std::move(sentence)); }

  [[nodiscard]] std::int64_t rounds_done() const noexcept {
    return static_cast<std::int64_t>(rounds_.all().size());
  }
  [[nodiscard]] bool has_round(std::int64_t index) const;
  [[nodiscard]] std::span<const record::Round> rounds() const noexcept { return rounds_.all(); }
  [[nodiscard]] const measure::PreparedModel* model() const noexcept { return model_ ? &*model_ : nullptr; }
  [[nodiscard]] double memory_estimate_mb() const;
  // Of the case's device; 0 where it has no memory of its own.
  [[nodiscard]] double device_memory_mb() const;
  [[nodiscard]] double device_memory_estimate_mb() const;

  // The row as it stands, statistics included (agreement is filled by the caller, who knows the baseline).
  [[nodiscard]] record::Row finish(const RoundBudget& budget);

  // Where collect_outputs() put this case's outputs.
  [[nodiscard]] std::string outputs_key() const;

 private:
  Status compile_in_worker();
  void check_shapes(const std::vector<TensorSpec>& outputs);
  Status check_output();
  void doubt(std::string sentence);
  void lost(const Error& error);
  void describe_effective(const CompileReply& reply);

  const PlannedCase* planned_;
  const EngineState* engine_;
  const RunContext* context_;
  record::Journal* journal_;
  record::Row row_;
  measure::HeldRounds rounds_;
  std::vector<std::string> doubts_;  // reasons for `mistrusted`
  bool ended_ = false;
  std::optional<Error> fatal_;
  std::optional<measure::PreparedModel> model_;
  std::optional<measure::Golden> golden_;
  std::int64_t process_ = -1;
  bool launched_ = false;         // the process runs, the engine is not loaded yet
  std::optional<Client> client_;  // last: the process ends first
};

}  // namespace deepgap::worker
