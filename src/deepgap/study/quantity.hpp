#pragma once

#include <cstdint>
#include <string_view>

#include "deepgap/core/error.hpp"

// Quantities as people write them, for studies and for command-line options alike.
// Every failure is Errc::invalid_input with what was given and what is allowed, without file or key.
namespace deepgap::study {

// "90s", "5m", "1h30m", "250ms" -> seconds. A number without a unit is refused.
[[nodiscard]] Result<double> duration_s(std::string_view text);

// "1%" or "0.01" -> 0.01; above 0 %, at most 100 %.
[[nodiscard]] Result<double> fraction(std::string_view text);

// "512MB", "2GB", "1.5GiB" -> megabytes of 10^6 bytes, rounded up.
[[nodiscard]] Result<std::int64_t> size_mb(std::string_view text);

// The ranges that hold for a number however it was given.
[[nodiscard]] Result<double> checked_duration_s(double seconds);
[[nodiscard]] Result<double> checked_fraction(double value);

}  // namespace deepgap::study
