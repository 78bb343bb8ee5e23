#include "deepgap/measure/rounds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <set>
#include <string>
#include <utility>

#include "deepgap/core/timestamp.hpp"
#include "deepgap/record/warnings.hpp"
#include "deepgap/stats/label.hpp"
#include "deepgap/stats/merged_quantile.hpp"

namespace deepgap::measure {
namespace {

constexpr double kNanosecond = 1e-9;
constexpr double kMilliseconds = 1e3;
constexpr std::size_t kFewestRounds = 3;  // for an interval from their spread

// Calls over the sum of their times: what came between them is nobody's throughput.
std::optional<double> rate_of_calls(const RoundSeries& series, std::int64_t cut) {
  std::int64_t time_ns = 0;
  const auto first = static_cast<std::size_t>(cut);
  for (std::size_t i = first; i < series.latencies_ns.size(); ++i) time_ns += series.latencies_ns[i];
  if (time_ns <= 0) return std::nullopt;
  return static_cast<double>(series.latencies_ns.size() - first) /
         (static_cast<double>(time_ns) * kNanosecond);
}

// Finished calls over the wall time in which they were finished, pauses apart, from sample `cut` on.
std::optional<double> tail_rate(const RoundSeries& series, std::int64_t cut) {
  if (series.gaps) return rate_of_calls(series, cut);
  std::int64_t calls = 0;
  std::int64_t time_ns = 0;
  for (const RoundBlock& block : series.blocks) {
    const std::int64_t first = std::max(block.first_sample, cut);
    const std::int64_t count = block.first_sample + block.samples - first;
    if (count <= 0) continue;
    const auto at = static_cast<std::size_t>(first);
    const std::int64_t begin = first == block.first_sample ? block.begin_ns : series.ends_ns[at - 1];
    calls += count;
    time_ns += series.ends_ns[at + static_cast<std::size_t>(count) - 1] - begin;
  }
  if (calls == 0 || time_ns <= 0) return std::nullopt;
  return static_cast<double>(calls) / (static_cast<double>(time_ns) * kNanosecond);
}

bool not_negative(const std::optional<double>& value) {
  return !value || (std::isfinite(*value) && *value >= 0);
}

// What a damaged or hostile store could hold is kept out of the arithmetic.
bool sound(const record::Round& r) {
  const auto stored = static_cast<std::int64_t>(r.latencies_ns.size());
  const bool counted = r.samples > 0 && r.warmup_samples >= 0 && r.warmup_samples <= r.samples &&
                       (stored == 0 || stored == r.samples) && r.events >= 0;
  const bool finite = std::isfinite(r.mean_s) && r.mean_s > 0 && not_negative(r.half_s) &&
                      not_negative(r.drift_s) && not_negative(r.drift_bound_s) &&
                      not_negative(r.throughput_per_s);
  return counted && finite &&
         std::all_of(r.latencies_ns.begin(), r.latencies_ns.end(), [](std::int64_t x) { return x > 0; });
}

std::vector<const record::Round*> in_order(std::span<const record::Round> rounds) {
  std::vector<const record::Round*> order;
  for (const record::Round& r : rounds)
    if (sound(r)) order.push_back(&r);
  std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return a->index != b->index ? a->index < b->index : std::less{}(a, b);
  });
  return order;
}

// value - half may not be below 0 for a time.
record::Estimate milliseconds(double value_s, std::optional<double> half_s) {
  record::Estimate e{value_s * kMilliseconds, std::nullopt, std::nullopt};
  if (!half_s) return e;
  if (*half_s < value_s) e.lo = (value_s - *half_s) * kMilliseconds;
  e.hi = (value_s + *half_s) * kMilliseconds;
  return e;
}

// Of single calls, say: what was seen, without an interval.
double plain_mean(std::span<const record::Round* const> rounds) {
  double sum = 0;
  for (const record::Round* r : rounds) sum += r->mean_s;
  return sum / static_cast<double>(rounds.size());
}

