#include "deepgap/worker/judge.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "deepgap/core/text.hpp"
#include "deepgap/record/blocks.hpp"
#include "deepgap/record/warnings.hpp"

namespace deepgap::worker {
namespace {

// Foreign load is worth a sentence from here on, and spoils the number from there on.
constexpr double kForeignWorthSaying = 0.05;
constexpr double kForeignTooMuch = 0.30;
constexpr double kThrottledTooMuch = 0.05;

// Power of the packages over the rounds, and what an inference took of it. Absent unless every round has it.
void account_energy(record::Row& row, std::span<const record::Round> rounds) {
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

// What the blocks of all rounds have in common with `what`: "3 of 41 blocks".
struct BlockCount {
  std::size_t these = 0, all = 0;
  [[nodiscard]] std::string words() const { return fmt::format("{} of {} blocks", these, all); }
};

template <class Holds>
BlockCount count_blocks(std::span<const record::Round> rounds, Holds holds) {
  BlockCount count;
  for (const record::Round& round : rounds)
    for (const record::Block& block : round.blocks) {
      ++count.all;
      if (holds(block)) ++count.these;
    }
  return count;
}

void judge_foreign_load(record::Row& row, std::span<const record::Round> rounds,
                        std::vector<std::string>& doubts) {
  const BlockCount spoilt = count_blocks(rounds, [](const record::Block& block) {
    return block.foreign_cpu_share && *block.foreign_cpu_share > kForeignTooMuch;
  });
  const double share = row.foreign_cpu_share.value_or(0);
  if (share <= kForeignWorthSaying && spoilt.these == 0) return;
  std::string words;
  if (share > kForeignWorthSaying)
    words = fmt::format("{:.0f} % of the CPU time went to others", 100 * share);
  if (spoilt.these > 0)
    words += fmt::format("{}{} had more than {:.0f} % foreign CPU", words.empty() ? "" : ", ", spoilt.words(),
                         100 * kForeignTooMuch);
  (share > kForeignTooMuch ? doubts : row.warnings).push_back(record::warn(record::kForeignLoad, words));
}

void judge_throttling(record::Row& row, std::span<const record::Round> rounds,
                      std::vector<std::string>& doubts) {
  if (row.throttled_share && *row.throttled_share > 0) {
    const BlockCount stopped = count_blocks(rounds, [](const record::Block& block) {
      return block.throttled_share && *block.throttled_share > 0;
    });
    const std::string sentence =
        record::warn(record::kThrottled, fmt::format("in {:.0f} % of the quota periods, {} were throttled",
                                                     100 * *row.throttled_share, stopped.words()));
    (*row.throttled_share > kThrottledTooMuch ? doubts : row.warnings).push_back(sentence);
  }
  const BlockCount slowed = count_blocks(rounds, record::device_throttled);
  if (slowed.these == 0) return;
  row.warnings.push_back(record::warn(
      record::kDeviceThrottled,
      fmt::format("{} were throttled ({})", slowed.words(), join(record::throttle_reasons(rounds)))));
}

void judge_stolen_time(record::Row& row, std::span<const record::Round> rounds,
                       std::vector<std::string>& doubts) {
  const double share = record::mean_of_blocks(rounds, &record::Block::steal_share).value_or(0);
  if (share <= kForeignWorthSaying) return;
  (share > kForeignTooMuch ? doubts : row.warnings)
      .push_back(record::warn(record::kStolenTime, fmt::format("{:.0f} % of the CPU time", 100 * share)));
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

void judge(record::Row& row, std::span<const record::Round> rounds, std::vector<std::string> doubts,
           const RunContext& context) {
  row.foreign_cpu_share = record::mean_of_blocks(rounds, &record::Block::foreign_cpu_share);
  row.throttled_share = record::mean_of_blocks(rounds, &record::Block::throttled_share);
  account_energy(row, rounds);
  judge_foreign_load(row, rounds, doubts);
  judge_stolen_time(row, rounds, doubts);
  judge_throttling(row, rounds, doubts);
  judge_settings(row, context);
  judge_series(row, doubts);
  if (row.verified == "not done")
    doubts.push_back("the output was not checked: " + row.verified_detail.value_or("no reason given"));
  row.outcome = doubts.empty() ? record::Outcome::completed : record::Outcome::mistrusted;
  row.why = join(doubts, "; ");
}

}  // namespace deepgap::worker
