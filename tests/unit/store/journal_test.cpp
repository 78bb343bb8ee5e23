#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "deepgap/store/row_fields.hpp"
#include "fixture.hpp"

namespace deepgap::store {
namespace {

using record::Row;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Row named(std::string_view case_string) {
  Row row;
  row.case_string = std::string{case_string};
  return row;
}

class Journal : public Folder {
 protected:
  Store open() { return must(Store::open(at("study.db"), Mode::create_or_resume)); }
  Store read() { return must(Store::open(at("study.db"), Mode::read_only)); }
};

TEST_F(Journal, GivesBackARowWithEveryFieldSet) {
  const Row row = full_row("engine=openvino model=resnet50");
  {
    auto store = open();
    must(store.put_row(row));
    EXPECT_EQ(must(store.row(row.case_string)), row);
  }
  EXPECT_EQ(must(read().row(row.case_string)), row);
}

TEST_F(Journal, GivesBackARowWithNothingSet) {
  auto store = open();
  must(store.put_row(Row{}));
  EXPECT_EQ(must(store.row("")), Row{});
}

TEST_F(Journal, HasNoRowOfACaseThatWasNotMeasured) { EXPECT_EQ(must(open().row("nobody")), std::nullopt); }

TEST_F(Journal, KeepsEveryOutcome) {
  auto store = open();
  for (const auto outcome : {record::Outcome::completed, record::Outcome::mistrusted,
                             record::Outcome::skipped, record::Outcome::failed}) {
    Row row = named("a");
    row.outcome = outcome;
    must(store.put_row(row));
    EXPECT_EQ(must(store.row("a"))->outcome, outcome);
  }
}

TEST_F(Journal, ReplacesTheRowOfAnEqualCase) {
  auto store = open();
  must(store.put_row(full_row("a")));
  const Row again = named("a");
  must(store.put_row(again));
  EXPECT_THAT(must(store.rows()), ElementsAre(again));
}

TEST_F(Journal, KeepsTextWithQuotesZeroBytesAndSql) {
  auto store = open();
  Row row = named("a'); DROP TABLE results; --");
  row.why = std::string{"a\0b", 3};
  row.engine_version = "";
  must(store.put_row(row));
  EXPECT_EQ(must(store.row(row.case_string)), row);
}

TEST_F(Journal, ReplacesBytesInWarningsThatAreNotUtf8InsteadOfFailing) {
  auto store = open();
  Row row;
  row.warnings = {"bad \xff byte"};
  row.settings.emplace("k\xfe", record::Setting{"v\xfd", std::nullopt});
  must(store.put_row(row));
  EXPECT_THAT(must(store.row(""))->warnings, ElementsAre("bad \xef\xbf\xbd byte"));
}

TEST_F(Journal, KeepsInfinityAndMakesAnEstimateOfNanAbsent) {
  auto store = open();
  Row row;
  row.power_w = std::numeric_limits<double>::infinity();
  row.throughput_ips = {std::numeric_limits<double>::quiet_NaN(), 1.0, 2.0};
  must(store.put_row(row));
  EXPECT_EQ(must(store.row(""))->power_w, row.power_w);
  EXPECT_EQ(must(store.row(""))->throughput_ips, std::nullopt);
}

TEST_F(Journal, ListsRowsInTheOrderOfThePlanThenTheOthers) {
  auto store = open();
  for (const char* name : {"x", "a", "b", "c"}) must(store.put_row(named(name)));
  must(store.set_plan(std::vector<PlanEntry>{{"c", {}}, {"not yet measured", {}}, {"b", {}}, {"a", {}}}));
  std::vector<std::string> names;
  for (const Row& row : must(store.rows())) names.push_back(row.case_string);
  EXPECT_THAT(names, ElementsAre("c", "b", "a", "x"));
}

TEST_F(Journal, GivesBackARoundWithEveryFieldSet) {
  const auto round = full_round(3);
  {
    auto store = open();
    must(store.add_round("a", round));
  }
  EXPECT_THAT(must(read().rounds("a")), ElementsAre(round));
}

TEST_F(Journal, GivesBackARoundWithNothingSet) {
  auto store = open();
  must(store.add_round("a", record::Round{}));
  EXPECT_THAT(must(store.rounds("a")), ElementsAre(record::Round{}));
  EXPECT_TRUE(must(store.rounds("b")).empty());
}

TEST_F(Journal, KeepsARoundWhoseMeanIsNotANumber) {
  auto store = open();
  auto round = small_round(0);
  round.mean_s = std::numeric_limits<double>::quiet_NaN();
  must(store.add_round("a", round));
  const auto back = must(store.rounds("a"));
  ASSERT_EQ(back.size(), 1U);
  EXPECT_TRUE(std::isnan(back[0].mean_s));
  EXPECT_EQ(back[0].latencies_ns, round.latencies_ns);
}

TEST_F(Journal, ListsRoundsByIndexWhateverTheOrderTheyCameIn) {
  auto store = open();
  for (const std::int64_t index : {2, 0, 1}) must(store.add_round("a", small_round(index)));
  must(store.add_round("b", small_round(7)));
  EXPECT_THAT(must(store.rounds("a")), ElementsAre(small_round(0), small_round(1), small_round(2)));
}

TEST_F(Journal, ReplacesARoundOfAnEqualIndexWithItsSamples) {
  auto store = open();
  must(store.add_round("a", full_round(0)));
  must(store.add_round("a", small_round(0, 50)));
  EXPECT_THAT(must(store.rounds("a")), ElementsAre(small_round(0, 50)));
}

TEST_F(Journal, RefusesARoundWhoseEndsAndLatenciesDiffer) {
  auto store = open();
  auto round = small_round(0);
  round.ends_ns.pop_back();
  const auto added = store.add_round("a", round);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code(), Errc::internal);
  EXPECT_TRUE(must(store.rounds("a")).empty());
}

TEST_F(Journal, SummarisesRoundsWithoutTheirSamplesAndNamesTheRun) {
  auto store = open();
  must(store.add_round("b", full_round(0)));
  RunInfo run;
  run.id = "second";
  must(store.begin_run(run));
  must(store.add_round("a", full_round(1)));
  must(store.set_plan(std::vector<PlanEntry>{{"a", {}}, {"b", {}}}));
  auto first = full_round(0), second = full_round(1);
  for (auto* round : {&first, &second}) {
    round->latencies_ns.clear();
    round->ends_ns.clear();
  }
  EXPECT_THAT(must(store.round_summaries()),
              ElementsAre(RoundSummary{"a", "second", second}, RoundSummary{"b", std::nullopt, first}));
}

TEST_F(Journal, KeepsTensorsUnderTheirKey) {
  auto store = open();
  Tensor a = make_tensor(DType::f32, {2, 3});
  for (float i = 0; auto& value : a.as<float>()) value = i += 0.5F;
  const std::vector<Tensor> list{a, make_tensor(DType::i64, {}), make_tensor(DType::u8, {0, 4})};
  must(store.put_tensors("golden", list));
  must(store.put_tensors("none", {}));
  EXPECT_EQ(must(store.tensors("golden")), list);
  EXPECT_EQ(must(store.tensors("none")), std::vector<Tensor>{});
  EXPECT_EQ(must(store.tensors("nobody")), std::nullopt);
  must(store.put_tensors("golden", {a}));
  EXPECT_EQ(must(store.tensors("golden")), std::vector<Tensor>{a});
}

TEST_F(Journal, KeepsStudyRunsAndPlan) {
  const StudyInfo info{"quick", "f1", "2026-01-02T03:04:05Z", "0.1.0", R"({"cpu":"x"})"};
  const RunInfo run{"r1", "2026-01-02T03:04:05Z", "0.1.0", "abc", "release", "host", R"({"seed":1})", {}, {}};
  const std::vector<PlanEntry> plan{{"a", {}}, {"b", "no such precision"}};
  {
    auto store = open();
    EXPECT_EQ(must(store.study_info()), std::nullopt);
    must(store.set_study_info(info));
    must(store.begin_run(run));
    must(store.set_plan(std::vector<PlanEntry>{{"z", {}}}));
    must(store.set_plan(plan));
  }
  auto store = open();
  EXPECT_EQ(must(store.study_info()), info);
  EXPECT_THAT(must(store.runs()), ElementsAre(run));
  EXPECT_EQ(must(store.plan()), plan);
  must(store.end_run("r1", "2026-01-02T04:00:00Z", "interrupted"));
  auto ended = run;
  ended.ended_at = "2026-01-02T04:00:00Z";
  ended.ended_how = "interrupted";
  EXPECT_THAT(must(store.runs()), ElementsAre(ended));
  EXPECT_FALSE(store.end_run("nobody", "2026-01-02T04:00:00Z", "done"));
  EXPECT_FALSE(store.begin_run(run)) << "an id is used once";
}

TEST_F(Journal, RefusesAPlanWithACaseTwiceAndKeepsTheOldOne) {
  auto store = open();
  const std::vector<PlanEntry> plan{{"a", {}}};
  must(store.set_plan(plan));
  EXPECT_FALSE(store.set_plan(std::vector<PlanEntry>{{"b", {}}, {"b", {}}}));
  EXPECT_EQ(must(store.plan()), plan);
}

}  // namespace
}  // namespace deepgap::store
