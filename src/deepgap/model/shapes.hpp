#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>

#include "deepgap/core/error.hpp"
#include "deepgap/model/graph.hpp"

// The static element type and shape of every value of a graph.
namespace deepgap::model {

using ValueSpecs = std::map<std::string, TensorSpec, std::less<>>;

// Inputs, constants and node outputs at this batch; what the file declares about its outputs is checked
// against it. Errc::unsupported: an operator that DeepGap does not know, or a shape that depends on the data.
// Errc::invalid_input: shapes, types or attributes that contradict each other (and a batch below 1).
[[nodiscard]] Result<ValueSpecs> infer_shapes(const Graph& graph, std::int64_t batch);

// ONNX's (numpy's) multidirectional broadcasting.
[[nodiscard]] Result<Shape> broadcast(std::span<const std::int64_t> a, std::span<const std::int64_t> b);

}  // namespace deepgap::model
