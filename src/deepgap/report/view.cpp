#include "deepgap/report/view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "deepgap/core/types.hpp"
#include "deepgap/record/contract.hpp"
#include "deepgap/record/warnings.hpp"
#include "deepgap/report/text.hpp"
#include "deepgap/report/view_columns.hpp"

namespace deepgap::report {
namespace {

using record::Outcome;
using record::Row;

// One line for each engine and device; a row that knows less than another of the same two adds none.
std::vector<std::string> captions_of(std::span<const Row> rows) {
  std::vector<std::string> captions;
  std::map<std::string, bool> named;
  for (const bool with_names : {true, false})
    for (const Row& row : rows) {
      const std::string pair = row.engine + "\n" + row.device;
      if (!was_measured(row) || with_names != (row.engine_version || row.device_name)) continue;
      if (!with_names && named[pair]) continue;
      named[pair] = true;
      std::string text = clean(row.engine);
      if (row.engine_version) text.append(" ").append(clean(*row.engine_version));
      text += row.device_name ? fmt::format(" on {} ({})", clean(*row.device_name), clean(row.device))
                              : fmt::format(" on {}", clean(row.device));
      if (std::find(captions.begin(), captions.end(), text) == captions.end())
        captions.push_back(std::move(text));
    }
  return captions;
}

// Latencies of different kinds of calls do not compare.
std::vector<std::string> contracts_of(std::span<const Row> rows) {
  std::vector<std::string> kinds;
  for (const Row& row : rows) {
    if (!was_measured(row) || !row.contract) continue;
    std::string text = clean(record::contract_words(*row.contract));
    if (std::find(kinds.begin(), kinds.end(), text) == kinds.end()) kinds.push_back(std::move(text));
  }
  return kinds;
}

std::size_t precision_rank(const std::string& text) {
  const auto precision = precision_from(text);
  return precision ? static_cast<std::size_t>(*precision) : std::size(kAllPrecisions);
}

// Models in order of appearance; within one by engine and device as they appear, then precision and batch.
std::vector<std::vector<const Row*>> grouped(std::span<const Row> rows) {
  const auto rank_in = [](std::vector<std::string>& seen, const std::string& text) {
    const auto found = std::find(seen.begin(), seen.end(), text);
    if (found != seen.end()) return static_cast<std::size_t>(found - seen.begin());
    seen.push_back(text);
    return seen.size() - 1;
  };
  std::vector<std::string> models, engines, devices;
  std::vector<std::vector<const Row*>> groups;
  std::map<const Row*, std::pair<std::size_t, std::size_t>> ranks;
  for (const Row& row : rows) {
    const std::size_t model = rank_in(models, row.model);
    if (model == groups.size()) groups.emplace_back();
    groups[model].push_back(&row);
    ranks[&row] = {rank_in(engines, row.engine), rank_in(devices, row.device)};
  }
  const auto key = [&](const Row* row) {
    return std::make_tuple(ranks.at(row), precision_rank(row->precision_requested), row->batch,
                           row->threads.value_or(0), row->streams.value_or(0));
  };
  for (auto& group : groups)
    std::stable_sort(group.begin(), group.end(), [&](const Row* a, const Row* b) { return key(a) < key(b); });
  return groups;
}

const Row* best_of(const std::vector<const Row*>& rows) {
  const Row* best = nullptr;
  for (const Row* row : rows) {
    if (row->outcome != Outcome::completed || !row->throughput_ips) continue;
    if (best == nullptr || row->throughput_ips->value > best->throughput_ips->value) best = row;
  }
  return best;
}

void add_not_run(std::vector<NotRun>& to, const Row& row, std::span<const Row> rows, bool unicode) {
  const bool failed = row.outcome == Outcome::failed;
  const std::string outcome{name(row.outcome)};
  const std::string what = configuration_text(row, rows, unicode) + ", batch ";
  const std::string why = row.why.empty() ? "no reason was recorded" : clean(row.why);
  for (NotRun& entry : to)
    if (entry.outcome == outcome && entry.why == why && entry.what.starts_with(what)) {
      entry.what += fmt::format(", {}", row.batch);
      return;
    }
  to.push_back({outcome, failed ? Tone::bad : Tone::quiet, what + fmt::to_string(row.batch), why});
}

std::vector<std::string> warnings_of(std::span<const Row> rows) {
  struct Kind {
    std::string first;
    std::size_t rows = 0;
    bool alike = true;
  };
  std::map<std::string, Kind> kinds;
  for (const Row& row : rows)
    for (const std::string& text : row.warnings) {
      const record::Warning* warning = record::warning_in(text);
      Kind& kind = kinds[warning != nullptr ? std::string{warning->id} : text];
      if (kind.rows == 0) kind.first = clean(text);
      kind.alike = kind.alike && kind.first == clean(text);
      ++kind.rows;
    }
  std::vector<std::string> lines;
  for (const auto& [id, kind] : kinds) {
    if (kind.rows == 1)
      lines.push_back(kind.first);
    else
      lines.push_back(
          fmt::format("{} ({}{} rows)", kind.first, kind.alike ? "" : "the first of ", kind.rows));
  }
  return lines;
}

std::vector<LegendEntry> legend_of(const View& view, bool unicode) {
  const bool any_rows = std::any_of(view.groups.begin(), view.groups.end(),
                                    [](const ViewGroup& group) { return !group.rows.empty(); });
  const bool best = std::any_of(view.groups.begin(), view.groups.end(), [](const ViewGroup& group) {
    return std::any_of(group.rows.begin(), group.rows.end(), [](const ViewRow& row) { return row.best; });
  });
  std::vector<LegendEntry> legend;
  if (best)
    legend.push_back(
        {unicode ? "★ highest throughput of its model" : "* highest throughput of its model", ""});
  if (!any_rows) return legend;
  const std::string plus_minus = unicode ? "±" : "+/-";
  legend.push_back({plus_minus + " half of the 95 % interval", plus_minus});
  legend.push_back({"agrees: same top-1 as FP32", "agrees"});
  legend.push_back({"- not known (`deepgap explain` says when)", ""});
  return legend;
}

}  // namespace

View make_view(std::span<const Row> rows, bool wide, bool unicode) {
  View view;
  if (rows.empty()) return view;
  view.captions = captions_of(rows);
  const std::vector<ColumnMaker> makers = choose_columns(rows, wide, unicode);
  for (const ColumnMaker& maker : makers) view.columns.push_back(maker.column);
  for (const auto& members : grouped(rows)) {
    ViewGroup group{.model = clean(members.front()->model)};
    const Row* best = best_of(members);
    for (const Row* row : members) {
      if (!was_measured(*row)) {
        add_not_run(group.not_run, *row, rows, unicode);
        continue;
      }
      ViewRow shown{.best = row == best};
      for (const ColumnMaker& maker : makers) shown.cells.push_back(maker.cell(*row));
      if (row->outcome == Outcome::mistrusted)
        shown.note = row->why.empty() ? "no reason was recorded" : clean(row->why);
      group.rows.push_back(std::move(shown));
    }
    view.groups.push_back(std::move(group));
  }
  view.warnings = warnings_of(rows);
  view.contracts = contracts_of(rows);
  view.legend = legend_of(view, unicode);
  return view;
}

}  // namespace deepgap::report
