#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "deepgap/model/reference.hpp"
#include "graphs.hpp"

// Runs small graphs through the reference, for tests.
namespace deepgap::model {

inline std::vector<float> values_of(const Tensor& tensor) {
  const auto values = tensor.as<float>();
  return {values.begin(), values.end()};
}

// The first output; an empty tensor (and a failed test) when it does not run.
inline Tensor run_graph(Graph graph, const std::vector<Tensor>& inputs, int threads = 1) {
  if (graph.outputs.empty()) graph.outputs = {{"y", DType::f32, {}}};
  ReferenceOptions options;
  options.threads = threads;
  const auto outputs = run_reference(graph, inputs, options);
  EXPECT_TRUE(outputs) << (outputs ? "" : outputs.error().message());
  return outputs ? outputs->front() : Tensor{};
}

// One node reading "x" (and constants), writing "y" of type `out`.
inline Tensor run_node(const Tensor& x, Node node, std::map<std::string, Tensor, std::less<>> constants = {},
                       std::int64_t opset = 17, DType out = DType::f32) {
  Graph graph = one_node(x.shape, std::move(node), std::move(constants), opset);
  graph.inputs[0].dtype = x.dtype;
  graph.outputs[0].dtype = out;
  return run_graph(std::move(graph), {x});
}

inline std::vector<float> run_floats(const Tensor& x, Node node,
                                     std::map<std::string, Tensor, std::less<>> constants = {},
                                     std::int64_t opset = 17) {
  return values_of(run_node(x, std::move(node), std::move(constants), opset));
}

}  // namespace deepgap::model
