#include "deepgap/measure/study_protocol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <vector>

#include "deepgap/record/warnings.hpp"
#include "deepgap/stats/quantile.hpp"

namespace deepgap::measure {
namespace {

constexpr double kNanosecondsInMs = 1e6;

record::Estimate alone(double value) { return {value, std::nullopt, std::nullopt}; }

record::Estimate percentile_ms(const std::vector<std::int64_t>& sorted_ns, stats::Percentile p) {
  const auto rank = stats::point_rank(static_cast<std::int64_t>(sorted_ns.size()), stats::probability(p));
  return alone(static_cast<double>(sorted_ns[static_cast<std::size_t>(rank - 1)]) / kNanosecondsInMs);
}

}  // namespace

void fill_as_the_study(record::Row& row, std::span<const record::Round> rounds, std::int64_t batch) {
  std::vector<std::int64_t> calls_ns;
  std::set<std::int64_t> processes;
  for (const record::Round& round : rounds) {
    calls_ns.insert(calls_ns.end(), round.latencies_ns.begin(), round.latencies_ns.end());
    processes.insert(round.process);
  }
  const bool by_device = !rounds.empty() && rounds.front().device_mean_s.has_value();
  row.rounds = static_cast<std::int64_t>(rounds.size());
  row.processes = static_cast<std::int64_t>(processes.size());
  row.samples = static_cast<std::int64_t>(calls_ns.size());
  row.warmup_samples = 0;
  row.stopped_by = "planned samples";
  row.label = "fixed-count";
  row.warnings.push_back(record::warn(
      record::kStudyProtocol,
      fmt::format(
          "{} repeats of 20 unrecorded and 100 timed calls, by the {}'s clock; throughput is batch / median",
          rounds.size(), by_device ? "device" : "host")));
  if (calls_ns.empty()) return;
  std::ranges::sort(calls_ns);
  const double sum = std::accumulate(calls_ns.begin(), calls_ns.end(), 0.0);
  row.latency_mean_ms = alone(sum / static_cast<double>(calls_ns.size()) / kNanosecondsInMs);
  row.latency_p50_ms = percentile_ms(calls_ns, stats::Percentile::p50);
  row.latency_p90_ms = percentile_ms(calls_ns, stats::Percentile::p90);
  row.latency_p95_ms = percentile_ms(calls_ns, stats::Percentile::p95);
  row.latency_p99_ms = percentile_ms(calls_ns, stats::Percentile::p99);
  constexpr double kMillisecondsInSecond = 1e3;
  row.throughput_ips = alone(static_cast<double>(batch) * kMillisecondsInSecond / row.latency_p50_ms->value);
}

}  // namespace deepgap::measure
