#include <algorithm>
#include <cmath>

#include "deepgap/engines/cudnn/lower_detail.hpp"

// What a step can take along of the nodes behind it.
namespace deepgap::engines::cudnn {
namespace {

std::optional<float> scalar(const Tensor* tensor) {
  if (tensor == nullptr || tensor->dtype != DType::f32 || tensor->as<float>().size() != 1)
    return std::nullopt;
  return tensor->as<float>()[0];
}

// Clip's limits: attributes before opset 11, then inputs, which may be left out.
std::optional<float> limit(const Lowering& lowering, const model::Node& node, std::size_t input,
                           std::string_view attribute, float open) {
  if (node.attributes.contains(attribute)) return node.float_or(attribute, open);
  if (input >= node.inputs.size() || node.inputs[input].empty()) return open;
  return scalar(lowering.constant(node.inputs[input]));
}

// [n, c, 1, 1] -> [n, c]: the same in memory.
bool drops_pixels(const Lowering& lowering, const model::Node& node) {
  if (node.op != "Flatten" && node.op != "Reshape" && node.op != "Squeeze") return false;
  const Shape& from = lowering.shape(node.inputs[0]);
  return from.size() == 4 && from[2] == 1 && from[3] == 1 &&
         lowering.shape(node.outputs.front()) == Shape{from[0], from[1]};
}

bool all_zero(const Tensor& tensor) {
  return std::ranges::all_of(tensor.bytes, [](std::byte byte) { return byte == std::byte{0}; });
}

}  // namespace

std::optional<Clamp> clamp_of(const Lowering& lowering, const model::Node& node) {
  constexpr float kOpen = std::numeric_limits<float>::infinity();
  if (!node.domain.empty()) return std::nullopt;
  if (node.op == "Relu") return Clamp{};
  if (node.op != "Clip") return std::nullopt;
  const auto lo = limit(lowering, node, 1, "min", -kOpen), hi = limit(lowering, node, 2, "max", kOpen);
  if (!lo || !hi || !(*lo <= *hi)) return std::nullopt;
  return Clamp{*lo, *hi};
}

// The only reader of a value that the graph does not give out.
const model::Node* Lowering::sole_reader(std::string_view value, std::size_t& index) const {
  const auto found = readers_.find(value);
  if (found == readers_.end() || found->second.size() != 1) return nullptr;
  index = found->second.front();
  return index < graph_.nodes.size() ? &graph_.nodes[index] : nullptr;
}

// Per-tensor, symmetric: what the card's integer and FP8 units take.
std::optional<Storage> Lowering::storage_of(const model::Node& quantise) const {
  if (quantise.inputs.size() < 2) return std::nullopt;
  const auto scale = scalar(constant(quantise.inputs[1]));
  if (!scale || !std::isfinite(*scale) || *scale <= 0) return std::nullopt;
  if (quantise.inputs.size() < 3 || quantise.inputs[2].empty()) return std::nullopt;  // u8 by definition
  const Tensor* zero = constant(quantise.inputs[2]);
  if (zero == nullptr || !all_zero(*zero)) return std::nullopt;
  if (zero->dtype != DType::i8 && zero->dtype != DType::f8e4m3) return std::nullopt;
  return Storage{zero->dtype, *scale};
}

// Conv -> Q -> DQ -> Add: the sum is made before anything is rounded, so the pair is left out.
bool Lowering::skip_pair_before_add(Tail& tail) const {
  std::size_t q = 0, dq = 0, add = 0;
  const model::Node* quantise = sole_reader(tail.value, q);
  if (quantise == nullptr || quantise->op != "QuantizeLinear" || !storage_of(*quantise)) return false;
  const model::Node* dequantise = sole_reader(quantise->outputs.front(), dq);
  if (dequantise == nullptr || dequantise->op != "DequantizeLinear") return false;
  const model::Node* sum = sole_reader(dequantise->outputs.front(), add);
  if (sum == nullptr || sum->op != "Add") return false;
  Tail longer = tail;
  longer.value = dequantise->outputs.front();
  longer.nodes.insert(longer.nodes.end(), {q, dq});
  if (!extend_with_add(longer, add)) return false;
  tail = std::move(longer);
  return true;
}

// The other operand must be there already, in the same shape.
bool Lowering::extend_with_add(Tail& tail, std::size_t index) const {
  const model::Node& add = graph_.nodes[index];
  if (add.inputs.size() != 2 || add.inputs[0] == add.inputs[1]) return false;
  const std::string& other = add.inputs[add.inputs[0] == tail.value ? 1 : 0];
  const auto residual = find(other);
  const Shape& sum = shape(tail.value);
  if (!residual || shape(other) != sum || sum.size() < 2) return false;
  const Activation& tensor = activation(*residual);  // an image that became a row lies differently
  if (tensor.c != sum[1] || (sum.size() == 2 && tensor.h * tensor.w != 1)) return false;
  tail.residual = other;
  tail.value = add.outputs.front();
  tail.nodes.push_back(index);
  return true;
}

Tail Lowering::tail_of(std::size_t i, Residual residual) const {
  Tail tail;
  tail.value = graph_.nodes[i].outputs.front();
  bool may_add = residual == Residual::yes;
  while (true) {
    std::size_t index = 0;
    const model::Node* reader = sole_reader(tail.value, index);
    if (reader == nullptr || !reader->domain.empty() || reader->outputs.empty()) return tail;
    if (drops_pixels(*this, *reader)) {
      tail.value = reader->outputs.front();
      tail.nodes.push_back(index);
    } else if (may_add && !tail.clamp &&
               ((reader->op == "QuantizeLinear" && skip_pair_before_add(tail)) ||
                (reader->op == "Add" && extend_with_add(tail, index)))) {
      may_add = false;
    } else if (const auto clamp = clamp_of(*this, *reader); clamp && !tail.clamp) {
      tail.clamp = clamp;
      tail.value = reader->outputs.front();
      tail.nodes.push_back(index);
    } else {
      const auto storage = reader->op == "QuantizeLinear" ? storage_of(*reader) : std::nullopt;
      if (!storage) return tail;
      tail.storage = storage;
      tail.value = reader->outputs.front();
      tail.nodes.push_back(index);
      return tail;
    }
  }
}

// Here and not beside its callers: GCC 12 inlines the variant and then warns of members it does not have.
void Lowering::add_step(Step step) { network_.steps.push_back(std::move(step)); }

Tail Lowering::without_storage(Tail tail) const {
  if (!tail.storage) return tail;
  tail.value = graph_.nodes[tail.nodes.back()].inputs.front();
  tail.nodes.pop_back();
  tail.storage.reset();
  return tail;
}

void Lowering::finish(const Tail& tail, TensorId id) {
  alias(tail.value, id);
  done_.insert(tail.nodes.begin(), tail.nodes.end());
}

Status lower_quantise(Lowering& lowering, std::size_t i) {
  const model::Node& node = lowering.graph().nodes[i];
  auto in = lowering.operand(node, 0);
  if (!in) return std::move(in).error();
  const auto storage = lowering.storage_of(node);
  if (!storage)
    return unsupported_use(node, "quantises to s8 or e4m3 with one scale and the zero point 0 only");
  const Activation& tensor = lowering.activation(*in);
  if (tensor.dtype == storage->dtype && tensor.scale == storage->scale) {
    lowering.alias(node.outputs.front(), *in);
    return {};
  }
  const TensorId out = lowering.add_like(*in, storage);
  lowering.add_step(ConvertStep{*in, out, std::nullopt});
  lowering.alias(node.outputs.front(), out);
  return {};
}

Status lower_dequantise(Lowering& lowering, std::size_t i) {
  const model::Node& node = lowering.graph().nodes[i];
  // Of weights: whoever reads them looks behind this node.
  if (lowering.constant(node.inputs[0]) != nullptr) return {};
  auto in = lowering.operand(node, 0);
  if (!in) return std::move(in).error();
  const auto storage = lowering.storage_of(node);
  const Activation& tensor = lowering.activation(*in);
  if (!storage || storage->dtype != tensor.dtype || storage->scale != tensor.scale)
    return unsupported_use(node, "reads back with the scale and the zero point that were written with only");
  lowering.alias(node.outputs.front(), *in);
  return {};
}

}  // namespace deepgap::engines::cudnn
