#include "deepgap/worker/run_loop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>

#include "deepgap/core/timestamp.hpp"
#include "deepgap/measure/agreement.hpp"
#include "deepgap/record/warnings.hpp"
#include "deepgap/worker/pilot.hpp"
#include "deepgap/worker/windows.hpp"

namespace deepgap::worker {
namespace {

constexpr std::int64_t kAgreementSamples = 64;
// More worker processes than this at once help nobody: each holds a compiled network.
constexpr std::size_t kMaxResident = 64;
constexpr double kMemoryShare = 0.75;
// Workers that load and compile at the same time.
constexpr int kMostStarters = 8;
// Starting a process and compiling in it, until measured: only used to share out a time budget.
constexpr double kStartGuess_s = 1.0;

measure::PrepareOptions prepare_options(const RunContext& context) {
  measure::PrepareOptions options;
  options.cache_folder = context.cache_folder;
  options.seed = context.measure.seed;
  if (context.memory_available_mb > 0)
    options.memory_limit_bytes = kMemoryShare * context.memory_available_mb * 1e6;
  return options;
}

// A row that a resumed run measures again.
bool unfinished(const record::Row& row) {
  return row.outcome == record::Outcome::failed || row.outcome == record::Outcome::skipped ||
         row.stopped_by == "interrupted";
}

// How much two cases of one network have in common besides: the fp32 case that a row is compared with differs
// from it in as little as possible.
int likeness(const study::Case& a, const study::Case& b) {
  const bool alike = a.threads == b.threads && a.streams == b.streams && a.hint == b.hint;
  return (a.options == b.options ? 4 : 0) + (a.batch == b.batch ? 2 : 0) + (alike ? 1 : 0);
}

// Too wide, still moving, or a few slow calls that more calls would put in proportion.
bool wants_second_stage(const record::Row& row, double target) {
  if (row.outcome == record::Outcome::failed || !row.label) return false;
  const auto& mean = row.latency_mean_ms;
  const bool wide = !mean || !mean->hi || *mean->hi - mean->value > target * mean->value;
  return wide || *row.label == "rare-events" || *row.label == "not-stationary";
}

}  // namespace

RunLoop::RunLoop(const RunContext& context, std::span<const EngineState> engines, record::Journal& journal)
    : context_{&context},
      engines_{engines},
      journal_{&journal},
      models_{prepare_options(context)},
      began_{std::chrono::steady_clock::now()} {}

bool RunLoop::stopping() const { return context_->stop != nullptr && context_->stop->load(); }

double RunLoop::elapsed_s() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
}

bool RunLoop::out_of_time() const {
  return context_->measure.time_budget_s && elapsed_s() >= *context_->measure.time_budget_s;
}

void RunLoop::tell(std::string_view stage, const Subject& subject) {
  if (!context_->on_progress) return;
  progress_.stage = stage;
  const study::Case& c = subject.planned().c;
  progress_.subject =
      fmt::format("{} {} {} batch {}", c.engine, std::filesystem::path{c.model}.filename().string(),
                  name(c.precision), c.batch);
  if (progress_.rounds_done > 0)
    progress_.seconds_left = measured_s_ / static_cast<double>(progress_.rounds_done) *
                             static_cast<double>(progress_.rounds_total - progress_.rounds_done);
  context_->on_progress(progress_);
}

Status RunLoop::publish(const record::Row& row) {
  if (auto put = journal_->put_row(row); !put) return put;
  switch (row.outcome) {
    case record::Outcome::completed: ++summary_.completed; break;
    case record::Outcome::mistrusted: ++summary_.mistrusted; break;
    case record::Outcome::skipped: ++summary_.skipped; break;
    case record::Outcome::failed: ++summary_.failed; break;
  }
  ++progress_.cases_done;
  if (context_->on_row) context_->on_row(row);
  return {};
}

Status RunLoop::enlist(std::span<const PlannedCase> cases) {
  static const EngineState kNobody;
  progress_.cases_total = static_cast<std::int64_t>(cases.size());
  for (const PlannedCase& planned : cases) {
    auto earlier = journal_->row(planned.key);
    if (!earlier) return std::move(earlier).error();
    if (earlier->has_value() && !unfinished(**earlier)) {
      if (planned.c.precision == Precision::fp32)
        baselines_.push_back({planned.c, outputs_key(planned.key, (*earlier)->model_hash.value_or(""))});
      ++summary_.resumed;
      ++progress_.cases_done;
      continue;
    }
    const auto engine = std::ranges::find(engines_, planned.c.engine, &EngineState::name);
    Subject& subject =
        subjects_.emplace_back(planned, engine == engines_.end() ? kNobody : *engine, *context_, *journal_);
    if (planned.skip) subject.end(Error{Errc::unsupported, *planned.skip});
  }
  return {};
}

