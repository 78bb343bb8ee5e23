#pragma once

#include <filesystem>

#include "deepgap/core/error.hpp"

// One writer a store. Knows: files and processes. Never knows: SQLite.
namespace deepgap::store {

// An exclusive flock(2) on "<file>-lock", which says who holds it. The kernel drops it when the process dies,
// kill -9 included; the file is removed when the lock is given back. On a sidecar because closing any
// descriptor of the database itself would drop SQLite's own POSIX locks on it. Not inherited by exec.
class WriteLock {
 public:
  // Never waits. invalid_input: another process writes, and which. io: the sidecar cannot be made.
  [[nodiscard]] static Result<WriteLock> take(const std::filesystem::path& file);
  WriteLock(WriteLock&& other) noexcept;
  WriteLock& operator=(WriteLock&& other) noexcept;
  ~WriteLock();

 private:
  WriteLock(std::filesystem::path sidecar, int descriptor)
      : sidecar_{std::move(sidecar)}, descriptor_{descriptor} {}
  void give_back() noexcept;

  std::filesystem::path sidecar_;
  int descriptor_;  // -1 when moved from
};

}  // namespace deepgap::store
