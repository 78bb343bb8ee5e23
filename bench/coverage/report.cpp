#include "report.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace deepgap::coverage {
namespace {

constexpr std::array kShown = {stats::Percentile::p50, stats::Percentile::p90, stats::Percentile::p99};

std::string percent(std::optional<double> share) { return share ? fmt::format("{:.1f}", 100 * *share) : "-"; }

// "98.5 (100)": how many of the stated ones hold, and how often one is stated.
std::string percentile(const PercentileCell& cell) {
  return fmt::format("{} ({:.0f})", percent(cell.covers), 100 * cell.given);
}

std::string labels(const Cell& cell) {
  std::string text;
  for (const auto& [label, share] : cell.labels)
    if (share >= 0.005) text += fmt::format("{}{} {:.0f}", text.empty() ? "" : ", ", label, 100 * share);
  return text;
}

nlohmann::json number(std::optional<double> value) {
  return value ? nlohmann::json(*value) : nlohmann::json(nullptr);
}

}  // namespace

std::string table(const std::vector<NamedCell>& cells, bool percentiles) {
  std::string text =
      percentiles
          ? "| rule | series | ms | covers % | unlabelled % | silent miss % | ± % | error % | calls | "
            "s | p50 | p90 | p99 | labels % |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n"
          : "| rule | series | ms | covers % | ± % | error % | calls | s |\n"
            "|---|---|---|---|---|---|---|---|\n";
  for (const auto& [rule, series, base_ms, c] : cells) {
    text += fmt::format("| {} | {} | {:.3g} | {} ", rule, series, base_ms, percent(c.covers));
    if (percentiles)
      text += fmt::format("| {} | {:.1f} ", percent(c.covers_unlabelled), 100 * c.silent_misses);
    text +=
        fmt::format("| {:.2f} | {:.2f} | {:.0f} | {:.1f} |", c.half_pct, c.error_pct, c.samples, c.seconds);
    if (percentiles) {
      for (const auto p : kShown)
        text += fmt::format(" {} |", percentile(c.percentiles[static_cast<std::size_t>(p)]));
      text += fmt::format(" {} |", labels(c));
    }
    text += '\n';
  }
  return text;
}

std::string json(const std::vector<NamedCell>& cells, int runs, double spacing_s) {
  nlohmann::json all{{"runs", runs}, {"spacing_s", spacing_s}, {"cells", nlohmann::json::array()}};
  for (const auto& [rule, series, base_ms, c] : cells) {
    nlohmann::json percentiles;
    for (const auto p : stats::kAllPercentiles) {
      const PercentileCell& q = c.percentiles[static_cast<std::size_t>(p)];
      percentiles[std::string{stats::name(p)}] = {{"given", q.given}, {"covers", number(q.covers)}};
    }
    all["cells"].push_back({{"rule", rule},
                            {"series", series},
                            {"base_ms", base_ms},
                            {"covers", number(c.covers)},
                            {"covers_unlabelled", number(c.covers_unlabelled)},
                            {"silent_misses", c.silent_misses},
                            {"warned", c.warned},
                            {"labelled", c.labelled},
                            {"labels", c.labels},
                            {"half_pct_median", c.half_pct},
                            {"error_pct_median", c.error_pct},
                            {"calls_mean", c.samples},
                            {"seconds_mean", c.seconds},
                            {"second_stage", c.second_stage},
                            {"percentiles", percentiles}});
  }
  return all.dump(2);
}

}  // namespace deepgap::coverage
