#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

// Reading small files of /proc and /sys, none of which is trusted to be there, short or well formed.
// Absent = not there, not readable or not what was expected. Nothing here blocks or throws.
namespace deepgap::telemetry {

// At most `limit` bytes from the start.
[[nodiscard]] std::optional<std::string> read_text(const std::filesystem::path& path,
                                                   std::size_t limit = std::size_t{64} << 10);

// The first line, trimmed, at most 200 characters of printable ASCII ('?' for the rest); absent when empty.
[[nodiscard]] std::optional<std::string> read_line(const std::filesystem::path& path);

// The whole file is one integer.
[[nodiscard]] std::optional<std::int64_t> read_integer(const std::filesystem::path& path);

// `text` with surrounding white space left out is one integer that fits.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text) noexcept;

[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;
[[nodiscard]] std::string ascii_line(std::string_view text);  // as read_line makes it

// Cuts the first line (or the first word) off `text` and returns it.
std::string_view next_line(std::string_view& text) noexcept;
std::string_view next_word(std::string_view& text) noexcept;

// The rest of the first line that begins with `key`, then blanks or one ':': for "VmHWM:\t 12 kB",
// "model name\t: X" and "nr_periods 3".
[[nodiscard]] std::optional<std::string_view> field(std::string_view text, std::string_view key) noexcept;

// The same as an integer; a unit after it is passed over. "12 kB" is 12.
[[nodiscard]] std::optional<std::int64_t> integer_field(std::string_view text, std::string_view key) noexcept;

}  // namespace deepgap::telemetry
