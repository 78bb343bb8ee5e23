#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/engines/cudnn/network.hpp"
#include "deepgap/model/graph.hpp"

// From model::Graph to fused steps: batch norms folded, bias, residual and activation behind a convolution
// taken into it, QuantizeLinear/DequantizeLinear turned into element types and scales.
namespace deepgap::engines::cudnn {

struct LowerOptions {
  Precision precision = Precision::fp32;  // decides the element type of what is not quantised
  std::int64_t batch = 1;
};

// ONNX operators that lower() takes, in the uses that networks for images make of them.
[[nodiscard]] std::vector<std::string> lowered_operators();

// Errc::unsupported naming the operator (and the use of it) that this engine lacks; Errc::invalid_input for
// what contradicts itself. `graph` is complete and sorted, as read_onnx leaves it.
[[nodiscard]] Result<Network> lower(model::Graph graph, const LowerOptions& options);

// The element type that activations have where nothing is quantised.
[[nodiscard]] DType compute_type(Precision precision) noexcept;

}  // namespace deepgap::engines::cudnn
