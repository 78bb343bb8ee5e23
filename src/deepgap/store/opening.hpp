#pragma once

#include <filesystem>

#include "deepgap/core/error.hpp"
#include "deepgap/store/schema.hpp"
#include "deepgap/store/sqlite.hpp"
#include "deepgap/store/write_lock.hpp"

// From a file name to a connection whose file is known to be a store. Knows: files, WAL, read-only disks.
namespace deepgap::store {

struct Writer {
  WriteLock lock;
  Database database;  // closed before the lock goes back
};

// Changes nothing, not even beside the file when it lies on a read-only disk. A store of an older schema is
// copied to a temporary database and brought up to date there.
[[nodiscard]] Result<Database> open_for_reading(const std::filesystem::path& file, Schema schema);

// Makes the file when it is missing: complete or not at all. Brings an older schema up to date.
[[nodiscard]] Result<Writer> open_for_writing(const std::filesystem::path& file, Schema schema);

// Leaves one plain file without -wal and -shm when nobody else has it open; otherwise the last to write does.
void settle(Database& database) noexcept;

}  // namespace deepgap::store
