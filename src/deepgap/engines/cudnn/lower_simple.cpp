#include <algorithm>

#include <fmt/format.h>

#include "deepgap/engines/cudnn/lower_detail.hpp"
#include "deepgap/model/window.hpp"

// Everything but convolutions: pooling, sums, activations, views.
namespace deepgap::engines::cudnn {
namespace {

// The second operand of an Add that is one number a channel: [c], [1, c] or [c, 1, 1] and the like.
bool is_channel_vector(const Shape& shape, const Shape& of) {
  if (shape.size() > of.size()) return false;
  const std::size_t from = of.size() - shape.size();
  for (std::size_t d = 0; d < shape.size(); ++d)
    if (shape[d] != 1 && (d + from != 1 || shape[d] != of[1])) return false;
  return true;
}

// Only the type and the scale of quantised tensors may survive a pooling.
std::optional<Storage> storage_like(const Activation& tensor) {
  if (tensor.dtype != DType::i8 && tensor.dtype != DType::f8e4m3) return std::nullopt;
  return Storage{tensor.dtype, tensor.scale};
}

template <class MakeStep>
Status add_simple(Lowering& lowering, const Tail& tail, Result<TensorId> out, MakeStep make_step) {
  if (!out) return std::move(out).error();
  lowering.add_step(make_step(*out));
  lowering.finish(tail, *out);
  return {};
}

Tail untaken(const model::Node& node) { return {node.outputs.front(), {}, {}, {}, {}}; }

}  // namespace

Status lower_pool(Lowering& lowering, std::size_t i) {
  const model::Node& node = lowering.graph().nodes[i];
  auto in = lowering.operand(node, 0);
  if (!in) return std::move(in).error();
  if (node.outputs.size() > 1 && !node.outputs[1].empty())
    return unsupported_use(node, "does not give out indices");
  const Shape& shape = lowering.shape(node.inputs[0]);
  if (shape.size() != 4) return unsupported_use(node, "pools images only");
  auto window = model::pool_window(node, shape);
  if (!window) return std::move(window).error();
  const auto axis = [](const model::WindowAxis& a) {
    return Axis{a.kernel, a.stride, a.dilation, a.pad_begin, a.pad_end};
  };
  PoolStep step{*in,
                0,
                axis((*window)[0]),
                axis((*window)[1]),
                node.op == "MaxPool",
                node.int_or("count_include_pad", 0) != 0};
  if (step.y.dilation != 1 || step.x.dilation != 1)
    return unsupported_use(node, "pools without dilation only");
  if (!step.max && node.int_or("ceil_mode", 0) != 0)
    return unsupported_use(node, "averages without ceil_mode only");
  Tail tail = lowering.tail_of(i, Residual::no);
  const auto kept = storage_like(lowering.activation(*in));
  // A pooling cannot clamp, and a largest element keeps its scale: what is asked beyond that is not taken.
  const bool fits = !tail.clamp && tail.storage && kept &&
                    (step.max ? tail.storage == kept : tail.storage->dtype == kept->dtype);
  if (!fits) tail = untaken(node);
  auto storage = tail.storage;
  if (step.max) storage = kept;
  if (!step.max && !storage) step.in = lowering.plain(step.in);
  return add_simple(lowering, tail, lowering.add_tensor(node.outputs.front(), storage), [&](TensorId out) {
    step.out = out;
    return step;
  });
}

Status lower_global_average(Lowering& lowering, std::size_t i) {
  const model::Node& node = lowering.graph().nodes[i];
  auto in = lowering.operand(node, 0);
  if (!in) return std::move(in).error();
  if (lowering.shape(node.inputs[0]).size() != 4) return unsupported_use(node, "averages images only");
  if (node.op == "ReduceMean") {
    auto axes = node.ints_or("axes", {});
    if (const Tensor* given = node.inputs.size() > 1 ? lowering.constant(node.inputs[1]) : nullptr;
        given != nullptr && given->dtype == DType::i64)
      axes.assign(given->as<std::int64_t>().begin(), given->as<std::int64_t>().end());
    for (std::int64_t& axis : axes) axis = axis < 0 ? axis + 4 : axis;
    std::ranges::sort(axes);
    if (axes != std::vector<std::int64_t>{2, 3})
      return unsupported_use(node, "averages over height and width only");
  }
  Tail tail = lowering.tail_of(i, Residual::no);
  const DType type = lowering.activation(*in).dtype;
  if (tail.clamp || (tail.storage && tail.storage->dtype != type)) tail = untaken(node);
  // Without a quantised result the average is a float, whatever is averaged.
  if (!tail.storage && type != lowering.compute() && lowering.compute() != DType::f32)
    in = lowering.plain(*in);
  return add_simple(lowering, tail, lowering.add_tensor(node.outputs.front(), tail.storage),
                    [&](TensorId out) { return GlobalAverageStep{*in, out}; });
}

Status lower_add(Lowering& lowering, std::size_t i) {
  const model::Node& node = lowering.graph().nodes[i];
  if (node.inputs.size() != 2) return unsupported_use(node, "adds two values");
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}})
    if (const Tensor* term = lowering.constant(node.inputs[side]); term != nullptr)
      return lower_add_constant(lowering, i, *term, 1 - side);
  auto a = lowering.operand(node, 0), b = lowering.operand(node, 1);
  if (!a) return std::move(a).error();
  if (!b) return std::move(b).error();
  if (lowering.shape(node.inputs[0]) != lowering.shape(node.inputs[1]) ||
      !same_pixels(lowering.activation(*a), lowering.activation(*b)))
    return unsupported_use(node, "adds values of one shape only");
  Tail tail = lowering.tail_of(i, Residual::no);
  const DType type = lowering.activation(*a).dtype;
  if (type != lowering.activation(*b).dtype || !tail.storage || tail.storage->dtype != type) {
    a = lowering.plain(*a);
    b = lowering.plain(*b);
    if (tail.storage) tail = lowering.without_storage(tail);
  }
  return add_simple(lowering, tail, lowering.add_like(*a, tail.storage),
                    [&](TensorId out) { return AddStep{*a, *b, out, tail.clamp}; });
}

