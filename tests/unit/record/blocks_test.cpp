#include "deepgap/record/blocks.hpp"

#include <gmock/gmock.h>

namespace deepgap::record {
namespace {

Round round_of(std::vector<std::optional<std::string>> reasons) {
  Round round;
  for (auto& reason : reasons) {
    Block& block = round.blocks.emplace_back();
    block.samples = 10;
    block.throttle_reasons = std::move(reason);
  }
  return round;
}

TEST(DeviceThrottled, IsNeitherUnknownNorNone) {
  const Round round = round_of({std::nullopt, "none", "thermal"});
  EXPECT_FALSE(device_throttled(round.blocks[0]));
  EXPECT_FALSE(device_throttled(round.blocks[1]));
  EXPECT_TRUE(device_throttled(round.blocks[2]));
}

TEST(ThrottleReasons, AreEachNamedOnce) {
  const std::vector<Round> rounds{round_of({"thermal", "none"}),
                                  round_of({"power cap, thermal", std::nullopt})};
  EXPECT_THAT(throttle_reasons(rounds), testing::ElementsAre("thermal", "power cap"));
}

TEST(MeanOfBlocks, IsWeightedBySamplesAndAbsentWithoutAny) {
  std::vector<Round> rounds(1);
  rounds[0].blocks.resize(3);
  rounds[0].blocks[0].samples = 100;
  rounds[0].blocks[0].steal_share = 0.0;
  rounds[0].blocks[1].samples = 300;
  rounds[0].blocks[1].steal_share = 0.2;
  rounds[0].blocks[2].samples = 1000;
  EXPECT_DOUBLE_EQ(mean_of_blocks(rounds, &Block::steal_share).value(), 0.15);
  EXPECT_FALSE(mean_of_blocks(rounds, &Block::device_mhz));
}

}  // namespace
}  // namespace deepgap::record
