#include "deepgap/telemetry/sampler.hpp"

#include <gtest/gtest.h>

#include <latch>

namespace deepgap::telemetry {
namespace {

using namespace std::chrono_literals;
using Time = Deadlines::Time;

TEST(Deadlines, DoNotDrift) {
  Deadlines deadlines{Time{}, 5ms};
  EXPECT_EQ(deadlines.advance(Time{4ms}), 0U);
  deadlines.step();
  EXPECT_EQ(deadlines.advance(Time{9ms}), 0U);
  EXPECT_EQ(deadlines.next(), Time{10ms});
}

TEST(Deadlines, CountThoseThatWerePassedOver) {
  Deadlines deadlines{Time{}, 5ms};
  EXPECT_EQ(deadlines.advance(Time{12ms}), 2U);
  EXPECT_EQ(deadlines.next(), Time{15ms});
  EXPECT_EQ(deadlines.advance(Time{15ms}), 1U);
}

TEST(Deadlines, ALongStallCostsNoLoop) {
  Deadlines deadlines{Time{}, 0ns};  // taken as 1 ns
  EXPECT_EQ(deadlines.advance(Time{24h}), 86'400'000'000'000U);
}

TEST(Ring, KeepsTheNewestInOrder) {
  Ring<int> ring{3};
  for (int i = 0; i < 5; ++i) ring.push({Time{std::chrono::seconds{i}}, i});
  EXPECT_EQ(ring.overwritten(), 2U);
  const auto kept = std::move(ring).in_order();
  ASSERT_EQ(kept.size(), 3U);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(kept[static_cast<std::size_t>(i)].value, i + 2);
}

TEST(Ring, OfNoRoomKeepsOne) {
  Ring<int> ring{0};
  ring.push({Time{}, 1});
  ring.push({Time{}, 2});
  EXPECT_EQ(std::move(ring).in_order().front().value, 2);
}

TEST(Ring, GivesNothingWhenEmpty) { EXPECT_TRUE(Ring<int>{4}.in_order().empty()); }

TEST(Sampler, ReadsAtOnceAndStopsWithoutWaitingForThePeriod) {
  std::latch read_once{1};
  Sampler<int> sampler{1h, 10, [&] {
                         read_once.count_down();
                         return std::optional{7};
                       }};
  read_once.wait();
  const Trace<int> trace = sampler.finish();  // a test that hangs here for an hour has failed
  ASSERT_EQ(trace.readings.size(), 1U);
  EXPECT_EQ(trace.readings[0].value, 7);
  EXPECT_EQ(trace.missed_ticks, 0U);
  EXPECT_TRUE(sampler.finish().readings.empty());
}

TEST(Sampler, ConfessesFailedReadsMissedTicksAndWhatDidNotFit) {
  std::latch enough{8};
  int calls = 0;
  Sampler<int> sampler{1ns, 3, [&]() -> std::optional<int> {  // no machine keeps up with this period
                         if (calls < 8) enough.count_down();
                         return ++calls % 2 == 0 ? std::optional{calls} : std::nullopt;
                       }};
  enough.wait();
  const Trace<int> trace = sampler.finish();
  EXPECT_EQ(trace.readings.size(), 3U);
  EXPECT_GE(trace.failed_reads, 4U);
  EXPECT_GT(trace.missed_ticks, 0U);
  EXPECT_EQ(trace.readings.size() + trace.overwritten + trace.failed_reads, static_cast<std::size_t>(calls));
  EXPECT_LT(trace.readings[0].at, trace.readings[2].at);
}

TEST(Sampler, StopsWhenItIsDestroyed) {
  std::latch read_once{1};
  {
    Sampler<int> sampler{1h, 10, [&] {
                           read_once.count_down();
                           return std::optional{1};
                         }};
    read_once.wait();
  }
  SUCCEED();
}

}  // namespace
}  // namespace deepgap::telemetry
