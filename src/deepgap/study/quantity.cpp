#include "deepgap/study/quantity.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "deepgap/core/text.hpp"

namespace deepgap::study {
namespace {

constexpr double kLongestS = 30.0 * 24 * 3600;
constexpr double kSmallestMb = 64;
constexpr double kLargestMb = 1e9;

struct Unit {
  std::string_view name;
  double factor;
};
constexpr std::array kTimes{Unit{"ms", 1e-3}, Unit{"s", 1}, Unit{"m", 60}, Unit{"min", 60}, Unit{"h", 3600}};
constexpr std::array kSizes{Unit{"MB", 1},         Unit{"GB", 1e3},          Unit{"TB", 1e6},
                            Unit{"MiB", 1.048576}, Unit{"GiB", 1073.741824}, Unit{"TiB", 1099511.627776}};

// A number and the unit behind it, taken off the front of `text`.
template <std::size_t N>
std::optional<double> take(std::string_view& text, const std::array<Unit, N>& units) {
  double value = 0;
  const auto [end, failed] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (failed != std::errc{} || !(value >= 0)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of("0123456789. "));
  for (const Unit& unit : units) {
    if (unit.name != word) continue;
    text.remove_prefix(word.size());
    return value * unit.factor;
  }
  return std::nullopt;
}

Error refused(std::string_view given, std::string_view allowed) {
  return {Errc::invalid_input, fmt::format("'{}' is given; allowed: {}", printable(given, 60), allowed)};
}

}  // namespace

Result<double> checked_duration_s(double seconds) {
  if (seconds > 0 && seconds <= kLongestS) return seconds;
  return Error{Errc::invalid_input, fmt::format("{} s is given; allowed: above 0, at most 30 days", seconds)};
}

Result<double> checked_fraction(double value) {
  if (value > 0 && value <= 1) return value;
  return Error{Errc::invalid_input,
               fmt::format("{:g} % is given; allowed: above 0 %, at most 100 %", value * 100)};
}

Result<double> duration_s(std::string_view text) {
  std::string_view rest = text;
  double seconds = 0;
  do {
    const auto part = take(rest, kTimes);
    if (!part) return refused(text, "a number with its unit, as in \"90s\", \"5m\", \"1h30m\", \"250ms\"");
    seconds += *part;
  } while (!rest.empty());
  return checked_duration_s(seconds);
}

Result<double> fraction(std::string_view text) {
  const bool percent = text.ends_with('%');
  std::string_view digits = text.substr(0, text.size() - (percent ? 1 : 0));
  while (digits.ends_with(' ')) digits.remove_suffix(1);
  double value = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (failed != std::errc{} || end != digits.data() + digits.size() || !std::isfinite(value))
    return refused(text, "a share as in \"1%\" or 0.01");
  if (!percent && value >= 1)
    return Error{Errc::invalid_input, fmt::format("'{}' is given; did you mean \"{}%\"?", text, digits)};
  return checked_fraction(percent ? value / 100 : value);
}

Result<std::int64_t> size_mb(std::string_view text) {
  std::string_view rest = text;
  const auto megabytes = take(rest, kSizes);
  if (!megabytes || !rest.empty())
    return refused(text, "a number with its unit, as in \"512MB\", \"2GB\", \"1.5GiB\"");
  if (*megabytes < kSmallestMb || *megabytes > kLargestMb) return refused(text, "64 MB to 1,000 TB");
  return static_cast<std::int64_t>(std::ceil(*megabytes));
}

}  // namespace deepgap::study