Status RunLoop::prepare_all() {
  for (Subject& subject : subjects_) {
    if (stopping()) return {};
    if (!subject.alive()) continue;
    tell("preparing", subject);
    subject.prepare(models_);
    if (subject.fatal()) return *subject.fatal();
    if (subject.alive() && subject.planned().c.precision == Precision::fp32)
      baselines_.push_back({subject.planned().c, subject.outputs_key()});
  }
  return {};
}

std::vector<RunLoop::Window> RunLoop::windows() {
  Window alive;
  std::vector<CaseSize> sizes;
  double device_mb = 0;  // of the smallest device
  for (Subject& subject : subjects_) {
    if (!subject.alive()) continue;
    alive.push_back(&subject);
    sizes.push_back({subject.planned().c.model + '\n' + subject.planned().c.device,
                     subject.memory_estimate_mb(), subject.device_memory_estimate_mb()});
    if (const double has = subject.device_memory_mb(); has > 0)
      device_mb = device_mb > 0 ? std::min(device_mb, has) : has;
  }
  const auto limit = static_cast<double>(context_->measure.memory_limit_mb);
  const WindowLimits limits{.memory_mb = limit > 0 ? limit : kMemoryShare * context_->memory_available_mb,
                            .device_mb = kMemoryShare * device_mb,
                            .cases = kMaxResident};
  std::vector<Window> windows;
  for (const auto& indices : cut_windows(sizes, limits)) {
    Window& window = windows.emplace_back();
    for (const std::size_t i : indices) window.push_back(alive[i]);
  }
  return windows;
}

// Nothing is measured meanwhile, so nobody is disturbed.
void RunLoop::together(const Window& subjects, void (Subject::*work)()) {
  std::atomic<std::size_t> next{0};
  const auto serve = [&](bool telling) {
    for (std::size_t i = next++; i < subjects.size() && !stopping(); i = next++) {
      if (telling) tell("compiling and checking", *subjects[i]);
      (subjects[i]->*work)();
    }
  };
  const auto crew =
      std::min(subjects.size(), static_cast<std::size_t>(std::clamp(context_->cores / 2, 1, kMostStarters)));
  std::vector<std::jthread> threads;
  try {
    while (threads.size() + 1 < crew) threads.emplace_back(serve, false);
  } catch (const std::system_error&) {
    return serve(true);  // fewer threads are to be had: those that are there do it
  }
  serve(true);
}

void RunLoop::start_together(const Window& window, std::int64_t process) {
  Window due;
  for (Subject* subject : window)
    if (subject->alive() && !subject->runs_in(process)) due.push_back(subject);
  together(due, &Subject::retire);
  if (stopping()) return;
  for (Subject* subject : due) subject->launch(process);
  together(due, &Subject::make_ready);
}

RoundBudget RunLoop::budget_for(const Window& window) {
  const RoundBudget wanted = round_budget(context_->measure);
  if (!context_->measure.time_budget_s) return wanted;
  const double left = *context_->measure.time_budget_s - elapsed_s();
  const double share =
      left * static_cast<double>(window.size()) / static_cast<double>(std::max<std::size_t>(left_, 1));
  return fit(wanted, share, static_cast<std::int64_t>(window.size()), kStartGuess_s);
}

Status RunLoop::visit_rounds(const Window& window, std::uint64_t number, const RoundBudget& budget,
                             std::int64_t first) {
  for (std::int64_t index = first; index < budget.rounds; ++index) {
    if (stopping() || out_of_time()) return {};
    Window wanted;
    for (Subject* subject : window)
      if (!subject->has_round(index)) wanted.push_back(subject);
    start_together(wanted, process_of(index, budget.rounds, budget.processes));
    for (const std::size_t i :
         round_order(window.size(), context_->measure.seed, number, static_cast<std::uint64_t>(index))) {
      if (stopping() || out_of_time()) return {};
      Subject& subject = *window[i];
      tell("measuring", subject);
      const auto before = std::chrono::steady_clock::now();
      subject.round(index, budget);
      if (subject.fatal()) return *subject.fatal();
      measured_s_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
      ++progress_.rounds_done;
    }
  }
  return {};
}

