#include <gtest/gtest.h>

#include "deepgap/model/builders.hpp"
#include "deepgap/model/cost.hpp"
#include "graphs.hpp"

namespace deepgap::model {
namespace {

TEST(Cost, MacsGrowWithTheBatchAndParametersDoNot) {
  const auto graph = build("tiny");
  const auto one = cost(*graph, 1);
  const auto eight = cost(*graph, 8);
  ASSERT_TRUE(one);
  ASSERT_TRUE(eight);
  EXPECT_DOUBLE_EQ(eight->macs, 8 * one->macs);
  EXPECT_DOUBLE_EQ(eight->activation_bytes, 8 * one->activation_bytes);
  EXPECT_DOUBLE_EQ(eight->parameter_bytes, one->parameter_bytes);
}

TEST(Cost, AGroupedConvolutionCountsItsGroupOnly) {
  const auto graph = one_node({1, 4, 5, 5}, node("Conv", {"x", "w"}, {"y"}, {{"group", std::int64_t{2}}}),
                              {{"w", make_tensor(DType::f32, {6, 2, 3, 3})}});
  const auto found = cost(graph, 1);
  ASSERT_TRUE(found);
  EXPECT_DOUBLE_EQ(found->macs, 6 * 3 * 3 * (2 * 3 * 3));
  EXPECT_DOUBLE_EQ(found->parameter_bytes, 6 * 2 * 3 * 3 * 4);
  EXPECT_DOUBLE_EQ(found->activation_bytes, 6 * 3 * 3 * 4);
}

TEST(Cost, GemmAndMatMulCountTheirInnerDimension) {
  const auto gemm = one_node({7, 3}, node("Gemm", {"x", "w"}, {"y"}, {{"transA", std::int64_t{1}}}),
                             {{"w", make_tensor(DType::f32, {7, 5})}});
  EXPECT_DOUBLE_EQ(cost(gemm, 1)->macs, 3 * 5 * 7);
  const auto product =
      one_node({2, 3, 4}, node("MatMul", {"x", "w"}, {"y"}), {{"w", make_tensor(DType::f32, {4, 5})}});
  EXPECT_DOUBLE_EQ(cost(product, 1)->macs, 2 * 3 * 5 * 4);
}

TEST(Cost, QuantisedValuesAreCountedAsTheIntegersThatTheyAre) {
  Graph graph = one_node({4}, node("QuantizeLinear", {"x", "s", "z"}, {"q"}),
                         {{"s", floats({}, {0.5F})}, {"z", make_tensor(DType::i8, {})}});
  graph.nodes.push_back(node("DequantizeLinear", {"q", "s", "z"}, {"d"}));
  graph.nodes.push_back(node("Relu", {"d"}, {"y"}));
  const auto found = cost(graph, 1);
  ASSERT_TRUE(found);
  EXPECT_DOUBLE_EQ(found->activation_bytes, 4 * 1 + 4 * 4);
}

TEST(Cost, AnUnknownOperatorIsNamed) {
  const auto found = cost(one_node({1}, node("Frobnicate", {"x"}, {"y"})), 1);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), Errc::unsupported);
  EXPECT_NE(found.error().message().find("Frobnicate"), std::string::npos);
}

}  // namespace
}  // namespace deepgap::model
