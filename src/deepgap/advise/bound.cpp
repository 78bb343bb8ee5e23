#include "deepgap/advise/bound.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "deepgap/core/text.hpp"
#include "deepgap/record/blocks.hpp"
#include "deepgap/record/contract.hpp"
#include "deepgap/record/format.hpp"

namespace deepgap::advise {
namespace {

using record::Block;
using record::Round;
using record::Row;

// A tenth of the samples under a lowered clock moves a mean by more than most targets allow.
constexpr double kThrottled = 0.10;
constexpr double kContended = 0.20;
// A device that is busy for less of the time has somebody to wait for.
constexpr double kBusy = 0.80;
// Slower than any link to a device that copies in earnest: then the time goes elsewhere.
constexpr double kSlowestCopy = 2e9;
// From half of a peak on, the peak is what stands in the way: few programs come nearer than 80 % of it.
constexpr double kNearPeak = 0.5;
// More than a peak is not a finding: the peak or the count is wrong.
constexpr double kImpossible = 1.1;

std::string percent(double share) { return fmt::format("{:.0f} %", 100 * share); }

// "3.1 TFLOP/s", "18 GB/s"
std::string rate(double per_s, std::string_view unit) {
  constexpr std::array<std::string_view, 5> kPrefixes{"", "k", "M", "G", "T"};
  std::size_t i = 0;
  for (; i + 1 < kPrefixes.size() && per_s >= 1000; ++i) per_s /= 1000;
  return fmt::format("{} {}{}/s", record::format_number(per_s, per_s >= 100 ? 3 : 2), kPrefixes[i], unit);
}

std::optional<Bound> throttled(const Row& row, std::span<const Round> rounds) {
  std::int64_t slowed = 0;
  std::int64_t all = 0;
  double slowed_samples = 0;
  double samples = 0;
  for (const Round& round : rounds)
    for (const Block& block : round.blocks) {
      ++all;
      samples += static_cast<double>(block.samples);
      if (!record::device_throttled(block)) continue;
      ++slowed;
      slowed_samples += static_cast<double>(block.samples);
    }
  if (samples > 0 && slowed_samples / samples >= kThrottled)
    return Bound{"throttled", fmt::format("throttled: the device's clock was lowered in {} of {} blocks ({})",
                                          slowed, all, join(record::throttle_reasons(rounds)))};
  if (row.throttled_share.value_or(0) >= kThrottled)
    return Bound{"throttled", fmt::format("throttled: the CPU quota stopped the process in {} of its periods",
                                          percent(*row.throttled_share))};
  return std::nullopt;
}

std::optional<double> calls_per_s(const Row& row) {
  if (!row.throughput_ips || row.batch <= 0) return std::nullopt;
  const double calls = row.throughput_ips->value / static_cast<double>(row.batch);
  if (!std::isfinite(calls) || calls <= 0) return std::nullopt;
  return calls;
}

// Of the device's time, with the pipeline as full as the study asked for; absent without a device clock.
std::optional<double> busy_share(const Row& row) {
  const auto calls = calls_per_s(row);
  if (!calls || !row.device_mean_ms || row.device_mean_ms->value <= 0) return std::nullopt;
  return row.device_mean_ms->value * 1e-3 * *calls;
}

std::optional<Bound> contended(const Row& row, std::span<const Round> rounds) {
  if (busy_share(row).value_or(0) >= kBusy) return std::nullopt;  // others on the CPU cost this row nothing
  const double foreign = record::mean_of_blocks(rounds, &Block::foreign_cpu_share).value_or(0);
  const double stolen = record::mean_of_blocks(rounds, &Block::steal_share).value_or(0);
  if (foreign + stolen < kContended) return std::nullopt;
  std::string evidence =
      fmt::format("contended: {} of the CPU time went to others", percent(foreign + stolen));
  if (stolen >= 0.01) evidence += fmt::format(", {} to other virtual machines", percent(stolen));
  return Bound{"contended", std::move(evidence)};
}

std::optional<Bound> waits_for_host(const Row& row, const CallCost& cost) {
  const auto share = busy_share(row);
  if (!share || *share >= kBusy) return std::nullopt;
  const double busy = *share;
  const double outside_s = (1 - busy) / *calls_per_s(row);
  const auto contract = record::parse_contract(row.contract.value_or(""));
  if (contract && contract->copies.value_or(false) && cost.copied_bytes / outside_s >= kSlowestCopy)
    return Bound{"copy-bound", fmt::format("copy-bound: the device was busy {} of the time, and in the rest "
                                           "{} were copied in and out",
                                           percent(busy), rate(cost.copied_bytes / outside_s, "B"))};
  return Bound{"host-bound", fmt::format("host-bound: the device was busy {} of the time", percent(busy))};
}

std::string precision_of(const Row& row) { return row.precision_effective.value_or(row.precision_requested); }

// Bytes of a value as it is computed with, over those that the network stores: floats are converted once.
double stored_share(const Row& row) {
  const std::string precision = precision_of(row);
  return precision == "fp16" || precision == "bf16" ? 0.5 : 1.0;
}

std::optional<Bound> near_peak(const Row& row, const CallCost& cost, const Peaks& peaks) {
  const auto calls = calls_per_s(row);
  if (!calls) return std::nullopt;
  std::optional<double> compute;
  std::optional<double> memory;
  if (peaks.operations_per_s && *peaks.operations_per_s > 0 && cost.macs > 0)
    compute = 2 * cost.macs * *calls / *peaks.operations_per_s;
  const double bytes = stored_share(row) * (cost.parameter_bytes + cost.activation_bytes);
  if (peaks.bytes_per_s && *peaks.bytes_per_s > 0 && bytes > peaks.cache_bytes)
    memory = bytes * *calls / *peaks.bytes_per_s;
  if (compute.value_or(0) > kImpossible) return std::nullopt;
  const auto of_compute = [&] {
    return fmt::format("{} of the {} {}", percent(*compute),
                       rate(*peaks.operations_per_s, precision_of(row) == "int8" ? "OP" : "FLOP"),
                       peaks.whose);
  };
  const auto of_memory = [&] {
    return fmt::format("{} of the {} {}, every weight and value counted once", percent(*memory),
                       rate(*peaks.bytes_per_s, "B"), peaks.whose);
  };
  // Values that stay in a cache make the counted traffic more than memory's peak: then memory is not the
  // limit.
  const bool memory_counts = memory && *memory <= kImpossible;
  if (compute && *compute >= kNearPeak && (!memory_counts || *compute >= *memory))
    return Bound{"compute-bound", "compute-bound: " + of_compute()};
  if (memory_counts && *memory >= kNearPeak) return Bound{"memory-bound", "memory-bound: " + of_memory()};
  if (!compute && !memory_counts) return std::nullopt;
  std::string evidence = "no limit is near: ";
  if (compute) evidence += of_compute();
  if (compute && memory_counts) evidence += "; ";
  if (memory_counts) evidence += of_memory();
  return Bound{std::nullopt, std::move(evidence)};
}

}  // namespace

std::optional<Bound> bound(const Row& row, std::span<const Round> rounds, const CallCost& cost,
                           const std::optional<Peaks>& peaks) {
  if (auto found = throttled(row, rounds)) return found;
  if (auto found = contended(row, rounds)) return found;
  if (auto found = waits_for_host(row, cost)) return found;
  if (peaks) return near_peak(row, cost, *peaks);
  return std::nullopt;
}

}  // namespace deepgap::advise
