#include "deepgap/worker/judge.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "deepgap/core/text.hpp"
#include "deepgap/record/warnings.hpp"

namespace deepgap::worker {
namespace {

// Foreign load is worth a sentence from here on, and spoils the number from there on.
constexpr double kForeignWorthSaying = 0.05;
constexpr double kForeignTooMuch = 0.30;
constexpr double kThrottledTooMuch = 0.05;

// Mean of a block figure, weighted by samples; absent when no block has it.
template <class Member>
std::optional<double> weighted(const std::vector<record::Round>& rounds, Member member) {
  double sum = 0;
  double weight = 0;
  for (const record::Round& round : rounds)
    for (const record::Block& block : round.blocks)
      if (const auto& value = block.*member; value) {
        sum += *value * static_cast<double>(block.samples);
        weight += static_cast<double>(block.samples);
      }
  if (weight <= 0) return std::nullopt;
  return sum / weight;
}

// Power of the packages over the rounds, and what an inference took of it. Absent unless every round has it.
void account_energy(record::Row& row, const std::vector<record::Round>& rounds) {
  double joules = 0;
  double seconds = 0;
  for (const record::Round& round : rounds) {
    if (!round.energy_j) return;
    joules += *round.energy_j;
    seconds += round.duration_s;
  }
  if (seconds <= 0) return;
  row.power_w = joules / seconds;
  if (row.throughput_ips && row.throughput_ips->value > 0)
    row.energy_mj_per_inference = 1e3 * *row.power_w / row.throughput_ips->value;
}

void judge_machine(record::Row& row, std::vector<std::string>& doubts) {
  if (row.foreign_cpu_share && *row.foreign_cpu_share > kForeignWorthSaying) {
    const std::string sentence =
        record::warn(record::kForeignLoad,
                     fmt::format("{:.0f} % of the CPU time went to others", 100 * *row.foreign_cpu_share));
    (*row.foreign_cpu_share > kForeignTooMuch ? doubts : row.warnings).push_back(sentence);
  }
  if (row.throttled_share && *row.throttled_share > 0) {
    const std::string sentence = record::warn(
        record::kThrottled, fmt::format("in {:.0f} % of the quota periods", 100 * *row.throttled_share));
    (*row.throttled_share > kThrottledTooMuch ? doubts : row.warnings).push_back(sentence);
  }
}

void judge_settings(record::Row& row, const RunContext& context) {
  if (row.precision_effective && *row.precision_effective != row.precision_requested)
    row.warnings.push_back(
        record::warn(record::kPrecisionNotHonoured,
                     fmt::format("{} was asked, {} ran", row.precision_requested, *row.precision_effective)));
  for (const auto& [key, setting] : row.settings)
    // "auto" left it to the engine; precision has a warning of its own.
    if (key != "precision" && setting.effective && setting.requested != "auto" &&
        setting.requested != *setting.effective)
      row.warnings.push_back(record::warn(
          record::kSettingNotHonoured,
          fmt::format("{}: {} was asked, {} is in force", key, setting.requested, *setting.effective)));
  if (row.threads && *row.threads > context.cores)
    row.warnings.push_back(record::warn(record::kMoreThreadsThanCores,
                                        fmt::format("{} threads on {} cores", *row.threads, context.cores)));
}

void judge_series(record::Row& row, std::vector<std::string>& doubts) {
  const std::string label = row.label.value_or("too-few");
  if (label == "not-stationary")
    doubts.push_back(record::warn(record::kNotSteady, "the latency kept drifting"));
  if (label == "too-few") doubts.push_back(record::warn(record::kTooFewSamples, "no interval can be stated"));
  if (label == "rare-events")
    row.warnings.push_back(record::warn(record::kRareEvents, "a few very slow calls carry part of the mean"));
}

}  // namespace

void judge(record::Row& row, const std::vector<record::Round>& rounds, std::vector<std::string> doubts,
           const RunContext& context) {
  row.foreign_cpu_share = weighted(rounds, &record::Block::foreign_cpu_share);
  row.throttled_share = weighted(rounds, &record::Block::throttled_share);
  account_energy(row, rounds);
  judge_machine(row, doubts);
  judge_settings(row, context);
  judge_series(row, doubts);
  if (row.verified == "not done")
    doubts.push_back("the output was not checked: " + row.verified_detail.value_or("no reason given"));
  row.outcome = doubts.empty() ? record::Outcome::completed : record::Outcome::mistrusted;
  row.why = join(doubts, "; ");
}

}  // namespace deepgap::worker
