#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "deepgap/core/error.hpp"

// The words a study and a case string share, and how a word that is none of them is refused.
namespace deepgap::study {

[[nodiscard]] const std::vector<std::string>& precision_words();
[[nodiscard]] const std::vector<std::string>& hint_words();
[[nodiscard]] const std::vector<std::string>& scenario_words();
[[nodiscard]] const std::vector<std::string>& cache_words();
[[nodiscard]] const std::vector<std::string>& input_words();
[[nodiscard]] const std::vector<std::string>& protocol_words();
[[nodiscard]] const std::vector<std::string>& calibration_words();

// "'fp31' is given; did you mean 'fp32'? allowed: fp32, ..."
[[nodiscard]] Error not_allowed(std::string_view given, const std::vector<std::string>& allowed);
[[nodiscard]] Error bad_engine(std::string_view given);

// did_you_mean, but nothing for texts too long to be a misspelling, and upper case is no difference.
[[nodiscard]] std::string nearest_hint(std::string_view given, const std::vector<std::string>& allowed);

}  // namespace deepgap::study
