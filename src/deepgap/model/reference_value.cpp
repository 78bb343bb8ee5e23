#include <cmath>
#include <cstring>
#include <limits>

#include "deepgap/model/operators.hpp"
#include "deepgap/model/small_float.hpp"
#include "reference_detail.hpp"

namespace deepgap::model {
namespace {

template <class T, class Out>
void widen(const Tensor& tensor, std::vector<Out>& out) {
  const auto values = tensor.as<T>();
  std::ranges::transform(values, out.begin(), [](T v) { return static_cast<Out>(v); });
}

template <class T, class In>
void narrow(const std::vector<In>& values, Tensor& tensor) {
  std::ranges::transform(values, tensor.as<T>().begin(), [](In v) { return static_cast<T>(v); });
}

template <class T>
std::int64_t saturate_as(double value) {
  constexpr double kHi = static_cast<double>(std::numeric_limits<T>::max());
  if (std::isnan(value)) return 0;
  if (value <= static_cast<double>(std::numeric_limits<T>::min()))
    return static_cast<std::int64_t>(std::numeric_limits<T>::min());
  if (value >= kHi) return static_cast<std::int64_t>(std::numeric_limits<T>::max());
  return static_cast<std::int64_t>(static_cast<T>(value));
}

}  // namespace

bool is_real(DType type) noexcept {
  return type == DType::f32 || type == DType::f64 || type == DType::f16 || type == DType::bf16 ||
         type == DType::f8e4m3;
}

Data zeros(DType dtype, Shape shape) {
  const std::size_t count = product(shape);
  Data data{dtype, std::move(shape), {}, {}};
  if (is_real(dtype))
    data.real.resize(count);
  else
    data.whole.resize(count);
  return data;
}

Data from_tensor(const Tensor& tensor) {
  Data data = zeros(tensor.dtype, tensor.shape);
  switch (tensor.dtype) {
    case DType::f32: widen<float>(tensor, data.real); break;
    case DType::f64: widen<double>(tensor, data.real); break;
    case DType::f16: std::ranges::transform(tensor.as<std::uint16_t>(), data.real.begin(), from_f16); break;
    case DType::bf16: std::ranges::transform(tensor.as<std::uint16_t>(), data.real.begin(), from_bf16); break;
    case DType::f8e4m3:
      std::ranges::transform(tensor.as<std::uint8_t>(), data.real.begin(), from_f8e4m3);
      break;
    case DType::i8: widen<std::int8_t>(tensor, data.whole); break;
    case DType::u8: widen<std::uint8_t>(tensor, data.whole); break;
    case DType::i16: widen<std::int16_t>(tensor, data.whole); break;
    case DType::u16: widen<std::uint16_t>(tensor, data.whole); break;
    case DType::i32: widen<std::int32_t>(tensor, data.whole); break;
    case DType::u32: widen<std::uint32_t>(tensor, data.whole); break;
    case DType::i64: widen<std::int64_t>(tensor, data.whole); break;
    case DType::u64: widen<std::uint64_t>(tensor, data.whole); break;
    case DType::boolean:
      std::ranges::transform(tensor.as<std::uint8_t>(), data.whole.begin(),
                             [](std::uint8_t v) { return v != 0; });
      break;
  }
  return data;
}

Tensor to_tensor(const Data& data) {
  Tensor tensor = make_tensor(data.dtype, data.shape);
  switch (data.dtype) {
    case DType::f32: narrow<float>(data.real, tensor); break;
    case DType::f64: narrow<double>(data.real, tensor); break;
    case DType::f16: std::ranges::transform(data.real, tensor.as<std::uint16_t>().begin(), to_f16); break;
    case DType::bf16: std::ranges::transform(data.real, tensor.as<std::uint16_t>().begin(), to_bf16); break;
    case DType::f8e4m3:
      std::ranges::transform(data.real, tensor.as<std::uint8_t>().begin(), to_f8e4m3);
      break;
    case DType::i8: narrow<std::int8_t>(data.whole, tensor); break;
    case DType::u8: narrow<std::uint8_t>(data.whole, tensor); break;
    case DType::i16: narrow<std::int16_t>(data.whole, tensor); break;
    case DType::u16: narrow<std::uint16_t>(data.whole, tensor); break;
    case DType::i32: narrow<std::int32_t>(data.whole, tensor); break;
    case DType::u32: narrow<std::uint32_t>(data.whole, tensor); break;
    case DType::i64: narrow<std::int64_t>(data.whole, tensor); break;
    case DType::u64: narrow<std::uint64_t>(data.whole, tensor); break;
    case DType::boolean: narrow<std::uint8_t>(data.whole, tensor); break;
  }
  return tensor;
}

std::int64_t wrap(DType type, std::int64_t value) noexcept {
  switch (type) {
    case DType::i8: return static_cast<std::int8_t>(value);
    case DType::u8: return static_cast<std::uint8_t>(value);
    case DType::i16: return static_cast<std::int16_t>(value);
    case DType::u16: return static_cast<std::uint16_t>(value);
    case DType::i32: return static_cast<std::int32_t>(value);
    case DType::u32: return static_cast<std::uint32_t>(value);
    case DType::boolean: return value != 0 ? 1 : 0;
    default: return value;
  }
}

std::int64_t saturate(DType type, double value) noexcept {
  switch (type) {
    case DType::i8: return saturate_as<std::int8_t>(value);
    case DType::u8: return saturate_as<std::uint8_t>(value);
    case DType::i16: return saturate_as<std::int16_t>(value);
    case DType::u16: return saturate_as<std::uint16_t>(value);
    case DType::i32: return saturate_as<std::int32_t>(value);
    case DType::u32: return saturate_as<std::uint32_t>(value);
    case DType::u64: return saturate_as<std::uint64_t>(value);
    case DType::boolean: return value != 0 ? 1 : 0;
    default: return saturate_as<std::int64_t>(value);
  }
}

void round_to_type(Data& data) {
  if (data.dtype == DType::f16)
    for (double& v : data.real) v = from_f16(to_f16(v));
  else if (data.dtype == DType::bf16)
    for (double& v : data.real) v = from_bf16(to_bf16(v));
  else if (data.dtype == DType::f8e4m3)
    for (double& v : data.real) v = from_f8e4m3(to_f8e4m3(v));
  else
    for (std::int64_t& v : data.whole) v = wrap(data.dtype, v);
}

std::vector<std::int64_t> Step::list(std::string_view key, std::size_t i) const {
  if (lists_are_attributes(node, opset)) return node.ints_or(key, {});
  return has(i) ? in(i).whole : std::vector<std::int64_t>{};
}

Error lacking(std::string what) { return Error{Errc::unsupported, "the reference lacks " + std::move(what)}; }

std::size_t positive_axis(std::int64_t axis, std::int64_t rank) noexcept {
  return index(axis < 0 ? axis + rank : axis);
}

std::size_t product(std::span<const std::int64_t> dims) noexcept {
  std::size_t count = 1;
  for (const std::int64_t dim : dims) count *= index(dim);
  return count;
}

std::vector<std::int64_t> row_major(std::span<const std::int64_t> shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i > 1; --i) strides[i - 2] = strides[i - 1] * shape[i - 1];
  return strides;
}

