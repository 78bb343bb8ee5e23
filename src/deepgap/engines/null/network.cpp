#include "deepgap/engines/null/network.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "deepgap/core/text.hpp"
#include "deepgap/model/cost.hpp"
#include "deepgap/model/onnx_read.hpp"
#include "deepgap/model/reference.hpp"
#include "deepgap/model/shapes.hpp"
#include "deepgap/model/small_float.hpp"

namespace deepgap::engines::null {
namespace {

// The interpreter takes about a second for this many multiply-accumulates.
constexpr double kMacLimit = 2e8;

// The batch at which the file's inputs have the shapes that were given.
Result<std::int64_t> batch_of(const model::Graph& graph, const std::vector<TensorSpec>& given) {
  if (graph.inputs.size() != given.size())
    return Error{Errc::invalid_input,
                 fmt::format("the network has {} inputs, {} were given", graph.inputs.size(), given.size())};
  std::int64_t batch = 0;
  for (const model::Value& input : graph.inputs) {
    const auto spec = std::ranges::find(given, input.name, &TensorSpec::name);
    if (spec == given.end())
      return Error{Errc::invalid_input,
                   fmt::format("no shape was given for input '{}'", printable(input.name))};
    if (spec->dtype != input.dtype || spec->shape.size() != input.shape.size())
      return Error{
          Errc::invalid_input,
          fmt::format("input '{}' is {}{} in the model, not {}{}", printable(input.name), name(input.dtype),
                      to_string(input.shape), name(spec->dtype), to_string(spec->shape))};
    for (std::size_t axis = 0; axis < input.shape.size(); ++axis) {
      if (axis == 0 && input.shape[0] == model::kBatchDim && batch == 0) batch = spec->shape[0];
      const std::int64_t wanted = input.shape[axis] == model::kBatchDim ? batch : input.shape[axis];
      if (spec->shape[axis] != wanted || wanted < 1)
        return Error{Errc::unsupported,
                     fmt::format("input '{}' is {} in the model and cannot be {}", printable(input.name),
                                 to_string(input.shape), to_string(spec->shape))};
    }
  }
  return std::max<std::int64_t>(batch, 1);
}

void round_to(Precision precision, Tensor& tensor) {
  if (tensor.dtype != DType::f32) return;
  for (float& value : tensor.as<float>()) {
    if (precision == Precision::fp16) value = static_cast<float>(model::from_f16(model::to_f16(value)));
    if (precision == Precision::bf16) value = static_cast<float>(model::from_bf16(model::to_bf16(value)));
  }
}

}  // namespace

std::int64_t Network::batch() const noexcept {
  return inputs_.empty() || inputs_.front().shape.empty() ? 1 : inputs_.front().shape.front();
}

Result<Network> Network::read(const engine::ModelSource& source, Precision precision) {
  auto graph = model::read_onnx(source.onnx);
  if (!graph) return std::move(graph).error();
  auto batch = batch_of(*graph, source.inputs);
  if (!batch) return std::move(batch).error();
  auto specs = model::infer_shapes(*graph, *batch);
  if (!specs) return std::move(specs).error();

  Network network;
  network.precision_ = precision;
  for (const model::Value& input : graph->inputs) network.inputs_.push_back(specs->at(input.name));
  for (const model::Value& output : graph->outputs) network.outputs_.push_back(specs->at(output.name));
  const auto cost = model::cost(*graph, *batch);
  if (!cost) return cost.error();
  const auto known = model::reference_operators();
  const auto strange = std::ranges::find_if(
      graph->nodes, [&](const model::Node& node) { return !std::ranges::binary_search(known, node.op); });
  if (cost->macs > kMacLimit)
    network.not_computed_ = "null does not compute networks this large: its outputs are zeros";
  else if (strange != graph->nodes.end())
    network.not_computed_ =
        fmt::format("null does not compute {}: its outputs are zeros", printable(strange->op));
  else
    network.graph_ = *std::move(graph);
  return network;
}

Result<std::vector<Tensor>> Network::compute(std::span<const Tensor> inputs) const {
  std::vector<Tensor> outputs;
  if (!graph_) {
    for (const TensorSpec& spec : outputs_) outputs.push_back(make_tensor(spec.dtype, spec.shape));
    return outputs;
  }
  auto computed = model::run_reference(*graph_, inputs);
  if (!computed) return std::move(computed).error();
  outputs = *std::move(computed);
  for (Tensor& tensor : outputs) round_to(precision_, tensor);
  return outputs;
}

}  // namespace deepgap::engines::null
