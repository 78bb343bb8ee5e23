#include "deepgap/study/vocabulary.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "deepgap/core/text.hpp"
#include "deepgap/core/types.hpp"
#include "deepgap/study/case.hpp"

namespace deepgap::study {
namespace {

std::string lower_case(std::string_view text) {
  std::string lower{text};
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

}  // namespace

const std::vector<std::string>& precision_words() {
  static const std::vector<std::string> words = [] {
    std::vector<std::string> all;
    for (const Precision precision : kAllPrecisions) all.emplace_back(name(precision));
    return all;
  }();
  return words;
}

const std::vector<std::string>& hint_words() {
  static const std::vector<std::string> words{"", "latency", "throughput"};
  return words;
}

const std::vector<std::string>& scenario_words() {
  static const std::vector<std::string> words{"closed"};
  return words;
}

const std::vector<std::string>& cache_words() {
  static const std::vector<std::string> words{"hot", "cold"};
  return words;
}

const std::vector<std::string>& protocol_words() {
  static const std::vector<std::string> words{"method", "deep-gap"};
  return words;
}

const std::vector<std::string>& input_words() {
  static const std::vector<std::string> words{"reused", "fresh"};
  return words;
}

const std::vector<std::string>& calibration_words() {
  static const std::vector<std::string> words{"minmax", "percentile"};
  return words;
}

std::string nearest_hint(std::string_view given, const std::vector<std::string>& allowed) {
  constexpr std::size_t kLongestWord = 64;
  return given.empty() || given.size() > kLongestWord ? std::string{}
                                                      : did_you_mean(lower_case(given), allowed);
}

Error not_allowed(std::string_view given, const std::vector<std::string>& allowed) {
  std::vector<std::string> shown = allowed;
  std::replace(shown.begin(), shown.end(), std::string{}, std::string{"\"\""});
  return {Errc::invalid_input, fmt::format("'{}' is given;{} allowed: {}", printable(given, 60),
                                           nearest_hint(given, allowed), join(shown))};
}

Error bad_engine(std::string_view given) {
  const std::string lower = lower_case(given);
  const std::string hint = lower != given && is_engine_name(lower) ? " did you mean '" + lower + "'?" : "";
  return {Errc::invalid_input,
          fmt::format(
              "'{}' is given;{} an engine's name is lower-case letters, digits, '_' and '-'; 'deepgap list "
              "engines' prints them",
              printable(given, 60), hint)};
}

}  // namespace deepgap::study
