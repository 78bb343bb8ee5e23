#include "deepgap/store/row_fields.hpp"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "deepgap/core/text.hpp"

namespace deepgap::store {

namespace {

using nlohmann::json;
using record::Row;

// JSON is UTF-8: bytes that are not, from an engine's message say, become U+FFFD.
std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

Error not_ours(std::string_view text) {
  return Error{Errc::invalid_input, "it holds '" + printable(text, 60) + "', which deepgap does not write"};
}

// How one C++ type lies in columns.
template <class T>
struct Stored;

template <>
struct Stored<std::string> {
  static constexpr RowColumn kColumns[] = {{"", "TEXT NOT NULL DEFAULT ''"}};
  static void write(const std::string& value, Query& into) { into.bind(value); }
  static Status read(std::string& value, const Query& from, int at) {
    value = from.text(at);
    return {};
  }
};

template <>
struct Stored<std::optional<std::string>> {
  static constexpr RowColumn kColumns[] = {{"", "TEXT"}};
  static void write(const std::optional<std::string>& value, Query& into) { into.bind(value); }
  static Status read(std::optional<std::string>& value, const Query& from, int at) {
    value = from.maybe_text(at);
    return {};
  }
};

template <>
struct Stored<std::int64_t> {
  static constexpr RowColumn kColumns[] = {{"", "INTEGER NOT NULL DEFAULT 0"}};
  static void write(const std::int64_t& value, Query& into) { into.bind(value); }
  static Status read(std::int64_t& value, const Query& from, int at) {
    value = from.integer(at);
    return {};
  }
};

template <>
struct Stored<std::optional<std::int64_t>> {
  static constexpr RowColumn kColumns[] = {{"", "INTEGER"}};
  static void write(const std::optional<std::int64_t>& value, Query& into) { into.bind(value); }
  static Status read(std::optional<std::int64_t>& value, const Query& from, int at) {
    value = from.maybe_integer(at);
    return {};
  }
};

template <>
struct Stored<std::optional<double>> {
  static constexpr RowColumn kColumns[] = {{"", "REAL"}};
  static void write(const std::optional<double>& value, Query& into) { into.bind(value); }
  static Status read(std::optional<double>& value, const Query& from, int at) {
    value = from.maybe_real(at);
    return {};
  }
};

template <>
struct Stored<std::optional<record::Estimate>> {
  static constexpr RowColumn kColumns[] = {{"", "REAL"}, {"_lo", "REAL"}, {"_hi", "REAL"}};
  static void write(const std::optional<record::Estimate>& value, Query& into) {
    const auto known = value.value_or(record::Estimate{});
    into.bind(value ? std::optional{known.value} : std::nullopt, known.lo, known.hi);
  }
  static Status read(std::optional<record::Estimate>& value, const Query& from, int at) {
    value.reset();
    if (!from.is_null(at)) {
      value = record::Estimate{from.real(at), from.maybe_real(at + 1), from.maybe_real(at + 2)};
    }
    return {};
  }
};

template <>
struct Stored<record::Outcome> {
  static constexpr RowColumn kColumns[] = {{"", "TEXT NOT NULL DEFAULT 'failed'"}};
  static void write(const record::Outcome& value, Query& into) { into.bind(name(value)); }
  static Status read(record::Outcome& value, const Query& from, int at) {
    const std::string text = from.text(at);
    const auto found = record::outcome_from(text);
    if (!found) return not_ours(text);
    value = *found;
    return {};
  }
};

template <>
struct Stored<std::vector<std::string>> {
  static constexpr RowColumn kColumns[] = {{"", "TEXT NOT NULL DEFAULT '[]'"}};
  static void write(const std::vector<std::string>& value, Query& into) { into.bind(dump(value)); }
  static Status read(std::vector<std::string>& value, const Query& from, int at) {
    const std::string text = from.text(at);
    const json list = json::parse(text, nullptr, false);
    if (!list.is_array()) return not_ours(text);
    value.clear();
    for (const auto& entry : list) {
      if (!entry.is_string()) return not_ours(text);
      value.push_back(entry.get<std::string>());
    }
    return {};
  }
};

template <>
struct Stored<record::Settings> {
  static constexpr RowColumn kColumns[] = {{"_requested", "TEXT NOT NULL DEFAULT '{}'"},
                                           {"_effective", "TEXT NOT NULL DEFAULT '{}'"}};
  static void write(const record::Settings& value, Query& into) {
    json requested = json::object(), effective = json::object();
    for (const auto& [key, setting] : value) {
      requested[key] = setting.requested;
      if (setting.effective) effective[key] = *setting.effective;
    }
    into.bind(dump(requested), dump(effective));
  }
  static Status read(record::Settings& value, const Query& from, int at) {
    value.clear();
    const std::string text[] = {from.text(at), from.text(at + 1)};
    for (const bool is_effective : {false, true}) {
      const std::string& here = text[is_effective ? 1 : 0];
      const json object = json::parse(here, nullptr, false);
      if (!object.is_object()) return not_ours(here);
      for (const auto& [key, entry] : object.items()) {
        if (!entry.is_string()) return not_ours(here);
        auto& setting = value[key];
        if (is_effective) {
          setting.effective = entry.get<std::string>();
        } else {
          setting.requested = entry.get<std::string>();
        }
      }
    }
    return {};
  }
};

template <auto Member>
constexpr RowField field(std::string_view name, int since = 1) {
  using Type = std::remove_cvref_t<decltype(std::declval<Row&>().*Member)>;
  return {name, Stored<Type>::kColumns,
          [](const Row& row, Query& into) { Stored<Type>::write(row.*Member, into); },
          [](Row& row, const Query& from, int at) { return Stored<Type>::read(row.*Member, from, at); },
          since};
}

constexpr RowField kFields[] = {
    field<&Row::case_string>("case"),
    field<&Row::run>("run"),
    field<&Row::engine>("engine"),
    field<&Row::engine_version>("engine_version"),
    field<&Row::device>("device"),
    field<&Row::device_name>("device_name"),
    field<&Row::model>("model"),
    field<&Row::model_hash>("model_hash"),
    field<&Row::scenario>("scenario"),
    field<&Row::batch>("batch"),
    field<&Row::threads>("threads"),
    field<&Row::streams>("streams"),
    field<&Row::precision_requested>("precision_requested"),
    field<&Row::precision_effective>("precision_effective"),
    field<&Row::settings>("settings"),
    field<&Row::outcome>("outcome"),
    field<&Row::why>("why"),
    field<&Row::label>("label"),
    field<&Row::rounds>("rounds"),
    field<&Row::processes>("processes"),
    field<&Row::samples>("samples"),
    field<&Row::warmup_samples>("warmup_samples"),
    field<&Row::stopped_by>("stopped_by"),
    field<&Row::latency_mean_ms>("latency_mean_ms"),
    field<&Row::latency_p50_ms>("latency_p50_ms"),
    field<&Row::latency_p90_ms>("latency_p90_ms"),
    field<&Row::latency_p95_ms>("latency_p95_ms"),
    field<&Row::latency_p99_ms>("latency_p99_ms"),
    field<&Row::latency_p999_ms>("latency_p999_ms"),
    field<&Row::device_mean_ms>("device_mean_ms"),
    field<&Row::throughput_ips>("throughput_ips"),
    field<&Row::compile_s>("compile_s"),
    field<&Row::first_call_ms>("first_call_ms"),
    field<&Row::contract>("contract"),
    field<&Row::energy_mj_per_inference>("energy_mj_per_inference"),
    field<&Row::energy_idle_subtracted_mj>("energy_idle_subtracted_mj"),
    field<&Row::power_w>("power_w"),
    field<&Row::host_memory_peak_mb>("host_memory_peak_mb"),
    field<&Row::device_memory_peak_mb>("device_memory_peak_mb"),
    field<&Row::accuracy_vs_fp32_top1>("accuracy_vs_fp32_top1"),
    field<&Row::accuracy_vs_fp32_sqnr_db>("accuracy_vs_fp32_sqnr_db"),
    field<&Row::accuracy_top1>("accuracy_top1"),
    field<&Row::verified>("verified"),
    field<&Row::verified_detail>("verified_detail"),
    field<&Row::foreign_cpu_share>("foreign_cpu_share"),
    field<&Row::throttled_share>("throttled_share"),
    field<&Row::drift_bound_pct>("drift_bound_pct"),
    field<&Row::mode_limit_pct>("mode_limit_pct"),
    field<&Row::bound_by>("bound_by"),
    field<&Row::bound_evidence>("bound_evidence"),
    field<&Row::warnings>("warnings"),
    field<&Row::host>("host"),
    field<&Row::git_revision>("git_revision"),
    field<&Row::build>("build"),
    field<&Row::driver>("driver"),
    field<&Row::started_at>("started_at"),
    field<&Row::duration_s>("duration_s"),
};

// Each column in turn, separated by commas.
template <class Format>
std::string columns(Format&& format) {
  std::string all;
  for (const RowField& f : kFields) {
    for (const RowColumn& column : f.columns) {
      if (const std::string one = format(f, column); !one.empty()) all += (all.empty() ? "" : ", ") + one;
    }
  }
  return all;
}

}  // namespace

std::span<const RowField> row_fields() { return kFields; }

std::string row_column_definitions(int since) {
  return columns([since](const RowField& f, const RowColumn& column) {
    return f.since == since ? fmt::format("\"{}{}\" {}", f.name, column.suffix, column.type) : std::string{};
  });
}

const std::string& insert_row_sql() {
  static const std::string sql = [] {
    const auto name = [](const RowField& f, const RowColumn& c) {
      return fmt::format("\"{}{}\"", f.name, c.suffix);
    };
    const auto mark = [](const RowField&, const RowColumn&) { return std::string{"?"}; };
    const auto set = [](const RowField& f, const RowColumn& c) {
      return fmt::format("\"{0}{1}\" = excluded.\"{0}{1}\"", f.name, c.suffix);
    };
    return fmt::format("INSERT INTO results ({}) VALUES ({}) ON CONFLICT (\"case\") DO UPDATE SET {}",
                       columns(name), columns(mark), columns(set));
  }();
  return sql;
}

const std::string& row_columns_sql() {
  static const std::string sql = columns([](const RowField& f, const RowColumn& c) {
    return fmt::format("results.\"{}{}\"", f.name, c.suffix);
  });
  return sql;
}

void write_row(const record::Row& row, Query& into) {
  for (const RowField& f : kFields) f.write(row, into);
}

Result<record::Row> read_row(const Query& from) {
  record::Row row;
  int column = 0;
  for (const RowField& f : kFields) {
    if (auto done = f.read(row, from, column); !done) {
      return std::move(done).error().in(fmt::format("column {} of results", f.name));
    }
    column += static_cast<int>(f.columns.size());
  }
  return row;
}

}  // namespace deepgap::store
