#include <algorithm>
#include <optional>
#include <string_view>

#include "quantise_detail.hpp"

namespace deepgap::model {
namespace {

bool any_of(std::string_view op, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, op) != names.end();
}

bool moves_only(const Node& node) {
  return any_of(node.op, {"Identity", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Transpose", "Dropout"});
}

// Engines fold these into the operator before them, or they keep integers as they are.
bool keeps_the_chain(const Node& node) {
  return moves_only(node) || any_of(node.op, {"Relu", "Clip", "LeakyRelu", "HardSwish", "Sigmoid"});
}

bool is_pool(const Node& node) {
  return any_of(node.op, {"MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool"});
}

// The output-channel axis of a constant float weight that int8 kernels take.
std::optional<std::int64_t> weight_axis(const Graph& graph, const Node& node) {
  if (!node.domain.empty() || node.inputs.size() < 2) return std::nullopt;
  const auto weight = graph.constants.find(node.inputs[1]);
  if (weight == graph.constants.end() || weight->second.dtype != DType::f32 || weight->second.bytes.empty())
    return std::nullopt;
  const std::size_t rank = weight->second.shape.size();
  if (node.op == "Conv" && rank >= 3) return 0;
  if (node.op == "Gemm" && rank == 2) return node.int_or("transB", 0) != 0 ? 0 : 1;
  if (node.op == "MatMul" && rank == 2) return 1;
  return std::nullopt;
}

class Planner {
 public:
  explicit Planner(const Graph& graph) : graph_{graph} { plan_.quantised_inputs.resize(graph.nodes.size()); }

  QuantisationPlan run() {
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) visit(i);
    return std::move(plan_);
  }

 private:
  void visit(std::size_t i) {
    const Node& node = graph_.nodes[i];
    if (node.inputs.empty() || node.outputs.empty()) return;
    if (const auto axis = weight_axis(graph_, node); axis && !graph_.constants.contains(node.inputs[0])) {
      plan_.weights[i] = *axis;
      read_quantised(i, 0);
      chain_.insert(node.outputs[0]);
    } else if (node.op == "Add" && node.inputs.size() == 2 && chain_.contains(node.inputs[0]) &&
               chain_.contains(node.inputs[1])) {
      read_quantised(i, 0);
      read_quantised(i, 1);
      chain_.insert(node.outputs[0]);
    } else if (is_pool(node) && chain_.contains(node.inputs[0])) {
      read_quantised(i, 0);
      chain_.insert(node.outputs[0]);
      if (node.op == "MaxPool") plan_.same_step[node.outputs[0]] = node.inputs[0];
      if (node.op == "GlobalAveragePool") plan_.averages[node.outputs[0]] = node.inputs[0];
    } else if (keeps_the_chain(node) && chain_.contains(node.inputs[0])) {
      chain_.insert(node.outputs[0]);
      if (const auto of = plan_.averages.find(node.inputs[0]); of != plan_.averages.end() && moves_only(node))
        plan_.averages[node.outputs[0]] = of->second;
    }
  }

  void read_quantised(std::size_t node, std::size_t input) {
    plan_.values.insert(graph_.nodes[node].inputs[input]);
    plan_.quantised_inputs[node].push_back(input);
  }

  const Graph& graph_;
  QuantisationPlan plan_;
  std::set<std::string_view> chain_;  // values that come out of int8 kernels
};

}  // namespace

QuantisationPlan plan_quantisation(const Graph& graph) { return Planner{graph}.run(); }

}  // namespace deepgap::model
