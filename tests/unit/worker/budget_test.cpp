#include "deepgap/worker/budget.hpp"

#include <gtest/gtest.h>

namespace deepgap::worker {
namespace {

study::Measure measure_of(study::Profile profile) {
  study::Measure measure;
  measure.profile = profile;
  return measure;
}

TEST(Budget, TakesTheProfilesConstants) {
  EXPECT_EQ(round_budget(measure_of(study::Profile::quick)).rounds, 5);
  EXPECT_EQ(round_budget(measure_of(study::Profile::standard)).rounds, 10);
  EXPECT_GT(round_budget(measure_of(study::Profile::standard)).second_rounds, 0);
  EXPECT_EQ(round_budget(measure_of(study::Profile::strict)).processes, 10);
}

TEST(Budget, AStudyOverridesEachConstant) {
  study::Measure measure = measure_of(study::Profile::quick);
  measure.rounds = 2;
  measure.processes = 7;
  measure.round_cap_s = 9;
  const RoundBudget budget = round_budget(measure);
  EXPECT_EQ(budget.rounds, 2);
  EXPECT_EQ(budget.processes, 2);
  EXPECT_DOUBLE_EQ(budget.cap_s, 9);
}

TEST(Budget, PlentyOfTimeChangesNothing) {
  const RoundBudget budget = fit(round_budget(measure_of(study::Profile::quick)), 10'000, 10, 1);
  EXPECT_FALSE(budget.shortened);
  EXPECT_EQ(budget.rounds, 5);
}

TEST(Budget, LessTimeShortensRoundsBeforeItDropsThem) {
  const RoundBudget wanted = round_budget(measure_of(study::Profile::strict));
  const RoundBudget budget = fit(wanted, 100, 2, 0.1);
  EXPECT_TRUE(budget.shortened);
  EXPECT_EQ(budget.rounds, wanted.rounds);
  EXPECT_LT(budget.cap_s, wanted.cap_s);
  EXPECT_GE(budget.cap_s, wanted.min_s);
}

TEST(Budget, WhatIsPlannedFitsTheTimeWheneverThreeRoundsDo) {
  for (double seconds = 5; seconds < 500; seconds *= 1.5) {
    const RoundBudget budget = fit(round_budget(measure_of(study::Profile::standard)), seconds, 4, 0.2);
    if (budget.rounds <= 3) continue;
    const double a_case =
        static_cast<double>(budget.rounds) * budget.cap_s + 0.2 * static_cast<double>(budget.processes);
    EXPECT_LE(4 * a_case, seconds);
  }
}

TEST(Budget, NoTimeAtAllStillPlansThreeRounds) {
  const RoundBudget budget = fit(round_budget(measure_of(study::Profile::standard)), -5, 4, 1);
  EXPECT_EQ(budget.rounds, 3);
  EXPECT_EQ(budget.processes, 1);
}

TEST(Budget, TheSecondStageIsAsManyRoundsAgainButLonger) {
  const RoundBudget first = round_budget(measure_of(study::Profile::standard));
  const RoundBudget both = second_stage(first);
  EXPECT_EQ(both.rounds, 2 * first.rounds);
  EXPECT_DOUBLE_EQ(both.cap_s, 3);
  EXPECT_EQ(both.stage_first, first.rounds);
}

}  // namespace
}  // namespace deepgap::worker
