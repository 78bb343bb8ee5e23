#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "deepgap/core/error.hpp"

// What a person sees: colours and live lines on a terminal only, plain text otherwise.
namespace deepgap::cli {

struct Terminal {
  bool tty = false;
  bool colour = false;  // off with NO_COLOR, TERM=dumb or when not a terminal
  bool unicode = true;
  std::size_t width = 100;
};

[[nodiscard]] Terminal terminal(int fd);

// "deepgap: error: ..." on stderr; returns the exit code that fits the error.
int fail(const Error& error);
void say(std::string_view sentence);  // one line on stderr

// One line on stderr that is rewritten in place on a terminal. Elsewhere: a line now and then, so that a log
// shows life. Cleared by finish().
class LiveLine {
 public:
  LiveLine();
  ~LiveLine() { finish(); }
  LiveLine(const LiveLine&) = delete;
  LiveLine& operator=(const LiveLine&) = delete;

  [[nodiscard]] const Terminal& terminal() const noexcept { return terminal_; }
  void show(const std::string& line);
  void above(std::string_view line);  // a line that stays, printed above the live one
  void finish();

 private:
  Terminal terminal_;
  std::string current_;
  double last_shown_s_ = -1e9;
};

// Whole text to stdout. Errc::io when it cannot be written (a full disk); a reader that has seen enough
// (`| head`) is no error.
Status print(std::string_view text);

}  // namespace deepgap::cli
