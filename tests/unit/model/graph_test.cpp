#include "deepgap/model/graph.hpp"

#include <gtest/gtest.h>

namespace deepgap::model {
namespace {

TEST(Graph, HasADynamicBatchWhenAnInputLeavesItsFirstDimensionOpen) {
  Graph graph;
  EXPECT_FALSE(graph.dynamic_batch());
  graph.inputs.push_back({"side", DType::f32, {1, 4}});
  EXPECT_FALSE(graph.dynamic_batch());
  graph.inputs.push_back({"x", DType::f32, {kBatchDim, 4}});
  EXPECT_TRUE(graph.dynamic_batch());
}

TEST(Graph, CountsTrainedParametersOnly) {
  Graph graph;
  for (const char* name : {"w", "gamma", "beta", "mean", "var", "weight_scale", "weight_zero"})
    graph.constants[name] = make_tensor(DType::f32, {4});
  graph.constants["quantised"] = make_tensor(DType::i8, {4, 5});
  graph.constants["shape"] = make_tensor(DType::i64, {2});
  graph.constants["half"] = make_tensor(DType::f32, {});
  graph.nodes.push_back({"", "BatchNormalization", "", {"x", "gamma", "beta", "mean", "var"}, {"n"}, {}});
  graph.nodes.push_back(
      {"", "DequantizeLinear", "", {"quantised", "weight_scale", "weight_zero"}, {"d"}, {}});
  EXPECT_EQ(graph.parameter_count(), 4 + 4 + 4 + 20);
}

}  // namespace
}  // namespace deepgap::model
