#include "session.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "deepgap/stats/sequential.hpp"

namespace deepgap::coverage {
namespace {

template <class T>
T must(Result<T> result) {
  if (result) return *std::move(result);
  std::cerr << "coverage: " << result.error().message() << '\n';
  std::exit(70);
}

struct Recorded {
  stats::RoundResult result;
  std::vector<double> latencies_s;
  double start_s = 0;
  std::int64_t process = 0;
};

// As stats::measure_round, on a series that is made while it is looked at.
Recorded record(Source& source, double base_s, const stats::Params& params,
                std::optional<std::int64_t> planned) {
  Recorded round;
  std::vector<double> ends;
  stats::Analyser analyser{params};
  stats::SequentialRule rule{params, planned};
  double now = 0;
  for (std::optional<stats::StoppedBy> reason; !reason;) {
    const double x = base_s * source.next();
    now += x;
    round.latencies_s.push_back(x);
    ends.push_back(now);
    if (!rule.look_due(static_cast<std::int64_t>(ends.size()), now)) continue;
    const auto look = must(analyser.look(round.latencies_s, ends, stats::Depth::stopping));
    reason = rule.judge(look, now);
    if (!reason) continue;
    round.result = {look, rule.looks(), now, *reason};
    round.result.look.label = rule.label(look, *reason);
  }
  return round;
}

std::optional<std::int64_t> planned_samples(std::span<const Recorded> stage) {
  for (const Recorded& r : stage)
    if (r.result.look.label != stats::Label::not_stationary && r.result.look.label != stats::Label::too_few)
      return r.result.look.n;
  return std::nullopt;
}

class Run {
 public:
  Run(const MakeSource& make, const SessionOptions& options) : make_{make}, options_{options} {}

  void stage(int rounds, int processes, const stats::Params& params) {
    const std::size_t first = rounds_.size();
    for (int i = 0; i < rounds; ++i) {
      const std::int64_t process = first_process_ + i * processes / rounds;
      const RoundPlace place{options_.seed * 1000 + rounds_.size(),
                             options_.seed * 1000 + 500 + static_cast<std::uint64_t>(process), clock_s_};
      const auto source = make_(place);
      rounds_.push_back(
          record(*source, options_.base_s, params, planned_samples(std::span{rounds_}.subspan(first))));
      rounds_.back().start_s = clock_s_;
      rounds_.back().process = process;
      clock_s_ += rounds_.back().result.seconds + options_.spacing_s;
    }
    first_process_ += processes;
  }

  Session result() const {
    Session session;
    std::vector<stats::RoundSummary> summaries;
    for (const Recorded& r : rounds_) {
      stats::RoundSummary& summary = summaries.emplace_back(stats::summary(r.result));
      summary.at_s = r.start_s + r.result.seconds / 2;
      summary.process = r.process;
      session.samples += static_cast<double>(r.latencies_s.size());
      session.seconds += r.result.seconds;
    }
    session.merged = stats::merge_rounds(summaries, options_.plan.merged);
    std::vector<std::span<const double>> tails;
    for (std::size_t i = session.merged.first; i < rounds_.size(); ++i)
      tails.push_back(
          std::span{rounds_[i].latencies_s}.subspan(static_cast<std::size_t>(rounds_[i].result.look.cut)));
    session.quantiles = stats::merge_quantiles(tails, stats::kAllPercentiles, options_.plan.merged).given;
    return session;
  }

 private:
  const MakeSource& make_;
  const SessionOptions& options_;
  std::vector<Recorded> rounds_;
  double clock_s_ = 0;
  std::int64_t first_process_ = 0;
};

bool wants_more(const stats::Merged& merged, const stats::Params& params) {
  return !merged.half_s || *merged.half_s > params.target * *merged.mean_s ||
         merged.label == stats::Label::rare_events || merged.label == stats::Label::not_stationary;
}

}  // namespace

Session run_session(const MakeSource& make, const SessionOptions& options) {
  const stats::RoundPlan& plan = options.plan;
  Run run{make, options};
  run.stage(plan.rounds, plan.processes, plan.round);
  Session session = run.result();
  if (plan.second_rounds == 0 || !wants_more(session.merged, plan.merged)) return session;
  stats::Params longer = plan.round;
  longer.t_cap_s = plan.second_cap_s;
  run.stage(plan.second_rounds, plan.processes, longer);
  session = run.result();
  session.second_stage = true;
  return session;
}

}  // namespace deepgap::coverage
