#include "deepgap/model/cost.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <span>
#include <string_view>

#include "deepgap/model/shapes.hpp"

namespace deepgap::model {
namespace {

double count(std::span<const std::int64_t> shape) {
  double product = 1;
  for (const std::int64_t dim : shape) product *= static_cast<double>(dim);
  return product;
}

double bytes(const TensorSpec& spec) { return count(spec.shape) * static_cast<double>(size_of(spec.dtype)); }

double macs_of(const Node& node, const ValueSpecs& specs) {
  const auto shape = [&](const std::string& value) -> const Shape& {
    return specs.find(value)->second.shape;
  };
  if (node.op == "Conv")
    return count(shape(node.outputs[0])) * count(std::span{shape(node.inputs[1])}.subspan(1));
  if (node.op == "ConvTranspose")
    return count(shape(node.inputs[0])) * count(std::span{shape(node.inputs[1])}.subspan(1));
  if (node.op == "MatMul")
    return count(shape(node.outputs[0])) * static_cast<double>(shape(node.inputs[0]).back());
  if (node.op == "Gemm") {
    const std::size_t inner = node.int_or("transA", 0) != 0 ? 0 : 1;
    return count(shape(node.outputs[0])) * static_cast<double>(shape(node.inputs[0])[inner]);
  }
  return 0;
}

// A value between quantisation steps exists as integers only: what feeds nothing but QuantizeLinear and what
// DequantizeLinear gives is never in memory as floats.
std::set<std::string_view> only_in_registers(const Graph& graph) {
  std::set<std::string_view> quantised, read_as_float;
  for (const Node& node : graph.nodes)
    for (std::size_t i = 0; i < node.inputs.size(); ++i)
      (node.op == "QuantizeLinear" && i == 0 ? quantised : read_as_float).insert(node.inputs[i]);
  for (const Value& output : graph.outputs) read_as_float.insert(output.name);
  std::set<std::string_view> hidden;
  std::ranges::set_difference(quantised, read_as_float, std::inserter(hidden, hidden.end()));
  for (const Node& node : graph.nodes)
    if (node.op == "DequantizeLinear") hidden.insert(node.outputs.begin(), node.outputs.end());
  return hidden;
}

}  // namespace

Result<Cost> cost(const Graph& graph, std::int64_t batch) {
  const auto specs = infer_shapes(graph, batch);
  if (!specs) return specs.error();
  Cost total;
  const auto hidden = only_in_registers(graph);
  std::set<std::string_view> parameters;
  for (const Node& node : graph.nodes) {
    if (!node.outputs.empty() && !node.outputs[0].empty()) total.macs += macs_of(node, *specs);
    for (const std::string& input : node.inputs)
      if (graph.constants.contains(input) && parameters.insert(input).second)
        total.parameter_bytes += bytes(specs->find(input)->second);
    for (const std::string& output : node.outputs)
      if (!output.empty() && !hidden.contains(output))
        total.activation_bytes += bytes(specs->find(output)->second);
  }
  return total;
}

}  // namespace deepgap::model
