#include <fmt/format.h>

#include <algorithm>

#include "deepgap/model/onnx_types.hpp"
#include "shapes_detail.hpp"

// Rules of elementwise operators, normalisations and matrix products.
namespace deepgap::model::rules {
namespace {

TypedShape like(const TensorSpec& spec) { return {spec.dtype, spec.shape}; }

Status same_type(const Call& call, std::size_t first = 0) {
  for (std::size_t i = first + 1; i < call.inputs.size(); ++i)
    if (call.has(i) && call.in(i).dtype != call.in(first).dtype)
      return contradiction(fmt::format("its inputs differ in type ({} and {})", name(call.in(first).dtype),
                                       name(call.in(i).dtype)));
  return {};
}

Result<Shape> broadcast_all(const Call& call) {
  Shape shape = call.in(0).shape;
  for (std::size_t i = 1; i < call.inputs.size(); ++i) {
    if (!call.has(i)) return contradiction(fmt::format("its input {} is missing", i));
    auto wider = broadcast(shape, call.in(i).shape);
    if (!wider) return std::move(wider).error();
    shape = *std::move(wider);
  }
  return shape;
}

// Inputs 1... hold one number a channel.
Status channel_vectors(const Call& call) {
  if (auto ok = need_rank(call, 0, 2); !ok) return ok;
  const std::int64_t channels = call.in(0).shape[1];
  for (std::size_t i = 1; i < call.inputs.size(); ++i)
    if (call.has(i) && call.in(i).shape != Shape{channels})
      return contradiction(
          fmt::format("its input {} has shape {}; [{}] is needed", i, to_string(call.in(i).shape), channels));
  return {};
}

}  // namespace

Result<Outputs> same_shape(const Call& call) { return Outputs{like(call.in(0))}; }

Result<Outputs> dropout(const Call& call) {
  if (call.has(2)) {
    if (call.ints[2] == nullptr || call.ints[2]->values.size() != 1)
      return not_supported("whether it trains depends on the data");
    if (call.ints[2]->values[0] != 0)
      return not_supported("Dropout in training mode changes results at random");
  }
  return Outputs{like(call.in(0)), {DType::boolean, call.in(0).shape}};
}

Result<Outputs> along_axis(const Call& call) {
  const std::int64_t fallback = call.opset >= 13 ? -1 : 1;
  const std::int64_t axis = call.node.int_or("axis", fallback);
  if (call.opset >= 13) {
    if (auto normal = normal_axis(axis, call.rank(0)); !normal) return std::move(normal).error();
  } else if (auto normal = normal_split(axis, call.rank(0)); !normal) {
    return std::move(normal).error();
  }
  return Outputs{like(call.in(0))};
}

Result<Outputs> batch_norm(const Call& call) {
  if (call.node.int_or("training_mode", 0) != 0)
    return not_supported("BatchNormalization in training mode is not inference");
  if (call.node.int_or("spatial", 1) != 1) return not_supported("BatchNormalization with spatial=0");
  if (auto ok = channel_vectors(call); !ok) return std::move(ok).error();
  return Outputs{like(call.in(0))};
}

Result<Outputs> channel_affine(const Call& call) {
  if (auto ok = channel_vectors(call); !ok) return std::move(ok).error();
  return Outputs{like(call.in(0))};
}

Result<Outputs> layer_norm(const Call& call) {
  const auto axis = normal_axis(call.node.int_or("axis", -1), call.rank(0));
  if (!axis) return axis.error();
  const TensorSpec& input = call.in(0);
  for (std::size_t i = 1; i < call.inputs.size(); ++i) {
    if (!call.has(i)) continue;
    const auto wider = broadcast(input.shape, call.in(i).shape);
    if (!wider) return wider.error();
    if (*wider != input.shape)
      return contradiction(fmt::format("its input {} is larger than its input 0", i));
  }
  Shape statistics = input.shape;
  std::fill(statistics.begin() + *axis, statistics.end(), 1);
  return Outputs{like(input), {DType::f32, statistics}, {DType::f32, statistics}};
}

Result<Outputs> elementwise(const Call& call) {
  auto shape = broadcast_all(call);
  if (!shape) return std::move(shape).error();
  if (auto ok = same_type(call); !ok) return std::move(ok).error();
  return Outputs{{call.in(0).dtype, *std::move(shape)}};
}

Result<Outputs> compare(const Call& call) {
  auto shape = broadcast_all(call);
  if (!shape) return std::move(shape).error();
  if (auto ok = same_type(call); !ok) return std::move(ok).error();
  return Outputs{{DType::boolean, *std::move(shape)}};
}

Result<Outputs> power(const Call& call) {
  auto shape = broadcast_all(call);
  if (!shape) return std::move(shape).error();
  return Outputs{{call.in(0).dtype, *std::move(shape)}};
}

Result<Outputs> where(const Call& call) {
  if (call.in(0).dtype != DType::boolean) return contradiction("its condition is not of type bool");
  auto shape = broadcast_all(call);
  if (!shape) return std::move(shape).error();
  if (auto ok = same_type(call, 1); !ok) return std::move(ok).error();
  return Outputs{{call.in(1).dtype, *std::move(shape)}};
}

Result<Outputs> one_way(const Call& call) {
  const auto shape = broadcast_all(call);
  if (!shape) return shape.error();
  if (*shape != call.in(0).shape) return contradiction("its input 1 is larger than its input 0");
  return Outputs{like(call.in(0))};
}

Result<Outputs> matmul(const Call& call) {
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}})
    if (auto ok = need_rank(call, i, 1); !ok) return std::move(ok).error();
  if (auto ok = same_type(call); !ok) return std::move(ok).error();
  Shape a = call.in(0).shape;
  Shape b = call.in(1).shape;
  const bool row = a.size() == 1;
  const bool column = b.size() == 1;
  if (row) a.insert(a.begin(), 1);
  if (column) b.push_back(1);
  if (a.back() != b[b.size() - 2])
    return contradiction(fmt::format("shapes {} and {} do not multiply", to_string(call.in(0).shape),
                                     to_string(call.in(1).shape)));
  auto shape = broadcast(std::span{a}.first(a.size() - 2), std::span{b}.first(b.size() - 2));
  if (!shape) return std::move(shape).error();
  if (!row) shape->push_back(a[a.size() - 2]);
  if (!column) shape->push_back(b.back());
  return Outputs{{call.in(0).dtype, *std::move(shape)}};
}