Status RunLoop::measure(const Window& window, std::uint64_t number) {
  start_together(window, 0);
  for (Subject* subject : window) {
    if (stopping()) break;
    subject->collect_outputs(models_, kAgreementSamples);
    if (subject->fatal()) return *subject->fatal();
  }
  const RoundBudget budget = budget_for(window);
  progress_.rounds_total += budget.rounds * static_cast<std::int64_t>(window.size());
  if (auto done = visit_rounds(window, number, budget, 0); !done) return done;

  Window again;
  if (budget.second_rounds > 0 && !stopping() && !out_of_time())
    for (Subject* subject : window)
      if (subject->alive() && wants_second_stage(subject->finish(budget), context_->measure.target))
        again.push_back(subject);
  if (again.empty()) return finish(window, budget);
  const RoundBudget longer = second_stage(budget);
  progress_.rounds_total += (longer.rounds - budget.rounds) * static_cast<std::int64_t>(again.size());
  if (auto done = visit_rounds(again, number, longer, budget.rounds); !done) return done;
  Window once;
  for (Subject* subject : window)
    if (std::ranges::find(again, subject) == again.end()) once.push_back(subject);
  if (auto done = finish(once, budget); !done) return done;
  return finish(again, longer);
}

Status RunLoop::finish(const Window& window, const RoundBudget& budget) {
  for (Subject* subject : window) {
    subject->retire();
    if (budget.shortened || (out_of_time() && subject->rounds_done() < budget.rounds))
      subject->warn(record::warn(
          record::kBudgetExhausted,
          fmt::format("{} rounds of at most {:.2g} s fitted", subject->rounds_done(), budget.cap_s)));
    // An interrupted case without a single round leaves no row: a resumed run begins it anew.
    const bool cut = stopping() && subject->alive() && subject->rounds_done() < budget.rounds;
    if (cut && subject->rounds_done() == 0) continue;
    record::Row row = subject->finish(budget);
    if (cut) {
      row.stopped_by = "interrupted";
      row.outcome = record::Outcome::mistrusted;
      row.why = fmt::format("interrupted after {} of {} rounds", subject->rounds_done(), budget.rounds);
    }
    fill_agreement(row, *subject);
    if (context_->attribute && subject->rounds_done() > 0)
      context_->attribute(row, subject->rounds(), subject->model());
    if (auto done = publish(row); !done) return done;
  }
  return {};
}

void RunLoop::fill_agreement(record::Row& row, const Subject& subject) {
  const study::Case& c = subject.planned().c;
  if (c.precision == Precision::fp32 || row.outcome == record::Outcome::skipped) return;
  std::vector<const Baseline*> candidates;
  for (const Baseline& other : baselines_)
    if (other.c.engine == c.engine && other.c.device == c.device && other.c.model == c.model)
      candidates.push_back(&other);
  std::ranges::stable_sort(candidates, std::ranges::greater{},
                           [&](const Baseline* other) { return likeness(other->c, c); });
  if (candidates.empty())
    row.warnings.push_back(
        record::warn(record::kAgreementUnknown, "the study has no fp32 case to compare with"));
  auto got = journal_->tensors(subject.outputs_key());
  if (!got || !got->has_value() || (*got)->empty()) return;
  for (const Baseline* baseline : candidates) {
    auto want = journal_->tensors(baseline->outputs_key);
    if (!want || !want->has_value() || (*want)->empty()) continue;  // a case that failed has none
    const auto agreed = measure::agreement((*want)->front(), (*got)->front());
    if (!agreed) continue;
    row.accuracy_vs_fp32_top1 = agreed->top1;
    row.accuracy_vs_fp32_sqnr_db = agreed->sqnr_db;
    return;
  }
}

Result<RunSummary> RunLoop::run(std::span<const PlannedCase> cases) {
  if (auto done = enlist(cases); !done) return std::move(done).error();
  if (auto done = prepare_all(); !done) return std::move(done).error();
  for (Subject& subject : subjects_)
    if (!subject.alive())
      if (auto done = publish(subject.finish({})); !done) return std::move(done).error();
  const std::vector<Window> all = stopping() ? std::vector<Window>{} : windows();
  left_ = 0;
  for (const Window& window : all) left_ += window.size();
  std::optional<Pilot> pilot;
  if (all.size() > 1) {
    const PlannedCase& first = all.front().front()->planned();
    pilot.emplace(first, *std::ranges::find(engines_, first.c.engine, &EngineState::name), *context_,
                  *journal_);
  }
  for (std::size_t number = 0; number < all.size() && !stopping(); ++number) {
    if (pilot && !out_of_time()) {
      tell("measuring the pilot case", *all.front().front());
      if (auto done = pilot->visit(models_, number, budget_for(all[number])); !done)
        return std::move(done).error();
    }
    if (auto done = measure(all[number], number); !done) return std::move(done).error();
    left_ -= all[number].size();
  }
  if (pilot) summary_.note = pilot->note();
  summary_.interrupted = stopping();
  return summary_;
}

}  // namespace deepgap::worker
