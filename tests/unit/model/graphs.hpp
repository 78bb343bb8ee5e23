#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "deepgap/model/graph.hpp"

// Small graphs for tests, written in few words.
namespace deepgap::model {

template <class T>
Tensor tensor_of(DType dtype, Shape shape, const std::vector<T>& values) {
  Tensor tensor = make_tensor(dtype, std::move(shape));
  std::copy(values.begin(), values.end(), tensor.as<T>().begin());
  return tensor;
}

inline Tensor floats(Shape shape, const std::vector<float>& values) {
  return tensor_of<float>(DType::f32, std::move(shape), values);
}

inline Tensor ints(const std::vector<std::int64_t>& values) {
  return tensor_of<std::int64_t>(DType::i64, {std::ssize(values)}, values);
}

using Attributes = std::map<std::string, Attribute, std::less<>>;
using Ints = std::vector<std::int64_t>;

inline Node node(std::string op, std::vector<std::string> inputs, std::vector<std::string> outputs,
                 Attributes attributes = {}) {
  return {"", std::move(op), "", std::move(inputs), std::move(outputs), std::move(attributes)};
}

// Inputs "x" (and constants by name) -> one node -> "y", whose declared shape says nothing.
inline Graph one_node(Shape x, Node node, std::map<std::string, Tensor, std::less<>> constants = {},
                      std::int64_t opset = 17) {
  Graph graph;
  graph.name = "g";
  graph.opset = opset;
  graph.inputs = {{"x", DType::f32, std::move(x)}};
  graph.outputs = {{"y", DType::f32, {}}};
  graph.nodes = {std::move(node)};
  graph.constants = std::move(constants);
  return graph;
}

}  // namespace deepgap::model
