#include "cell.hpp"

#include <algorithm>
#include <cmath>
#include <thread>

namespace deepgap::coverage {
namespace {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::vector<Outcome> all_runs(int runs, int threads, const std::function<Outcome(int)>& run) {
  std::vector<Outcome> outcomes(static_cast<std::size_t>(runs));
  std::vector<std::thread> workers;
  for (int t = 0; t < threads; ++t)
    workers.emplace_back([&, t] {
      for (int i = t; i < runs; i += threads) outcomes[static_cast<std::size_t>(i)] = run(i);
    });
  for (std::thread& w : workers) w.join();
  return outcomes;
}

void add_percentiles(const std::vector<Outcome>& outcomes, Cell& cell) {
  for (std::size_t p = 0; p < stats::kPercentiles; ++p) {
    int given = 0;
    int trusted = 0;
    int covered = 0;
    for (const auto& [session, truth] : outcomes) {
      const auto& q = session.quantiles[p];
      if (!q) continue;
      ++given;
      if (session.merged.label == stats::Label::not_stationary ||
          session.merged.label == stats::Label::rare_events || !truth.quantiles[p])
        continue;
      ++trusted;
      covered += q->lo <= *truth.quantiles[p] && *truth.quantiles[p] <= q->hi ? 1 : 0;
    }
    cell.percentiles[p].given = static_cast<double>(given) / static_cast<double>(outcomes.size());
    if (trusted > 0) cell.percentiles[p].covers = static_cast<double>(covered) / trusted;
  }
}

}  // namespace

bool is_warning(stats::Label label) noexcept {
  return label == stats::Label::not_stationary || label == stats::Label::rare_events ||
         label == stats::Label::too_few || label == stats::Label::single_round;
}

bool is_qualified(stats::Label label) noexcept {
  return is_warning(label) || label == stats::Label::few_rounds || label == stats::Label::few_samples;
}

Cell fill_cell(int runs, int threads, const std::function<Outcome(int)>& run) {
  const std::vector<Outcome> outcomes = all_runs(runs, threads, run);
  Cell cell;
  cell.runs = runs;
  const auto n = static_cast<double>(runs);
  int stated = 0;
  int covered = 0;
  int trusted = 0;
  int kept = 0;
  std::vector<double> halves;
  std::vector<double> errors;
  for (const auto& [session, truth] : outcomes) {
    const stats::Merged& m = session.merged;
    const bool labelled = is_qualified(m.label);
    cell.warned += is_warning(m.label) ? 1 / n : 0;
    cell.labelled += labelled ? 1 / n : 0;
    cell.labels[std::string{stats::name(m.label)}] += 1 / n;
    cell.samples += session.samples / n;
    cell.seconds += session.seconds / n;
    cell.second_stage += session.second_stage ? 1 / n : 0;
    if (!m.half_s) continue;
    halves.push_back(100 * *m.half_s / *m.mean_s);
    if (!truth.mean) continue;
    ++stated;
    const double error = std::abs(*m.mean_s - *truth.mean);
    errors.push_back(100 * error / *truth.mean);
    const bool covers = error <= *m.half_s;
    covered += covers ? 1 : 0;
    trusted += labelled ? 0 : 1;
    kept += covers && !labelled ? 1 : 0;
  }
  if (stated > 0) cell.covers = static_cast<double>(covered) / stated;
  if (trusted > 0) cell.covers_unlabelled = static_cast<double>(kept) / trusted;
  cell.silent_misses = static_cast<double>(trusted - kept) / n;
  cell.half_pct = median(halves);
  cell.error_pct = median(errors);
  add_percentiles(outcomes, cell);
  return cell;
}

namespace {

Truth truth_of(const Family& family, double base_s) {
  Truth truth = family.truth();
  if (truth.mean) *truth.mean *= base_s;
  for (auto& q : truth.quantiles)
    if (q) *q *= base_s;
  return truth;
}

}  // namespace

Cell family_cell(const Family& family, const CellOptions& options) {
  const Truth truth = truth_of(family, options.session.base_s);
  return fill_cell(options.runs, options.threads, [&](int run) {
    SessionOptions session = options.session;
    session.seed = static_cast<std::uint64_t>(run) + 1;
    const MakeSource make = [&](const RoundPlace& place) { return family.make(place, session.base_s); };
    return Outcome{run_session(make, session), truth};
  });
}

Cell rival_cell(const Family& family, const Rival& rival, const CellOptions& options) {
  const double base_s = options.session.base_s;
  const Truth truth = truth_of(family, base_s);
  return fill_cell(options.runs, options.threads, [&](int run) {
    const auto seed = static_cast<std::uint64_t>(run) + 1;
    const auto source = family.make({seed * 1000, seed * 1000 + 500, 0}, base_s);
    return Outcome{rival.run(*source, base_s), truth};
  });
}

}  // namespace deepgap::coverage
