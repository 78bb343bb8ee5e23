#include "deepgap/core/types.hpp"

#include <cassert>

namespace deepgap {
namespace {

template <class Enum, std::size_t N>
std::optional<Enum> from_name(const Enum (&all)[N], std::string_view text) noexcept {
  for (const Enum value : all)
    if (name(value) == text) return value;
  return std::nullopt;
}

}  // namespace

std::string_view name(DType type) noexcept {
  switch (type) {
    case DType::f32: return "f32";
    case DType::f64: return "f64";
    case DType::f16: return "f16";
    case DType::bf16: return "bf16";
    case DType::f8e4m3: return "f8e4m3";
    case DType::i8: return "i8";
    case DType::u8: return "u8";
    case DType::i16: return "i16";
    case DType::u16: return "u16";
    case DType::i32: return "i32";
    case DType::u32: return "u32";
    case DType::i64: return "i64";
    case DType::u64: return "u64";
    case DType::boolean: return "bool";
  }
  return "?";
}

std::size_t size_of(DType type) noexcept {
  switch (type) {
    case DType::f64:
    case DType::i64:
    case DType::u64: return 8;
    case DType::f32:
    case DType::i32:
    case DType::u32: return 4;
    case DType::f16:
    case DType::bf16:
    case DType::i16:
    case DType::u16: return 2;
    case DType::f8e4m3:
    case DType::i8:
    case DType::u8:
    case DType::boolean: return 1;
  }
  return 1;
}

std::string_view name(Precision precision) noexcept {
  switch (precision) {
    case Precision::fp32: return "fp32";
    case Precision::tf32: return "tf32";
    case Precision::fp16: return "fp16";
    case Precision::bf16: return "bf16";
    case Precision::int8: return "int8";
    case Precision::fp8: return "fp8";
  }
  return "?";
}

std::string_view name(Int8Activations scheme) noexcept { return scheme == Int8Activations::s8 ? "s8" : "u8"; }

std::optional<DType> dtype_from(std::string_view text) noexcept { return from_name(kAllDTypes, text); }
std::optional<Precision> precision_from(std::string_view text) noexcept {
  return from_name(kAllPrecisions, text);
}
std::optional<Int8Activations> int8_activations_from(std::string_view text) noexcept {
  constexpr Int8Activations all[] = {Int8Activations::s8, Int8Activations::u8};
  return from_name(all, text);
}

std::optional<std::int64_t> element_count(std::span<const std::int64_t> shape, std::int64_t limit) noexcept {
  std::int64_t count = 1;
  for (const std::int64_t dim : shape) {
    if (dim < 0 || __builtin_mul_overflow(count, dim, &count) || count > limit) return std::nullopt;
  }
  return count;
}

std::string to_string(std::span<const std::int64_t> shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i != 0) text += ',';
    text += std::to_string(shape[i]);
  }
  return text + "]";
}

std::size_t bytes_of(const TensorSpec& spec) noexcept {
  return static_cast<std::size_t>(element_count(spec.shape).value_or(0)) * size_of(spec.dtype);
}

Tensor make_tensor(DType dtype, Shape shape) {
  const auto count = element_count(shape);
  assert(count.has_value());
  Tensor tensor{dtype, std::move(shape), {}};
  tensor.bytes.resize(static_cast<std::size_t>(*count) * size_of(dtype));
  return tensor;
}

}  // namespace deepgap
