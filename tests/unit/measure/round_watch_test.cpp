#include "deepgap/measure/round_watch.hpp"

#include <gtest/gtest.h>

#include "fake_root.hpp"

namespace deepgap::measure {
namespace {

using test::FakeRoot;

// Plays back states; counts what it was asked.
class FakeDevice final : public telemetry::DeviceWatch {
 public:
  void begin() override { ++begun; }
  telemetry::DeviceState since_last() override { return states.at(told++); }
  std::optional<double> energy_j() override { return energy; }

  std::vector<telemetry::DeviceState> states;
  std::optional<double> energy;
  std::size_t begun = 0, told = 0;
};

// One CPU of which this process has used 4 ticks, others nothing yet.
void write_idle_machine(FakeRoot& root) {
  root.write("proc/stat", "cpu0 10 0 0 90 0 0 0 0\n");
  root.write("proc/self/stat", "7 (x) S 1 2 3 4 5 6 7 8 9 10 3 1 0 0 0\n");
  root.write("proc/self/status", "Cpus_allowed_list:\t0\n");
  root.write("sys/devices/system/cpu/online", "0\n");
}

TEST(RoundWatch, TellsStolenTimeApartFromThatOfOtherProcesses) {
  FakeRoot root;
  write_idle_machine(root);
  RoundWatch watch{nullptr, root.path()};
  root.write("proc/stat", "cpu0 50 0 0 120 0 0 0 30\n");  // of 100 ticks: 40 busy, 30 idle, 30 stolen
  root.write("proc/self/stat", "7 (x) S 1 2 3 4 5 6 7 8 9 10 20 4 0 0 0\n");  // 20 of the 40 ours
  watch.end_block(0, 5);
  record::Round round;
  watch.finish(round);
  ASSERT_EQ(round.blocks.size(), 1U);
  EXPECT_EQ(round.blocks[0].samples, 5);
  EXPECT_DOUBLE_EQ(round.blocks[0].steal_share.value(), 0.3);
  EXPECT_DOUBLE_EQ(round.blocks[0].foreign_cpu_share.value(), 0.2);
  EXPECT_FALSE(round.blocks[0].throttle_reasons);
  EXPECT_FALSE(round.energy_j);
}

TEST(RoundWatch, ABlockTooShortForTicksTakesTheSharesOfTheRound) {
  FakeRoot root;
  write_idle_machine(root);
  RoundWatch watch{nullptr, root.path()};
  watch.end_block(0, 1);
  root.write("proc/stat", "cpu0 10 0 0 140 0 0 0 50\n");
  watch.end_block(1, 1);
  record::Round round;
  watch.finish(round);
  ASSERT_EQ(round.blocks.size(), 2U);
  EXPECT_DOUBLE_EQ(round.blocks[0].steal_share.value(), 0.5);
}

TEST(RoundWatch, TheDevicesStateStandsOnItsBlock) {
  FakeRoot root;
  FakeDevice device;
  device.states = {{1980, 61, 350, "none"}, {1410, 88, 340, "thermal"}};
  device.energy = 12.5;
  RoundWatch watch{&device, root.path()};
  watch.end_block(0, 10);
  watch.end_block(10, 20);
  record::Round round;
  watch.finish(round);
  EXPECT_EQ(device.begun, 1U);
  ASSERT_EQ(round.blocks.size(), 2U);
  EXPECT_EQ(round.blocks[0].throttle_reasons, "none");
  EXPECT_EQ(round.blocks[1].first_sample, 10);
  EXPECT_EQ(round.blocks[1].device_mhz, 1410);
  EXPECT_EQ(round.blocks[1].device_temperature_c, 88);
  EXPECT_EQ(round.blocks[1].device_power_w, 340);
  EXPECT_EQ(round.blocks[1].throttle_reasons, "thermal");
  EXPECT_EQ(round.energy_j, 12.5);
}

TEST(RoundWatch, EnergyOfADeviceThatHasNoneIsNotThatOfTheCpu) {
  FakeRoot root;
  root.write("sys/class/powercap/intel-rapl:0/name", "package-0\n");
  root.write("sys/class/powercap/intel-rapl:0/energy_uj", "1000000\n");
  root.write("sys/class/powercap/intel-rapl:0/max_energy_range_uj", "262143328850\n");
  FakeDevice device;
  RoundWatch on_device{&device, root.path()}, on_cpu{nullptr, root.path()};
  root.write("sys/class/powercap/intel-rapl:0/energy_uj", "3000000\n");
  record::Round a, b;
  on_device.finish(a);
  on_cpu.finish(b);
  EXPECT_FALSE(a.energy_j);
  EXPECT_EQ(b.energy_j, 2.0);
}

}  // namespace
}  // namespace deepgap::measure
