#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "deepgap/core/text.hpp"
#include "deepgap/engines/cudnn/lower_detail.hpp"
#include "deepgap/engines/cudnn/pack.hpp"
#include "deepgap/model/small_float.hpp"
#include "deepgap/model/window.hpp"

// Conv, Gemm and MatMul, and where their weights come from.
namespace deepgap::engines::cudnn {
namespace {

Axis axis_of(const model::WindowAxis& axis) {
  return {axis.kernel, axis.stride, axis.dilation, axis.pad_begin, axis.pad_end};
}

const model::Node* producer_of(const model::Graph& graph, std::string_view value) {
  const auto found = std::ranges::find_if(graph.nodes, [&](const model::Node& node) {
    return !node.outputs.empty() && node.outputs.front() == value;
  });
  return found == graph.nodes.end() ? nullptr : &*found;
}

bool all_zero(const Tensor& tensor) {
  return std::ranges::all_of(tensor.bytes, [](std::byte byte) { return byte == std::byte{0}; });
}

float element(const Tensor& tensor, std::size_t i) {
  switch (tensor.dtype) {
    case DType::i8: return static_cast<float>(tensor.as<std::int8_t>()[i]);
    case DType::f8e4m3: return static_cast<float>(model::from_f8e4m3(tensor.as<std::uint8_t>()[i]));
    default: return tensor.as<float>()[i];
  }
}

// The numbers that quantised weights stand for, for a convolution whose input is not quantised.
Weights to_floats(const Weights& weights) {
  if (weights.scales.empty()) return weights;
  Weights floats{make_tensor(DType::f32, weights.values.shape), {}, weights.bias};
  const auto values = floats.values.as<float>();
  const std::size_t inner = values.size() / weights.scales.size();
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = element(weights.values, i) * weights.scales[i / inner];
  return floats;
}

// [in, out] -> [out, in]
Tensor transposed(const Tensor& tensor) {
  Tensor result = make_tensor(tensor.dtype, {tensor.shape[1], tensor.shape[0]});
  const auto rows = static_cast<std::size_t>(tensor.shape[0]),
             columns = static_cast<std::size_t>(tensor.shape[1]);
  const std::size_t size = size_of(tensor.dtype);
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t column = 0; column < columns; ++column)
      std::memcpy(&result.bytes[(column * rows + row) * size], &tensor.bytes[(row * columns + column) * size],
                  size);
  return result;
}

bool integer_units_fit(const Activation& in, const Weights& weights) {
  return !weights.scales.empty() && in.dtype == weights.values.dtype;
}

// Makes the step, its output and what follows it; `step` lacks in, out and weights.
Status add_conv(Lowering& lowering, std::size_t i, ConvStep step, Weights weights, TensorId in) {
  // Our own depthwise kernel and cuBLASLt add nothing to their sums; the former writes what it reads.
  const bool depthwise = is_depthwise(weights, lowering.activation(in), step.groups);
  Tail tail = lowering.tail_of(i, step.gemm || depthwise ? Residual::no : Residual::yes);
  const bool one_type = tail.storage && tail.storage->dtype == lowering.activation(in).dtype;
  if (!integer_units_fit(lowering.activation(in), weights) || (depthwise && !one_type)) {
    weights = to_floats(weights);
    in = lowering.plain(in);
    if (depthwise) tail = lowering.without_storage(tail);
  }
  if (tail.residual) step.residual = lowering.find(*tail.residual);
  const bool floats = weights.scales.empty();
  if (step.residual && floats) step.residual = lowering.plain(*step.residual);
  auto out = lowering.add_tensor(lowering.graph().nodes[i].outputs.front(), tail.storage);
  if (!out) return std::move(out).error();
  step.in = in;
  step.out = *out;
  step.clamp = tail.clamp;
  step.weights = lowering.add_weights(std::move(weights));
  lowering.add_step(std::move(step));
  lowering.finish(tail, *out);
  return {};
}

}  // namespace

Result<Weights> Lowering::weights_of(const model::Node& node, std::string_view name,
                                     std::int64_t axis) const {
  if (const Tensor* values = constant(name); values != nullptr) {
    if (values->dtype != DType::f32) return unsupported_use(node, "takes f32 weights");
    return Weights{*values, {}, {}};
  }
  const model::Node* dequantise = producer_of(graph_, name);
  if (dequantise == nullptr || dequantise->op != "DequantizeLinear" || dequantise->inputs.size() < 2)
    return unsupported_use(node, "takes constant weights only");
  const Tensor* values = constant(dequantise->inputs[0]);
  const Tensor* scales = constant(dequantise->inputs[1]);
  const Tensor* zero = dequantise->inputs.size() > 2 ? constant(dequantise->inputs[2]) : nullptr;
  if (values == nullptr || scales == nullptr || scales->dtype != DType::f32 ||
      (values->dtype != DType::i8 && values->dtype != DType::f8e4m3) || (zero != nullptr && !all_zero(*zero)))
    return unsupported_use(node, "takes quantised weights of s8 or e4m3 with the zero point 0");
  const auto rank = static_cast<std::int64_t>(values->shape.size());
  const auto given = dequantise->int_or("axis", 1);
  const auto channels = static_cast<std::size_t>(values->shape[static_cast<std::size_t>(axis)]);
  const auto list = scales->as<float>();
  if (list.size() != 1 && ((given < 0 ? given + rank : given) != axis || list.size() != channels))
    return unsupported_use(node, "takes one scale, or one for each output channel, for its weights");
  Weights weights{*values, {list.begin(), list.end()}, {}};
  if (list.size() == 1) weights.scales.assign(channels, list[0]);
  return weights;
}

