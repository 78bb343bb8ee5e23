#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "deepgap/model/onnx_types.hpp"
#include "shapes_detail.hpp"

// Rules of reductions and of quantisation.
namespace deepgap::model::rules {
namespace {

Shape without(const Shape& shape, const std::vector<std::int64_t>& axes, bool keep) {
  Shape result;
  for (std::int64_t i = 0; i < std::ssize(shape); ++i) {
    const bool reduced = std::ranges::find(axes, i) != axes.end();
    if (!reduced) result.push_back(shape[static_cast<std::size_t>(i)]);
    if (reduced && keep) result.push_back(1);
  }
  return result;
}

// The scale's shape decides: one number, one an entry of `axis`, or one a block along `axis` (opset 21).
Status check_scale(const Call& call) {
  const Shape& shape = call.in(0).shape;
  const Shape& scale = call.in(1).shape;
  const bool both_single = call.has(2) && element_count(scale) == 1 && element_count(call.in(2).shape) == 1;
  if (call.has(2) && call.in(2).shape != scale && !both_single)
    return contradiction(fmt::format("its zero point has shape {}, its scale {}", to_string(call.in(2).shape),
                                     to_string(scale)));
  const std::int64_t block = call.opset >= 21 ? call.node.int_or("block_size", 0) : 0;
  if (block < 0) return contradiction(fmt::format("'block_size' is {}", block));
  if (scale.empty() || (block == 0 && scale == Shape{1})) return {};
  if (call.opset < 13)
    return contradiction(fmt::format("a scale of shape {} before opset 13", to_string(scale)));
  const auto axis = normal_axis(call.node.int_or("axis", 1), call.rank(0));
  if (!axis) return axis.error();
  const auto at = static_cast<std::size_t>(*axis);
  if (block == 0) {
    if (scale == Shape{shape[at]}) return {};
  } else {
    Shape blocks = shape;
    blocks[at] = (shape[at] + block - 1) / block;
    if (scale == blocks) return {};
  }
  return contradiction(fmt::format("a scale of shape {} does not fit {} along axis {} with block size {}",
                                   to_string(scale), to_string(shape), *axis, block));
}

bool is_float(DType type) {
  return type == DType::f32 || type == DType::f16 || type == DType::bf16 || type == DType::f64;
}

}  // namespace

Result<Outputs> reduce(const Call& call) {
  auto given = call.list("axes", 1);
  if (!given) return std::move(given).error();
  std::vector<std::int64_t> axes = given->value_or(std::vector<std::int64_t>{});
  if (axes.empty() && call.node.int_or("noop_with_empty_axes", 0) != 0)
    return Outputs{{call.in(0).dtype, call.in(0).shape}};
  if (axes.empty()) {
    axes.resize(call.in(0).shape.size());
    std::iota(axes.begin(), axes.end(), 0);
  }
  const auto normal = normal_axes(axes, call.rank(0));
  if (!normal) return normal.error();
  return Outputs{
      {call.in(0).dtype, without(call.in(0).shape, *normal, call.node.int_or("keepdims", 1) != 0)}};
}

Result<Outputs> arg_reduce(const Call& call) {
  const auto axis = normal_axis(call.node.int_or("axis", 0), call.rank(0));
  if (!axis) return axis.error();
  if (call.in(0).shape[static_cast<std::size_t>(*axis)] == 0)
    return contradiction("an empty axis has no winner");
  return Outputs{{DType::i64, without(call.in(0).shape, {*axis}, call.node.int_or("keepdims", 1) != 0)}};
}

Result<Outputs> top_k(const Call& call) {
  const auto axis = normal_axis(call.node.int_or("axis", -1), call.rank(0));
  if (!axis) return axis.error();
  std::int64_t k = call.node.int_or("k", 0);
  if (call.opset >= 10) {
    const auto given = call.list("k", 1);
    if (!given) return given.error();
    if (!given->has_value() || (*given)->size() != 1) return contradiction("its k is not one number");
    k = (**given)[0];
  }
  Shape shape = call.in(0).shape;
  std::int64_t& size = shape[static_cast<std::size_t>(*axis)];
  if (k < 0 || k > size) return contradiction(fmt::format("k is {} of {}", k, size));
  size = k;
  return Outputs{{call.in(0).dtype, shape}, {DType::i64, shape}};
}

Result<Outputs> quantize(const Call& call) {
  if (auto ok = check_scale(call); !ok) return std::move(ok).error();
  if (!is_float(call.in(0).dtype) && call.in(0).dtype != DType::i32)
    return contradiction(fmt::format("it quantises {}", name(call.in(0).dtype)));
  DType dtype = DType::u8;
  if (const std::int64_t wanted = call.node.int_or("output_dtype", 0); wanted != 0) {
    const auto known = dtype_from_onnx(wanted);
    if (!known) return not_supported(fmt::format("it quantises to {}", onnx_type_name(wanted)));
    dtype = *known;
  }
  if (call.has(2)) dtype = call.in(2).dtype;
  return Outputs{{dtype, call.in(0).shape}};
}

Result<Outputs> dequantize(const Call& call) {
  if (auto ok = check_scale(call); !ok) return std::move(ok).error();
  if (call.has(2) && call.in(2).dtype != call.in(0).dtype)
    return contradiction(
        fmt::format("its zero point is {}, its input {}", name(call.in(2).dtype), name(call.in(0).dtype)));
  DType dtype = call.in(1).dtype;
  if (!is_float(dtype)) return contradiction(fmt::format("its scale is {}", name(dtype)));
  if (const std::int64_t wanted = call.node.int_or("output_dtype", 0); wanted != 0) {
    const auto known = dtype_from_onnx(wanted);
    if (!known || !is_float(*known))
      return not_supported(fmt::format("it dequantises to {}", onnx_type_name(wanted)));
    dtype = *known;
  }
  return Outputs{{dtype, call.in(0).shape}};
}

}  // namespace deepgap::model::rules