AroundAxis around_axis(std::span<const std::int64_t> shape, std::size_t axis) noexcept {
  return {product(shape.first(axis)), index(shape[axis]), product(shape.subspan(axis + 1))};
}

std::vector<std::size_t> strided(std::span<const std::int64_t> shape, std::int64_t offset,
                                 std::span<const std::int64_t> strides) {
  std::vector<std::size_t> from(product(shape));
  std::vector<std::int64_t> position(shape.size(), 0);
  for (std::size_t& element : from) {
    element = index(offset);
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      offset += strides[axis];
      if (++position[axis] < shape[axis]) break;
      offset -= strides[axis] * shape[axis];
      position[axis] = 0;
    }
  }
  return from;
}

std::vector<std::size_t> broadcast_index(std::span<const std::int64_t> operand,
                                         std::span<const std::int64_t> result) {
  const auto own = row_major(operand);
  std::vector<std::int64_t> strides(result.size(), 0);
  const std::size_t lead = result.size() - operand.size();
  for (std::size_t axis = 0; axis < operand.size(); ++axis)
    strides[lead + axis] = operand[axis] == 1 ? 0 : own[axis];
  return strided(result, 0, strides);
}

void pick(const Data& in, std::span<const std::size_t> from, Data& out) {
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (is_real(in.dtype))
      out.real[i] = in.real[from[i]];
    else
      out.whole[i] = in.whole[from[i]];
  }
}

}  // namespace deepgap::model
