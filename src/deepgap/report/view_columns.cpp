#include "deepgap/report/view_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>

#include "deepgap/record/columns.hpp"
#include "deepgap/record/format.hpp"
#include "deepgap/record/warnings.hpp"
#include "deepgap/report/text.hpp"

namespace deepgap::report {
namespace {

using record::Outcome;
using record::Row;

std::string title_of(std::string_view column) {
  const record::Column* found = record::find_column(column);
  return found != nullptr ? found->title : std::string{column};
}

bool is_share(std::string_view column) {
  const record::Column* found = record::find_column(column);
  return found != nullptr && found->unit == "share";
}

Cell absent() { return {"-", Tone::quiet}; }

template <class T, class Show>
Cell shown(const std::optional<T>& value, Show show) {
  return value ? Cell{show(*value)} : absent();
}

// 0.97 with 0.95 to 0.99 is "97 %"; a decimal only where the interval carries it.
std::string share_text(const record::Estimate& share) {
  const auto half = record::half_width(share);
  const bool decimal = (half && *half < 0.005) && share.value < 1;
  return fmt::format("{:.{}f} %", share.value * 100, decimal ? 1 : 0);
}

Cell result_cell(const Row& row) {
  if (row.outcome == Outcome::mistrusted) return {"mistrusted", Tone::doubtful};
  const std::string label = clean(row.label.value_or(std::string{name(row.outcome)}));
  const bool good = label == "steady" || label == "precise" || label == "few-rounds" || label == "completed";
  return {label, good ? Tone::plain : Tone::doubtful};
}

std::string warning_ids(const Row& row) {
  std::string ids;
  for (const std::string& text : row.warnings) {
    const record::Warning* warning = record::warning_in(text);
    if (warning == nullptr || ids.find(warning->id) != std::string::npos) continue;
    ids.append(ids.empty() ? "" : " ").append(warning->id);
  }
  return ids;
}

template <class Get>
bool differs(std::span<const Row> rows, Get get) {
  return std::any_of(rows.begin(), rows.end(), [&](const Row& row) { return get(row) != get(rows.front()); });
}

template <class Get>
bool any(std::span<const Row> rows, Get get) {
  return std::any_of(rows.begin(), rows.end(), [&](const Row& row) { return was_measured(row) && get(row); });
}

using EstimateMember = std::optional<record::Estimate> Row::*;
using RealMember = std::optional<double> Row::*;
using IntegerMember = std::optional<std::int64_t> Row::*;

bool known_differ(std::span<const Row> rows, IntegerMember member) {
  std::optional<std::int64_t> first;
  return std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
    if (!first) first = row.*member;
    return row.*member && row.*member != first;
  });
}

class Chooser {
 public:
  Chooser(std::span<const Row> rows, bool wide) : rows_{rows}, wide_{wide} {}

  void add(ViewColumn column, std::function<Cell(const Row&)> cell) {
    makers_.push_back({std::move(column), std::move(cell)});
  }
  void add_estimate(std::string_view name, EstimateMember member, int keep) {
    add({.title = title_of(name), .keep = keep},
        [member](const Row& row) { return shown(row.*member, record::format_estimate); });
  }
  // Beyond the everyday columns: only in a wide table, and only where something is known.
  void extra(std::string_view name, EstimateMember member) {
    if (wide_ && any(rows_, [&](const Row& row) { return (row.*member).has_value(); }))
      add_estimate(name, member, 1);
  }
  void extra(std::string_view name, RealMember member) {
    if (wide_ && any(rows_, [&](const Row& row) { return (row.*member).has_value(); }))
      add({.title = title_of(name), .keep = 1}, [member, share = is_share(name)](const Row& row) {
        return shown(row.*member, [share](double value) {
          return share ? fmt::format("{:.1f} %", value * 100) : record::format_number(value);
        });
      });
  }
  void extra(std::string_view name, IntegerMember member) {
    if (wide_ && any(rows_, [&](const Row& row) { return (row.*member).has_value(); }))
      add_integer(name, member, 1);
  }
  void add_integer(std::string_view name, IntegerMember member, int keep) {
    add({.title = title_of(name), .keep = keep}, [member](const Row& row) {
      return shown(row.*member, [](std::int64_t value) { return fmt::to_string(value); });
    });
  }
  std::vector<ColumnMaker> take() { return std::move(makers_); }

