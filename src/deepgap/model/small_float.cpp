#include "deepgap/model/small_float.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace deepgap::model {
namespace {

struct Format {
  int mantissa_bits;
  int min_exponent;  // of the smallest normal number
  int bias;
};
constexpr Format kF16{10, -14, 15};
constexpr Format kBf16{7, -126, 127};
constexpr Format kF8{3, -6, 7};

// |value| in units of the format's last place at its size, rounded half to even, as exponent and mantissa
// bits. The carry of a mantissa that rounds up runs into the exponent by itself.
std::uint32_t round_finite(double magnitude, Format format) {
  if (magnitude == 0) return 0;
  const int exponent = std::max(std::ilogb(magnitude), format.min_exponent);
  const double units = std::nearbyint(std::ldexp(magnitude, format.mantissa_bits - exponent));
  const auto steps = static_cast<std::uint32_t>(units);
  return (static_cast<std::uint32_t>(exponent - format.min_exponent) << format.mantissa_bits) + steps;
}

std::uint32_t sign_bit(double value, int position) { return std::signbit(value) ? 1U << position : 0U; }

double from_bits(std::uint32_t magnitude, Format format) {
  const auto exponent = static_cast<int>(magnitude >> format.mantissa_bits);
  const auto mantissa = static_cast<int>(magnitude & ((1U << format.mantissa_bits) - 1U));
  if (exponent == 0) return std::ldexp(mantissa, format.min_exponent - format.mantissa_bits);
  return std::ldexp((1 << format.mantissa_bits) + mantissa, exponent - format.bias - format.mantissa_bits);
}

}  // namespace

double from_f16(std::uint16_t bits) noexcept {
  const std::uint32_t magnitude = bits & 0x7fffU;
  double value = std::numeric_limits<double>::infinity();
  if (magnitude > 0x7c00U) value = std::numeric_limits<double>::quiet_NaN();
  if (magnitude < 0x7c00U) value = from_bits(magnitude, kF16);
  return (bits & 0x8000U) != 0 ? -value : value;
}

double from_bf16(std::uint16_t bits) noexcept {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U);
}

double from_f8e4m3(std::uint8_t bits) noexcept {
  const std::uint32_t magnitude = bits & 0x7fU;
  const double value =
      magnitude == 0x7fU ? std::numeric_limits<double>::quiet_NaN() : from_bits(magnitude, kF8);
  return (bits & 0x80U) != 0 ? -value : value;
}

std::uint16_t to_f16(double value) noexcept {
  if (std::isnan(value)) return 0x7e00U;
  const double magnitude = std::abs(value);
  const std::uint32_t bits = magnitude >= 65520.0 ? 0x7c00U : round_finite(magnitude, kF16);
  return static_cast<std::uint16_t>(sign_bit(value, 15) | bits);
}

std::uint16_t to_bf16(double value) noexcept {
  if (std::isnan(value)) return 0x7fc0U;
  const double magnitude = std::abs(value);
  const std::uint32_t bits = magnitude >= 0x1.ffp127 ? 0x7f80U : round_finite(magnitude, kBf16);
  return static_cast<std::uint16_t>(sign_bit(value, 15) | bits);
}

std::uint8_t to_f8e4m3(double value) noexcept {
  if (std::isnan(value)) return 0x7fU;
  const double magnitude = std::abs(value);
  const std::uint32_t bits = magnitude >= 448.0 ? 0x7eU : round_finite(magnitude, kF8);
  return static_cast<std::uint8_t>(sign_bit(value, 7) | bits);
}

}  // namespace deepgap::model
