#include "deepgap/advise/answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "deepgap/advise/describe.hpp"
#include "deepgap/core/text.hpp"

namespace deepgap::advise {
namespace {

using record::Estimate;
using record::Outcome;
using record::Row;
using Indices = std::vector<std::size_t>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// An end that is not known could be anywhere: such rows cannot be told apart from any other.
double low(const Estimate& estimate) { return estimate.lo.value_or(-kInfinity); }
double high(const Estimate& estimate) { return estimate.hi.value_or(kInfinity); }
bool overlap(const Estimate& a, const Estimate& b) { return low(a) <= high(b) && low(b) <= high(a); }
bool has_interval(const Estimate& estimate) { return estimate.lo || estimate.hi; }

class ForModel {
 public:
  ForModel(std::span<const Row> rows, Indices members, double limit_ms)
      : rows_{rows}, members_{std::move(members)}, limit_ms_{limit_ms} {
    for (const std::size_t i : members_)
      if (rows[i].outcome == Outcome::completed) candidates_.push_back(i);
  }

  ModelAnswer make() {
    ModelAnswer answer{.model = printable(rows_[members_.front()].model)};
    Indices measured;
    for (const std::size_t i : candidates_)
      if (rows_[i].throughput_ips) measured.push_back(i);
    answer.throughput = best(measured);
    answer.throughput_ties = ties(measured, answer.throughput);
    if (answer.throughput) {
      answer.speedup_vs_fp32 = speedup(*answer.throughput);
      find_latency(answer);
    }
    find_not_believed(answer);
    answer.text = describe(answer, rows_, members_, limit_ms_);
    return answer;
  }

 private:
  const Estimate& throughput(std::size_t i) const { return *rows_[i].throughput_ips; }

  // A row without an interval only wins when no row has one.
  std::optional<std::size_t> best(const Indices& among) const {
    std::optional<std::size_t> found;
    const auto rank = [&](std::size_t i) {
      return std::make_pair(has_interval(throughput(i)), throughput(i).value);
    };
    for (const std::size_t i : among)
      if (rows_[i].throughput_ips && (!found || rank(i) > rank(*found))) found = i;
    return found;
  }

  Indices ties(const Indices& among, std::optional<std::size_t> winner) const {
    Indices tied;
    for (const std::size_t i : among)
      if (winner && i != *winner && rows_[i].throughput_ips && overlap(throughput(i), throughput(*winner)))
        tied.push_back(i);
    return tied;
  }

  std::optional<double> speedup(std::size_t winner) const {
    const auto baseline = fp32_baseline(rows_, candidates_, winner);
    if (!baseline || throughput(*baseline).value <= 0) return std::nullopt;
    return throughput(winner).value / throughput(*baseline).value;
  }

  // Rows that know their p99 come first: a lower percentile says less about the limit.
  void find_latency(ModelAnswer& answer) const {
    Indices by_p99, by_less;
    std::optional<std::size_t> nearest;
    for (const std::size_t i : candidates_) {
      const auto tail = tail_of(rows_[i]);
      if (!tail) continue;
      if (!nearest || tail->latency_ms.value < tail_of(rows_[*nearest])->latency_ms.value) nearest = i;
      if (!rows_[i].throughput_ips || tail->latency_ms.value > limit_ms_) continue;
      (tail->name == "p99" ? by_p99 : by_less).push_back(i);
    }
    const Indices& eligible = by_p99.empty() ? by_less : by_p99;
    answer.latency = best(eligible);
    answer.latency_ties = ties(eligible, answer.latency);
    if (answer.latency)
      answer.latency_judged_by = tail_of(rows_[*answer.latency])->name;
    else
      answer.lowest_latency = nearest;
  }

  void find_not_believed(ModelAnswer& answer) const {
    for (const std::size_t i : members_) {
      const Row& row = rows_[i];
      if (row.outcome != Outcome::mistrusted || !row.throughput_ips) continue;
      const bool would_win =
          !answer.throughput || row.throughput_ips->value > throughput(*answer.throughput).value;
      const auto tail = tail_of(row);
      const bool would_win_latency =
          tail && tail->latency_ms.value <= limit_ms_ &&
          (!answer.latency || row.throughput_ips->value > throughput(*answer.latency).value);
      if (would_win || would_win_latency) answer.not_believed.push_back(i);
    }
  }

  std::span<const Row> rows_;
  Indices members_, candidates_;
  double limit_ms_;
};

std::vector<Indices> by_model(std::span<const Row> rows) {
  std::vector<Indices> groups;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto found = std::find_if(groups.begin(), groups.end(), [&](const Indices& group) {
      return rows[group.front()].model == rows[i].model;
    });
    if (found != groups.end())
      found->push_back(i);
    else
      groups.push_back({i});
  }
  return groups;
}

}  // namespace

std::string Answer::text() const {
  std::string out;
  for (const ModelAnswer& model : models)
    out.append(model.model).append(": ").append(model.text).append("\n");
  return out + summary + "\n";
}

Answer answer(std::span<const Row> rows, double latency_limit_ms) {
  Answer answer;
  for (Indices& group : by_model(rows))
    answer.models.push_back(ForModel{rows, std::move(group), latency_limit_ms}.make());
  answer.summary = summarise(answer.models, rows);
  return answer;
}

}  // namespace deepgap::advise
