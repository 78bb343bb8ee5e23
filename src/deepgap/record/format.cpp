#include "deepgap/record/format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace deepgap::record {
namespace {

constexpr double kTooSmall = 1e-6, kTooLarge = 1e12;

int decade(double value) { return static_cast<int>(std::floor(std::log10(value))); }

// `place` is the power of ten of the last digit kept: -1 = tenths, 1 = tens.
std::string rounded(double value, int place) {
  if (place > 0) {
    const double unit = std::pow(10.0, place);
    return fmt::format("{:.0f}", std::round(value / unit) * unit);
  }
  const std::string text = fmt::format("{:.{}f}", value, std::min(-place, 12));
  const bool minus_zero = text.starts_with('-') && text.find_first_of("123456789") == std::string::npos;
  return minus_zero ? text.substr(1) : text;
}

// The Particle Data Group's rule: two digits of an uncertainty that begins with 100 to 354, one of a larger
// one (from 950 on it rounds to 1000, whose second digit has the same place). (https://pdg.lbl.gov,
// Introduction, "Rounding")
int last_digit(double half) {
  const int first = decade(half);
  const double lead = half / std::pow(10.0, first);
  if (lead < 3.55) return first - 1;
  return first;
}

}  // namespace

std::optional<double> half_width(const Estimate& estimate) noexcept {
  if (estimate.lo && estimate.hi) return std::abs(*estimate.hi - *estimate.lo) / 2;
  if (estimate.lo) return std::abs(estimate.value - *estimate.lo);
  if (estimate.hi) return std::abs(*estimate.hi - estimate.value);
  return std::nullopt;
}

std::optional<double> relative_half_width(const Estimate& estimate) noexcept {
  const auto half = half_width(estimate);
  if (!half || estimate.value == 0) return std::nullopt;
  return *half / std::abs(estimate.value);
}

std::string format_number(double value, int digits) {
  if (!std::isfinite(value)) return "-";
  if (value == 0) return "0";
  const double size = std::abs(value);
  if (size < kTooSmall || size >= kTooLarge) return fmt::format("{:.{}e}", value, std::max(digits - 1, 0));
  // 9.996 with three digits is 10.0, not 10.00: the decade is that of the rounded number.
  const int first = decade(size) - digits + 1;
  const double unit = std::pow(10.0, first);
  return rounded(value, decade(std::round(size / unit) * unit * (1 + 1e-12)) - digits + 1);
}

std::string format_estimate(const Estimate& estimate) {
  constexpr int kPlain = 3, kMost = 6;
  const double value = estimate.value;
  if (!std::isfinite(value)) return "-";
  const auto half = half_width(estimate);
  if (!half || !std::isfinite(*half)) return format_number(value, kPlain);
  const double size = std::abs(value);
  if (size < kTooSmall || size >= kTooLarge) return format_number(value, kPlain);
  const int most_places = decade(size) - kMost + 1;
  if (*half <= 0) return format_number(value, kMost);
  if (*half >= size) return format_number(value, 1);
  return rounded(value, std::max(last_digit(*half), most_places));
}

std::string format_relative(const Estimate& estimate) {
  const auto relative = relative_half_width(estimate);
  if (!relative || !std::isfinite(*relative)) return {};
  const double percent = *relative * 100;
  const std::string open = estimate.lo && estimate.hi ? "" : ">= ";
  if (percent > 0 && percent < 0.05) return "<0.1 %";
  if (percent < 9.95) return open + fmt::format("{:.1f} %", percent);
  if (percent < 999.5) return open + fmt::format("{:.0f} %", percent);
  return ">999 %";
}

}  // namespace deepgap::record
