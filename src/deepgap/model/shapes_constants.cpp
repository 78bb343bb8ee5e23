#include <algorithm>
#include <functional>
#include <optional>

#include "shapes_detail.hpp"

// Small integer tensors that follow from shapes and constants: what exporters compute a Reshape's target
// from.
namespace deepgap::model {
namespace {

using Values = std::vector<std::int64_t>;
using Result64 = std::optional<Values>;

bool is_integer(DType type) { return type == DType::i64 || type == DType::i32 || type == DType::boolean; }

bool fits(std::span<const std::int64_t> shape) { return element_count(shape, kMostKnownInts).has_value(); }

// Elements of `from` at the positions that a step through `axes` visits, row-major.
Values pick(const KnownInts& from, const std::vector<SliceAxis>& axes) {
  Values flat{0};
  std::int64_t stride = 1;
  for (std::size_t i = axes.size(); i-- > 0;) {
    Values next;
    for (std::int64_t k = 0; k < axes[i].count; ++k)
      for (const std::int64_t rest : flat) next.push_back((axes[i].start + k * axes[i].step) * stride + rest);
    flat = std::move(next);
    stride *= from.shape[i];
  }
  for (std::int64_t& at : flat) at = from.values[static_cast<std::size_t>(at)];
  return flat;
}

Result64 gather(const Call& call) {
  const KnownInts& data = *call.ints[0];
  if (call.ints[1] == nullptr || data.shape.size() != 1) return std::nullopt;
  Values values;
  for (const std::int64_t index : call.ints[1]->values)
    values.push_back(data.values[static_cast<std::size_t>(index < 0 ? index + data.shape[0] : index)]);
  return values;
}

Result64 concat(const Call& call) {
  Values values;
  for (const KnownInts* part : call.ints) {
    if (part == nullptr || part->shape.size() != 1) return std::nullopt;
    values.insert(values.end(), part->values.begin(), part->values.end());
  }
  return values;
}

Result64 slice(const Call& call) {
  const auto axes = slice_axes(call);
  if (!axes) return std::nullopt;
  return pick(*call.ints[0], *axes);
}

Result64 dims(const Call& call) {
  const Shape& shape = call.in(0).shape;
  const auto rank = std::ssize(shape);
  const auto clamp = [&](std::int64_t at) {
    return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank);
  };
  const std::int64_t start = clamp(call.node.int_or("start", 0));
  const std::int64_t end = std::max(start, clamp(call.node.int_or("end", rank)));
  return Values(shape.begin() + start, shape.begin() + end);
}

Result64 filled(const Call& call, const TypedShape& output) {
  const auto it = call.node.attributes.find("value");
  if (it == call.node.attributes.end()) return std::nullopt;
  const auto value = known_ints(std::get<Tensor>(it->second));
  if (!value || value->values.size() != 1) return std::nullopt;
  return Values(static_cast<std::size_t>(*element_count(output.shape)), value->values[0]);
}

// One operand may be a single number.
Result64 arithmetic(const Call& call) {
  const KnownInts* b = call.ints[1];
  if (b == nullptr) return std::nullopt;
  const Values& x = call.ints[0]->values;
  const Values& y = b->values;
  if (x.empty() || y.empty() || (x.size() != y.size() && x.size() != 1 && y.size() != 1)) return std::nullopt;
  Values values(std::max(x.size(), y.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::int64_t left = x[x.size() == 1 ? 0 : i];
    const std::int64_t right = y[y.size() == 1 ? 0 : i];
    const bool divides = call.node.op == "Div";
    if (divides && (right == 0 || right == -1)) return std::nullopt;
    const bool overflow = call.node.op == "Add"   ? __builtin_add_overflow(left, right, &values[i])
                          : call.node.op == "Sub" ? __builtin_sub_overflow(left, right, &values[i])
                          : call.node.op == "Mul" ? __builtin_mul_overflow(left, right, &values[i])
                                                  : !divides;
    if (overflow) return std::nullopt;
    if (divides) values[i] = left / right;
  }
  return values;
}

Result64 values_of(const Call& call, const TypedShape& output) {
  const std::string& op = call.node.op;
  if (op == "Shape") return dims(call);
  if (op == "Size") return Values{element_count(call.in(0).shape).value_or(0)};
  if (op == "ConstantOfShape") return filled(call, output);
  if (call.ints.empty() || call.ints[0] == nullptr) return std::nullopt;
  for (const char* same : {"Identity", "Cast", "Reshape", "Squeeze", "Unsqueeze", "Flatten"})
    if (op == same) return call.ints[0]->values;
  if (op == "Gather") return gather(call);
  if (op == "Concat") return concat(call);
  if (op == "Slice") return slice(call);
  if (op == "Add" || op == "Sub" || op == "Mul" || op == "Div") return arithmetic(call);
  return std::nullopt;
}

}  // namespace

std::optional<KnownInts> evaluate(const Call& call, const TypedShape& output) {
  if (!is_integer(output.dtype) || !fits(output.shape)) return std::nullopt;
  auto values = values_of(call, output);
  if (!values || element_count(output.shape) != std::ssize(*values)) return std::nullopt;
  if (output.dtype != DType::i64)
    for (const std::int64_t value : *values)
      if (value != static_cast<std::int32_t>(value)) return std::nullopt;
  return KnownInts{output.dtype, output.shape, *std::move(values)};
}

std::optional<KnownInts> known_ints(const Tensor& tensor) {
  if (!is_integer(tensor.dtype) || !fits(tensor.shape)) return std::nullopt;
  KnownInts known{tensor.dtype, tensor.shape, {}};
  const auto copy = [&](auto values) { known.values.assign(values.begin(), values.end()); };
  if (tensor.dtype == DType::i64) copy(tensor.as<std::int64_t>());
  if (tensor.dtype == DType::i32) copy(tensor.as<std::int32_t>());
  if (tensor.dtype == DType::boolean) copy(tensor.as<std::uint8_t>());
  if (element_count(tensor.shape) != std::ssize(known.values)) return std::nullopt;
  return known;
}

}  // namespace deepgap::model
