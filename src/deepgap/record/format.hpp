#pragma once

#include <optional>
#include <string>

#include "deepgap/record/row.hpp"

// Numbers for people: as many digits as the interval can carry, never NaN, never an exponent for usual sizes.
namespace deepgap::record {

// Half the width of the interval, or the one side that is known; absent when neither end is. Never negative.
[[nodiscard]] std::optional<double> half_width(const Estimate& estimate) noexcept;

// half_width over |value|; absent when the value is 0.
[[nodiscard]] std::optional<double> relative_half_width(const Estimate& estimate) noexcept;

// "203.5" for 203.4567 with a half-width of 2.1, "203" with 4: as many digits as the half-width deserves.
// Without an interval three significant digits.
[[nodiscard]] std::string format_estimate(const Estimate& estimate);

// "1.0 %", "14 %", "<0.1 %", ">= 120 %" when one end is open, "" when neither end is known.
[[nodiscard]] std::string format_relative(const Estimate& estimate);

// `digits` significant digits, trailing zeros kept, no exponent between 1e-6 and 1e12. "-" when not finite.
[[nodiscard]] std::string format_number(double value, int digits = 3);

}  // namespace deepgap::record
