#include "deepgap/advise/describe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "deepgap/core/text.hpp"
#include "deepgap/record/format.hpp"
#include "deepgap/record/warnings.hpp"

namespace deepgap::advise {
namespace {

using record::Estimate;
using record::Outcome;
using record::Row;
using Indices = std::vector<std::size_t>;

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

// "int8", or "bf16 (asked as fp16)".
std::string precision_words(const Row& row) {
  const std::string ran = printable(precision_of(row));
  return ran == row.precision_requested
             ? ran
             : fmt::format("{} (asked as {})", ran, printable(row.precision_requested));
}

// Threads, streams and devices are named only where the rows differ in them.
std::string name_of(const Row& row, std::span<const Row> rows) {
  const auto differ = [&](auto member) {
    const auto known = [&](const Row& r) { return (r.*member).has_value(); };
    const auto first = std::find_if(rows.begin(), rows.end(), known);
    return std::any_of(rows.begin(), rows.end(),
                       [&](const Row& r) { return known(r) && r.*member != (*first).*member; });
  };
  const bool devices =
      std::any_of(rows.begin(), rows.end(), [&](const Row& r) { return r.device != rows.front().device; });
  std::string text = fmt::format("{} {} at batch {}", printable(row.engine), precision_words(row), row.batch);
  if (row.threads && differ(&Row::threads)) text += fmt::format(", {} threads", *row.threads);
  if (row.streams && differ(&Row::streams)) text += fmt::format(", {} streams", *row.streams);
  if (devices) {
    text += fmt::format(" on {}", printable(row.device));
    if (row.device_name) text += fmt::format(" ({})", printable(*row.device_name));
  }
  return text;
}

std::string relative_words(const std::string& relative) {
  if (relative.empty()) return "interval unknown";
  return relative.starts_with(">= ") ? fmt::format("±{} or more", relative.substr(3))
                                     : fmt::format("±{}", relative);
}

std::string speed(const Estimate& throughput) {
  const std::string relative = record::format_relative(throughput);
  return fmt::format("{} inferences/s ({})", record::format_estimate(throughput), relative_words(relative));
}

bool differ_in_batch_only(const Row& a, const Row& b) {
  return a.engine == b.engine && a.device == b.device && precision_of(a) == precision_of(b) &&
         a.precision_requested == b.precision_requested && a.threads == b.threads && a.streams == b.streams &&
         a.batch != b.batch;
}

std::string tie_words(const Indices& ties, std::size_t winner, std::span<const Row> rows) {
  constexpr std::size_t kMost = 3;
  if (ties.empty()) return {};
  const bool batches = std::all_of(
      ties.begin(), ties.end(), [&](std::size_t i) { return differ_in_batch_only(rows[i], rows[winner]); });
  std::vector<std::string> names;
  for (const std::size_t i : ties) {
    if (names.size() == kMost) break;
    names.push_back(batches ? fmt::to_string(rows[i].batch) : name_of(rows[i], rows));
  }
  if (ties.size() > kMost) names.push_back(fmt::format("{} more", ties.size() - kMost));
  const std::string last = names.back();
  names.pop_back();
  const std::string list = names.empty() ? last : join(names) + " and " + last;
  return fmt::format("; {}{} cannot be told apart from it", batches ? "batch " : "", list);
}

std::string ratio_words(const ModelAnswer& answer, std::span<const Row> rows) {
  const Row& winner = rows[*answer.throughput];
  if (precision_of(winner) == "fp32") return {};
  if (!answer.speedup_vs_fp32) return ", no FP32 row of that engine to compare with";
  return fmt::format(", {}x fp32", record::format_number(*answer.speedup_vs_fp32, 2));
}

std::string tail_words(const Row& row, double limit_ms) {
  const Tail tail = *tail_of(row);
  std::string text = fmt::format("{} {} ms", tail.name, record::format_estimate(tail.latency_ms));
  if (tail.latency_ms.value <= limit_ms && tail.latency_ms.hi && *tail.latency_ms.hi > limit_ms)
    text += fmt::format(" (its interval reaches {} ms)", record::format_number(*tail.latency_ms.hi));
  if (tail.name != "p99") text += " (too few samples for p99)";
  return text;
}

std::string latency_words(const ModelAnswer& answer, std::span<const Row> rows, double limit_ms) {
  const std::string limit = fmt::format("{:g} ms", limit_ms);
  if (answer.latency) {
    const Row& row = rows[*answer.latency];
    std::string text = fmt::format(" For latency under {}: ", limit);
    if (answer.latency == answer.throughput) return text + "the same, " + tail_words(row, limit_ms) + ".";
    return text + fmt::format("{}, {}, {}{}.", name_of(row, rows), tail_words(row, limit_ms),
                              speed(*row.throughput_ips),
                              tie_words(answer.latency_ties, *answer.latency, rows));
  }
  if (!answer.lowest_latency) return " No percentile of the latency is known.";
  const Row& row = rows[*answer.lowest_latency];
  const Tail tail = *tail_of(row);
  if (tail.latency_ms.value <= limit_ms) return {};
  return fmt::format(" For latency under {}: none; nearest is {}, {}.", limit, name_of(row, rows),
                     tail_words(row, limit_ms));
}

std::string percent(double share) { return record::format_number(share * 100, share >= 0.0995 ? 3 : 2); }

// "97 % (95 to 99 %)"
std::string agreement_words(const Estimate& share) {
  const auto half = record::half_width(share);
  const int decimals = half && *half < 0.005 && share.value < 1 ? 1 : 0;
  std::string text =
      fmt::format("agrees with FP32 on {:.{}f} % of the inputs checked", share.value * 100, decimals);
  if (share.lo && share.hi)
    text += fmt::format(" ({:.{}f} to {:.{}f} %)", *share.lo * 100, decimals, *share.hi * 100, decimals);
  return text;
}

std::string cost_of(const Row& row) {
  const std::string precision = upper(printable(precision_of(row)));
  std::vector<std::string> parts;
  if (row.accuracy_vs_fp32_top1) parts.push_back(agreement_words(*row.accuracy_vs_fp32_top1));
  if (row.accuracy_vs_fp32_sqnr_db)
    parts.push_back(fmt::format("SQNR {:.1f} dB", *row.accuracy_vs_fp32_sqnr_db));
  if (row.accuracy_top1) parts.push_back(fmt::format("top-1 accuracy {} %", percent(*row.accuracy_top1)));
  if (parts.empty()) return fmt::format(" {} costs: its agreement with FP32 is not known.", precision);
  return fmt::format(" {} costs: {}.", precision, join(parts));
}

// For the precisions that are recommended, and for INT8 when it was measured at all.
std::string cost_words(const ModelAnswer& answer, std::span<const Row> rows, const Indices& members) {
  std::vector<std::string> told{"fp32"};
  std::string text;
  const auto tell = [&](std::size_t i) {
    const std::string precision = precision_of(rows[i]);
    if (std::find(told.begin(), told.end(), precision) != told.end()) return;
    told.push_back(precision);
    text += cost_of(rows[i]);
  };
  if (answer.throughput) tell(*answer.throughput);
  if (answer.latency) tell(*answer.latency);
  for (const std::size_t i : members)
    if (rows[i].outcome == Outcome::completed && precision_of(rows[i]) == "int8") tell(i);
  return text;
}

// The heading is enough here: the table tells the details.
std::string reason_of(const Row& row) {
  if (row.why.empty()) return "no reason was recorded";
  const std::string first = row.why.substr(0, row.why.find("; "));
  if (const record::Warning* warning = record::warning_in(first)) return std::string{warning->heading};
  return printable(first, 160);
}

std::string not_believed_words(const ModelAnswer& answer, std::span<const Row> rows) {
  constexpr std::size_t kMost = 2;
  std::string text;
  for (std::size_t k = 0; k < std::min(kMost, answer.not_believed.size()); ++k) {
    const Row& row = rows[answer.not_believed[k]];
    text += fmt::format("{}{}, {} inferences/s ({})", k == 0 ? " Not believed: " : "; ", name_of(row, rows),
                        record::format_estimate(*row.throughput_ips), reason_of(row));
  }
  if (answer.not_believed.size() > kMost)
    text += fmt::format("; {} more", answer.not_believed.size() - kMost);
  return text.empty() ? text : text + ".";
}

using Counts = std::array<std::size_t, 4>;  // by Outcome

Counts count(std::span<const Row> rows) {
  Counts counts{};
  for (const Row& row : rows) ++counts[static_cast<std::size_t>(row.outcome)];
  return counts;
}

std::string nothing_words(std::span<const Row> rows, const Indices& members) {
  Counts counts{};
  std::string reason;
  for (const std::size_t i : members) {
    ++counts[static_cast<std::size_t>(rows[i].outcome)];
    if (reason.empty()) reason = reason_of(rows[i]);
  }
  constexpr std::array<std::string_view, 4> kWords{"without a throughput", "not believed", "skipped",
                                                   "failed"};
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i] != 0) parts.push_back(fmt::format("{} {}", counts[i], kWords[i]));
  return fmt::format("nothing can be recommended: {}{}.", join(parts),
                     reason.empty() ? "" : " (" + reason + ")");
}