std::vector<const record::Round*> that_took_part(std::span<const record::Round* const> order,
                                                 const stats::Merged& merged) {
  std::vector<const record::Round*> part;
  // Rounds too short for an interval of their own only count where all are.
  const bool short_ones = std::ranges::none_of(order, [](const auto* r) { return r->half_s.has_value(); });
  for (std::size_t i = merged.first; i < order.size(); ++i)
    if (short_ones || order[i]->half_s) part.push_back(order[i]);
  return part;
}

stats::MergedQuantiles of_samples(std::span<const record::Round* const> rounds, const stats::Params& params) {
  std::vector<std::vector<double>> tails;
  for (const record::Round* r : rounds) tails.push_back(tail_seconds(*r));
  const std::vector<std::span<const double>> spans(tails.begin(), tails.end());
  return stats::merge_quantiles(spans, stats::kAllPercentiles, params);
}

void add_percentiles(const stats::MergedQuantiles& merged, CaseStatistics& result) {
  const auto& [quantiles, needed] = merged;
  result.samples_needed = needed;
  for (std::size_t i = 0; i < quantiles.size(); ++i) {
    if (!quantiles[i]) continue;
    result.percentile_ms[i] =
        record::Estimate{quantiles[i]->value * kMilliseconds, quantiles[i]->lo * kMilliseconds,
                         quantiles[i]->hi * kMilliseconds};
  }
}

// The interval is that of the mean: what makes calls slower makes them fewer.
std::optional<record::Estimate> pooled_rate(std::span<const record::Round* const> rounds,
                                            const stats::Merged& merged) {
  double calls = 0;
  double time_s = 0;
  for (const record::Round* r : rounds) {
    if (!r->throughput_per_s || *r->throughput_per_s <= 0) continue;
    const auto tail = static_cast<double>(r->samples - r->warmup_samples);
    calls += tail;
    time_s += tail / *r->throughput_per_s;
  }
  if (calls <= 0 || time_s <= 0) return std::nullopt;
  record::Estimate rate{calls / time_s, std::nullopt, std::nullopt};
  if (!merged.half_s) return rate;
  const double relative = *merged.half_s / *merged.mean_s;
  rate.lo = rate.value / (1 + relative);
  if (relative < 1) rate.hi = rate.value / (1 - relative);
  return rate;
}

// Something that is one figure a round, by the spread of the rounds and what they say of themselves. Absent
// unless every whole round has it.
template <class Value, class Half>
std::optional<record::Estimate> of_rounds(std::span<const record::Round* const> rounds, double level,
                                          Value value, Half half) {
  std::vector<double> values;
  std::vector<double> halves;
  for (const record::Round* r : rounds) {
    const std::optional<double> one = value(*r);
    if (!one && r->stopped_by == stats::name(stats::StoppedBy::interrupted))
      continue;  // it was cut off before
    if (!one || !(*one > 0)) return std::nullopt;
    values.push_back(*one);
    halves.push_back(*one * half(*r));
  }
  if (values.empty()) return std::nullopt;
  const auto interval = stats::mean_interval_of_rounds(values, halves, level);
  record::Estimate estimate{interval.mean, std::nullopt, std::nullopt};
  if (values.size() < kFewestRounds) return estimate;
  if (interval.half < interval.mean) estimate.lo = interval.mean - interval.half;
  estimate.hi = interval.mean + interval.half;
  return estimate;
}

// With several requests in flight: from the series that had them.
std::optional<record::Estimate> pipelined_rate(std::span<const record::Round* const> rounds, double level) {
  auto time = of_rounds(
      rounds, level,
      [](const record::Round& r) {
        return r.pipelined_per_s && *r.pipelined_per_s > 0 ? std::optional{1 / *r.pipelined_per_s}
                                                           : std::nullopt;
      },
      [](const record::Round& r) { return r.pipelined_half.value_or(0); });
  if (!time) return std::nullopt;
  record::Estimate rate{1 / time->value, std::nullopt, std::nullopt};
  if (time->hi) rate.lo = 1 / *time->hi;
  if (time->lo) rate.hi = 1 / *time->lo;
  return rate;
}

