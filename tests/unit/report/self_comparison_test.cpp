#include "deepgap/report/self_comparison.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

namespace deepgap::report {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::array kWobble{-1.0, 1.0, 0.5, -1.0, 0.5};

stats::RoundSummary round(double mean_s, double spread) {
  stats::RoundSummary summary;
  summary.label = stats::Label::precise;
  summary.mean_s = mean_s;
  summary.half_s = 0.01 * spread;
  return summary;
}

std::vector<stats::ComparedRounds> comparisons(std::size_t count, double ratio, double spread = 0.01) {
  std::vector<stats::ComparedRounds> made(count);
  for (std::size_t i = 0; i < count; ++i) {
    for (int r = 0; r < 5; ++r) {
      const double wobble = spread * kWobble[static_cast<std::size_t>(r)];
      made[i].a.push_back(round(0.01, spread));
      made[i].b.push_back(round(0.01 * ratio * (1 + wobble), spread));
    }
    made[i].seconds = 6;
  }
  return made;
}

SelfComparisonView itself(std::size_t count, double ratio = 1) {
  SelfComparisonView view;
  view.case_a = view.case_b = "engine=null device=cpu model=tiny";
  view.profile = "quick";
  view.processes = 2;
  view.result = stats::repeated(comparisons(count, ratio), true);
  view.rounds = static_cast<std::int64_t>(count) * 10;
  return view;
}

SelfComparisonView two(double ratio, double spread = 0.01) {
  SelfComparisonView view = itself(6);
  view.case_b = "engine=null device=cpu model=tiny batch=2";
  view.result = stats::repeated(comparisons(6, ratio, spread), false);
  return view;
}

TEST(SelfComparison, SentenceSaysWhatCanBeToldApartInWhichTime) {
  EXPECT_THAT(sentence(itself(6)),
              AllOf(HasSubstr("This machine can tell "), HasSubstr(" % apart in 6.0s, not ")));
}

TEST(SelfComparison, SentenceOfTwoCasesSaysWhichIsFaster) {
  EXPECT_THAT(sentence(two(1.5)),
              AllOf(HasSubstr("B is slower: it takes "), HasSubstr("more time than A (+")));
  EXPECT_THAT(sentence(two(0.5)),
              AllOf(HasSubstr("B is faster: it takes "), HasSubstr("less time than A (-")));
  EXPECT_THAT(sentence(two(1.0005, 0.0005)), HasSubstr("A and B are the same within 1 %"));
  EXPECT_THAT(sentence(two(1.001, 0.1)), HasSubstr("A and B cannot be told apart"));
}

TEST(SelfComparison, TextHoldsTimesRatesAndWhatToDo) {
  SelfComparisonView view = itself(6);
  view.note = "only a test";
  EXPECT_THAT(
      to_text(view, 200),
      AllOf(HasSubstr("against itself: 6 comparisons of 5 rounds a side"), HasSubstr("tells apart"),
            HasSubstr("of 6\n"), HasSubstr("False differences: "), HasSubstr("(at most 3 % by design)"),
            HasSubstr("--time"), HasSubstr("Note: only a test\n")));
  view.same_process = true;
  EXPECT_THAT(to_text(view, 200), HasSubstr("all in one process"));
}

TEST(SelfComparison, TimeThatOnePerCentWouldTakeGrowsWithTheSquare) {
  SelfComparisonView view = itself(6);
  for (stats::Resolution& r : view.result.resolutions) r.found = 0.03;
  ASSERT_DOUBLE_EQ(view.result.resolutions[0].seconds, 6);
  EXPECT_THAT(to_text(view, 200), HasSubstr("To tell 1 % apart a comparison would have to last about 54s"));
  for (stats::Resolution& r : view.result.resolutions) r.found = 0.009;
  EXPECT_THAT(to_text(view, 200), Not(HasSubstr("would have to last")));
}

TEST(SelfComparison, TooManyDifferencesAreNamed) {
  EXPECT_THAT(to_text(itself(6, 1.5), 200), HasSubstr("more than chance explains"));
  EXPECT_THAT(to_text(itself(6), 200), Not(HasSubstr("more than chance explains")));
}

TEST(SelfComparison, NoComparisonIsSaidInWords) {
  SelfComparisonView view = itself(0);
  view.cut_short = "Interrupted.";
  EXPECT_THAT(to_text(view, 80), AllOf(HasSubstr("No comparison was finished"), HasSubstr("Interrupted.")));
  EXPECT_EQ(nlohmann::json::parse(to_json(view)).at("comparisons"), 0);
}

TEST(SelfComparison, RoundsWithoutIntervalHaveACure) {
  SelfComparisonView view = itself(2);
  auto without = comparisons(2, 1);
  for (auto& c : without)
    for (auto& r : c.a) r.half_s.reset();
  view.result = stats::repeated(without, true);
  view.rounds_without_interval = view.rounds;
  EXPECT_THAT(sentence(view), AllOf(HasSubstr("16 calls"), HasSubstr("--profile standard")));
  EXPECT_TRUE(nlohmann::json::parse(to_json(view)).at("resolutions")[0].at("tells_apart").is_null());
}

TEST(SelfComparison, TextIsNoWiderThanAsked) {
  const std::string text = to_text(two(1.5), 60);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    EXPECT_LE(end - at, 60U) << text.substr(at, end - at);
    at = end + 1;
  }
}

TEST(SelfComparison, JsonHoldsEveryComparison) {
  const auto json = nlohmann::json::parse(to_json(two(1.5)));
  EXPECT_EQ(json.at("each").size(), 6U);
  EXPECT_EQ(json.at("against_itself"), false);
  EXPECT_TRUE(json.at("too_many_differences").is_null());
  EXPECT_NEAR(json.at("overall").at("ratio").get<double>(), 1.5, 0.05);
  EXPECT_EQ(json.at("differing_share").at("nominal").get<double>(), 1 - 0.97);
  EXPECT_TRUE(json.at("note").is_null());
}

}  // namespace
}  // namespace deepgap::report
