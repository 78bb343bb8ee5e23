#include "deepgap/measure/verify.hpp"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstring>

namespace deepgap::measure {
namespace {

template <class T>
T load(ConstBytes bytes, std::size_t index) {
  T value;
  std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
  return value;
}

double from_half(std::uint16_t bits) {
  const int exponent = bits >> 10U & 0x1f;
  const int mantissa = bits & 0x3ff;
  const double sign = (bits & 0x8000) != 0 ? -1.0 : 1.0;
  if (exponent == 0) return sign * std::ldexp(mantissa, -24);
  if (exponent == 31) return mantissa != 0 ? std::nan("") : sign * HUGE_VAL;
  return sign * std::ldexp(1024 + mantissa, exponent - 25);
}

double from_bf16(std::uint16_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U); }

double from_f8e4m3(std::uint8_t bits) {
  const int exponent = bits >> 3U & 0xf;
  const int mantissa = bits & 7;
  const double sign = (bits & 0x80) != 0 ? -1.0 : 1.0;
  if (exponent == 15 && mantissa == 7) return std::nan("");
  if (exponent == 0) return sign * std::ldexp(mantissa, -9);
  return sign * std::ldexp(8 + mantissa, exponent - 10);
}

bool is_float(DType type) {
  return type == DType::f32 || type == DType::f64 || type == DType::f16 || type == DType::bf16 ||
         type == DType::f8e4m3;
}

// Class of a value that a difference cannot judge: 0 finite, 1 NaN, 2 and 3 the infinities.
int special(double value) {
  if (std::isnan(value)) return 1;
  if (std::isinf(value)) return value > 0 ? 2 : 3;
  return 0;
}

struct Errors {
  double largest = 0;       // |actual - golden|
  double scale = 0;         // largest |golden|
  std::size_t strange = 0;  // non-finite where the golden value is not the same
};

Errors compare(const Tensor& golden, std::size_t golden_count, ConstBytes actual, DType type,
               std::size_t count) {
  Errors errors;
  const ConstBytes expected{golden.bytes};
  for (std::size_t i = 0; i < count; ++i) {
    const double want = element(expected, golden.dtype, i % golden_count);
    const double got = element(actual, type, i);
    if (special(want) != special(got)) {
      ++errors.strange;
    } else if (special(want) == 0) {
      errors.largest = std::max(errors.largest, std::abs(got - want));
      errors.scale = std::max(errors.scale, std::abs(want));
    }
  }
  return errors;
}

}  // namespace

double tolerance(std::optional<Precision> effective) noexcept {
  switch (effective.value_or(Precision::fp32)) {
    case Precision::fp32: return 1e-4;
    case Precision::tf32: return 1e-2;
    case Precision::fp16: return 2e-2;
    case Precision::bf16: return 8e-2;
    case Precision::int8:
    case Precision::fp8: return 0.15;
  }
  return 1e-4;
}

double element(ConstBytes bytes, DType type, std::size_t index) {
  switch (type) {
    case DType::f32: return load<float>(bytes, index);
    case DType::f64: return load<double>(bytes, index);
    case DType::f16: return from_half(load<std::uint16_t>(bytes, index));
    case DType::bf16: return from_bf16(load<std::uint16_t>(bytes, index));
    case DType::f8e4m3: return from_f8e4m3(load<std::uint8_t>(bytes, index));
    case DType::i8: return load<std::int8_t>(bytes, index);
    case DType::u8:
    case DType::boolean: return load<std::uint8_t>(bytes, index);
    case DType::i16: return load<std::int16_t>(bytes, index);
    case DType::u16: return load<std::uint16_t>(bytes, index);
    case DType::i32: return load<std::int32_t>(bytes, index);
    case DType::u32: return load<std::uint32_t>(bytes, index);
    case DType::i64: return static_cast<double>(load<std::int64_t>(bytes, index));
    case DType::u64: return static_cast<double>(load<std::uint64_t>(bytes, index));
  }
  return std::nan("");
}

Verdict verify(const Tensor& golden, ConstBytes actual, DType actual_type,
               std::optional<Precision> effective) {
  const std::size_t golden_count = golden.bytes.size() / size_of(golden.dtype);
  const std::size_t count = actual.size() / size_of(actual_type);
  if (golden_count == 0 || count == 0 || count % golden_count != 0)
    return {false, false,
            fmt::format("wrong output size: {} values where the reference has {}", count, golden_count)};
  const Errors errors = compare(golden, golden_count, actual, actual_type, count);
  if (errors.strange != 0)
    return {
        false, true,
        fmt::format("{} of {} output values are NaN or infinite where the reference is not (or the reverse)",
                    errors.strange, count)};
  if (!is_float(golden.dtype)) {
    const bool equal = errors.largest == 0;
    return {equal, false,
            equal ? "integers equal" : fmt::format("integers differ by up to {}", errors.largest)};
  }
  const double allowed = tolerance(effective);
  // An all-zero reference leaves no scale: then the error itself is compared.
  const double relative = errors.scale > 0 ? errors.largest / errors.scale : errors.largest;
  return {relative <= allowed, false,
          fmt::format("largest error {:.1e} of the largest value, {:.2g} allowed", relative, allowed)};
}

}  // namespace deepgap::measure
