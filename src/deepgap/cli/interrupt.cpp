#include "deepgap/cli/interrupt.hpp"

#include <unistd.h>

#include <csignal>
#include <string_view>

#include "deepgap/cli/exit_codes.hpp"

namespace deepgap::cli {
namespace {

std::atomic<bool> stop_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free, "set from a signal handler");

void on_signal(int) {
  if (stop_requested.exchange(true)) ::_exit(kInterrupted);
  constexpr std::string_view text =
      "\nstopping after the block in flight; press Ctrl-C again to stop at once\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

const std::atomic<bool>& catch_interrupts() {
  struct sigaction action{};
  action.sa_handler = on_signal;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  return stop_requested;
}

void turn_write_signals_into_errors() {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace deepgap::cli
