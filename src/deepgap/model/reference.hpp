#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/core/types.hpp"
#include "deepgap/model/graph.hpp"

// The network's right answer: a small interpreter, direct loops in double precision, integers exact. Only
// what the graph itself types as f16, bf16 or f8e4m3 is rounded after each node. The result has the same bits
// whatever the number of threads. Knows: what ONNX operators mean at each opset. Never knows: engines, speed.
namespace deepgap::model {

struct ReferenceOptions {
  int threads = 0;  // 0 = as many as this process may use
  // Called once for every float value that is computed or fed in, in node order, in the calling thread.
  std::function<void(std::string_view name, std::span<const double> values)> observe;
};

// Inputs in the graph's order; outputs in the graph's order. Errc::unsupported: an operator (named) or a use
// of one that the interpreter lacks. Errc::invalid_input: inputs, attributes or shapes that contradict each
// other.
[[nodiscard]] Result<std::vector<Tensor>> run_reference(const Graph& graph, std::span<const Tensor> inputs,
                                                        const ReferenceOptions& options = {});

[[nodiscard]] std::vector<std::string> reference_operators();  // sorted, all of the ai.onnx domain

}  // namespace deepgap::model