std::optional<double> mean_drift_bound(std::span<const record::Round* const> rounds) {
  double sum = 0;
  for (const record::Round* r : rounds) {
    if (!r->drift_bound_s) return std::nullopt;
    sum += *r->drift_bound_s / r->mean_s;
  }
  if (rounds.empty()) return std::nullopt;
  return sum / static_cast<double>(rounds.size());
}

// One reason for the case: the one that says most about its rounds.
std::optional<std::string> stopped_by(std::span<const record::Round> rounds) {
  using stats::StoppedBy;
  for (const StoppedBy reason : {StoppedBy::interrupted, StoppedBy::time_cap, StoppedBy::sample_limit,
                                 StoppedBy::precise, StoppedBy::planned_samples})
    if (std::any_of(rounds.begin(), rounds.end(),
                    [&](const auto& r) { return r.stopped_by == stats::name(reason); }))
      return std::string{stats::name(reason)};
  return std::nullopt;
}

// "p99: 3,700 calls, 37 s; p99.9: ...".
std::optional<std::string> needed_in_words(const CaseStatistics& found) {
  std::string words;
  for (const stats::Percentile p : stats::kAllPercentiles) {
    const auto calls = found.samples_needed[static_cast<std::size_t>(p)];
    if (!calls || !found.calls_per_s || found.calls_per_s->value <= 0) continue;
    words += fmt::format("{}{}: {} calls, {:.2g} s", words.empty() ? "" : "; ", stats::name(p), *calls,
                         static_cast<double>(*calls) / found.calls_per_s->value);
  }
  if (words.empty()) return std::nullopt;
  return words;
}

std::optional<record::Estimate> scaled(std::optional<record::Estimate> e, double factor) {
  if (!e) return e;
  e->value *= factor;
  if (e->lo) *e->lo *= factor;
  if (e->hi) *e->hi *= factor;
  return e;
}

}  // namespace

record::Round to_record(RoundSeries series) {
  const stats::Look& look = series.result.look;
  record::Round round;
  round.duration_s = series.result.seconds;
  round.label = stats::name(look.label);
  round.stopped_by = stats::name(series.result.stopped_by);
  round.samples = look.n;
  round.warmup_samples = look.cut;
  round.looks = series.result.looks;
  round.mean_s = look.mean_s.value_or(0);
  round.half_s = look.half_s;
  round.drift_s = look.drift_s;
  round.drift_bound_s = look.drift_bound_s;
  round.rise_s = look.rise_s;
  round.excluded = look.excluded;
  round.rare = look.rare;
  round.events = look.events;
  round.in_flight = series.in_flight;
  round.throughput_per_s = tail_rate(series, look.cut);
  for (const RoundBlock& block : series.blocks) {
    record::Block& kept = round.blocks.emplace_back();
    kept.first_sample = block.first_sample;
    kept.samples = block.samples;
  }
  round.latencies_ns = std::move(series.latencies_ns);
  round.ends_ns = std::move(series.ends_ns);
  return round;
}

stats::RoundSummary summary(const record::Round& round) {
  stats::RoundSummary s;
  s.label = stats::label_from(round.label).value_or(stats::Label::too_few);
  s.mean_s = round.mean_s;
  s.half_s = round.half_s;
  s.drift_s = round.drift_s.value_or(0);
  s.rise_s = round.rise_s;
  s.samples = round.samples - round.warmup_samples;
  // Rounds that do not say when they began are all at one time: no trend can be told from them.
  if (const auto began = seconds_of(round.started_at)) s.at_s = *began + round.duration_s / 2;
  s.process = round.process;
  s.rare = round.rare;
  s.events = round.events;
  return s;
}

std::optional<std::int64_t> planned_samples(std::span<const record::Round> rounds) {
  for (const record::Round* r : in_order(rounds)) {
    const auto label = stats::label_from(r->label);
    const bool whole = r->stopped_by != stats::name(stats::StoppedBy::interrupted);
    if (label && *label != stats::Label::not_stationary && *label != stats::Label::too_few && whole)
      return r->samples;
  }
  return std::nullopt;
}

