#include "deepgap/worker/judge.hpp"

#include <gmock/gmock.h>

namespace deepgap::worker {
namespace {

using record::Outcome;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

record::Row good_row() {
  record::Row row;
  row.precision_requested = "fp32";
  row.precision_effective = "fp32";
  row.verified = "pass";
  row.label = "precise";
  row.threads = 2;
  return row;
}

RunContext machine_with(int cores) {
  RunContext context;
  context.cores = cores;
  return context;
}

std::vector<record::Round> rounds_with(std::optional<double> foreign) {
  record::Round round;
  round.blocks = {{0, 100, foreign, std::nullopt, std::nullopt}};
  return {round};
}

TEST(Judge, AnOrdinaryRowIsCompletedWithoutAWord) {
  record::Row row = good_row();
  judge(row, rounds_with(0.01), {}, machine_with(2));
  EXPECT_EQ(row.outcome, Outcome::completed);
  EXPECT_EQ(row.why, "");
  EXPECT_THAT(row.warnings, IsEmpty());
}

TEST(Judge, SomeForeignLoadIsAWarningAndMuchIsMistrust) {
  record::Row some = good_row();
  judge(some, rounds_with(0.1), {}, machine_with(2));
  EXPECT_EQ(some.outcome, Outcome::completed);
  EXPECT_THAT(some.warnings, Contains(HasSubstr("W104")));
  record::Row much = good_row();
  judge(much, rounds_with(0.6), {}, machine_with(2));
  EXPECT_EQ(much.outcome, Outcome::mistrusted);
  EXPECT_THAT(much.why, HasSubstr("60 %"));
}

// Blocks of 10 samples each, none with anything to say.
std::vector<record::Round> quiet_blocks(std::size_t count) {
  std::vector<record::Round> rounds(1);
  rounds[0].blocks.resize(count);
  for (record::Block& block : rounds[0].blocks) block.samples = 10;
  return rounds;
}

TEST(Judge, ForeignLoadInAFewBlocksIsCountedEvenWhereTheMeanIsSmall) {
  std::vector<record::Round> rounds = quiet_blocks(41);
  for (record::Block& block : rounds[0].blocks) block.foreign_cpu_share = 0.0;
  for (std::size_t i = 0; i < 5; ++i) rounds[0].blocks[i].foreign_cpu_share = 0.35;
  record::Row row = good_row();
  judge(row, rounds, {}, machine_with(2));
  EXPECT_EQ(row.outcome, Outcome::completed);
  EXPECT_THAT(row.warnings, ElementsAre("foreign load on the CPU: 5 of 41 blocks had more than 30 % foreign "
                                        "CPU [W104]"));
}

TEST(Judge, BlocksOfAThrottledDeviceAreKeptAndCounted) {
  std::vector<record::Round> rounds = quiet_blocks(41);
  for (record::Block& block : rounds[0].blocks) block.throttle_reasons = "none";
  for (std::size_t i = 0; i < 3; ++i) rounds[0].blocks[i].throttle_reasons = "thermal";
  record::Row row = good_row();
  judge(row, rounds, {}, machine_with(2));
  EXPECT_EQ(row.outcome, Outcome::completed);
  EXPECT_THAT(row.warnings, ElementsAre("device throttled: 3 of 41 blocks were throttled (thermal) [W312]"));
}

TEST(Judge, TheQuotaSaysHowManyBlocksItStopped) {
  std::vector<record::Round> rounds = quiet_blocks(4);
  for (record::Block& block : rounds[0].blocks) block.throttled_share = 0.0;
  rounds[0].blocks[1].throttled_share = 0.08;
  record::Row row = good_row();
  judge(row, rounds, {}, machine_with(2));
  EXPECT_THAT(row.warnings,
              ElementsAre(HasSubstr("in 2 % of the quota periods, 1 of 4 blocks were throttled")));
}

TEST(Judge, StolenTimeIsAWarningOfItsOwnAndMuchIsMistrust) {
  std::vector<record::Round> rounds = quiet_blocks(2);
  rounds[0].blocks[0].steal_share = 0.2;
  record::Row some = good_row();
  judge(some, rounds, {}, machine_with(2));
  EXPECT_THAT(some.warnings, ElementsAre("CPU time stolen by the hypervisor: 20 % of the CPU time [W310]"));
  EXPECT_FALSE(some.foreign_cpu_share);
  rounds[0].blocks[0].steal_share = 0.4;
  record::Row much = good_row();
  judge(much, rounds, {}, machine_with(2));
  EXPECT_EQ(much.outcome, Outcome::mistrusted);
}

TEST(Judge, UnknownLoadStaysAbsent) {
  record::Row row = good_row();
  judge(row, rounds_with(std::nullopt), {}, machine_with(2));
  EXPECT_FALSE(row.foreign_cpu_share);
}

TEST(Judge, LoadIsWeightedBySamples) {
  record::Row row = good_row();
  std::vector<record::Round> rounds = rounds_with(0.0);
  rounds[0].blocks.push_back({100, 300, 0.2, std::nullopt, std::nullopt});
  judge(row, rounds, {}, machine_with(2));
  EXPECT_DOUBLE_EQ(*row.foreign_cpu_share, 0.15);
}

TEST(Judge, EnergyIsPowerOverThroughputAndAbsentWhenOneRoundLacksIt) {
  std::vector<record::Round> rounds(2);
  rounds[0].energy_j = 30;
  rounds[0].duration_s = 1;
  rounds[1].energy_j = 10;
  rounds[1].duration_s = 1;
  record::Row row = good_row();
  row.throughput_ips = record::Estimate{100, std::nullopt, std::nullopt};
  judge(row, rounds, {}, machine_with(2));
  EXPECT_DOUBLE_EQ(*row.power_w, 20);
  EXPECT_DOUBLE_EQ(*row.energy_mj_per_inference, 200);
  rounds[1].energy_j.reset();
  record::Row without = good_row();
  judge(without, rounds, {}, machine_with(2));
  EXPECT_FALSE(without.power_w);
}

TEST(Judge, APrecisionThatDidNotRunIsSaid) {
  record::Row row = good_row();
  row.precision_requested = "fp16";
  row.precision_effective = "bf16";
  judge(row, {}, {}, machine_with(2));
  EXPECT_THAT(row.warnings, Contains(HasSubstr("fp16 was asked, bf16 ran")));
}

TEST(Judge, ASettingThatIsNotInForceIsSaidUnlessItWasLeftToTheEngine) {
  record::Row row = good_row();
  row.settings = {{"streams", {"4", "2"}},
                  {"hint", {"auto", "latency"}},
                  {"threads", {"2", "2"}},
                  {"pinning", {"yes", std::nullopt}}};
  judge(row, {}, {}, machine_with(2));
  EXPECT_EQ(row.warnings.size(), 1);
  EXPECT_THAT(row.warnings, Contains(HasSubstr("streams: 4 was asked, 2 is in force")));
}

TEST(Judge, AWrongOutputOrAnUncheckedOneIsNeverGood) {
  record::Row wrong = good_row();
  judge(wrong, {}, {"verification failed: off by 3"}, machine_with(2));
  EXPECT_EQ(wrong.outcome, Outcome::mistrusted);
  record::Row unchecked = good_row();
  unchecked.verified = "not done";
  unchecked.verified_detail = "operator 'Foo' is not known";
  judge(unchecked, {}, {}, machine_with(2));
  EXPECT_EQ(unchecked.outcome, Outcome::mistrusted);
  EXPECT_THAT(unchecked.why, HasSubstr("Foo"));
}

TEST(Judge, ADriftingSeriesIsMistrusted) {
  record::Row row = good_row();
  row.label = "not-stationary";
  judge(row, {}, {}, machine_with(2));
  EXPECT_EQ(row.outcome, Outcome::mistrusted);
}

TEST(Judge, MoreThreadsThanCoresIsSaid) {
  record::Row row = good_row();
  row.threads = 8;
  judge(row, {}, {}, machine_with(2));
  EXPECT_THAT(row.warnings, Contains(HasSubstr("8 threads on 2 cores")));
}

}  // namespace
}  // namespace deepgap::worker
