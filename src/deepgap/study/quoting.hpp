#pragma once

#include <string>
#include <string_view>

#include "deepgap/core/error.hpp"

// How words with odd characters stand in a case string.
namespace deepgap::study {

// `text` itself when it is a plain word without any of `also_quote`, else "quoted" with escapes
// \" \\ \n \t \xNN (control characters, single quotes, bytes that are not UTF-8).
[[nodiscard]] std::string quoted(std::string_view text, std::string_view also_quote = "");

// Takes one word off the front: a quoted one, or everything up to a space or one of `end`.
[[nodiscard]] Result<std::string> take_word(std::string_view& text, std::string_view end);

[[nodiscard]] std::string_view skip_spaces(std::string_view text) noexcept;

}  // namespace deepgap::study
