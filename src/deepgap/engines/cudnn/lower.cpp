#include "deepgap/engines/cudnn/lower.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "deepgap/core/text.hpp"
#include "deepgap/engines/cudnn/lower_detail.hpp"
#include "deepgap/model/fold.hpp"
#include "deepgap/model/operators.hpp"

namespace deepgap::engines::cudnn {
namespace {

struct Entry {
  std::string_view op;
  Status (*lower)(Lowering&, std::size_t);
};
constexpr std::array kEntries{
    Entry{"Add", lower_add},
    Entry{"AveragePool", lower_pool},
    Entry{"Clip", lower_activation},
    Entry{"Concat", lower_concat},
    Entry{"Conv", lower_conv},
    Entry{"DequantizeLinear", lower_dequantise},
    Entry{"Dropout", lower_view},
    Entry{"Flatten", lower_view},
    Entry{"Gemm", lower_gemm},
    Entry{"GlobalAveragePool", lower_global_average},
    Entry{"Identity", lower_view},
    Entry{"MatMul", lower_gemm},
    Entry{"MaxPool", lower_pool},
    Entry{"QuantizeLinear", lower_quantise},
    Entry{"ReduceMean", lower_global_average},
    Entry{"Relu", lower_activation},
    Entry{"Reshape", lower_view},
    Entry{"Squeeze", lower_view},
};

const Entry* entry_of(const model::Node& node) {
  if (!node.domain.empty()) return nullptr;
  const auto* found = std::ranges::find(kEntries, node.op, &Entry::op);
  return found == kEntries.end() ? nullptr : found;
}

// Before shapes are inferred, so that the message names the operator and not what inference lacks of it.
Status known_operators_only(const model::Graph& graph) {
  for (const model::Node& node : graph.nodes)
    if (entry_of(node) == nullptr)
      return Error{Errc::unsupported, fmt::format("the operator {} is not in the cudnn engine",
                                                  printable(model::qualified_operator(node)))};
  return {};
}

bool is_view(const model::Node& node) { return !node.outputs.empty() && !node.inputs.empty(); }

}  // namespace

DType compute_type(Precision precision) noexcept {
  switch (precision) {
    case Precision::fp16: return DType::f16;
    case Precision::bf16: return DType::bf16;
    case Precision::fp32:
    case Precision::tf32:
    case Precision::int8:
    case Precision::fp8: return DType::f32;
  }
  return DType::f32;
}

std::vector<std::string> lowered_operators() {
  std::vector<std::string> names{"BatchNormalization"};  // behind a convolution
  for (const Entry& entry : kEntries) names.emplace_back(entry.op);
  std::ranges::sort(names);
  return names;
}

Result<Network> lower(model::Graph graph, const LowerOptions& options) {
  model::fold_batchnorm(graph);
  model::strip_noops(graph);
  if (auto known = known_operators_only(graph); !known) return std::move(known).error();
  auto specs = model::infer_shapes(graph, options.batch);
  if (!specs) return std::move(specs).error();
  return Lowering{graph, options, *std::move(specs)}.run();
}

bool same_pixels(const Activation& a, const Activation& b) noexcept {
  return a.n == b.n && a.h == b.h && a.w == b.w && a.c == b.c;
}

Error unsupported_use(const model::Node& node, std::string_view why) {
  return {Errc::unsupported,
          fmt::format("{} '{}': the cudnn engine {}", printable(node.op),
                      printable(node.name.empty() ? node.outputs.front() : node.name), why)};
}

Lowering::Lowering(const model::Graph& graph, const LowerOptions& options, model::ValueSpecs specs)
    : graph_{graph},
      options_{options},
      specs_{std::move(specs)},
      quantised_{std::ranges::find(graph.nodes, "QuantizeLinear", &model::Node::op) != graph.nodes.end()} {
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
    for (const std::string& input : graph_.nodes[i].inputs)
      if (!input.empty()) readers_[input].push_back(i);
    for (const std::string& output : graph_.nodes[i].outputs) producers_[output] = i;
  }
  for (const model::Value& output : graph_.outputs) readers_[output.name].push_back(graph_.nodes.size());
}

Result<Network> Lowering::run() {
  if (auto added = add_inputs(); !added) return std::move(added).error();
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i)
    if (!done_.contains(i))
      if (auto lowered = lower_node(i); !lowered) return std::move(lowered).error();
  if (auto added = add_outputs(); !added) return std::move(added).error();
  return std::move(network_);
}

Status Lowering::lower_node(std::size_t i) {
  const model::Node& node = graph_.nodes[i];
  if (!is_view(node)) return unsupported_use(node, "needs it to have an input and an output");
  return entry_of(node)->lower(*this, i);
}

const Shape& Lowering::shape(std::string_view value) const {
  static const Shape none;
  const auto found = specs_.find(value);
  return found == specs_.end() ? none : found->second.shape;
}

