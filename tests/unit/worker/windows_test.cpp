#include "deepgap/worker/windows.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>

namespace deepgap::worker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Windows, NothingGivesNoWindow) {
  EXPECT_THAT(cut_windows({}, {.memory_mb = 100, .cases = 8}), IsEmpty());
}

TEST(Windows, EverythingThatFitsIsResidentTogether) {
  const std::vector<CaseSize> cases{{"a", 10}, {"a", 10}, {"b", 10}};
  EXPECT_THAT(cut_windows(cases, {.memory_mb = 100, .cases = 8}), ElementsAre(ElementsAre(0, 1, 2)));
}

TEST(Windows, AGroupIsKeptWholeWhenItFitsAlone) {
  const std::vector<CaseSize> cases{{"a", 40}, {"a", 40}, {"b", 40}, {"b", 40}};
  EXPECT_THAT(cut_windows(cases, {.memory_mb = 100, .cases = 8}),
              ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3)));
}

TEST(Windows, AGroupThatIsTooLargeIsCut) {
  const std::vector<CaseSize> cases{{"a", 60}, {"a", 60}, {"a", 30}};
  EXPECT_THAT(cut_windows(cases, {.memory_mb = 100, .cases = 8}),
              ElementsAre(ElementsAre(0), ElementsAre(1, 2)));
}

TEST(Windows, ACaseOverTheLimitGetsAWindowOfItsOwn) {
  const std::vector<CaseSize> cases{{"a", 10}, {"b", 500}, {"c", 10}};
  EXPECT_THAT(cut_windows(cases, {.memory_mb = 100, .cases = 8}),
              ElementsAre(ElementsAre(0), ElementsAre(1), ElementsAre(2)));
}

TEST(Windows, TheNumberOfResidentCasesIsBounded) {
  const std::vector<CaseSize> cases(5, {"a", 1});
  EXPECT_THAT(cut_windows(cases, {.memory_mb = 0, .cases = 2}),
              ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3), ElementsAre(4)));
}

TEST(RoundOrder, IsAPermutationThatDependsOnSeedWindowAndRound) {
  auto order = round_order(20, 1, 0, 0);
  EXPECT_EQ(order, round_order(20, 1, 0, 0));
  EXPECT_NE(order, round_order(20, 2, 0, 0));
  EXPECT_NE(order, round_order(20, 1, 1, 0));
  EXPECT_NE(order, round_order(20, 1, 0, 1));
  std::ranges::sort(order);
  std::vector<std::size_t> all(20);
  std::iota(all.begin(), all.end(), std::size_t{0});
  EXPECT_EQ(order, all);
}

TEST(RoundOrder, IsTheSameOnEveryMachine) {
  EXPECT_THAT(round_order(5, 1, 0, 0), ElementsAre(3, 2, 4, 1, 0));
}

TEST(ProcessOf, SpreadsRoundsEvenlyAndContiguously) {
  std::vector<std::int64_t> seen;
  for (std::int64_t r = 0; r < 10; ++r) seen.push_back(process_of(r, 10, 3));
  EXPECT_THAT(seen, ElementsAre(0, 0, 0, 0, 1, 1, 1, 2, 2, 2));
}

TEST(ProcessOf, NeverNeedsMoreProcessesThanRounds) {
  EXPECT_EQ(process_of(1, 2, 10), 1);
  EXPECT_EQ(process_of(0, 0, 0), 0);
}

TEST(Windows, KeepWithinTheMemoryOfADevice) {
  const std::vector<CaseSize> cases{{"a", 1, 30}, {"a", 1, 30}, {"a", 1, 30}, {"b", 1, 90}};
  EXPECT_THAT(cut_windows(cases, {.memory_mb = 100, .device_mb = 70, .cases = 8}),
              ElementsAre(ElementsAre(0, 1), ElementsAre(2), ElementsAre(3)));
}

}  // namespace
}  // namespace deepgap::worker
