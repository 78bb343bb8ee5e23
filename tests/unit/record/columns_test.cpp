#include "deepgap/record/columns.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <vector>

namespace deepgap::record {
namespace {

std::vector<std::string> names_without_bounds() {
  std::vector<std::string> names;
  for (const Column& column : columns())
    if (column.bound_of.empty()) names.push_back(column.name);
  return names;
}

const Value& value_in(const Row& row, std::string_view name, Value& storage) {
  const Column* column = find_column(name);
  storage = column != nullptr ? column->get(row) : Value{};
  return storage;
}

// Every optional thing is there, and every number differs from every other.
Row full_row() {
  Row row;
  double next = 1;
  const auto number = [&] { return next += 1; };
  const auto estimate = [&] { return Estimate{number(), number(), number()}; };
  row.case_string = "case", row.run = "run", row.engine = "engine", row.device = "device",
  row.model = "model";
  row.scenario = "scenario", row.engine_version = "version", row.device_name = "hardware",
  row.model_hash = "hash";
  row.batch = 1001, row.threads = 1002, row.streams = 1003;
  row.precision_requested = "asked", row.precision_effective = "ran";
  row.settings = {{"known", {"1", "2"}}, {"unknown", {"3", std::nullopt}}};
  row.outcome = Outcome::mistrusted, row.why = "why", row.label = "precise";
  row.rounds = 1004, row.processes = 1005, row.samples = 1006, row.warmup_samples = 1007,
  row.stopped_by = "cap";
  for (auto member : {&Row::latency_mean_ms, &Row::latency_p50_ms, &Row::latency_p90_ms, &Row::latency_p95_ms,
                      &Row::latency_p99_ms, &Row::latency_p999_ms, &Row::device_mean_ms, &Row::throughput_ips,
                      &Row::accuracy_vs_fp32_top1})
    row.*member = estimate();
  for (auto member :
       {&Row::compile_s, &Row::first_call_ms, &Row::energy_mj_per_inference, &Row::energy_idle_subtracted_mj,
        &Row::power_w, &Row::host_memory_peak_mb, &Row::device_memory_peak_mb, &Row::accuracy_vs_fp32_sqnr_db,
        &Row::accuracy_top1, &Row::foreign_cpu_share, &Row::throttled_share, &Row::drift_bound_pct,
        &Row::mode_limit_pct, &Row::duration_s})
    row.*member = number();
  row.percentiles_needed = "p99";
  row.percentile_rank_error_pct = 0.002;
  row.contract = "contract", row.verified = "pass", row.verified_detail = "detail", row.bound_by = "host";
  row.bound_evidence = "evidence", row.warnings = {"warning"}, row.host = "bench", row.driver = "driver";
  row.git_revision = "revision", row.build = "build", row.started_at = "then";
  return row;
}

TEST(Columns, AreTheNamesOfTheArchitectureInItsOrder) {
  const std::vector<std::string> expected{"case",
                                          "run",
                                          "engine",
                                          "engine_version",
                                          "device",
                                          "device_name",
                                          "model",
                                          "model_hash",
                                          "scenario",
                                          "batch",
                                          "threads",
                                          "streams",  //
                                          "precision_requested",
                                          "precision_effective",
                                          "settings_requested",
                                          "settings_effective",  //
                                          "outcome",
                                          "why",
                                          "label",
                                          "rounds",
                                          "processes",
                                          "samples",
                                          "warmup_samples",
                                          "stopped_by",  //
                                          "latency_mean_ms",
                                          "latency_p50_ms",
                                          "latency_p90_ms",
                                          "latency_p95_ms",
                                          "latency_p99_ms",
                                          "latency_p999_ms",
                                          "percentiles_needed",
                                          "percentile_rank_error_pct",
                                          "device_mean_ms",
                                          "throughput_ips",
                                          "compile_s",
                                          "first_call_ms",
                                          "contract",  //
                                          "energy_mj_per_inference",
                                          "energy_idle_subtracted_mj",
                                          "power_w",
                                          "host_memory_peak_mb",
                                          "device_memory_peak_mb",  //
                                          "accuracy_vs_fp32_top1",
                                          "accuracy_vs_fp32_sqnr_db",
                                          "accuracy_top1",
                                          "verified",
                                          "verified_detail",
                                          "foreign_cpu_share",
                                          "throttled_share",
                                          "drift_bound_pct",
                                          "mode_limit_pct",
                                          "bound_by",
                                          "bound_evidence",
                                          "warnings",  //
                                          "host",
                                          "driver",
                                          "git_revision",
                                          "build",
                                          "started_at",
                                          "duration_s"};
  EXPECT_EQ(names_without_bounds(), expected);
}

TEST(Columns, HaveUniqueNamesTitlesAndDefinitions) {
  std::set<std::string> names, titles, definitions;
  for (const Column& column : columns()) {
    EXPECT_TRUE(names.insert(column.name).second) << column.name;
    EXPECT_TRUE(titles.insert(column.title).second) << column.title;
    EXPECT_TRUE(definitions.insert(column.definition).second) << column.name;
    EXPECT_TRUE(column.definition.ends_with('.')) << column.name;
    EXPECT_LE(column.title.size(), 18U) << column.name;
  }
}

TEST(Columns, BoundsFollowTheirEstimate) {
  const auto all = columns();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i].name.ends_with("_lo")) continue;
    ASSERT_GE(i, 1U);
    ASSERT_LT(i + 1, all.size());
    EXPECT_EQ(all[i].name, all[i - 1].name + "_lo");
    EXPECT_EQ(all[i + 1].name, all[i - 1].name + "_hi");
    EXPECT_EQ(all[i].bound_of, all[i - 1].name);
    EXPECT_EQ(all[i].unit, all[i - 1].unit);
  }
}