// "openvino int8 at batch 32 is the fastest on all 3 models", as much of it as is true.
std::string everywhere(const std::vector<ModelAnswer>& models, std::span<const Row> rows) {
  const auto same = [&](auto get) {
    return std::all_of(models.begin(), models.end(), [&](const ModelAnswer& model) {
      return model.throughput && get(rows[*model.throughput]) == get(rows[*models.front().throughput]);
    });
  };
  if (models.size() < 2 || !models.front().throughput) return {};
  const Row& first = rows[*models.front().throughput];
  if (!same([](const Row& r) { return r.engine + "\n" + r.device; }) || !same(precision_of)) return {};
  std::string what = fmt::format("{} {}", printable(first.engine), printable(precision_of(first)));
  if (same([](const Row& r) { return r.batch; })) what += fmt::format(" at batch {}", first.batch);
  return fmt::format(" {} is the fastest on {} models.", what,
                     models.size() == 2 ? "both" : fmt::format("all {}", models.size()));
}

}  // namespace

std::optional<Tail> tail_of(const Row& row) {
  if (row.latency_p99_ms) return Tail{"p99", *row.latency_p99_ms};
  if (row.latency_p95_ms) return Tail{"p95", *row.latency_p95_ms};
  if (row.latency_p90_ms) return Tail{"p90", *row.latency_p90_ms};
  if (row.latency_p50_ms) return Tail{"p50", *row.latency_p50_ms};
  return std::nullopt;
}

