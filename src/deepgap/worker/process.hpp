#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/worker/channel.hpp"

// A child process with a channel to it. Knows: processes, signals. Never knows: engines, messages.
namespace deepgap::worker {

// How a child ended, in words for a row: "killed by signal 11 (Segmentation fault)", "exited with code 3".
struct Exit {
  std::string reason;
  bool by_kill_signal = false;  // SIGKILL that we did not send: most often the kernel's out-of-memory killer
};

// Owns the child: it is killed and reaped when this goes. The child dies with its parent (PR_SET_PDEATHSIG).
// The child sees the channel as descriptor kChannelFd; its stdout and stderr go to `output()`.
class Process {
 public:
  static constexpr int kChannelFd = 3;

  static Result<Process> spawn(const std::filesystem::path& program,
                               const std::vector<std::string>& arguments);
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;

  [[nodiscard]] Channel& channel() noexcept { return channel_; }
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

  void signal(int number) noexcept;  // to the child, when it still runs
  void kill() noexcept;              // SIGKILL and reap

  // Waits up to `patience`, then kills. Afterwards the process is gone.
  Exit wait(std::chrono::milliseconds patience);

  // The last 4 KiB the child wrote to stdout and stderr, control characters replaced.
  [[nodiscard]] std::string output();

 private:
  Process(pid_t pid, Channel channel, int output_fd) noexcept
      : pid_{pid}, channel_{std::move(channel)}, output_fd_{output_fd} {}

  pid_t pid_ = -1;
  Channel channel_;
  int output_fd_ = -1;
};

}  // namespace deepgap::worker
