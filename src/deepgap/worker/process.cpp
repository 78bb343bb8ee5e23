#include "deepgap/worker/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>

#include "deepgap/core/text.hpp"

namespace deepgap::worker {
namespace {

constexpr off_t kOutputTail = 4096;

// Runs between fork and exec: only async-signal-safe calls.
[[noreturn]] void become(const char* program, char* const* argv, int channel, int output, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // the parent died before prctl
  ::setpgid(0, 0);                          // a terminal's Ctrl-C goes to the supervisor alone
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (::dup2(null, STDIN_FILENO) < 0 || ::dup2(output, STDOUT_FILENO) < 0 ||
      ::dup2(output, STDERR_FILENO) < 0)
    ::_exit(127);
  if (channel == Process::kChannelFd) {
    ::fcntl(channel, F_SETFD, 0);
  } else if (::dup2(channel, Process::kChannelFd) < 0) {
    ::_exit(127);
  }
  ::execv(program, argv);
  ::_exit(127);
}

Exit describe(int status) {
  if (WIFEXITED(status)) return {fmt::format("exited with code {}", WEXITSTATUS(status)), false};
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    return {fmt::format("killed by signal {} ({})", number, ::strsignal(number)), number == SIGKILL};
  }
  return {"ended in an unknown way", false};
}

}  // namespace

Result<Process> Process::spawn(const std::filesystem::path& program,
                               const std::vector<std::string>& arguments) {
  std::array<int, 2> sockets{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0)
    return Error{Errc::io, fmt::format("socketpair: {}", std::strerror(errno))};
  Channel ours{sockets[0]};
  const Channel theirs{sockets[1]};
  // A file in memory, not a pipe: a chatty child never blocks, and nobody has to drain it.
  const int output = ::memfd_create("deepgap-worker-output", MFD_CLOEXEC);
  if (output < 0) return Error{Errc::io, fmt::format("memfd_create: {}", std::strerror(errno))};

  std::vector<std::string> words{program.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  // Inherited: a request to stop must not end a child that has not got its handler yet.
  ::signal(SIGUSR1, SIG_IGN);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) become(program.c_str(), argv.data(), theirs.fd(), output, parent);
  if (child < 0) {
    ::close(output);
    return Error{Errc::io, fmt::format("fork: {}", std::strerror(errno))};
  }
  return Process{child, std::move(ours), output};
}

Process::Process(Process&& other) noexcept
    : pid_{std::exchange(other.pid_, -1)},
      channel_{std::move(other.channel_)},
      output_fd_{std::exchange(other.output_fd_, -1)} {}

Process::~Process() {
  kill();
  if (output_fd_ >= 0) ::close(output_fd_);
}

void Process::signal(int number) noexcept {
  if (pid_ > 0) ::kill(pid_, number);
}

void Process::kill() noexcept {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

Exit Process::wait(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (pid_ > 0) {
    int status = 0;
    const pid_t done = ::waitpid(pid_, &status, WNOHANG);
    if (done == pid_) {
      pid_ = -1;
      return describe(status);
    }
    if (done < 0 && errno != EINTR) break;
    if (std::chrono::steady_clock::now() >= deadline) {
      kill();
      return {"did not end when asked and was killed", false};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  return {"was already gone", false};
}

std::string Process::output() {
  struct stat info{};
  if (output_fd_ < 0 || ::fstat(output_fd_, &info) != 0) return {};
  const off_t begin = std::max<off_t>(0, info.st_size - kOutputTail);
  std::string text(static_cast<std::size_t>(info.st_size - begin), '\0');
  const ssize_t got = ::pread(output_fd_, text.data(), text.size(), begin);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return printable(text, kOutputTail);
}

}  // namespace deepgap::worker
