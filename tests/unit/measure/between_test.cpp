#include "deepgap/measure/between.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "deepgap/measure/round_loop.hpp"
#include "fake_clock.hpp"

namespace deepgap::measure {
namespace {

using ::testing::HasSubstr;

class FakeSession : public engine::SynchronousSession {
 public:
  Bytes input(std::size_t /*index*/) override { return std::as_writable_bytes(std::span{values}); }
  [[nodiscard]] ConstBytes output(std::size_t /*index*/) const override { return {}; }
  void poison_outputs() override {}
  Status run() override { return {}; }
  Status evict_caches() override {
    if (!can_evict) return Session::evict_caches();
    ++evictions;
    return {};
  }

  std::vector<float> values = std::vector<float>(5000);
  bool can_evict = false;
  int evictions = 0;
};

TEST(Between, FreshInputsAreTheSameValuesInOtherPlaces) {
  FakeSession session;
  std::iota(session.values.begin(), session.values.end(), 1.0F);
  const std::vector<float> original = session.values;
  auto between = Between::make({.fresh = true}, session, 1, false);
  ASSERT_TRUE(between);
  ASSERT_TRUE((*between)());
  const std::vector<float> first = session.values;
  ASSERT_TRUE((*between)());
  EXPECT_NE(first, original);
  EXPECT_NE(session.values, first);
  EXPECT_TRUE(std::ranges::is_permutation(session.values, original))
      << "whole values move, not bytes of them";
}

TEST(Between, ADeviceWithItsOwnMemoryEmptiesItsOwnCaches) {
  FakeSession session;
  session.can_evict = true;
  auto between = Between::make({.cold = true}, session, 1, true);
  ASSERT_TRUE(between);
  const int once = session.evictions;
  ASSERT_TRUE((*between)());
  EXPECT_EQ(session.evictions, once + 1);
  EXPECT_EQ(between->sweep_words(), "by the engine, before each call");
}

TEST(Between, ColdIsRefusedWhereTheEngineCannotEmptyTheDevicesCaches) {
  FakeSession session;
  const auto between = Between::make({.cold = true}, session, 1, true);
  ASSERT_FALSE(between);
  EXPECT_EQ(between.error().code(), Errc::unsupported);
  EXPECT_THAT(between.error().message(), HasSubstr("cache = \"cold\": this engine cannot"));
}

TEST(Between, TheCpusCachesAreSweptWithTheBytesAskedFor) {
  FakeSession session;
  auto between = Between::make({.cold = true, .sweep_bytes = 3'000'000}, session, 1, false);
  ASSERT_TRUE(between);
  for (int call = 0; call < 100; ++call) ASSERT_TRUE((*between)());
  EXPECT_EQ(between->sweep_words(), "3 MB written by the CPUs before each call");
}

struct Pauses : testing::Test {
  FakeClock clock;
  std::atomic<bool> stop{false};
  struct Nothing {
    void operator()(std::int64_t, std::int64_t) {}
  } nothing;

  template <class B>
  Result<RoundSeries> run(B between) {
    RoundSpec spec;
    spec.params = stats::round_params(10);
    const auto call = [this]() -> Status {
      clock.time_ns += 1'000'000;
      return {};
    };
    return run_round(spec, call, RoundHooks{clock, stop, nothing}, between);
  }
};

TEST_F(Pauses, AreNoPartOfACallsTime) {
  int pauses = 0;
  const auto series = run([&]() -> Status {
    ++pauses;
    clock.time_ns += 5'000'000;
    return {};
  });
  ASSERT_TRUE(series);
  EXPECT_TRUE(series->gaps);
  EXPECT_GE(pauses, static_cast<int>(series->latencies_ns.size()));
  for (const std::int64_t x : series->latencies_ns) EXPECT_EQ(x, 1'000'000);
}

TEST_F(Pauses, ThatFailEndTheRound) {
  int pauses = 0;
  const auto series = run([&]() -> Status {
    clock.time_ns += 1'000'000;
    if (++pauses > 200) return Error{Errc::engine_failure, "the device is gone"};
    return {};
  });
  ASSERT_FALSE(series);
  EXPECT_THAT(series.error().message(), HasSubstr("the device is gone"));
}

}  // namespace
}  // namespace deepgap::measure
