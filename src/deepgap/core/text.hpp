#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Text helpers for messages and file names.
namespace deepgap {

// The candidate closest to `text` by edit distance, absent when nothing is near (over a third of the length).
[[nodiscard]] std::optional<std::string> nearest(std::string_view text,
                                                 std::span<const std::string> candidates);

// "did you mean 'resnet50'?" or, when nothing is near, "". Begins with a space when not empty.
[[nodiscard]] std::string did_you_mean(std::string_view text, std::span<const std::string> candidates);

// "a, b, c"
[[nodiscard]] std::string join(std::span<const std::string> parts, std::string_view separator = ", ");

// Control characters (newlines, escape sequences) become '?', and what is over `limit` bytes is cut with an
// ellipsis: for text from models, files and engines before it reaches a terminal.
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 400);

}  // namespace deepgap
