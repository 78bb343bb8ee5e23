#include "deepgap/cli/terminal.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

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
      return value.find("UTF-8") != value.npos || value.find("utf8") != value.npos;
  return false;
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

void say(std::string_view sentence) { fmt::print(stderr, "{}\n", sentence); }

LiveLine::LiveLine() : terminal_{cli::terminal(STDERR_FILENO)} {}

void LiveLine::show(const std::string& line) {
  if (line == current_) return;
  const double now = now_s();
  if (now - last_shown_s_ < (terminal_.tty ? kRedrawEvery_s : kLogEvery_s)) return;
  last_shown_s_ = now;
  current_ = line;
  if (terminal_.tty) {
    fmt::print(stderr, "\r\033[K{}", line);
    std::fflush(stderr);
  } else {
    say(line);
  }
}

void LiveLine::above(std::string_view line) {
  if (terminal_.tty && !current_.empty()) fmt::print(stderr, "\r\033[K");
  say(line);
  if (terminal_.tty && !current_.empty()) fmt::print(stderr, "{}", current_);
  std::fflush(stderr);
}

void LiveLine::finish() {
  if (terminal_.tty && !current_.empty()) fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
  current_.clear();
}

Status print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return {};
  return Error{Errc::io, "cannot write to stdout (closed pipe or full disk)"};
}

}  // namespace deepgap::cli
