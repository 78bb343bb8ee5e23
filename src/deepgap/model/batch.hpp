#pragma once

#include <cstdint>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/model/graph.hpp"

// Whether a network really computes the batch that is asked of it.
namespace deepgap::model {

struct BatchPlan {
  std::int64_t batch = 1;           // samples that one call computes: equal to what was asked
  bool fixed = false;               // the file allows this batch only
  std::vector<TensorSpec> inputs;   // static shapes, in the graph's order
  std::vector<TensorSpec> outputs;  // static shapes, in the graph's order
};

// Errc::unsupported with the reason when the batch is fixed at another number, or when a larger batch
// disappears into another dimension (an output whose first dimension is not the batch). Otherwise
// infer_shapes' errors.
[[nodiscard]] Result<BatchPlan> plan_batch(const Graph& graph, std::int64_t requested);

}  // namespace deepgap::model
