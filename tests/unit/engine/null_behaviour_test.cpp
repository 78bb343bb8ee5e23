#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

#include "deepgap/engines/null/behaviour.hpp"

namespace deepgap::engines::null {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<double> series(const Options& options, int n, std::int64_t batch = 1,
                           Precision precision = Precision::fp32, std::uint64_t session = 0) {
  auto behaviour = parse_behaviour(options);
  if (!behaviour) {
    ADD_FAILURE() << behaviour.error().message();
    return {};
  }
  Latencies latencies{*behaviour, batch, precision, session};
  std::vector<double> values;
  for (int i = 0; i < n; ++i) values.push_back(static_cast<double>(latencies.next()));
  return values;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double covariance(const std::vector<double>& values, std::size_t lag) {
  const double centre = mean(values);
  double sum = 0;
  for (std::size_t i = lag; i < values.size(); ++i) sum += (values[i] - centre) * (values[i - lag] - centre);
  return sum / static_cast<double>(values.size() - lag);
}

std::string refusal(const Options& options) {
  const auto behaviour = parse_behaviour(options);
  if (behaviour) return "";
  EXPECT_EQ(behaviour.error().code(), Errc::invalid_input);
  return behaviour.error().message();
}

TEST(NullLatencies, AreConstantAndGrowWithTheBatch) {
  EXPECT_THAT(series({{"latency_us", "100"}, {"per_item_us", "10"}}, 2, 8), ElementsAre(180'000, 180'000));
}

TEST(NullLatencies, AreZeroUnlessAskedFor) {
  const auto behaviour = parse_behaviour({{"law", "lognormal"}, {"cv", "0.5"}});
  EXPECT_TRUE((Latencies{*behaviour, 8, Precision::fp32, 0}.zero()));
}

TEST(NullBehaviour, HasADeviceClockOnlyWhenAskedFor) {
  EXPECT_FALSE(parse_behaviour({})->device_share);
  EXPECT_EQ(parse_behaviour({{"device_share", "0.25"}})->device_share, 0.25);
  EXPECT_THAT(refusal({{"device_share", "1.5"}}), HasSubstr("from 0 to 1"));
  EXPECT_TRUE(parse_behaviour({{"copies", "on"}})->copies);
  EXPECT_THAT(refusal({{"copies", "yes"}}), HasSubstr("on, off"));
}

TEST(NullLatencies, ShrinkWithThePrecision) {
  const Options options{{"latency_us", "100"}, {"precision_gain", "2"}};
  EXPECT_EQ(series(options, 1, 1, Precision::bf16)[0], 50'000);
  EXPECT_EQ(series(options, 1, 1, Precision::int8)[0], 25'000);
  EXPECT_EQ(series(options, 1, 1, Precision::fp32)[0], 100'000);
}

TEST(NullLatencies, OfTheLognormalLawHaveTheMeanAndSpreadAskedFor) {
  const auto values = series({{"law", "lognormal"}, {"latency_us", "1000"}, {"cv", "0.2"}}, 20'000);
  EXPECT_NEAR(mean(values), 1e6, 5e3);
  EXPECT_NEAR(std::sqrt(covariance(values, 0)) / mean(values), 0.2, 0.01);
}

TEST(NullLatencies, OfTheAutoregressionAreCorrelatedAsAsked) {
  const auto values = series({{"law", "ar"}, {"latency_us", "1000"}, {"cv", "0.03"}, {"rho", "0.8"}}, 50'000);
  EXPECT_NEAR(mean(values), 1e6, 2e3);
  EXPECT_NEAR(covariance(values, 1) / covariance(values, 0), 0.8, 0.03);
}

TEST(NullLatencies, OfTwoModesHaveTwoValues) {
  const auto values = series({{"law", "bimodal"}, {"latency_us", "10"}, {"mode_gap", "0.5"}}, 2'000);
  EXPECT_EQ(std::set<double>(values.begin(), values.end()), (std::set<double>{10'000, 15'000}));
}

TEST(NullLatencies, StallAsOftenAsAsked) {
  const auto values = series(
      {{"law", "stalls"}, {"latency_us", "1"}, {"stall_every", "100"}, {"stall_factor", "50"}}, 20'000);
  int stalls = 0;
  for (const double value : values) stalls += value == 50'000 ? 1 : 0;
  EXPECT_NEAR(stalls, 200, 60);
}

TEST(NullLatencies, DriftWithTheWorkDoneAndNotWithAClock) {
  const auto values = series({{"law", "drift"}, {"latency_us", "100000"}, {"drift_per_s", "0.1"}}, 11);
  EXPECT_NEAR(values[0], 1e8, 1);
  EXPECT_NEAR(values[10] / values[0], 1.1, 0.01);
}

TEST(NullLatencies, WarmUpFromTwiceToOnce) {
  const auto values = series({{"law", "warmup"}, {"latency_us", "1000"}, {"warmup_calls", "10"}}, 200);
  EXPECT_NEAR(values[0], 2e6, 1);
  EXPECT_NEAR(values[10], 1e6 * (1 + std::exp(-1)), 1);
  EXPECT_NEAR(values[199], 1e6, 1);
}

TEST(NullLatencies, OfATraceComeInOrderAndAgain) {
  EXPECT_THAT(series({{"law", "trace"}, {"trace_us", "1,2.5,3"}}, 4),
              ElementsAre(1'000, 2'500, 3'000, 1'000));
}

TEST(NullLatencies, RepeatWithTheSeedAndDifferBetweenSessions) {
  const Options options{{"law", "lognormal"}, {"latency_us", "1000"}, {"cv", "0.2"}};
  Options other = options;
  other["seed"] = "2";
  EXPECT_EQ(series(options, 20), series(options, 20));
  EXPECT_NE(series(options, 20), series(other, 20));
  EXPECT_NE(series(options, 20), series(options, 20, 1, Precision::fp32, 1));
}

TEST(NullOptions, AreRefusedWithTheNearestSpellingAndWhatIsAllowed) {
  EXPECT_THAT(refusal({{"latency_uss", "1"}}), HasSubstr("latency_us"));
  EXPECT_THAT(refusal({{"law", "gaussian"}}), HasSubstr("lognormal"));
  EXPECT_THAT(refusal({{"fail", "sometimes"}}), HasSubstr("crash"));
  EXPECT_THAT(refusal({{"runs_as", "fp12"}}), HasSubstr("fp16"));
}

TEST(NullOptions, RefuseWhatIsNoNumberOrOutOfRange) {
  for (const char* text : {"", "fast", "1ms", "-1", "nan", "inf", "1e99", " 1"})
    EXPECT_THAT(refusal({{"latency_us", text}}), HasSubstr("latency_us")) << text;
  for (const char* text : {"-1", "1.5", "99999999999999999999"})
    EXPECT_THAT(refusal({{"fail_at", text}}), HasSubstr("fail_at")) << text;
  EXPECT_THAT(refusal({{"law", "trace"}, {"trace_us", "1,,2"}}), HasSubstr("trace_us"));
  EXPECT_THAT(refusal({{"law", "trace"}}), HasSubstr("trace_us"));
  EXPECT_THAT(refusal({{"trace_us", "1"}}), HasSubstr("law=trace"));
}

TEST(NullOptions, FailureWhileCompilingIsCallZero) {
  EXPECT_EQ(parse_behaviour({{"fail", "compile"}})->fail_at, 0);
  EXPECT_EQ(parse_behaviour({{"fail", "hang"}})->fail_at, 1);
  EXPECT_EQ(parse_behaviour({{"fail", "hang"}, {"fail_at", "0"}})->fail_at, 0);
}

TEST(NullOptions, AllHaveATextForTheList) {
  for (const auto& [key, text] : option_texts()) EXPECT_FALSE(text.empty()) << key;
}

}  // namespace
}  // namespace deepgap::engines::null