Result<std::vector<float>> Lowering::bias_of(const model::Node& node, std::size_t input,
                                             std::int64_t channels) const {
  if (input >= node.inputs.size() || node.inputs[input].empty()) return std::vector<float>{};
  const Tensor* bias = constant(node.inputs[input]);
  std::vector<float> values;
  if (bias != nullptr && bias->dtype == DType::f32) {
    const auto numbers = bias->as<float>();
    values.assign(numbers.begin(), numbers.end());
  } else if (const model::Node* made = producer_of(graph_, node.inputs[input]);
             made != nullptr && made->op == "DequantizeLinear" && made->inputs.size() >= 2) {
    const Tensor* whole = constant(made->inputs[0]);
    const Tensor* scales = constant(made->inputs[1]);
    if (whole != nullptr && scales != nullptr && whole->dtype == DType::i32 && scales->dtype == DType::f32) {
      const auto list = scales->as<float>();
      const auto numbers = whole->as<std::int32_t>();
      for (std::size_t i = 0; i < numbers.size() && !list.empty(); ++i)
        values.push_back(static_cast<float>(numbers[i]) * list[list.size() == numbers.size() ? i : 0]);
    }
  }
  if (values.size() == 1) values.assign(static_cast<std::size_t>(channels), values[0]);
  if (values.size() != static_cast<std::size_t>(channels))
    return unsupported_use(node, "takes a constant bias with one number for each output channel");
  return values;
}

Status lower_conv(Lowering& lowering, std::size_t i) {
  const model::Node& node = lowering.graph().nodes[i];
  auto in = lowering.operand(node, 0);
  if (!in) return std::move(in).error();
  auto weights = lowering.weights_of(node, node.inputs[1], 0);
  if (!weights) return std::move(weights).error();
  const Shape& shape = lowering.shape(node.inputs[0]);
  if (weights->values.shape.size() != 4 || shape.size() != 4)
    return unsupported_use(node, "runs two-dimensional convolutions only");
  auto window = model::conv_window(node, shape, weights->values.shape);
  if (!window) return std::move(window).error();
  auto bias = lowering.bias_of(node, 2, weights->values.shape[0]);
  if (!bias) return std::move(bias).error();
  weights->bias = *std::move(bias);
  ConvStep step;
  step.name = node.name.empty() ? node.outputs.front() : node.name;
  step.y = axis_of((*window)[0]);
  step.x = axis_of((*window)[1]);
  step.groups = node.int_or("group", 1);
  return add_conv(lowering, i, std::move(step), *std::move(weights), *in);
}

Status lower_gemm(Lowering& lowering, std::size_t i) {
  const model::Node& node = lowering.graph().nodes[i];
  auto in = lowering.operand(node, 0);
  if (!in) return std::move(in).error();
  const bool gemm = node.op == "Gemm";
  const bool transposed_already = gemm && node.int_or("transB", 0) != 0;
  auto weights = lowering.weights_of(node, node.inputs[1], transposed_already ? 0 : 1);
  if (!weights) return std::move(weights).error();
  if (weights->values.shape.size() != 2 || lowering.shape(node.inputs[0]).size() != 2 ||
      (gemm &&
       (node.int_or("transA", 0) != 0 || node.float_or("alpha", 1) != 1 || node.float_or("beta", 1) != 1)))
    return unsupported_use(node,
                           "runs x * W + b of two dimensions only (alpha = beta = 1, x not transposed)");
  if (!transposed_already) weights->values = transposed(weights->values);
  // The input may still be [n, c, h, w] in memory: then the window is the whole of it.
  const Activation& x = lowering.activation(*in);
  const std::int64_t outputs = weights->values.shape[0];
  if (weights->values.shape[1] != x.c * x.h * x.w)
    return Error{Errc::invalid_input,
                 fmt::format("{} '{}': weights of {} inputs for {}", node.op, printable(node.name),
                             weights->values.shape[1], x.c * x.h * x.w)};
  weights->values.shape = {outputs, x.c, x.h, x.w};
  auto bias = lowering.bias_of(node, 2, outputs);
  if (!bias) return std::move(bias).error();
  weights->bias = *std::move(bias);
  ConvStep step;
  step.name = node.name.empty() ? node.outputs.front() : node.name;
  step.y.kernel = x.h;
  step.x.kernel = x.w;
  step.gemm = true;
  return add_conv(lowering, i, std::move(step), *std::move(weights), *in);
}

}  // namespace deepgap::engines::cudnn
