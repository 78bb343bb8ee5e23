#include "deepgap/telemetry/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

namespace deepgap::telemetry {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\v\f";

class Descriptor {
 public:
  // O_NONBLOCK: a FIFO in place of a file must not stop the program.
  explicit Descriptor(const char* path) noexcept : fd_{::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)} {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

}  // namespace

std::optional<std::string> read_text(const std::filesystem::path& path, std::size_t limit) {
  const Descriptor file{path.c_str()};
  if (file.get() < 0) return std::nullopt;
  std::string text;
  std::size_t used = 0;
  while (used < limit) {
    text.resize(std::min(limit, std::max<std::size_t>(4096, used * 2)));
    const ssize_t got = ::read(file.get(), text.data() + used, text.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  text.resize(used);
  return text;
}

std::optional<std::string> read_line(const std::filesystem::path& path) {
  const auto text = read_text(path, 4096);
  if (!text) return std::nullopt;
  std::string line = ascii_line(*text);
  if (line.empty()) return std::nullopt;
  return line;
}

std::optional<std::int64_t> read_integer(const std::filesystem::path& path) {
  const auto text = read_text(path, 4096);
  return text ? parse_integer(*text) : std::nullopt;
}

std::optional<std::int64_t> parse_integer(std::string_view text) noexcept {
  text = trimmed(text);
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string ascii_line(std::string_view text) {
  std::string line{trimmed(next_line(text)).substr(0, 200)};
  std::ranges::replace_if(line, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return line;
}

std::string_view next_line(std::string_view& text) noexcept {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::string_view next_word(std::string_view& text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
  text.remove_prefix(word.size());
  return word;
}

std::optional<std::string_view> field(std::string_view text, std::string_view key) noexcept {
  while (!text.empty()) {
    std::string_view line = next_line(text);
    if (!line.starts_with(key)) continue;
    line.remove_prefix(key.size());
    const std::size_t value = std::min(line.find_first_not_of(kBlanks), line.size());
    const bool colon = value < line.size() && line[value] == ':';
    if (!colon && value == 0) continue;  // a longer key
    return trimmed(line.substr(value + (colon ? 1 : 0)));
  }
  return std::nullopt;
}

std::optional<std::int64_t> integer_field(std::string_view text, std::string_view key) noexcept {
  auto value = field(text, key);
  return value ? parse_integer(next_word(*value)) : std::nullopt;
}

}  // namespace deepgap::telemetry
