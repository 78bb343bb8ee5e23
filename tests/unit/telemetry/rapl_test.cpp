#include "deepgap/telemetry/rapl.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_root.hpp"

namespace deepgap::telemetry {
namespace {

using test::FakeRoot;
using testing::HasSubstr;
using namespace std::chrono_literals;

EnergySnapshot energy(std::vector<PackageEnergy> packages, std::chrono::milliseconds at) {
  return {std::chrono::steady_clock::time_point{at}, std::move(packages)};
}

BlockLoad busy(std::optional<double> share) {
  BlockLoad load;
  load.busy_share = share;
  return load;
}

constexpr std::int64_t kRange = 262'143'328'850;

TEST(Rapl, ReadsPackagesAndNothingThatIsPartOfOne) {
  const auto rapl = Rapl::open(DEEPGAP_TEST_DATA "/host/two_sockets");
  ASSERT_TRUE(rapl) << rapl.error().message();
  const auto snapshot = rapl->read();
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->packages, (std::vector<PackageEnergy>{{1'000'000, kRange}, {2'000'000, kRange}}));
}

TEST(Rapl, SaysWhyEnergyIsAbsent) {
  FakeRoot root;
  const auto rapl = Rapl::open(root.path());
  ASSERT_FALSE(rapl);
  EXPECT_EQ(rapl.error().code(), Errc::unavailable);
  EXPECT_THAT(rapl.error().message(), HasSubstr("no RAPL energy counter here"));
}

TEST(Rapl, NamesTheCommandWhenItMayNotRead) {
  FakeRoot root;  // a folder in the counter's place cannot be read by root either
  root.write("sys/class/powercap/intel-rapl:0/name", "package-0\n");
  root.write("sys/class/powercap/intel-rapl:0/max_energy_range_uj", "1000\n");
  root.write("sys/class/powercap/intel-rapl:0/energy_uj/x", "");
  const auto rapl = Rapl::open(root.path());
  ASSERT_FALSE(rapl);
  EXPECT_THAT(rapl.error().message(), HasSubstr("sudo chmod a+r /sys/class/powercap/intel-rapl:*/energy_uj"));
}

TEST(Rapl, FailsWhenTheCounterGoesAwayOrTurnsToGarbage) {
  FakeRoot root;
  root.write("sys/class/powercap/intel-rapl:0/name", "package-0\n");
  root.write("sys/class/powercap/intel-rapl:0/max_energy_range_uj", "1000000\n");
  root.write("sys/class/powercap/intel-rapl:0/energy_uj", "5\n");
  const auto rapl = Rapl::open(root.path());
  ASSERT_TRUE(rapl);
  EXPECT_TRUE(rapl->read());
  root.write("sys/class/powercap/intel-rapl:0/energy_uj", "-5\n");
  EXPECT_FALSE(rapl->read());
  std::filesystem::remove(root.path() / "sys/class/powercap/intel-rapl:0/energy_uj");
  EXPECT_FALSE(rapl->read());
}

TEST(JoulesBetween, AddsPackages) {
  const auto joules = joules_between(energy({{1'000'000, kRange}, {5'000'000, kRange}}, 0ms),
                                     energy({{3'000'000, kRange}, {5'500'000, kRange}}, 1000ms));
  EXPECT_NEAR(joules.value(), 2.5, 1e-9);
}

TEST(JoulesBetween, GoesOnWhenACounterBeginsAgain) {
  const auto joules =
      joules_between(energy({{kRange - 1'000'000, kRange}}, 0ms), energy({{2'000'000, kRange}}, 1000ms));
  EXPECT_NEAR(joules.value(), 3.0, 1e-6);
}

TEST(JoulesBetween, IsAbsentWhenItCouldHaveBegunTwice) {
  const auto a = energy({{0, 65'000'000'000}}, 0ms);
  EXPECT_TRUE(joules_between(a, energy({{1, 65'000'000'000}}, 60s)).has_value());
  EXPECT_EQ(joules_between(a, energy({{1, 65'000'000'000}}, 70s)), std::nullopt);
}

TEST(JoulesBetween, IsAbsentForSnapshotsThatDoNotMatch) {
  EXPECT_EQ(joules_between(energy({}, 0ms), energy({}, 10ms)), std::nullopt);
  EXPECT_EQ(joules_between(energy({{1, kRange}}, 0ms), energy({{1, kRange}, {1, kRange}}, 10ms)),
            std::nullopt);
  EXPECT_EQ(joules_between(energy({{1, kRange}}, 10ms), energy({{2, kRange}}, 0ms)), std::nullopt);
}

TEST(IdlePower, IsEnergyOverTimeOfAnIdleMachine) {
  const auto a = energy({{0, kRange}}, 0ms), b = energy({{10'000'000, kRange}}, 500ms);
  const auto power = idle_power_w(a, b, busy(0.01));
  ASSERT_TRUE(power);
  EXPECT_NEAR(*power, 20.0, 1e-9);
}

TEST(IdlePower, IsAbsentWhenTheMachineWasNotIdle) {
  const auto a = energy({{0, kRange}}, 0ms), b = energy({{10'000'000, kRange}}, 500ms);
  const auto power = idle_power_w(a, b, busy(0.31));
  ASSERT_FALSE(power);
  EXPECT_THAT(power.error().message(), HasSubstr("31 % busy"));
  EXPECT_FALSE(idle_power_w(a, b, busy(std::nullopt)));
  EXPECT_FALSE(idle_power_w(a, a, busy(0.0)));
}

}  // namespace
}  // namespace deepgap::telemetry
