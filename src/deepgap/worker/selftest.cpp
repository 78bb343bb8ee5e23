#include "deepgap/worker/selftest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "deepgap/measure/rounds.hpp"
#include "deepgap/stats/params.hpp"
#include "deepgap/worker/windows.hpp"

namespace deepgap::worker {
namespace {

constexpr std::size_t kSides = 2;
constexpr std::size_t kFewestPairs = 2;

class Comparing {
 public:
  Comparing(const SelftestPlan& plan, const StartSource& start)
      : plan_{&plan}, start_{&start}, began_s_{plan.now_s()} {
    params_.level_seq = plan.budget.level;
    params_.target = plan.target;
  }

  SelftestRun run() {
    do {
      const double before_s = plan_->now_s();
      compare_once();
      longest_s_ = std::max(longest_s_, plan_->now_s() - before_s);
    } while (!stopping() && !run_.failed && wants_more());
    run_.interrupted = stopping();
    return std::move(run_);
  }

 private:
  struct Side {
    std::unique_ptr<RoundSource> source;
    std::int64_t process = -1;
    std::vector<record::Round> rounds;  // without samples
  };

  [[nodiscard]] bool stopping() const { return plan_->stop != nullptr && plan_->stop->load(); }

  [[nodiscard]] bool wants_more() const {
    const auto done = static_cast<std::int64_t>(run_.comparisons.size());
    if (plan_->comparisons && done >= *plan_->comparisons) return false;
    return !plan_->time_s || plan_->now_s() - began_s_ + longest_s_ <= *plan_->time_s;
  }

  void compare_once() {
    const double before_s = plan_->now_s();
    const auto number = static_cast<std::uint64_t>(run_.comparisons.size());
    for (Side& side : sides_) side.rounds.clear();
    if (!plan_->same_process)
      for (Side& side : sides_) side = Side{};
    for (std::int64_t index = 0; index < plan_->budget.rounds; ++index) {
      for (const std::size_t i :
           round_order(kSides, plan_->seed, number, static_cast<std::uint64_t>(index))) {
        tell(index);
        if (stopping() || !round(i, index)) return keep_beginning(plan_->now_s() - before_s);
      }
    }
    keep(plan_->budget.rounds, plan_->now_s() - before_s);
  }

  // Which of the two holds the process that runs this side.
  [[nodiscard]] Side& runner_of(std::size_t side) { return sides_[plan_->same_process ? 0 : side]; }

  bool round(std::size_t number, std::int64_t index) {
    Side& side = sides_[number];
    Side& runner = runner_of(number);
    const std::int64_t process =
        plan_->same_process ? 0 : process_of(index, plan_->budget.rounds, plan_->budget.processes);
    if (!runner.source || runner.process != process) {
      runner.source.reset();  // before the next: two of them might not fit
      auto started = (*start_)(number, started_++);
      if (!started) return fail(std::move(started).error(), number, index);
      runner.source = *std::move(started);
      runner.process = process;
    }
    auto round = runner.source->round(request(side, index, process));
    if (!round) return fail(std::move(round).error(), number, index);
    if (stopping()) return false;  // it was cut short
    round->latencies_ns = {};
    round->ends_ns = {};
    ++run_.rounds;
    if (!round->half_s) ++run_.rounds_without_interval;
    side.rounds.push_back(*std::move(round));
    return true;
  }

  [[nodiscard]] RoundRequest request(const Side& side, std::int64_t index, std::int64_t process) const {
    const RoundBudget& budget = plan_->budget;
    RoundRequest wanted = round_request(budget);
    wanted.index = index;
    wanted.process = process;
    wanted.target = plan_->target;
    wanted.planned_samples = measure::planned_samples(side.rounds);
    return wanted;
  }

  bool fail(Error error, std::size_t side, std::int64_t index) {
    run_.failed = std::move(error).in(fmt::format(
        "comparison {}, side {}, round {}", run_.comparisons.size() + 1, side == 0 ? 'A' : 'B', index + 1));
    return false;
  }

  void keep_beginning(double seconds) {
    const std::size_t pairs = std::min(sides_[0].rounds.size(), sides_[1].rounds.size());
    if (run_.comparisons.empty() && pairs >= kFewestPairs) keep(static_cast<std::int64_t>(pairs), seconds);
  }

  void keep(std::int64_t pairs, double seconds) {
    stats::ComparedRounds compared;
    compared.seconds = seconds;
    for (std::size_t i = 0; i < static_cast<std::size_t>(pairs); ++i) {
      compared.a.push_back(measure::summary(sides_[0].rounds[i]));
      compared.b.push_back(measure::summary(sides_[1].rounds[i]));
    }
    const stats::Verdict verdict = stats::compare(compared.a, compared.b, params_).verdict;
    if (verdict == stats::Verdict::faster || verdict == stats::Verdict::slower) ++differing_;
    run_.comparisons.push_back(std::move(compared));
  }

  void tell(std::int64_t rounds_done) const {
    if (!plan_->on_progress) return;
    plan_->on_progress({static_cast<std::int64_t>(run_.comparisons.size()), differing_, rounds_done,
                        plan_->now_s() - began_s_});
  }

  const SelftestPlan* plan_;
  const StartSource* start_;
  stats::Params params_;
  double began_s_;
  double longest_s_ = 0;
  std::int64_t started_ = 0, differing_ = 0;
  SelftestRun run_;
  std::array<Side, kSides> sides_;
};

}  // namespace

SelftestRun compare_repeatedly(const SelftestPlan& plan, const StartSource& start) {
  return Comparing{plan, start}.run();
}

}  // namespace deepgap::worker