std::string precision_of(const Row& row) { return row.precision_effective.value_or(row.precision_requested); }

std::optional<std::size_t> fp32_baseline(std::span<const Row> rows, const Indices& candidates,
                                         std::size_t winner) {
  std::optional<std::size_t> best;
  for (const std::size_t i : candidates) {
    const Row& row = rows[i];
    if (precision_of(row) != "fp32" || !row.throughput_ips) continue;
    if (row.engine != rows[winner].engine || row.device != rows[winner].device) continue;
    if (!best || row.throughput_ips->value > rows[*best].throughput_ips->value) best = i;
  }
  return best;
}

std::string describe(const ModelAnswer& answer, std::span<const Row> rows, const Indices& members,
                     double limit_ms) {
  if (!answer.throughput) return nothing_words(rows, members);
  const Row& winner = rows[*answer.throughput];
  std::string text =
      fmt::format("For throughput: {}, {}{}{}.", name_of(winner, rows), speed(*winner.throughput_ips),
                  ratio_words(answer, rows), tie_words(answer.throughput_ties, *answer.throughput, rows));
  if (winner.verified == "not done") text += " Its output was not verified.";
  text += latency_words(answer, rows, limit_ms);
  text += cost_words(answer, rows, members);
  return text + not_believed_words(answer, rows);
}

std::string summarise(const std::vector<ModelAnswer>& models, std::span<const Row> rows) {
  if (rows.empty()) return "Nothing was measured.";
  const Counts counts = count(rows);
  std::string text = fmt::format("{} model{}, {} measured", models.size(), models.size() == 1 ? "" : "s",
                                 counts[static_cast<std::size_t>(Outcome::completed)]);
  if (const auto n = counts[static_cast<std::size_t>(Outcome::mistrusted)])
    text += fmt::format(", {} not believed", n);
  if (const auto n = counts[static_cast<std::size_t>(Outcome::failed)]) text += fmt::format(", {} failed", n);
  if (const auto n = counts[static_cast<std::size_t>(Outcome::skipped)])
    text += fmt::format(", {} skipped", n);
  return text + "." + everywhere(models, rows);
}

}  // namespace deepgap::advise
