#include "deepgap/report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <clocale>
#include <cmath>
#include <cstdint>
#include <cwchar>
#include <optional>
#include <utility>

namespace deepgap::report {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 1;
  bool valid = false;
};

// RFC 3629: no overlong forms, no surrogates, nothing over U+10FFFF.
CodePoint decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
  auto value = static_cast<char32_t>(lead & (0xFF >> (bytes + 1)));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    value = (value << 6) | (byte(i) & 0x3F);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest[bytes] || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return {};
  return {value, bytes, true};
}

// C0, DEL, C1, line and paragraph separators, and the marks that reorder what surrounds them.
bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F || c == 0xFEFF;
}

// The C library's tables, in a UTF-8 locale of our own: the program's locale is left alone.
class WidthTable {
 public:
  WidthTable() : locale_{newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)} {}
  ~WidthTable() {
    if (locale_ != nullptr) freelocale(locale_);
  }
  WidthTable(const WidthTable&) = delete;
  WidthTable& operator=(const WidthTable&) = delete;

  std::size_t operator()(char32_t c) const {
    if (c < 0x7F || locale_ == nullptr) return 1;
    const locale_t before = uselocale(locale_);
    const int width = wcwidth(static_cast<wchar_t>(c));
    uselocale(before);
    return width < 0 ? 1 : static_cast<std::size_t>(width);
  }

 private:
  locale_t locale_;
};

std::size_t width_of(char32_t c) {
  static const WidthTable table;
  return table(c);
}

// `stand_in` gives what a character is replaced by, "" = nothing replaces it.
template <class StandIn>
std::string rewrite(std::string_view text, StandIn stand_in) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint c = decode(text);
    const std::string_view instead = c.valid ? stand_in(c.value) : kReplacement;
    out += instead.empty() ? text.substr(0, c.bytes) : instead;
    text.remove_prefix(c.bytes);
  }
  return out;
}

// The longest prefix that fits, in bytes.
std::size_t prefix_that_fits(std::string_view text, std::size_t width) {
  std::size_t used = 0, at = 0;
  while (at < text.size()) {
    const CodePoint c = decode(text.substr(at));
    const std::size_t next = used + width_of(c.value);
    if (next > width) break;
    used = next;
    at += c.bytes;
  }
  return at;
}

std::size_t suffix_that_fits(std::string_view text, std::size_t width) {
  std::size_t total = display_width(text), at = 0;
  while (at < text.size() && total > width) {
    const CodePoint c = decode(text.substr(at));
    total -= std::min(total, width_of(c.value));
    at += c.bytes;
  }
  while (at < text.size()) {  // no combining mark without its letter
    const CodePoint c = decode(text.substr(at));
    if (width_of(c.value) != 0) break;
    at += c.bytes;
  }
  return text.size() - at;
}

}  // namespace

std::string clean(std::string_view text) {
  return rewrite(text, [](char32_t c) -> std::string_view {
    if (c == '\n' || c == '\r' || c == '\t') return " ";
    return is_control(c) ? "?" : "";
  });
}

std::string valid_utf8(std::string_view text) {
  return rewrite(text, [](char32_t c) -> std::string_view {
    return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F ? kReplacement : "";
  });
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const CodePoint c = decode(text);
    width += c.valid ? width_of(c.value) : 1;
    text.remove_prefix(c.bytes);
  }
  return width;
}

std::string shorten(std::string_view text, std::size_t width, Cut cut, bool unicode) {
  if (display_width(text) <= width) return std::string{text};
  const std::string_view dots = unicode ? kEllipsis : "...";
  const std::size_t dots_width = unicode ? 1 : 3;
  if (width <= dots_width) return std::string{text.substr(0, prefix_that_fits(text, width))};
  const std::size_t room = width - dots_width;
  const std::size_t tail_width = cut == Cut::middle ? room / 2 : 0;
  const std::string_view head = text.substr(0, prefix_that_fits(text, room - tail_width));
  const std::size_t tail = tail_width == 0 ? 0 : suffix_that_fits(text, tail_width);
  return std::string{head} + std::string{dots} + std::string{text.substr(text.size() - tail)};
}

std::string pad_left(std::string_view text, std::size_t width) {
  const std::size_t used = display_width(text);
  return std::string(width > used ? width - used : 0, ' ') + std::string{text};
}

std::string pad_right(std::string_view text, std::size_t width) {
  const std::size_t used = display_width(text);
  return std::string{text} + std::string(width > used ? width - used : 0, ' ');
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  width = std::max<std::size_t>(width, 2);  // a wide character must fit
  std::vector<std::string> lines;
  std::string line;
  std::size_t used = 0;
  const auto flush = [&] {
    lines.push_back(std::exchange(line, {}));
    used = 0;
  };
  while (!text.empty()) {
    if (text.front() == ' ') {
      text.remove_prefix(1);
      continue;
    }
    std::size_t end = text.find(' ');
    while (end < text.size() && text.substr(end).starts_with(" %"))
      end = text.find(' ', end + 1);  // no lone "%"
    std::string_view word = text.substr(0, end);
    text.remove_prefix(word.size());
    while (!word.empty()) {
      const std::size_t word_width = display_width(word), gap = used == 0 ? 0 : 1;
      if (used + gap + word_width <= width) {
        line.append(gap, ' ').append(word);
        used += gap + word_width;
        break;
      }
      if (used != 0) {
        flush();
        continue;
      }
      const std::size_t bytes = prefix_that_fits(word, width);
      line = word.substr(0, bytes);
      word.remove_prefix(bytes);
      flush();
    }
  }
  if (!line.empty() || lines.empty()) flush();
  return lines;
}

std::string wrap_lines(std::string_view text, std::size_t width) {
  constexpr std::size_t kIndent = 2;
  std::string out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    bool first = true;
    for (const std::string& line : wrap(text.substr(0, end), width > kIndent ? width - kIndent : width))
      out.append(std::exchange(first, false) ? 0 : kIndent, ' ').append(line).append("\n");
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

std::string human_duration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "?";
  if (seconds < 9.95) return fmt::format("{:.1f}s", seconds);
  if (seconds >= 1e9) return "decades";
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  const std::int64_t minutes = whole / 60, hours = minutes / 60, days = hours / 24;
  if (days > 0) return fmt::format("{}d {}h", days, hours % 24);
  if (hours > 0) return fmt::format("{}h {:02}m", hours, minutes % 60);
  if (minutes > 0) return fmt::format("{}m {:02}s", minutes, whole % 60);
  return fmt::format("{}s", whole);
}

}  // namespace deepgap::report