 private:
  std::span<const Row> rows_;
  bool wide_;
  std::vector<ColumnMaker> makers_;
};

void add_identity(Chooser& to, std::span<const Row> rows, bool wide, bool unicode) {
  const bool engines = differs(rows, [](const Row& row) { return row.engine; });
  const bool devices = differs(rows, [](const Row& row) { return row.device; });
  to.add({.title = title_of("engine"), .right = false, .keep = engines ? kKeepAlways : 2, .shrinks = true},
         [](const Row& row) { return Cell{clean(row.engine)}; });
  if (devices || wide)
    to.add({.title = title_of("device"), .right = false, .keep = devices ? kKeepAlways : 2, .shrinks = true},
           [](const Row& row) { return Cell{clean(row.device)}; });
  to.add({.title = "precision", .right = false, .keep = kKeepAlways, .shrinks = true},
         [unicode](const Row& row) {
           const bool changed =
               row.precision_effective && *row.precision_effective != row.precision_requested;
           return Cell{precision_text(row, unicode), changed ? Tone::doubtful : Tone::plain};
         });
  to.add({.title = title_of("batch"), .keep = kKeepAlways},
         [](const Row& row) { return Cell{fmt::to_string(row.batch)}; });

  if (wide || known_differ(rows, &Row::threads)) to.add_integer("threads", &Row::threads, kKeepAlways);
  if (wide || known_differ(rows, &Row::streams)) to.add_integer("streams", &Row::streams, kKeepAlways);
  if (differs(rows, other_options))
    to.add({.title = "options", .right = false, .keep = kKeepAlways, .shrinks = true}, [](const Row& row) {
      const std::string options = other_options(row);
      return options.empty() ? absent() : Cell{options};
    });
}

void add_numbers(Chooser& to, std::span<const Row> rows, bool wide, bool unicode) {
  to.add_estimate("throughput_ips", &Row::throughput_ips, kKeepAlways);
  to.add({.title = unicode ? "±" : "+/-", .keep = 7}, [unicode](const Row& row) {
    std::string text = row.throughput_ips ? record::format_relative(*row.throughput_ips) : "";
    if (unicode && text.starts_with(">=")) text.replace(0, 2, "≥");
    return text.empty() ? absent() : Cell{text};
  });
  to.extra("latency_mean_ms", &Row::latency_mean_ms);
  to.add_estimate("latency_p50_ms", &Row::latency_p50_ms, 8);
  to.extra("latency_p90_ms", &Row::latency_p90_ms);
  to.extra("latency_p95_ms", &Row::latency_p95_ms);
  to.add_estimate("latency_p99_ms", &Row::latency_p99_ms, 6);
  to.extra("latency_p999_ms", &Row::latency_p999_ms);
  to.extra("device_mean_ms", &Row::device_mean_ms);
  if (any(rows, [](const Row& row) { return row.accuracy_vs_fp32_top1.has_value(); }))
    to.add({.title = title_of("accuracy_vs_fp32_top1"), .keep = 5},
           [](const Row& row) { return shown(row.accuracy_vs_fp32_top1, share_text); });
  if (any(rows, [](const Row& row) { return row.accuracy_vs_fp32_sqnr_db.has_value(); }))
    to.add({.title = title_of("accuracy_vs_fp32_sqnr_db"), .keep = 4}, [](const Row& row) {
      return shown(row.accuracy_vs_fp32_sqnr_db, [](double db) { return fmt::format("{:.1f}", db); });
    });
  to.extra("accuracy_top1", &Row::accuracy_top1);
  to.extra("power_w", &Row::power_w);
  to.extra("energy_mj_per_inference", &Row::energy_mj_per_inference);
  to.extra("energy_idle_subtracted_mj", &Row::energy_idle_subtracted_mj);
  to.extra("host_memory_peak_mb", &Row::host_memory_peak_mb);
  to.extra("device_memory_peak_mb", &Row::device_memory_peak_mb);
  to.extra("compile_s", &Row::compile_s);
  to.extra("first_call_ms", &Row::first_call_ms);
  to.extra("foreign_cpu_share", &Row::foreign_cpu_share);
  to.extra("throttled_share", &Row::throttled_share);
  to.extra("drift_bound_pct", &Row::drift_bound_pct);
  if (wide && any(rows, [](const Row& row) { return row.bound_by.has_value(); }))
    to.add({.title = title_of("bound_by"), .right = false, .keep = 1},
           [](const Row& row) { return row.bound_by ? Cell{clean(*row.bound_by)} : absent(); });
  to.extra("rounds", &Row::rounds);
  to.extra("samples", &Row::samples);
  if (wide)
    to.add({.title = title_of("verified"), .right = false, .keep = 1}, [](const Row& row) {
      return Cell{clean(row.verified), row.verified == "fail" ? Tone::bad : Tone::plain};
    });
}

}  // namespace

