#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "deepgap/stats/compare.hpp"
#include "deepgap/stats/distribution.hpp"
#include "deepgap/stats/merged_quantile.hpp"
#include "deepgap/stats/rounds.hpp"
#include "deepgap/stats/sequential.hpp"
#include "deepgap/stats/series.hpp"
#include "deepgap/stats/synth.hpp"

// The reference's vectors: reals to 1e-7 relative; integers, labels and absences exactly.
namespace deepgap::stats {
namespace {

using nlohmann::json;
using Doubles = std::vector<double>;

const json& vectors() {
  static const json all = [] {
    std::ifstream file{DEEPGAP_TEST_DATA "/stats/vectors.json"};
    return json::parse(file);
  }();
  return all;
}

// `rounding`: what is 0 but for the order of summation (the spread of a constant series).
void expect_real(const json& want, std::optional<double> got, const std::string& what, double rounding = 0) {
  ASSERT_EQ(want.is_null(), !got.has_value()) << what;
  if (!got) return;
  const double value = want.get<double>();
  EXPECT_NEAR(*got, value, std::max(1e-7 * std::abs(value), rounding)) << what;
}

void expect_quantile(const json& want, const std::optional<Quantile>& got, const std::string& what) {
  ASSERT_EQ(want.is_null(), !got.has_value()) << what;
  if (!got) return;
  expect_real(want["value"], got->value, what + " value");
  expect_real(want["lo"], got->lo, what + " lo");
  expect_real(want["hi"], got->hi, what + " hi");
  EXPECT_EQ(want["n_eff"].get<std::int64_t>(), got->n_eff) << what;
}

Params params_of(const json& changes) {
  Params p;
  for (const auto& [key, value] : changes.items()) {
    if (key == "exclude_drift")
      p.exclude_drift = value.get<bool>();
    else if (key == "resolution")
      p.resolution_s = value.get<double>();
    else
      ADD_FAILURE() << "parameter " << key << " is not read by this test";
  }
  return p;
}

void expect_look(const json& want, const Look& got, const std::string& what) {
  EXPECT_EQ(want["status"].get<std::string>(), name(got.label)) << what;
  EXPECT_EQ(want["n"].get<std::int64_t>(), got.n) << what;
  EXPECT_EQ(want["cut"].get<std::int64_t>(), got.cut) << what;
  EXPECT_EQ(want["n_tail"].get<std::int64_t>(), got.n_tail) << what;
  EXPECT_EQ(want["events"].get<std::int64_t>(), got.events) << what;
  EXPECT_EQ(want["detected"].get<bool>(), got.detected) << what;
  EXPECT_EQ(want["excluded"].get<bool>(), got.excluded) << what;
  EXPECT_EQ(want["unresolved"].get<bool>(), got.unresolved) << what;
  EXPECT_EQ(want["rare"].get<bool>(), got.rare) << what;
  expect_real(want["mean"], got.mean_s, what + " mean");
  expect_real(want["half"], got.half_s, what + " half");
  expect_real(want["drift"], got.drift_s, what + " drift");
  const double rounding = 1e-12 * got.mean_s.value_or(0);
  expect_real(want["drift_bound"], got.drift_bound_s, what + " drift_bound", rounding);
  expect_real(want["span"], got.span_s, what + " span");
  expect_real(want["df"], got.df, what + " df");
  expect_real(want["se"], got.se_s, what + " se");
  expect_real(want["sd"], got.sd_s, what + " sd", rounding);
  for (const Percentile p : kAllPercentiles)
    expect_quantile(want["percentiles"][std::string{name(p)}], got.quantiles[static_cast<std::size_t>(p)],
                    what + " " + std::string{name(p)});
}

TEST(Vectors, OneLookMatchesTheReference) {
  ASSERT_EQ(vectors()["vectors"].size(), 19U);
  for (const json& v : vectors()["vectors"]) {
    const auto x = v["x"].get<Doubles>();
    const auto look = analyse(x, ends_of(x), params_of(v["params"]));
    ASSERT_TRUE(look) << look.error().message();
    expect_look(v["analyse"], *look, v["name"].get<std::string>());
  }
}

TEST(Vectors, TheSequentialRuleMatchesTheReference) {
  for (const json& v : vectors()["vectors"]) {
    const std::string what = v["name"].get<std::string>();
    const auto x = v["x"].get<Doubles>();
    const auto round = measure_round(x, ends_of(x), params_of(v["params"]));
    ASSERT_TRUE(round) << round.error().message();
    const json& want = v["sequential"];
    EXPECT_EQ(want["status"].get<std::string>(), name(round->look.label)) << what;
    EXPECT_EQ(want["n"].get<std::int64_t>(), round->look.n) << what;
    EXPECT_EQ(want["looks"].get<std::int64_t>(), round->looks) << what;
    EXPECT_EQ(want["cut"].get<std::int64_t>(), round->look.cut) << what;
    EXPECT_EQ(want["excluded"].get<bool>(), round->look.excluded) << what;
    expect_real(want["mean"], round->look.mean_s, what + " mean");
    expect_real(want["half"], round->look.half_s, what + " half");
    expect_real(want["drift"], round->look.drift_s, what + " drift");
    expect_real(want["seconds"], round->seconds, what + " seconds");
  }
}

struct MeasuredCase {
  std::vector<RoundSummary> rounds;
  std::vector<std::vector<double>> tails;

