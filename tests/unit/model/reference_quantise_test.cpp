#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "deepgap/model/small_float.hpp"
#include "run.hpp"

namespace deepgap::model {
namespace {

using ::testing::ElementsAre;
using Floats = std::vector<float>;

TEST(ReferenceQuantise, RoundsHalfToEvenAndSaturates) {
  const Tensor x = floats({8}, {0.5F, 1.5F, 2.5F, -0.5F, -1.5F, 200, -200, 126.5F});
  const Tensor q = run_node(x, node("QuantizeLinear", {"x", "s", "z"}, {"y"}),
                            {{"s", floats({}, {1})}, {"z", make_tensor(DType::i8, {})}}, 13, DType::i8);
  EXPECT_THAT(q.as<std::int8_t>(), ElementsAre(0, 2, 2, 0, -2, 127, -128, 126));
}

TEST(ReferenceQuantise, TheZeroPointIsAddedAfterRounding) {
  const Tensor x = floats({3}, {-0.5F, 0.5F, 1000});
  const Tensor q =
      run_node(x, node("QuantizeLinear", {"x", "s", "z"}, {"y"}),
               {{"s", floats({}, {1})}, {"z", tensor_of<std::uint8_t>(DType::u8, {}, {3})}}, 13, DType::u8);
  EXPECT_THAT(q.as<std::uint8_t>(), ElementsAre(3, 3, 255));
}

TEST(ReferenceQuantise, WithoutAZeroPointTheResultIsUnsignedBytes) {
  const Tensor q = run_node(floats({2}, {-1, 3}), node("QuantizeLinear", {"x", "s"}, {"y"}),
                            {{"s", floats({}, {1})}}, 13, DType::u8);
  EXPECT_THAT(q.as<std::uint8_t>(), ElementsAre(0, 3));
}

TEST(ReferenceQuantise, EachChannelHasItsOwnScaleAndZeroPoint) {
  const Tensor x = tensor_of<std::uint8_t>(DType::u8, {2, 2}, {10, 20, 30, 40});
  const std::map<std::string, Tensor, std::less<>> constants{
      {"s", floats({2}, {1, 10})}, {"z", tensor_of<std::uint8_t>(DType::u8, {2}, {10, 20})}};
  EXPECT_EQ(
      run_floats(x, node("DequantizeLinear", {"x", "s", "z"}, {"y"}, {{"axis", std::int64_t{0}}}), constants),
      (Floats{0, 10, 100, 200}));
  EXPECT_EQ(run_floats(x, node("DequantizeLinear", {"x", "s", "z"}, {"y"}), constants),
            (Floats{0, 0, 20, 200}));
}

TEST(ReferenceQuantise, BlocksShareAScaleAlongTheAxis) {
  const Tensor x = tensor_of<std::int8_t>(DType::i8, {3, 2}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(run_floats(x,
                       node("DequantizeLinear", {"x", "s"}, {"y"},
                            {{"axis", std::int64_t{0}}, {"block_size", std::int64_t{2}}}),
                       {{"s", floats({2, 2}, {1, 10, 100, 1000})}}, 21),
            (Floats{1, 20, 3, 40, 500, 6000}));
}

TEST(ReferenceQuantise, BiasesOfInt32Dequantise) {
  const Tensor x = tensor_of<std::int32_t>(DType::i32, {2}, {-100000, 7});
  EXPECT_EQ(run_floats(x, node("DequantizeLinear", {"x", "s"}, {"y"}), {{"s", floats({}, {0.5F})}}),
            (Floats{-50000, 3.5F}));
}

TEST(ReferenceQuantise, EightBitFloatsRoundAndSaturate) {
  Graph graph = one_node({4}, node("QuantizeLinear", {"x", "s", "z"}, {"q"}),
                         {{"s", floats({}, {2})}, {"z", make_tensor(DType::f8e4m3, {})}}, 19);
  graph.nodes.push_back(node("DequantizeLinear", {"q", "s"}, {"y"}));
  EXPECT_EQ(values_of(run_graph(graph, {floats({4}, {2, 2.2F, -2000, 34})})), (Floats{2, 2.25F, -896, 32}));
}

TEST(ReferenceQuantise, CastTruncatesAndSaturates) {
  const Tensor x = floats({5}, {1.9F, -1.9F, 300, -5, std::numeric_limits<float>::quiet_NaN()});
  const Tensor y = run_node(x, node("Cast", {"x"}, {"y"}, {{"to", std::int64_t{2}}}), {}, 13, DType::u8);
  EXPECT_THAT(y.as<std::uint8_t>(), ElementsAre(1, 0, 255, 0, 0));
  const Tensor whole =
      run_node(ints({258, -1}), node("Cast", {"x"}, {"y"}, {{"to", std::int64_t{2}}}), {}, 13, DType::u8);
  EXPECT_THAT(whole.as<std::uint8_t>(), ElementsAre(2, 255));
}

TEST(SmallFloat, EveryFiniteBitPatternSurvivesTheRoundTrip) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    if (std::isfinite(from_f16(half))) {
      ASSERT_EQ(to_f16(from_f16(half)), half);
    }
    if (std::isfinite(from_bf16(half))) {
      ASSERT_EQ(to_bf16(from_bf16(half)), half);
    }
  }
  for (std::uint32_t bits = 0; bits < 0x100; ++bits) {
    const auto byte = static_cast<std::uint8_t>(bits);
    if (std::isfinite(from_f8e4m3(byte))) {
      ASSERT_EQ(to_f8e4m3(from_f8e4m3(byte)), byte);
    }
  }
}

TEST(SmallFloat, RoundsHalfToEvenAtEveryEdge) {
  EXPECT_EQ(to_f16(65504), 0x7bff);
  EXPECT_EQ(to_f16(65519.99), 0x7bff);
  EXPECT_EQ(to_f16(65520), 0x7c00);
  EXPECT_EQ(to_f16(1 + 0x1p-11), 0x3c00);
  EXPECT_EQ(to_f16(1 + 3 * 0x1p-11), 0x3c02);
  EXPECT_EQ(to_f16(0x1p-25), 0);
  EXPECT_EQ(to_f16(1.5 * 0x1p-25), 1);
  EXPECT_EQ(to_f16(-0.0), 0x8000);
  EXPECT_EQ(to_bf16(1 + 0x1p-8), 0x3f80);
  EXPECT_EQ(to_bf16(1e39), 0x7f80);
  EXPECT_EQ(from_f8e4m3(0x7e), 448);
  EXPECT_EQ(to_f8e4m3(1e9), 0x7e);
  EXPECT_TRUE(std::isnan(from_f8e4m3(to_f8e4m3(std::nan("")))));
  EXPECT_TRUE(std::isnan(from_f16(to_f16(std::nan("")))));
  EXPECT_EQ(from_f16(0x7c00), std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace deepgap::model
