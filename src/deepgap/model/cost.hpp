#pragma once

#include <cstdint>

#include "deepgap/core/error.hpp"
#include "deepgap/model/graph.hpp"

// What one call of a network takes, by counting: no time, no device.
namespace deepgap::model {

struct Cost {
  double macs = 0;              // multiply-accumulates of convolutions and matrix products at this batch
  double parameter_bytes = 0;   // constants that some node reads
  double activation_bytes = 0;  // every node's outputs, each written once: the traffic, not the peak
};

// infer_shapes' errors.
[[nodiscard]] Result<Cost> cost(const Graph& graph, std::int64_t batch);

}  // namespace deepgap::model