Result<Outputs> gemm(const Call& call) {
  if (call.rank(0) != 2 || call.rank(1) != 2) return contradiction("its inputs are not matrices");
  if (auto ok = same_type(call); !ok) return std::move(ok).error();
  const bool trans_a = call.node.int_or("transA", 0) != 0;
  const bool trans_b = call.node.int_or("transB", 0) != 0;
  const Shape& a = call.in(0).shape;
  const Shape& b = call.in(1).shape;
  if (a[trans_a ? 0 : 1] != b[trans_b ? 1 : 0])
    return contradiction(fmt::format("shapes {} and {} do not multiply", to_string(a), to_string(b)));
  const Shape shape{a[trans_a ? 1 : 0], b[trans_b ? 0 : 1]};
  if (call.has(2)) {
    const auto wider = broadcast(shape, call.in(2).shape);
    if (!wider) return wider.error();
    if (*wider != shape) return contradiction("its bias is larger than its product");
  }
  return Outputs{{call.in(0).dtype, shape}};
}

Result<Outputs> cast(const Call& call) {
  const std::int64_t to = call.node.int_or("to", 0);
  const auto dtype = dtype_from_onnx(to);
  if (!dtype) return not_supported(fmt::format("it casts to {}", onnx_type_name(to)));
  return Outputs{{*dtype, call.in(0).shape}};
}

}  // namespace deepgap::model::rules