// A channel's constant: a bias that MatMul left behind. Runs as a 1x1 depthwise convolution with weights
// of 1.
Status lower_add_constant(Lowering& lowering, std::size_t i, const Tensor& term, std::size_t side) {
  const model::Node& node = lowering.graph().nodes[i];
  auto in = lowering.plain_operand(node, side);
  if (!in) return std::move(in).error();
  const Shape& shape = lowering.shape(node.inputs[side]);
  if (term.dtype != DType::f32 || !is_channel_vector(term.shape, shape) ||
      lowering.shape(node.outputs.front()) != shape)
    return unsupported_use(node, "adds a constant with one number for each channel only");
  const std::int64_t channels = shape[1];
  Weights weights{make_tensor(DType::f32, {channels, 1, 1, 1}), {}, {}};
  std::ranges::fill(weights.values.as<float>(), 1.0F);
  const auto numbers = term.as<float>();
  for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c)
    weights.bias.push_back(numbers[numbers.size() == 1 ? 0 : c]);
  const Tail tail = lowering.tail_of(i, Residual::no);
  auto out = lowering.add_tensor(node.outputs.front(), tail.storage);
  if (!out) return std::move(out).error();
  ConvStep step;
  step.name = node.name.empty() ? node.outputs.front() : node.name;
  step.in = *in;
  step.out = *out;
  step.groups = channels;
  step.clamp = tail.clamp;
  step.weights = lowering.add_weights(std::move(weights));
  lowering.add_step(std::move(step));
  lowering.finish(tail, *out);
  return {};
}

Status lower_activation(Lowering& lowering, std::size_t i) {
  const model::Node& node = lowering.graph().nodes[i];
  auto in = lowering.operand(node, 0);
  if (!in) return std::move(in).error();
  const auto clamp = clamp_of(lowering, node);
  if (!clamp) return unsupported_use(node, "takes constant limits, the lower not above the upper");
  Tail tail = lowering.tail_of(i, Residual::no);
  if (tail.clamp) tail = untaken(node);
  return add_simple(lowering, tail, lowering.add_like(*in, tail.storage),
                    [&](TensorId out) { return ConvertStep{*in, out, clamp}; });
}

Status lower_concat(Lowering& lowering, std::size_t i) {
  const model::Node& node = lowering.graph().nodes[i];
  const std::int64_t axis = node.int_or("axis", 1);
  const auto rank = static_cast<std::int64_t>(lowering.shape(node.outputs.front()).size());
  if ((axis < 0 ? axis + rank : axis) != 1) return unsupported_use(node, "joins channels only");
  ConcatStep step;
  for (std::size_t input = 0; input < node.inputs.size(); ++input) {
    auto in = lowering.operand(node, input);
    if (!in) return std::move(in).error();
    const bool last = input + 1 == node.inputs.size();
    const Activation& part = lowering.activation(*in);
    if (!last && part.pitch != part.c)
      return unsupported_use(node,
                             fmt::format("joins parts of whole vectors of channels only, not {}", part.c));
    step.in.push_back(*in);
  }
  Tail tail = lowering.tail_of(i, Residual::no);
  const bool alike = tail.storage && !tail.clamp && std::ranges::all_of(step.in, [&](TensorId id) {
                       return lowering.activation(id).dtype == tail.storage->dtype;
                     });
  if (!alike) {
    tail = untaken(node);
    for (TensorId& id : step.in) id = lowering.plain(id);
  }
  return add_simple(lowering, tail, lowering.add_tensor(node.outputs.front(), tail.storage),
                    [&](TensorId out) {
                      step.out = out;
                      return step;
                    });
}

// Another shape for the same numbers. In memory nothing moves: an image that becomes a row keeps its layout,
// and whoever reads the row (a Gemm, an output) knows.
Status lower_view(Lowering& lowering, std::size_t i) {
  const model::Node& node = lowering.graph().nodes[i];
  auto in = lowering.operand(node, 0);
  if (!in) return std::move(in).error();
  const Activation& tensor = lowering.activation(*in);
  const Shape& shape = lowering.shape(node.outputs.front());
  const Shape& before = lowering.shape(node.inputs[0]);
  const bool row = shape == Shape{tensor.n, tensor.c * tensor.h * tensor.w};
  const bool pixel = shape == Shape{tensor.n, tensor.c, 1, 1} && tensor.h == 1 && tensor.w == 1;
  if (shape != before && !row && !pixel)
    return unsupported_use(node, "reshapes an image to one row a sample only");
  lowering.alias(node.outputs.front(), *in);
  return {};
}

}  // namespace deepgap::engines::cudnn