TEST(Columns, ReadEveryFieldOfAFullRowAndNoFieldTwice) {
  const Row row = full_row();
  std::set<double> numbers;
  std::set<std::string> texts;
  for (const Column& column : columns()) {
    const Value value = column.get(row);
    EXPECT_FALSE(std::holds_alternative<std::monostate>(value)) << column.name;
    if (const auto* real = std::get_if<double>(&value)) {
      EXPECT_TRUE(numbers.insert(*real).second) << column.name;
    }
    if (const auto* text = std::get_if<std::string>(&value)) {
      EXPECT_TRUE(texts.insert(*text).second) << column.name;
    }
  }
}

TEST(Columns, GiveTheKindTheyPromise) {
  const Row row = full_row();
  for (const Column& column : columns()) {
    const Value value = column.get(row);
    switch (column.kind) {
      case Kind::text: EXPECT_TRUE(std::holds_alternative<std::string>(value)) << column.name; break;
      case Kind::integer: EXPECT_TRUE(std::holds_alternative<std::int64_t>(value)) << column.name; break;
      case Kind::real: EXPECT_TRUE(std::holds_alternative<double>(value)) << column.name; break;
      case Kind::json_object: EXPECT_TRUE(std::holds_alternative<TextMap>(value)) << column.name; break;
      case Kind::json_list: EXPECT_TRUE(std::holds_alternative<TextList>(value)) << column.name; break;
    }
  }
}

TEST(Columns, ReadTheFieldOfTheirName) {
  const Row row = full_row();
  Value value;
  EXPECT_EQ(value_in(row, "latency_p99_ms", value), Value{row.latency_p99_ms->value});
  EXPECT_EQ(value_in(row, "latency_p99_ms_lo", value), Value{*row.latency_p99_ms->lo});
  EXPECT_EQ(value_in(row, "throughput_ips_hi", value), Value{*row.throughput_ips->hi});
  EXPECT_EQ(value_in(row, "outcome", value), Value{std::string{"mistrusted"}});
  EXPECT_EQ(value_in(row, "energy_idle_subtracted_mj", value), Value{*row.energy_idle_subtracted_mj});
  EXPECT_EQ(value_in(row, "settings_requested", value), (Value{TextMap{{"known", "1"}, {"unknown", "3"}}}));
  EXPECT_EQ(value_in(row, "settings_effective", value),
            (Value{TextMap{{"known", "2"}, {"unknown", std::nullopt}}}));
}

TEST(Columns, AreAbsentInAnEmptyRowWhereNothingIsKnown) {
  const Row empty;
  const std::set<std::string> known{"scenario", "batch", "outcome", "verified"};
  for (const Column& column : columns())
    EXPECT_EQ(std::holds_alternative<std::monostate>(column.get(empty)), !known.contains(column.name))
        << column.name;
}

TEST(Columns, AnOpenIntervalHasAnAbsentEnd) {
  Row row;
  row.throughput_ips = Estimate{10, 9, std::nullopt};
  Value value;
  EXPECT_EQ(value_in(row, "throughput_ips_lo", value), Value{9.0});
  EXPECT_EQ(value_in(row, "throughput_ips_hi", value), Value{});
}

TEST(Columns, NanAndInfinityNeverComeOut) {
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    Row row;
    row.power_w = bad;
    row.throughput_ips = Estimate{1, bad, std::nullopt};
    Value value;
#ifdef NDEBUG
    EXPECT_EQ(value_in(row, "power_w", value), Value{});
    EXPECT_EQ(value_in(row, "throughput_ips_lo", value), Value{});
#else
    EXPECT_DEATH(value_in(row, "power_w", value), "NaN or infinity");
#endif
  }
}

TEST(FindColumn, IsNothingForUnknownNames) {
  EXPECT_EQ(find_column(""), nullptr);
  EXPECT_EQ(find_column("latency_p99"), nullptr);
  EXPECT_EQ(find_column("latency_p99_ms")->unit, "ms");
}

}  // namespace
}  // namespace deepgap::record
