#include "deepgap/engines/cudnn/pack.hpp"

#include <gmock/gmock.h>

#include <cstring>

#include "deepgap/engines/cudnn/conv_problem.hpp"

namespace deepgap::engines::cudnn {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

std::vector<float> floats(const std::vector<std::byte>& bytes) {
  std::vector<float> numbers(bytes.size() / sizeof(float));
  std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

Weights counted(Shape shape) {
  Weights weights{make_tensor(DType::f32, std::move(shape)), {}, {}};
  float next = 1;
  for (float& number : weights.values.as<float>()) number = next++;
  return weights;
}

TEST(Pack, PutsChannelsLastAndFillsUpWithZeros) {
  const Weights weights = counted({1, 2, 1, 2});  // k0: c0 (1, 2), c1 (3, 4)
  const Activation in{DType::f32, 1, 4, 4, 2, 4, 1}, out{DType::f32, 1, 4, 3, 1, 2, 1};
  EXPECT_THAT(floats(pack_conv(weights, in, out, 1).weights),
              ElementsAre(1, 3, 0, 0, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
}

TEST(Pack, TurnsAccumulatorsIntoValuesByBothScales) {
  Weights weights{make_tensor(DType::i8, {2, 1, 1, 1}), {0.5F, 0.25F}, {1, 2}};
  const Activation in{DType::i8, 1, 4, 4, 1, 16, 0.1F}, out{DType::i8, 1, 4, 4, 2, 16, 0.2F};
  const PackedConv packed = pack_conv(weights, in, out, 1);
  ASSERT_EQ(packed.multiplier.size(), 16U);
  EXPECT_FLOAT_EQ(packed.multiplier[0], 0.05F);
  EXPECT_FLOAT_EQ(packed.multiplier[1], 0.025F);
  EXPECT_EQ(packed.multiplier[2], 0.0F);
  EXPECT_EQ(packed.bias[1], 2.0F);
  EXPECT_EQ(packed.weights.size(), 16U * 16U);
}

TEST(Pack, KeepsOneFilterAChannelInTheOrderOfTheWindow) {
  const Activation in{DType::f32, 1, 4, 4, 2, 4, 1};
  EXPECT_THAT(floats(pack_depthwise(counted({2, 1, 1, 2}), in).weights), ElementsAre(1, 3, 0, 0, 2, 4, 0, 0));
}

TEST(Pack, IsDepthwiseOnlyWithOneFilterForEachChannel) {
  const Activation in{DType::f32, 1, 4, 4, 4, 4, 1};
  EXPECT_TRUE(is_depthwise(counted({4, 1, 3, 3}), in, 4));
  EXPECT_FALSE(is_depthwise(counted({8, 1, 3, 3}), in, 4));
  EXPECT_FALSE(is_depthwise(counted({4, 2, 3, 3}), in, 2));
}

TEST(Pack, RoundsToTheNearestThatTf32Holds) {
  const std::vector<float> exact{1.0F, -0.5F, 0.0F, 1 + 0x1p-10F};
  const std::vector<float> between{1 + 0x1.8p-11F, -(1 + 0x1.8p-11F), 1 + 0x1p-11F, 1 + 0x1.8p-10F};
  std::vector<std::byte> bytes(8 * sizeof(float));
  std::memcpy(bytes.data(), exact.data(), 4 * sizeof(float));
  std::memcpy(bytes.data() + 4 * sizeof(float), between.data(), 4 * sizeof(float));
  round_to_tf32(bytes);
  EXPECT_THAT(floats(bytes),
              ElementsAre(1.0F, -0.5F, 0.0F, 1 + 0x1p-10F, 1 + 0x1p-10F, -(1 + 0x1p-10F), 1.0F, 1 + 0x1p-9F));
}

TEST(Pitch, IsAWholeVectorOfSixteenBytes) {
  EXPECT_EQ(pitch_of(3, DType::f32), 4);
  EXPECT_EQ(pitch_of(9, DType::f16), 16);
  EXPECT_EQ(pitch_of(17, DType::i8), 32);
  EXPECT_EQ(pitch_of(64, DType::i8), 64);
}

TEST(ConvProblem, SharesItsChoiceWithAnotherClampButNotItsPlan) {
  ConvProblem a, b;
  a.clamp = Clamp{0, 6};
  b.clamp = Clamp{0, 12};
  EXPECT_EQ(a.key(), b.key());
  EXPECT_NE(a.plan_key(), b.plan_key());
  b.clamp.reset();
  EXPECT_NE(a.key(), b.key());
}

TEST(ConvProblem, HasAnotherKeyForEveryThingThatMakesAnotherPlan) {
  const ConvProblem base;
  std::vector<ConvProblem> others(15, base);
  others[0].in = DType::f16;
  others[1].out = DType::f16;
  others[2].residual = DType::f32;
  others[3].n = 2;
  others[4].h = 2;
  others[5].w = 2;
  others[6].c = 2;
  others[7].k = 2;
  others[8].y.kernel = 3;
  others[9].x.pad_end = 1;
  others[10].out_h = 2;
  others[11].groups = 2;
  others[12].fused = false;
  others[13].tf32 = true;
  others[14].scaled = true;
  for (const ConvProblem& other : others) EXPECT_NE(other.key(), base.key());
}

}  // namespace
}  // namespace deepgap::engines::cudnn
