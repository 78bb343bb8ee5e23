#include <gtest/gtest.h>

#include <cctype>
#include <ostream>
#include <string>

#include "cell.hpp"
#include "recorded.hpp"

// The short form of bench/coverage: 200 sessions a cell from fixed seeds, so that a bound is met or is not.
// docs/measurements/coverage.md has the long form.
namespace deepgap::coverage {
namespace {

constexpr double kPromise = 0.93;  // of the nominal 95 %

struct Asked {
  const char* profile;
  const char* series;
  double ms;
};

std::string name_of(const Asked& asked) {
  std::string name =
      std::string{asked.profile} + "_" + asked.series + "_" + std::to_string(static_cast<int>(asked.ms));
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}
void PrintTo(const Asked& asked, std::ostream* to) { *to << name_of(asked); }

stats::RoundPlan plan_of(const std::string& profile) {
  if (profile == "quick") return stats::quick_plan();
  return profile == "strict" ? stats::strict_plan() : stats::standard_plan();
}

CellOptions options_of(const char* profile, double ms) {
  CellOptions options;
  options.session.plan = plan_of(profile);
  options.session.base_s = ms * 1e-3;
  options.runs = 200;
  return options;
}

Cell cell_of(const Asked& asked) {
  const Family* found = family(asked.series);
  EXPECT_NE(found, nullptr) << asked.series;
  return family_cell(*found, options_of(asked.profile, asked.ms));
}

class Coverage : public ::testing::TestWithParam<Asked> {};

TEST_P(Coverage, OfTheMeanAndOfStatedPercentilesIsAsPromised) {
  const Cell cell = cell_of(GetParam());
  EXPECT_GE(cell.covers.value_or(0), kPromise);
  EXPECT_LE(cell.silent_misses, 1 - kPromise);
  for (const PercentileCell& q : cell.percentiles)
    if (q.given > 0.2 && q.covers) {
      EXPECT_GE(*q.covers, kPromise);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Series, Coverage,
    ::testing::Values(Asked{"standard", "noise 1 %", 1}, Asked{"standard", "noise 20 %", 1},
                      Asked{"standard", "heavy tail", 1}, Asked{"standard", "AR(1) 0.97", 1},
                      Asked{"standard", "two modes", 1}, Asked{"standard", "two modes, fast start", 1},
                      Asked{"standard", "rare stalls", 1}, Asked{"standard", "warm-up", 1},
                      Asked{"standard", "thermal drift 2 %", 1}, Asked{"standard", "thermal drift 5 %", 20},
                      Asked{"standard", "round modes", 1}, Asked{"standard", "noise 5 %", 20},
                      Asked{"standard", "two modes", 20}, Asked{"standard", "step", 1},
                      Asked{"strict", "two modes, fast start", 1}, Asked{"strict", "round modes", 1},
                      Asked{"strict", "process modes", 1}, Asked{"strict", "AR(1) 0.97", 20},
                      Asked{"quick", "noise 5 %", 1}, Asked{"quick", "AR(1) 0.97", 1}),
    [](const auto& given) { return name_of(given.param); });

class SlowCalls : public ::testing::TestWithParam<const char*> {};

TEST_P(SlowCalls, AreCoveredByTheSpreadOfRoundsOfThree) {
  const Cell cell = cell_of({GetParam(), "noise 5 %", 1500});
  EXPECT_GE(cell.covers.value_or(0), kPromise);
  EXPECT_EQ(cell.labels.count("too-few"), 0U);
}
INSTANTIATE_TEST_SUITE_P(Profiles, SlowCalls, ::testing::Values("quick", "standard", "strict"));

class EndlessDrift : public ::testing::TestWithParam<Asked> {};

TEST_P(EndlessDrift, IsLabelled) { EXPECT_GE(cell_of(GetParam()).warned, 0.95); }
INSTANTIATE_TEST_SUITE_P(Profiles, EndlessDrift,
                         ::testing::Values(Asked{"quick", "endless drift", 1},
                                           Asked{"quick", "endless drift", 20},
                                           Asked{"standard", "endless drift", 1},
                                           Asked{"standard", "endless drift", 20},
                                           Asked{"strict", "endless drift", 1}),
                         [](const auto& given) { return name_of(given.param); });

TEST(Labels, StandWhereNothingElseHelps) {
  for (const Asked& asked : {Asked{"standard", "rare stalls", 20},
                             Asked{"standard", "two modes, fast start", 20}, Asked{"quick", "rare stalls", 1},
                             Asked{"standard", "long warm-up", 1}, Asked{"quick", "round modes", 1}})
    EXPECT_LE(cell_of(asked).silent_misses, 1 - kPromise) << asked.profile << ' ' << asked.series;
}

class RecordedLatencies : public ::testing::TestWithParam<const char*> {};

TEST_P(RecordedLatencies, AreCoveredOrLabelled) {
  const auto record = read_record(std::string{DEEPGAP_TEST_DATA "/real/"} + GetParam() + ".npy");
  ASSERT_TRUE(record) << record.error().message();
  for (const char* profile : {"quick", "standard", "strict"}) {
    const Cell cell = record_cell(*record, options_of(profile, 1));
    EXPECT_LE(cell.silent_misses, 1 - kPromise) << profile;
    if (std::string{profile} != "quick") {
      EXPECT_GE(cell.covers.value_or(0), kPromise) << profile;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Files, RecordedLatencies,
                         ::testing::Values("h100_rn50_fp16_b1_graph", "h100_rn50_fp16_b256_graph_from_idle",
                                           "cpu2_rn50_int8_b1"));

TEST(Records, ThatAreNoneAreRefused) {
  EXPECT_FALSE(read_record(DEEPGAP_TEST_DATA "/real/none.npy"));
  EXPECT_FALSE(read_record(DEEPGAP_TEST_DATA "/real/README.md"));
}

// The study's protocol on every cell takes 3,600 calls.
TEST(TimeToAnswer, IsAFewHundredCallsWhereNothingDisturbs) {
  const Cell quick = cell_of({"quick", "noise 1 %", 1});
  EXPECT_LE(quick.samples, 360);
  EXPECT_LT(quick.half_pct, 1);
  EXPECT_LT(quick.error_pct, 0.2);
}

}  // namespace
}  // namespace deepgap::coverage
