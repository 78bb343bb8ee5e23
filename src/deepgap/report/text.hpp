#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// Text on a terminal grid: UTF-8 in, display columns counted, nothing ever wider than asked.
namespace deepgap::report {

// Any bytes in, printable UTF-8 on one line out: line ends and tabs become spaces, other control characters
// '?', invalid UTF-8 U+FFFD.
[[nodiscard]] std::string clean(std::string_view text);

// Invalid UTF-8 becomes U+FFFD and so do the control characters except tab and line ends.
[[nodiscard]] std::string valid_utf8(std::string_view text);

// Columns that a terminal needs: wide characters count 2, combining ones 0. For cleaned text.
[[nodiscard]] std::size_t display_width(std::string_view text);

// At most `width` columns, the end or the middle replaced by an ellipsis ("…", or "..." without unicode).
enum class Cut : unsigned char { end, middle };
[[nodiscard]] std::string shorten(std::string_view text, std::size_t width, Cut cut = Cut::end,
                                  bool unicode = true);

[[nodiscard]] std::string pad_left(std::string_view text, std::size_t width);   // right-aligned
[[nodiscard]] std::string pad_right(std::string_view text, std::size_t width);  // left-aligned

// Lines of at most `width` columns, broken at spaces, or inside a word that is longer. At least one line.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, std::size_t width);

// Every line of `text` wrapped by itself, what continues a line indented by two; ends with a newline.
[[nodiscard]] std::string wrap_lines(std::string_view text, std::size_t width);

// "0.4s", "45s", "3m 20s", "1h 05m", "2d 3h". Negative and not finite: "?".
[[nodiscard]] std::string human_duration(double seconds);

}  // namespace deepgap::report