const Tensor* Lowering::constant(std::string_view name) const {
  const auto found = graph_.constants.find(name);
  return found == graph_.constants.end() ? nullptr : &found->second;
}

std::optional<TensorId> Lowering::find(std::string_view value) const {
  const auto found = values_.find(value);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

Result<TensorId> Lowering::operand(const model::Node& node, std::size_t input) {
  if (input >= node.inputs.size() || node.inputs[input].empty())
    return unsupported_use(node, fmt::format("needs its input {}", input));
  if (const auto found = find(node.inputs[input])) return *found;
  return unsupported_use(node, fmt::format("does not take a constant as its input {}", input));
}

TensorId Lowering::plain(TensorId id) {
  if (activation(id).dtype == compute()) return id;
  if (const auto known = plain_.find(id); known != plain_.end()) return known->second;
  const TensorId out = add_like(id, std::nullopt);
  add_step(ConvertStep{id, out, std::nullopt});
  plain_[id] = out;
  return out;
}

TensorId Lowering::add_like(TensorId like, const std::optional<Storage>& storage) {
  Activation tensor = network_.tensors[like];
  tensor.dtype = storage ? storage->dtype : compute();
  tensor.scale = storage ? storage->scale : 1.0F;
  network_.tensors.push_back(tensor);
  return network_.tensors.size() - 1;
}

Result<TensorId> Lowering::plain_operand(const model::Node& node, std::size_t input) {
  auto found = operand(node, input);
  if (!found) return found;
  return plain(*found);
}

Result<TensorId> Lowering::add_tensor(std::string_view value, const std::optional<Storage>& storage) {
  const Shape& dims = shape(value);
  if (dims.size() != 4 && dims.size() != 2)
    return Error{Errc::unsupported,
                 fmt::format("'{}' has the shape {}: the cudnn engine runs networks for images, of 4 or 2 "
                             "dimensions",
                             printable(value), to_string(dims))};
  Activation tensor;
  tensor.dtype = storage ? storage->dtype : compute();
  tensor.scale = storage ? storage->scale : 1.0F;
  tensor.n = dims[0];
  tensor.c = dims[1];
  if (dims.size() == 4) {
    tensor.h = dims[2];
    tensor.w = dims[3];
  }
  // Whatever the type is, so that a conversion never changes where a channel is.
  tensor.pitch = pitch_of(tensor.c, quantised_ ? DType::i8 : tensor.dtype);
  constexpr std::int64_t kMost = std::int64_t{1} << 31;  // cuDNN's and the kernels' 32-bit indices
  if (const auto count = element_count(std::array{tensor.n, tensor.h, tensor.w, tensor.pitch}, kMost);
      !count || *count == 0)
    return Error{Errc::unsupported, fmt::format("'{}' has the shape {}: the cudnn engine takes 1 to 2^31 "
                                                "elements",
                                                printable(value), to_string(dims))};
  network_.tensors.push_back(tensor);
  return network_.tensors.size() - 1;
}

std::size_t Lowering::add_weights(Weights weights) {
  network_.weights.push_back(std::move(weights));
  return network_.weights.size() - 1;
}

Status Lowering::add_inputs() {
  for (std::size_t i = 0; i < graph_.inputs.size(); ++i) {
    const model::Value& input = graph_.inputs[i];
    const TensorSpec& spec = specs_.find(input.name)->second;
    network_.inputs.push_back(spec);
    if (spec.dtype != DType::f32)
      return Error{Errc::unsupported, fmt::format("input '{}' is {}: the cudnn engine takes f32 inputs",
                                                  printable(input.name), name(spec.dtype))};
    std::size_t reader = 0;
    const model::Node* quantise = sole_reader(input.name, reader);
    std::optional<Storage> storage;
    if (quantise != nullptr && quantise->op == "QuantizeLinear") storage = storage_of(*quantise);
    auto tensor = add_tensor(input.name, storage);
    if (!tensor) return std::move(tensor).error();
    alias(storage ? quantise->outputs.front() : input.name, *tensor);
    if (storage) done_.insert(reader);
    add_step(InputStep{i, *tensor, std::nullopt});
  }
  return {};
}

Status Lowering::add_outputs() {
  for (std::size_t i = 0; i < graph_.outputs.size(); ++i) {
    const std::string& name = graph_.outputs[i].name;
    const TensorSpec& spec = specs_.find(name)->second;
    const auto tensor = find(name);
    if (!tensor || spec.dtype != DType::f32)
      return Error{Errc::unsupported,
                   fmt::format("output '{}' is {}: the cudnn engine writes f32 outputs that it has computed",
                               printable(name), tensor ? deepgap::name(spec.dtype) : "a constant")};
    network_.outputs.push_back(spec);
    network_.outputs.back().name = name;
    add_step(OutputStep{*tensor, i});
  }
  return {};
}

}  // namespace deepgap::engines::cudnn
