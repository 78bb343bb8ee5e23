#include "deepgap/cli/terminal.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "deepgap/cli/exit_codes.hpp"

namespace deepgap::cli {
namespace {

constexpr double kLogEvery_s = 15;
constexpr double kRedrawEvery_s = 0.1;

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string_view env(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

bool utf8_locale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"})
    if (const std::string_view value = env(name); !value.empty())
      return value.find("UTF-8") != std::string_view::npos || value.find("utf8") != std::string_view::npos;
  return false;
}

// Whoever read stderr may be gone (`2>&1 | head`): that must not end a measurement, so failure is dropped.
void to_stderr(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

}  // namespace

Terminal terminal(int fd) {
  Terminal t;
  t.tty = ::isatty(fd) == 1;
  t.colour = t.tty && env("NO_COLOR").empty() && env("TERM") != "dumb";
  t.unicode = utf8_locale();
  winsize size{};
  if (t.tty && ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) t.width = size.ws_col;
  return t;
}

int fail(const Error& error) {
  say(fmt::format("deepgap: {}", error.message()));
  return exit_code(error.code());
}

void say(std::string_view sentence) { to_stderr(fmt::format("{}\n", sentence)); }

LiveLine::LiveLine() : terminal_{cli::terminal(STDERR_FILENO)} {}

void LiveLine::show(const std::string& line) {
  if (line == current_) return;
  const double now = now_s();
  if (now - last_shown_s_ < (terminal_.tty ? kRedrawEvery_s : kLogEvery_s)) return;
  last_shown_s_ = now;
  current_ = line;
  if (terminal_.tty) {
    to_stderr(fmt::format("\r\033[K{}", line));
  } else {
    say(line);
  }
}

void LiveLine::above(std::string_view line) {
  if (terminal_.tty && !current_.empty()) to_stderr("\r\033[K");
  say(line);
  if (terminal_.tty && !current_.empty()) to_stderr(current_);
}

void LiveLine::finish() {
  if (terminal_.tty && !current_.empty()) to_stderr("\r\033[K");
  current_.clear();
}

Status print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return {};
  if (errno == EPIPE) return {};
  return Error{Errc::io, fmt::format("cannot write to stdout: {}", std::strerror(errno))};
}

}  // namespace deepgap::cli
