#include "deepgap/model/fold.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "deepgap/model/shapes.hpp"
#include "graphs.hpp"

namespace deepgap::model {
namespace {

// x -> Conv 1x1 (2 channels to 2) -> BatchNormalization -> y
Graph conv_and_norm(bool bias) {
  Graph graph = one_node({kBatchDim, 2, 1, 1}, node("Conv", {"x", "w"}, {"c"}),
                         {{"w", floats({2, 2, 1, 1}, {1, 2, -3, 0.5F})},
                          {"gamma", floats({2}, {2, 0.5F})},
                          {"beta", floats({2}, {1, -1})},
                          {"mean", floats({2}, {0.25F, -4})},
                          {"var", floats({2}, {4, 0.01F})}});
  graph.nodes.push_back(
      node("BatchNormalization", {"c", "gamma", "beta", "mean", "var"}, {"y"}, {{"epsilon", 1e-3F}}));
  if (!bias) return graph;
  graph.nodes[0].inputs.push_back("b");
  graph.constants["b"] = floats({2}, {10, 20});
  return graph;
}

std::vector<double> reference(bool bias, double x0, double x1) {
  const double conv[] = {x0 + 2 * x1 + (bias ? 10 : 0), -3 * x0 + 0.5 * x1 + (bias ? 20 : 0)};
  return {(conv[0] - 0.25) / std::sqrt(4 + 1e-3) * 2 + 1, (conv[1] + 4) / std::sqrt(0.01 + 1e-3) * 0.5 - 1};
}

class BatchNormFolding : public ::testing::TestWithParam<bool> {};

TEST_P(BatchNormFolding, GivesTheSameNumbers) {
  Graph graph = conv_and_norm(GetParam());
  EXPECT_EQ(fold_batchnorm(graph), 1U);
  ASSERT_EQ(graph.nodes.size(), 1U);
  const Node& conv = graph.nodes[0];
  EXPECT_EQ(conv.outputs[0], "y");
  ASSERT_EQ(conv.inputs.size(), 3U);
  EXPECT_EQ(graph.constants.size(), 2U);
  EXPECT_TRUE(infer_shapes(graph, 3));
  const auto w = graph.constants.at(conv.inputs[1]).as<float>();
  const auto b = graph.constants.at(conv.inputs[2]).as<float>();
  for (const auto& [x0, x1] : {std::pair{1.0, 0.0}, std::pair{-2.0, 3.0}, std::pair{0.0, 0.0}}) {
    const auto expected = reference(GetParam(), x0, x1);
    EXPECT_NEAR(w[0] * x0 + w[1] * x1 + b[0], expected[0], 1e-5);
    EXPECT_NEAR(w[2] * x0 + w[3] * x1 + b[1], expected[1], 1e-4);
  }
}

INSTANTIATE_TEST_SUITE_P(WithAndWithoutBias, BatchNormFolding, ::testing::Bool());

TEST(FoldBatchnorm, LeavesAConvolutionWhoseOutputHasOtherReaders) {
  Graph read_twice = conv_and_norm(false);
  read_twice.nodes.push_back(node("Relu", {"c"}, {"z"}));
  EXPECT_EQ(fold_batchnorm(read_twice), 0U);
  EXPECT_EQ(read_twice.nodes.size(), 3U);
  Graph is_output = conv_and_norm(false);
  is_output.outputs.push_back({"c", DType::f32, {}});
  EXPECT_EQ(fold_batchnorm(is_output), 0U);
}

TEST(FoldBatchnorm, LeavesWhatIsNotConstantOrNotInference) {
  Graph computed = conv_and_norm(false);
  computed.constants.erase("w");
  computed.inputs.push_back({"w", DType::f32, {2, 2, 1, 1}});
  EXPECT_EQ(fold_batchnorm(computed), 0U);
  Graph training = conv_and_norm(false);
  training.nodes[1].attributes["training_mode"] = std::int64_t{1};
  EXPECT_EQ(fold_batchnorm(training), 0U);
  Graph broken = conv_and_norm(false);
  broken.constants["var"] = floats({2}, {-1, 1});
  EXPECT_EQ(fold_batchnorm(broken), 0U);
  Graph wrong_size = conv_and_norm(false);
  wrong_size.constants["mean"] = floats({1}, {0});
  EXPECT_EQ(fold_batchnorm(wrong_size), 0U);
}

TEST(FoldBatchnorm, GivesASharedWeightACopyOfItsOwn) {
  Graph graph = conv_and_norm(false);
  graph.nodes.push_back(node("Conv", {"x", "w"}, {"z"}));
  graph.outputs.push_back({"z", DType::f32, {}});
  const Tensor before = graph.constants.at("w");
  EXPECT_EQ(fold_batchnorm(graph), 1U);
  EXPECT_EQ(graph.constants.at("w"), before);
  EXPECT_NE(graph.nodes[0].inputs[1], "w");
  EXPECT_EQ(graph.nodes[1].inputs[1], "w");
  EXPECT_TRUE(infer_shapes(graph, 1));
}

TEST(StripNoops, RemovesCopiesDropoutAndDeadNodes) {
  Graph graph =
      one_node({kBatchDim, 4}, node("Identity", {"x"}, {"a"}), {{"no", make_tensor(DType::boolean, {})}});
  graph.constants["half"] = floats({}, {0.5F});
  graph.nodes.push_back(node("Dropout", {"a", "half", "no"}, {"b", "mask"}));
  graph.nodes.push_back(node("Relu", {"b"}, {"c"}));
  graph.nodes.push_back(node("Neg", {"x"}, {"dead"}));
  graph.nodes.push_back(node("Identity", {"c"}, {"y"}));
  EXPECT_EQ(strip_noops(graph), 4U);
  ASSERT_EQ(graph.nodes.size(), 1U);
  EXPECT_EQ(graph.nodes[0].inputs[0], "x");
  EXPECT_EQ(graph.nodes[0].outputs[0], "y");
  EXPECT_TRUE(graph.constants.empty());
}

TEST(StripNoops, KeepsAnOutputThatIsOnlyAnInputAgain) {
  Graph graph = one_node({kBatchDim, 4}, node("Identity", {"x"}, {"y"}));
  EXPECT_EQ(strip_noops(graph), 0U);
  EXPECT_TRUE(infer_shapes(graph, 2));
}

TEST(StripNoops, KeepsTwoOutputsOfOneValueApart) {
  Graph graph = one_node({kBatchDim, 4}, node("Relu", {"x"}, {"r"}));
  graph.nodes.push_back(node("Identity", {"r"}, {"y"}));
  graph.nodes.push_back(node("Identity", {"r"}, {"z"}));
  graph.nodes.push_back(node("Neg", {"r"}, {"n"}));
  graph.outputs.push_back({"z", DType::f32, {}});
  graph.outputs.push_back({"n", DType::f32, {}});
  EXPECT_EQ(strip_noops(graph), 1U);
  EXPECT_TRUE(infer_shapes(graph, 2));
}

TEST(StripNoops, KeepsDropoutThatTrainsOrWhoseMaskIsRead) {
  Graph trains = one_node({kBatchDim, 4}, node("Dropout", {"x", "", "yes"}, {"y"}));
  trains.constants["yes"] = tensor_of<std::uint8_t>(DType::boolean, {}, {1});
  strip_noops(trains);
  EXPECT_EQ(trains.nodes[0].op, "Dropout");
  Graph masks = one_node({kBatchDim, 4}, node("Dropout", {"x"}, {"y", "mask"}));
  masks.outputs.push_back({"mask", DType::boolean, {}});
  strip_noops(masks);
  EXPECT_EQ(masks.nodes[0].op, "Dropout");
}

}  // namespace
}  // namespace deepgap::model
