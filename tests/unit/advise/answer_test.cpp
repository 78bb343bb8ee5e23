#include "deepgap/advise/answer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace deepgap::advise {
namespace {

using record::Estimate;
using record::Outcome;
using record::Row;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

Estimate around(double value, double relative = 0.01) {
  return {value, value * (1 - relative), value * (1 + relative)};
}

Row row(std::string precision, std::int64_t batch, double ips, double relative = 0.01) {
  Row r;
  r.engine = "openvino";
  r.device = "cpu";
  r.model = "resnet50";
  r.precision_requested = std::move(precision);
  r.precision_effective = r.precision_requested;
  r.batch = batch;
  r.outcome = Outcome::completed;
  r.throughput_ips = around(ips, relative);
  r.latency_p50_ms = around(1000.0 * static_cast<double>(batch) / ips, relative);
  r.latency_p99_ms = around(1100.0 * static_cast<double>(batch) / ips, relative);
  r.verified = "pass";
  return r;
}

Row without_result(Outcome outcome, std::string why) {
  Row r = row("fp32", 1, 1);
  r.outcome = outcome;
  r.why = std::move(why);
  r.throughput_ips.reset();
  r.latency_p50_ms.reset();
  r.latency_p99_ms.reset();
  return r;
}

ModelAnswer only(const std::vector<Row>& rows, double limit_ms = 50) {
  const Answer all = answer(rows, limit_ms);
  EXPECT_EQ(all.models.size(), 1U);
  return all.models.empty() ? ModelAnswer{} : all.models.front();
}

TEST(Answer, SaysSoWhenThereIsNothing) {
  const Answer none = answer({});
  EXPECT_TRUE(none.models.empty());
  EXPECT_EQ(none.text(), "Nothing was measured.\n");
}

TEST(Answer, RecommendsTheHighestThroughputAndTheBestUnderTheLimit) {
  std::vector<Row> rows{row("fp32", 1, 50), row("int8", 4, 180), row("int8", 32, 203.4567)};
  rows[2].accuracy_vs_fp32_top1 = Estimate{0.97, 0.95, 0.99};
  rows[2].accuracy_vs_fp32_sqnr_db = 31.2;
  const ModelAnswer answer = only(rows);
  EXPECT_EQ(answer.throughput, 2U);
  EXPECT_EQ(answer.latency, 1U);
  EXPECT_EQ(answer.latency_judged_by, "p99");
  EXPECT_DOUBLE_EQ(*answer.speedup_vs_fp32, 203.4567 / 50);
  EXPECT_EQ(answer.text,
            "For throughput: openvino int8 at batch 32, 203.5 inferences/s (±1.0 %), 4.1x fp32. "
            "For latency under 50 ms: openvino int8 at batch 4, p99 24.44 ms, 180.0 inferences/s (±1.0 %). "
            "INT8 costs: agrees with FP32 on 97 % of the inputs checked (95 to 99 %), SQNR 31.2 dB.");
}

TEST(Answer, SaysWhenOneRowIsBestAtBoth) {
  const ModelAnswer answer = only({row("fp32", 1, 50)});
  EXPECT_EQ(answer.latency, 0U);
  EXPECT_THAT(answer.text, HasSubstr("For latency under 50 ms: the same, p99 22.00 ms."));
}

TEST(Answer, SaysWhatCannotBeToldApart) {
  const ModelAnswer answer = only({row("int8", 16, 200), row("int8", 32, 202), row("int8", 8, 150)});
  EXPECT_EQ(answer.throughput, 1U);
  EXPECT_THAT(answer.throughput_ties, ElementsAre(0U));
  EXPECT_THAT(answer.text, HasSubstr("; batch 16 cannot be told apart from it."));
}

TEST(Answer, NamesTiesInFullWhenMoreThanTheBatchDiffers) {
  EXPECT_THAT(only({row("bf16", 16, 200), row("int8", 32, 202)}).text,
              HasSubstr("; openvino bf16 at batch 16 cannot be told apart from it."));
}

TEST(Answer, CountsTiesBeyondThree) {
  std::vector<Row> rows;
  for (const std::int64_t batch : {1, 2, 4, 8, 16, 32}) rows.push_back(row("fp32", batch, 100, 0.05));
  EXPECT_THAT(only(rows).text, HasSubstr("; batch 2, 4, 8 and 2 more cannot be told apart from it."));
}

TEST(Answer, AnOpenIntervalTiesWithAnythingOnThatSide) {
  std::vector<Row> rows{row("fp32", 1, 100), row("fp32", 2, 50)};
  rows[1].throughput_ips->hi.reset();
  EXPECT_THAT(only(rows).throughput_ties, ElementsAre(1U));
}

TEST(Answer, ARowWithoutAnIntervalLosesAgainstOneWithAnInterval) {
  std::vector<Row> rows{row("fp32", 1, 100), row("fp32", 2, 500)};
  rows[1].throughput_ips = Estimate{500, std::nullopt, std::nullopt};
  const ModelAnswer answer = only(rows);
  EXPECT_EQ(answer.throughput, 0U);
  EXPECT_THAT(answer.throughput_ties, ElementsAre(1U));
}

TEST(Answer, NeverRecommendsAMistrustedRowAndMentionsItWhenItWouldHaveWon) {
  std::vector<Row> rows{row("fp32", 1, 50), row("int8", 32, 250), row("fp32", 4, 20)};
  rows[1].outcome = rows[2].outcome = Outcome::mistrusted;
  rows[1].why = "31 % foreign load";
  const ModelAnswer answer = only(rows);
  EXPECT_EQ(answer.throughput, 0U);
  EXPECT_EQ(answer.latency, 0U);
  EXPECT_THAT(answer.not_believed, ElementsAre(1U));
  EXPECT_THAT(answer.text,
              EndsWith(" Not believed: openvino int8 at batch 32, 250.0 inferences/s (31 % foreign load)."));
}

TEST(Answer, SaysWhyNothingCanBeRecommended) {
  const ModelAnswer answer = only({without_result(Outcome::failed, "out of memory"),
                                   without_result(Outcome::skipped, "no such operator")});
  EXPECT_FALSE(answer.throughput);
  EXPECT_EQ(answer.text, "nothing can be recommended: 1 skipped, 1 failed (out of memory).");
}

TEST(Answer, MentionsMistrustedRowsWhenThereIsNothingElse) {
  std::vector<Row> rows{row("fp32", 1, 50)};
  rows[0].outcome = Outcome::mistrusted;
  rows[0].why = "debug build";
  EXPECT_THAT(only(rows).text, HasSubstr("nothing can be recommended: 1 not believed (debug build)."));
}

TEST(Answer, UsesALowerPercentileOnlyWhenNoRowUnderTheLimitHasItsP99) {
  std::vector<Row> rows{row("fp32", 1, 50), row("fp32", 2, 90)};
  rows[1].latency_p99_ms.reset();
  EXPECT_EQ(only(rows).latency, 0U);
  rows[0].latency_p99_ms.reset();
  const ModelAnswer answer = only(rows);
  EXPECT_EQ(answer.latency, 1U);
  EXPECT_EQ(answer.latency_judged_by, "p50");
  EXPECT_THAT(answer.text, HasSubstr("p50 22.22 ms (too few samples for p99)"));
}

TEST(Answer, SaysWhenTheIntervalOfTheLatencyReachesOverTheLimit) {
  std::vector<Row> rows{row("fp32", 1, 50)};
  rows[0].latency_p99_ms = Estimate{49, 45, 58};
  EXPECT_THAT(only(rows).text, HasSubstr("(its interval reaches 58.0 ms)"));
}

TEST(Answer, NamesTheNearestWhenNoneIsUnderTheLimit) {
  const ModelAnswer answer = only({row("fp32", 1, 50), row("fp32", 8, 60)}, 10);
  EXPECT_FALSE(answer.latency);
  EXPECT_EQ(answer.lowest_latency, 0U);
  EXPECT_THAT(answer.text,
              HasSubstr("For latency under 10 ms: none; nearest is openvino fp32 at batch 1, p99 22.00 ms."));
}

TEST(Answer, SaysWhenNoLatencyIsKnown) {
  std::vector<Row> rows{row("fp32", 1, 50)};
  rows[0].latency_p50_ms.reset();
  rows[0].latency_p99_ms.reset();
  EXPECT_THAT(only(rows).text, HasSubstr("No percentile of the latency is known."));
}

TEST(Answer, SaysWhenThereIsNoFp32ToCompareWith) {
  std::vector<Row> rows{row("int8", 1, 200), row("fp32", 1, 50)};
  rows[1].engine = "onnxruntime";
  const ModelAnswer answer = only(rows);
  EXPECT_FALSE(answer.speedup_vs_fp32);
  EXPECT_THAT(answer.text, HasSubstr(", no FP32 row of that engine to compare with"));
  EXPECT_THAT(answer.text, HasSubstr("INT8 costs: its agreement with FP32 is not known."));
}

TEST(Answer, ComparesNothingWhenFp32ItselfIsFastest) {
  const std::string text = only({row("fp32", 1, 50)}).text;
  EXPECT_THAT(text, Not(HasSubstr("x fp32")));
  EXPECT_THAT(text, Not(HasSubstr("costs")));
}

TEST(Answer, JudgesByThePrecisionThatRan) {
  std::vector<Row> rows{row("fp32", 1, 50), row("fp16", 1, 120)};
  rows[1].precision_effective = "bf16";
  EXPECT_THAT(only(rows).text, HasSubstr("openvino bf16 (asked as fp16) at batch 1"));
  rows[0].precision_effective = "tf32";  // no fp32 ran
  EXPECT_FALSE(only(rows).speedup_vs_fp32);
}

TEST(Answer, SaysWhatInt8CostsEvenWhenItIsNotTheFastest) {
  std::vector<Row> rows{row("bf16", 8, 300), row("int8", 8, 200), row("fp32", 8, 80)};
  rows[1].accuracy_vs_fp32_sqnr_db = 30;
  const std::string text = only(rows, 1).text;
  EXPECT_THAT(text, HasSubstr("BF16 costs: its agreement with FP32 is not known."));
  EXPECT_THAT(text, HasSubstr("INT8 costs: SQNR 30.0 dB."));
}

TEST(Answer, SaysWhenTheOutputWasNotVerified) {
  std::vector<Row> rows{row("fp32", 1, 50)};
  rows[0].verified = "not done";
  EXPECT_THAT(only(rows).text, HasSubstr("Its output was not verified."));
}

TEST(Answer, NamesThreadsAndDevicesWhereTheyDiffer) {
  std::vector<Row> rows{row("fp32", 1, 50), row("fp32", 1, 90)};
  rows[0].threads = 1;
  rows[1].threads = 2;
  EXPECT_THAT(only(rows).text, HasSubstr("openvino fp32 at batch 1, 2 threads, 90.0"));
  rows[1].device = "cuda:0";
  rows[1].device_name = "NVIDIA L4";
  EXPECT_THAT(only(rows).text, HasSubstr(" on cuda:0 (NVIDIA L4)"));
}

TEST(Answer, SumsUpOverTheModels) {
  std::vector<Row> rows{row("int8", 32, 200), row("int8", 32, 100), row("int8", 16, 40)};
  rows[1].model = "resnet101";
  EXPECT_EQ(answer(rows).summary,
            "2 models, 3 measured. openvino int8 at batch 32 is the fastest on both models.");
  rows[2].model = "resnet152";
  rows.push_back(without_result(Outcome::failed, "x"));
  rows.push_back(without_result(Outcome::skipped, "x"));
  EXPECT_EQ(answer(rows).summary,
            "3 models, 3 measured, 1 failed, 1 skipped. openvino int8 is the fastest on all 3 models.");
  EXPECT_THAT(answer(rows).text(), HasSubstr("\nresnet101: For throughput: "));
}

TEST(Answer, KeepsControlCharactersOut) {
  std::vector<Row> rows{row("fp32", 1, 50), without_result(Outcome::failed, "x")};
  for (Row& r : rows) r.model = "a\x1b[31m\nb";
  rows[0].engine = "e\x07";
  const ModelAnswer answer = only(rows);
  for (const char c : answer.text) EXPECT_GE(static_cast<unsigned char>(c), 0x20);
  EXPECT_EQ(answer.model, "a?[31m?b");
}

}  // namespace
}  // namespace deepgap::advise
