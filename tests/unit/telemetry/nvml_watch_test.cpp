#include "deepgap/telemetry/nvml_watch.hpp"

#include <gtest/gtest.h>

namespace deepgap::telemetry {
namespace {

using namespace std::chrono_literals;

struct Readings {
  std::optional<std::int64_t> mhz = 1980, celsius = 60, milliwatts = 350'500, millijoules = 1000;
  std::optional<std::uint64_t> bits = 0;
  std::optional<std::chrono::nanoseconds> power = 0ns, heat = 0ns;
};

class FakeCard final : public NvmlCard {
 public:
  explicit FakeCard(const Readings& readings) : now_{&readings} {}
  std::optional<std::int64_t> sm_mhz() override { return now_->mhz; }
  std::optional<std::int64_t> temperature_c() override { return now_->celsius; }
  std::optional<std::int64_t> power_mw() override { return now_->milliwatts; }
  std::optional<std::int64_t> energy_mj() override { return now_->millijoules; }
  std::optional<std::uint64_t> clock_event_bits() override { return now_->bits; }
  std::optional<std::chrono::nanoseconds> held_by_power() override { return now_->power; }
  std::optional<std::chrono::nanoseconds> held_by_heat() override { return now_->heat; }

 private:
  const Readings* now_;
};

struct OnACard : testing::Test {
  Readings card;
  NvmlWatch::Clock::time_point time{};
  NvmlWatch watch{std::make_unique<FakeCard>(card), [this] { return time; }};

  std::string reasons_with(std::uint64_t bits) {
    card.bits = 0;
    watch.begin();
    card.bits = bits;
    return watch.since_last().throttle_reasons.value_or("absent");
  }
};

using NvmlWatched = OnACard;

TEST_F(NvmlWatched, ClockTemperatureAndPowerAreThoseOfTheEnd) {
  EXPECT_EQ(watch.since_last(), (DeviceState{1980, 60, 350.5, "none"}));
  card.mhz = 1410;
  card.celsius.reset();
  EXPECT_EQ(watch.since_last(), (DeviceState{1410, std::nullopt, 350.5, "none"}));
}

TEST_F(NvmlWatched, ReasonsAreNamedAndThoseThatLowerNothingAreNot) {
  EXPECT_EQ(reasons_with(0x1), "none");  // idle
  EXPECT_EQ(reasons_with(0x2), "none");  // clocks set by the user
  EXPECT_EQ(reasons_with(0x4), "power cap");
  EXPECT_EQ(reasons_with(0x20), "thermal");
  EXPECT_EQ(reasons_with(0x48), "thermal");  // the hardware's own slowdown, from heat
  EXPECT_EQ(reasons_with(0x88), "power brake");
  EXPECT_EQ(reasons_with(0x8), "hardware slowdown");
  EXPECT_EQ(reasons_with(0x24), "thermal, power cap");
}

TEST_F(NvmlWatched, AReasonAtEitherEndOfTheSpanCounts) {
  card.bits = 0x20;
  EXPECT_EQ(watch.since_last().throttle_reasons, "thermal");
  card.bits = 0;
  EXPECT_EQ(watch.since_last().throttle_reasons, "thermal");
  EXPECT_EQ(watch.since_last().throttle_reasons, "none");
}

TEST_F(NvmlWatched, TimeHeldDownWithinTheSpanCountsWhateverTheEndsSay) {
  time += 1s;
  card.power = 5ms;
  EXPECT_EQ(watch.since_last().throttle_reasons, "none");
  time += 1s;
  card.power = 105ms;
  EXPECT_EQ(watch.since_last().throttle_reasons, "power cap");
  time += 1s;
  card.heat = 50ms;
  EXPECT_EQ(watch.since_last().throttle_reasons, "thermal");
}

TEST_F(NvmlWatched, ReasonsAreAbsentWhereTheCardDoesNotTell) {
  card.bits.reset();
  EXPECT_EQ(watch.since_last().throttle_reasons, std::nullopt);
}

TEST_F(NvmlWatched, EnergyIsTheCountersDifference) {
  time += 2s;
  card.millijoules = 701'000;
  EXPECT_EQ(watch.energy_j(), 700.0);
  watch.begin();
  time += 1s;
  card.millijoules = 702'500;
  EXPECT_EQ(watch.energy_j(), 1.5);
}

TEST_F(NvmlWatched, EnergyIsAbsentOverShortSpansAndWithoutACounter) {
  card.millijoules = 1100;
  time += 999ms;
  EXPECT_FALSE(watch.energy_j());
  time += 1ms;
  EXPECT_TRUE(watch.energy_j());
  card.millijoules = 900;  // the driver was loaded anew
  EXPECT_FALSE(watch.energy_j());
  card.millijoules.reset();
  EXPECT_FALSE(watch.energy_j());
}

TEST(OpenDeviceWatch, IsUnavailableForDevicesThatNothingWatches) {
  for (const char* device : {"", "cpu", "fake:0", "cuda:", "cuda:x", "cuda:-1", "cuda:99999999999"}) {
    const auto watch = open_device_watch(device);
    ASSERT_FALSE(watch) << device;
    EXPECT_EQ(watch.error().code(), Errc::unavailable) << device;
  }
}

}  // namespace
}  // namespace deepgap::telemetry