std::vector<double> tail_seconds(const record::Round& round) {
  std::vector<double> tail;
  const auto first = static_cast<std::size_t>(std::max<std::int64_t>(round.warmup_samples, 0));
  if (first < round.latencies_ns.size()) tail.reserve(round.latencies_ns.size() - first);
  for (auto i = first; i < round.latencies_ns.size(); ++i)
    tail.push_back(static_cast<double>(round.latencies_ns[i]) * kNanosecond);
  return tail;
}

CaseStatistics merge(std::span<const record::Round> rounds, const stats::Params& params,
                     std::span<const stats::TailSketch> sketches) {
  const auto order = in_order(rounds);
  std::vector<stats::RoundSummary> summaries;
  for (const record::Round* r : order) summaries.push_back(summary(*r));
  CaseStatistics result;
  result.merged = stats::merge_rounds(summaries, params);
  const auto part = that_took_part(order, result.merged);
  if (part.empty()) return result;
  if (!result.merged.mean_s) result.merged.mean_s = plain_mean(part);
  result.latency_mean_ms = milliseconds(*result.merged.mean_s, result.merged.half_s);
  if (sketches.empty()) {
    add_percentiles(of_samples(part, params), result);
  } else {
    std::vector<stats::TailSketch> tails;
    for (const record::Round* r : part)
      tails.push_back(sketches[static_cast<std::size_t>(r - rounds.data())]);
    add_percentiles(stats::merge_sketches(tails, stats::kAllPercentiles, params), result);
    result.rank_error = stats::rank_error(tails);
  }
  result.calls_per_s = pipelined_rate(part, params.level_seq);
  if (!result.calls_per_s) result.calls_per_s = pooled_rate(part, result.merged);
  result.device_mean_s = of_rounds(
      part, params.level_seq, [](const record::Round& r) { return r.device_mean_s; },
      [](const record::Round&) { return 0.0; });
  if (result.merged.drift_bound_s)
    result.drift_bound = *result.merged.drift_bound_s / *result.merged.mean_s;
  else
    result.drift_bound = mean_drift_bound(part);
  for (const record::Round* r : part) {
    result.samples += r->samples - r->warmup_samples;
    result.warmup_samples += r->warmup_samples;
  }
  return result;
}

void fill_statistics(record::Row& row, std::span<const record::Round> rounds, std::int64_t batch,
                     const stats::Params& params, std::span<const stats::TailSketch> sketches) {
  const CaseStatistics found = merge(rounds, params, sketches);
  std::set<std::int64_t> processes;
  for (const record::Round& r : rounds) processes.insert(r.process);
  row.label = std::string{stats::name(found.merged.label)};
  row.rounds = found.merged.rounds;
  row.processes = static_cast<std::int64_t>(processes.size());
  row.samples = found.samples;
  row.warmup_samples = found.warmup_samples;
  row.stopped_by = stopped_by(rounds);
  row.latency_mean_ms = found.latency_mean_ms;
  row.latency_p50_ms = found.percentile_ms[0];
  row.latency_p90_ms = found.percentile_ms[1];
  row.latency_p95_ms = found.percentile_ms[2];
  row.latency_p99_ms = found.percentile_ms[3];
  row.latency_p999_ms = found.percentile_ms[4];
  row.percentiles_needed = needed_in_words(found);
  row.percentile_rank_error_pct.reset();
  if (found.rank_error) row.percentile_rank_error_pct = *found.rank_error * 100;
  row.device_mean_ms = scaled(found.device_mean_s, kMilliseconds);
  row.throughput_ips = scaled(found.calls_per_s, static_cast<double>(batch));
  if (found.merged.process_range_s)
    row.warnings.push_back(record::warn(
        record::kProcessesDiffer, fmt::format("the slowest of {} by {:.1f} %", processes.size(),
                                              100 * *found.merged.process_range_s / *found.merged.mean_s)));
  row.drift_bound_pct.reset();
  if (found.drift_bound) row.drift_bound_pct = *found.drift_bound * 100;
  row.mode_limit_pct.reset();
  if (found.merged.mode_limit) row.mode_limit_pct = *found.merged.mode_limit * 100;
}

}  // namespace deepgap::measure
