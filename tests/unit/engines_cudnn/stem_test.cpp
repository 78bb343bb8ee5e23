#include "deepgap/engines/cudnn/stem.hpp"

#include <gtest/gtest.h>

#include "deepgap/engines/cudnn/space_to_depth.hpp"
#include "deepgap/model/inputs.hpp"
#include "deepgap/model/reference.hpp"
#include "networks.hpp"
#include "simulate.hpp"

namespace deepgap::engines::cudnn {
namespace {

const auto kEverything = [](DType /*dtype*/) { return true; };

model::Graph stem_graph(bool pool, bool clamp = true, Shape input = {2, 3, 21, 18}) {
  GraphMaker g{std::move(input)};
  auto value = g.conv("x", {64, 3, 7, 7}, {2, 2}, {3, 3, 3, 3});
  if (clamp) value = g.node("Relu", {value});
  if (pool)
    value = g.node("MaxPool", {value},
                   {{"kernel_shape", std::vector<std::int64_t>{3, 3}},
                    {"strides", std::vector<std::int64_t>{2, 2}},
                    {"pads", std::vector<std::int64_t>{1, 1, 1, 1}}});
  return g.finish({g.conv(value, {4, 64, 1, 1})});
}

Network lowered(const model::Graph& graph) { return *lower(graph, {Precision::fp32, 2}); }

double distance_after(const model::Graph& graph, const Network& network) {
  const std::vector<TensorSpec> specs{{"x", DType::f32, graph.inputs[0].shape}};
  const auto inputs = *model::seeded_inputs(graph, specs, 5, 0);
  return distance(*model::run_reference(graph, inputs), simulate(network, inputs));
}

TEST(Stem, TakesTheConvolutionAndTheMaxPoolBehindIt) {
  for (const bool pool : {false, true}) {
    const auto graph = stem_graph(pool);
    Network network = lowered(graph);
    fuse_stem(network, kEverything);
    ASSERT_TRUE(std::holds_alternative<StemStep>(network.steps.front()));
    EXPECT_EQ(std::get<StemStep>(network.steps.front()).pool, pool);
    EXPECT_EQ(count_of<InputStep>(network) + count_of<PoolStep>(network), 0U);
    EXPECT_LT(distance_after(graph, network), 1e-6);
  }
}

TEST(Stem, LeavesATypeWithoutAKernelAlone) {
  Network network = lowered(stem_graph(true));
  const std::size_t steps = network.steps.size();
  fuse_stem(network, [](DType dtype) { return dtype == DType::f16; });
  EXPECT_EQ(network.steps.size(), steps);
  EXPECT_EQ(count_of<StemStep>(network), 0U);
}

TEST(Stem, LeavesThePoolAloneWhereAScaleTurnsTheOrderRound) {
  const auto graph = stem_graph(true);
  for (const float scale : {0.5F, -0.5F}) {
    Network network = lowered(graph);
    network.weights.front().scales.assign(64, scale);
    fuse_stem(network, kEverything);
    ASSERT_TRUE(std::holds_alternative<StemStep>(network.steps.front()));
    EXPECT_EQ(std::get<StemStep>(network.steps.front()).pool, scale > 0);
    EXPECT_EQ(count_of<PoolStep>(network), scale > 0 ? 0U : 1U);
  }
}

TEST(Stem, LeavesAnInputThatSomebodyElseReadsAlone) {
  GraphMaker g{{2, 3, 16, 16}};
  const auto graph = g.finish({g.conv("x", {64, 3, 7, 7}, {2, 2}, {3, 3, 3, 3}), g.node("Relu", {"x"})});
  Network network = lowered(graph);
  fuse_stem(network, kEverything);
  fold_first_convolution(network, false);
  EXPECT_EQ(count_of<StemStep>(network), 0U);
  EXPECT_LT(distance_after(graph, network), 1e-6);
}

TEST(FirstConvolution, IsTheSameOverBlocksOfPixels) {
  for (const Shape& input : {Shape{2, 3, 21, 18}, Shape{2, 3, 32, 32}, Shape{1, 3, 7, 8}}) {
    const auto graph = stem_graph(true, false, input);
    Network network = *lower(graph, {Precision::fp32, input[0]});
    fold_first_convolution(network, false);
    const auto& first = std::get<InputStep>(network.steps.front());
    ASSERT_TRUE(first.blocks);
    EXPECT_EQ(network.tensors[first.out].pitch, 16);
    EXPECT_LT(distance_after(graph, network), 1e-6);
  }
}

model::Graph quantised_stem() {
  GraphMaker g{{2, 3, 12, 12}};
  model::Graph graph = g.finish({g.conv_int8(g.quantised("x", 0.02F), {8, 3, 5, 5}, {2, 2, 2, 2})});
  for (model::Node& node : graph.nodes)
    if (node.op == "Conv") node.attributes["strides"] = std::vector<std::int64_t>{2, 2};
  graph.outputs[0].shape = {2, 8, 6, 6};
  return graph;
}

TEST(FirstConvolution, KeepsQuantisedWeightsAndTheirScales) {
  const auto graph = quantised_stem();
  Network network = *lower(graph, {Precision::int8, 2});
  fold_first_convolution(network, false);
  const auto& first = std::get<InputStep>(network.steps.front());
  ASSERT_TRUE(first.blocks);
  EXPECT_EQ(network.tensors[first.out].dtype, DType::i8);
  EXPECT_LT(distance_after(graph, network), 1e-6);
}

TEST(FirstConvolution, IsExactWithItsWholeNumbersInF16) {
  const auto graph = quantised_stem();
  Network network = *lower(graph, {Precision::int8, 2});
  fold_first_convolution(network, true);
  const auto& first = std::get<InputStep>(network.steps.front());
  ASSERT_TRUE(first.blocks && first.blocks->whole_numbers);
  EXPECT_EQ(network.tensors[first.out].dtype, DType::f16);
  EXPECT_LT(distance_after(graph, network), 1e-6);
}

TEST(FirstConvolution, OfASmallWindowStaysAsItIs) {
  GraphMaker g{{2, 3, 12, 12}};
  Network network = lowered(g.finish({g.conv("x", {8, 3, 3, 3}, {2, 2}, {1, 1, 1, 1})}));
  fold_first_convolution(network, false);
  EXPECT_FALSE(std::get<InputStep>(network.steps.front()).blocks);
}

}  // namespace
}  // namespace deepgap::engines::cudnn