bool was_measured(const Row& row) {
  return row.outcome == Outcome::completed || row.outcome == Outcome::mistrusted;
}

std::string precision_text(const Row& row, bool unicode) {
  std::string asked = clean(row.precision_requested);
  if (!row.precision_effective || *row.precision_effective == row.precision_requested) return asked;
  return asked + (unicode ? "→" : "->") + clean(*row.precision_effective);
}

std::string other_options(const Row& row) {
  constexpr std::string_view kShown[] = {
      "engine=", "device=", "model=", "precision=", "batch=", "threads=", "streams="};
  const std::string text = clean(row.case_string);
  std::string others;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    for (bool quoted = false; at < text.size() && (quoted || text[at] != ' '); ++at) {
      if (quoted && text[at] == '\\' && at + 1 < text.size())
        ++at;
      else if (text[at] == '"')
        quoted = !quoted;
    }
    const std::string_view word = std::string_view{text}.substr(begin, at - begin);
    if (at < text.size()) ++at;
    const bool shown = std::any_of(std::begin(kShown), std::end(kShown),
                                   [&](std::string_view key) { return word.starts_with(key); });
    if (!word.empty() && !shown) others.append(others.empty() ? "" : " ").append(word);
  }
  return others;
}

std::string configuration_text(const Row& row, std::span<const Row> rows, bool unicode) {
  std::string text = clean(row.engine);
  if (differs(rows, [](const Row& r) { return r.device; })) text.append(" ").append(clean(row.device));
  text.append(" ").append(precision_text(row, unicode));
  if (row.threads && known_differ(rows, &Row::threads)) text += fmt::format(", {} threads", *row.threads);
  if (row.streams && known_differ(rows, &Row::streams)) text += fmt::format(", {} streams", *row.streams);
  if (const std::string options = other_options(row); !options.empty()) text.append(", ").append(options);
  return text;
}

std::vector<ColumnMaker> choose_columns(std::span<const Row> rows, bool wide, bool unicode) {
  Chooser to{rows, wide};
  add_identity(to, rows, wide, unicode);
  add_numbers(to, rows, wide, unicode);
  to.add({.title = "result", .right = false, .keep = 9, .shrinks = true}, result_cell);
  if (wide && any(rows, [](const Row& row) { return !warning_ids(row).empty(); }))
    to.add({.title = title_of("warnings"), .right = false, .keep = 1}, [](const Row& row) {
      const std::string ids = warning_ids(row);
      return ids.empty() ? absent() : Cell{ids};
    });
  return to.take();
}

}  // namespace deepgap::report
