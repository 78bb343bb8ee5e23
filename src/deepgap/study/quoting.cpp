#include "deepgap/study/quoting.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

namespace deepgap::study {
namespace {

constexpr std::string_view kSpaces = " \t\n\r\v\f";

// Length of the well-formed UTF-8 sequence at the front (Unicode 15, table 3-7), 0 when there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const auto continues = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef)
    return continues(1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf) && continues(2) ? 3 : 0;
  if (first >= 0xf0 && first <= 0xf4)
    return continues(1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf) && continues(2) &&
                   continues(3)
               ? 4
               : 0;
  return 0;
}

bool must_escape(char c) {
  const auto byte = static_cast<std::uint8_t>(c);
  return byte < 0x20 || byte == 0x7f || c == '\'' || c == '"' || c == '\\';
}

// U+0080 .. U+009F are control characters too: a terminal obeys some of them.
bool is_c1_control(std::string_view sequence) {
  return sequence.size() == 2 && sequence[0] == '\xc2' && static_cast<std::uint8_t>(sequence[1]) < 0xa0;
}

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\t': out += "\\t"; return;
    default: out += fmt::format("\\x{:02x}", static_cast<std::uint8_t>(c));
  }
}

std::optional<char> take_escape(std::string_view& text) {
  const char kind = text.front();
  text.remove_prefix(1);
  switch (kind) {
    case '"':
    case '\\': return kind;
    case 'n': return '\n';
    case 't': return '\t';
    case 'x': break;
    default: return std::nullopt;
  }
  unsigned value = 0;
  const std::string_view digits = text.substr(0, 2);
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.size() != 2 || failed != std::errc{} || end != digits.data() + digits.size())
    return std::nullopt;
  text.remove_prefix(2);
  return static_cast<char>(value);
}

}  // namespace

std::string quoted(std::string_view text, std::string_view also_quote) {
  std::string out;
  bool plain = !text.empty();
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t length = utf8_length(rest);
    const std::string_view sequence = rest.substr(0, std::max<std::size_t>(length, 1));
    if (length == 0 || is_c1_control(sequence) || must_escape(sequence.front())) {
      for (const char c : sequence) append_escaped(out, c);
      plain = false;
    } else {
      out += sequence;
      plain = plain && sequence != " " && also_quote.find(sequence) == std::string_view::npos;
    }
    rest.remove_prefix(sequence.size());
  }
  return plain ? out : '"' + out + '"';
}

Result<std::string> take_word(std::string_view& text, std::string_view end) {
  std::string word;
  if (!text.starts_with('"')) {
    const std::size_t length = std::min({text.find_first_of(kSpaces), text.find_first_of(end), text.size()});
    word = text.substr(0, length);
    text.remove_prefix(length);
    if (word.find('"') != std::string::npos)
      return Error{Errc::invalid_input,
                   fmt::format("a quote stands inside '{}'; quote the whole value", word)};
    return word;
  }
  for (text.remove_prefix(1); !text.empty() && text.front() != '"';) {
    char c = text.front();
    text.remove_prefix(1);
    if (c == '\\') {
      const auto escaped = text.empty() ? std::nullopt : take_escape(text);
      if (!escaped)
        return Error{Errc::invalid_input,
                     "unknown escape in a quoted value; allowed: \\\" \\\\ \\n \\t \\xNN"};
      c = *escaped;
    }
    word += c;
  }
  if (text.empty()) return Error{Errc::invalid_input, "a quoted value has no closing quote"};
  text.remove_prefix(1);
  if (!text.empty() && (std::string{kSpaces} + std::string{end}).find(text.front()) == std::string::npos)
    return Error{Errc::invalid_input, "a space is missing after a closing quote"};
  return word;
}

std::string_view skip_spaces(std::string_view text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
  return text;
}

}  // namespace deepgap::study
