#pragma once

#include <chrono>
#include <deque>
#include <span>

#include "deepgap/core/error.hpp"
#include "deepgap/measure/prepare.hpp"
#include "deepgap/record/journal.hpp"
#include "deepgap/worker/context.hpp"
#include "deepgap/worker/plan.hpp"
#include "deepgap/worker/subject.hpp"

// The whole run: planned cases in, rows in the journal out. Cases are resident by windows; inside a window
// their rounds are visited in a seeded random order.
namespace deepgap::worker {

class RunLoop {
 public:
  RunLoop(const RunContext& context, std::span<const EngineState> engines, record::Journal& journal);

  // Rows already in the journal are kept (failed and interrupted ones are tried again). What can go wrong
  // with a case ends in its row; an Error means that the journal cannot be written: everything before is safe
  // in it.
  Result<RunSummary> run(std::span<const PlannedCase> cases);

 private:
  using Window = std::vector<Subject*>;

  Status enlist(std::span<const PlannedCase> cases);
  Status prepare_all();
  std::vector<Window> windows();
  Status measure(const Window& window, std::uint64_t number);
  Status visit_rounds(const Window& window, std::uint64_t number, const RoundBudget& budget,
                      std::int64_t first);
  Status finish(const Window& window, const RoundBudget& budget);
  void together(const Window& subjects, void (Subject::*work)());
  // All of them in the worker process with that number, ready to be measured.
  void start_together(const Window& window, std::int64_t process);
  void fill_agreement(record::Row& row, const Subject& subject);
  Status publish(const record::Row& row);
  void tell(std::string_view stage, const Subject& subject);

  [[nodiscard]] bool stopping() const;
  [[nodiscard]] double elapsed_s() const;
  [[nodiscard]] bool out_of_time() const;
  [[nodiscard]] RoundBudget budget_for(const Window& window);

  // A case whose outputs stand for "the same network in fp32".
  struct Baseline {
    study::Case c;
    std::string outputs_key;
  };

  const RunContext* context_;
  std::span<const EngineState> engines_;
  record::Journal* journal_;
  measure::ModelCache models_;
  std::deque<Subject> subjects_;  // addresses stay: windows point at them
  std::vector<Baseline> baselines_;
  std::size_t left_ = 0;  // subjects not yet in a finished window
  RunSummary summary_;
  Progress progress_;
  double measured_s_ = 0;  // spent in rounds so far
  std::chrono::steady_clock::time_point began_;
};

}  // namespace deepgap::worker