  [[nodiscard]] std::optional<Quantile> quantile(Percentile p) const {
    const std::vector<std::span<const double>> spans(tails.begin(), tails.end());
    return merge_quantiles(spans, std::array{p}).given[static_cast<std::size_t>(p)];
  }
};

MeasuredCase measure(const json& series) {
  MeasuredCase measured;
  Params params = round_params(static_cast<int>(series.size()));
  params.target = Params{}.target;  // as the vectors were made
  std::optional<std::int64_t> plan;
  for (const json& one : series) {
    const auto x = one.get<Doubles>();
    const auto round = measure_round(x, ends_of(x), params, plan, Depth::stopping);
    EXPECT_TRUE(round);
    if (!round) continue;
    const Look& look = round->look;
    if (!plan && look.label != Label::not_stationary && look.label != Label::too_few) plan = look.n;
    measured.rounds.push_back(summary(*round));
    measured.tails.emplace_back(x.begin() + look.cut, x.begin() + look.n);
  }
  return measured;
}

void expect_merged(const json& want, const MeasuredCase& measured, const std::string& what) {
  const Merged got = merge_rounds(measured.rounds);
  EXPECT_EQ(want["status"].get<std::string>(), name(got.label)) << what;
  EXPECT_EQ(want["rounds"].get<int>(), got.rounds) << what;
  expect_real(want["mean"], got.mean_s, what + " mean");
  expect_real(want["half"], got.half_s, what + " half");
  expect_real(want["between"], got.between_s, what + " between");
  expect_real(want["mode_limit"], got.mode_limit, what + " mode_limit");
}

TEST(Vectors, RoundsAndTheirComparisonMatchTheReference) {
  ASSERT_EQ(vectors()["rounds"].size(), 4U);
  for (const json& v : vectors()["rounds"]) {
    const std::string what = v["name"].get<std::string>();
    const MeasuredCase a = measure(v["a"]);
    const MeasuredCase b = measure(v["b"]);
    for (std::size_t i = 0; i < a.rounds.size(); ++i) {
      expect_real(v["round_means_a"][i], a.rounds[i].mean_s, what + " round mean");
      expect_real(v["round_half_a"][i], a.rounds[i].half_s, what + " round half");
    }
    expect_merged(v["merged_a"], a, what + " a");
    expect_merged(v["merged_b"], b, what + " b");
    expect_quantile(v["p50_a"], a.quantile(Percentile::p50), what + " p50");
    expect_quantile(v["p99_a"], a.quantile(Percentile::p99), what + " p99");
    const Comparison got = compare(a.rounds, b.rounds);
    EXPECT_EQ(v["compare"]["verdict"].get<std::string>(), name(got.verdict)) << what;
    EXPECT_EQ(v["compare"]["rounds"].get<int>(), got.rounds) << what;
    expect_real(v["compare"]["ratio"], got.ratio, what + " ratio");
    expect_real(v["compare"]["lo"], got.lo, what + " lo");
    expect_real(v["compare"]["hi"], got.hi, what + " hi");
    expect_real(v["compare"]["p"], got.p, what + " p");
  }
}

TEST(Vectors, CriticalValuesMatchTheReference) {
  for (const json& row : vectors()["numeric"]["t_crit"])
    expect_real(row[2], t_critical(row[0].get<double>(), row[1].get<double>()), "t_crit " + row.dump());
}

TEST(Vectors, RanksMatchTheReference) {
  for (const json& row : vectors()["numeric"]["quantile_ranks"]) {
    const auto got = quantile_ranks(row[0].get<std::int64_t>(), row[1].get<double>(), row[2].get<double>());
    ASSERT_EQ(row[3].is_null(), !got.has_value()) << row.dump();
    if (got) {
      EXPECT_EQ(*got, (Ranks{row[3][0].get<std::int64_t>(), row[3][1].get<std::int64_t>()})) << row.dump();
    }
  }
}

TEST(Vectors, HolmMatchesTheReference) {
  const json& table = vectors()["numeric"]["holm"];
  const auto got = holm(table[0].get<Doubles>());
  ASSERT_EQ(got.size(), table[1].size());
  for (std::size_t i = 0; i < got.size(); ++i) expect_real(table[1][i], got[i], "holm");
}

TEST(Vectors, TheGeneratorMatchesTheReference) {
  const json& numeric = vectors()["numeric"];
  const auto z = normals(numeric["normals"]["seed"].get<std::uint64_t>(), 5);
  const auto u = uniforms(numeric["uniforms"]["seed"].get<std::uint64_t>(), 5);
  for (std::size_t i = 0; i < 5; ++i) {
    expect_real(numeric["normals"]["first"][i], z[i], "normal");
    expect_real(numeric["uniforms"]["first"][i], u[i], "uniform");
  }
}

}  // namespace
}  // namespace deepgap::stats
