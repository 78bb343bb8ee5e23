#include "deepgap/store/write_lock.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>

#include "deepgap/core/text.hpp"

namespace deepgap::store {

namespace {

std::string system_words(int number) { return std::generic_category().message(number); }

std::string command_line() {
  std::ifstream file{"/proc/self/cmdline", std::ios::binary};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  std::replace(text.begin(), text.end(), '\0', ' ');
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return printable(text, 120);
}

// Failure to write is no failure to lock: the text only makes the other process's message better.
void write_holder(int descriptor) {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  const std::string text = fmt::format("process {} on {} ({})", getpid(), host.data(), command_line());
  if (ftruncate(descriptor, 0) == 0) {
    [[maybe_unused]] const auto written = pwrite(descriptor, text.data(), text.size(), 0);
  }
}

std::string read_holder(int descriptor) {
  std::string text(512, '\0');
  const auto size = pread(descriptor, text.data(), text.size(), 0);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text.empty() ? "another process" : printable(text);
}

bool is_still_there(int descriptor, const std::filesystem::path& sidecar) {
  struct stat held{}, named{};
  return fstat(descriptor, &held) == 0 && stat(sidecar.c_str(), &named) == 0 && held.st_ino == named.st_ino &&
         held.st_dev == named.st_dev;
}

}  // namespace

Result<WriteLock> WriteLock::take(const std::filesystem::path& file) {
  std::filesystem::path sidecar = file;
  sidecar += "-lock";
  // Whoever held the lock may have removed the sidecar between our open and our flock: then take the new one.
  for (;;) {
    const int descriptor = ::open(sidecar.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (descriptor < 0) {
      return Error{Errc::io, fmt::format("'{}' cannot be written: its lock '{}' cannot be made ({})",
                                         file.string(), sidecar.string(), system_words(errno))};
    }
    WriteLock lock{sidecar, descriptor};
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      const int number = errno;
      lock.sidecar_.clear();  // not ours to remove
      if (number == EINTR) continue;
      if (number != EWOULDBLOCK) {
        return Error{Errc::io,
                     fmt::format("'{}' cannot be locked ({})", sidecar.string(), system_words(number))};
      }
      return Error{Errc::invalid_input,
                   fmt::format("'{}' is being written by {}; wait for it to end, or write to "
                               "another file with -o FILE",
                               file.string(), read_holder(descriptor))};
    }
    if (!is_still_there(descriptor, sidecar)) {
      lock.sidecar_.clear();
      continue;
    }
    write_holder(descriptor);
    return lock;
  }
}

WriteLock::WriteLock(WriteLock&& other) noexcept
    : sidecar_{std::move(other.sidecar_)}, descriptor_{std::exchange(other.descriptor_, -1)} {}

WriteLock& WriteLock::operator=(WriteLock&& other) noexcept {
  if (this != &other) {
    give_back();
    sidecar_ = std::move(other.sidecar_);
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

WriteLock::~WriteLock() { give_back(); }

void WriteLock::give_back() noexcept {
  if (descriptor_ < 0) return;
  if (!sidecar_.empty()) ::unlink(sidecar_.c_str());  // while the lock is held: see take()
  ::close(std::exchange(descriptor_, -1));
}

}  // namespace deepgap::store
