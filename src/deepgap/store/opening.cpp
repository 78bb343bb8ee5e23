#include "deepgap/store/opening.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sqlite3.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace deepgap::store {

namespace {

namespace fs = std::filesystem;

constexpr int kBusyTimeoutMs = 5000;

Error with_name(Error error, const fs::path& file) {
  if (error.code() == Errc::invalid_input || error.code() == Errc::internal) {
    return Error{
        Errc::invalid_input,
        fmt::format("'{}' is damaged ({}); restore a copy, or measure into another file with -o FILE",
                    file.string(), error.message())};
  }
  return std::move(error).in(fmt::format("'{}'", file.string()));
}

Status check_kind(const fs::path& file) {
  std::error_code failure;
  const auto status = fs::status(file, failure);
  if (status.type() == fs::file_type::not_found) {
    return Error{
        Errc::invalid_input,
        fmt::format("'{}' does not exist; 'deepgap run STUDY -o FILE' makes a store", file.string())};
  }
  if (failure)
    return Error{Errc::io, fmt::format("'{}' cannot be read ({})", file.string(), failure.message())};
  const std::string_view what = fs::is_directory(status)            ? "it is a folder"
                                : !fs::is_regular_file(status)      ? "it is not a regular file"
                                : fs::file_size(file, failure) == 0 ? "it is empty"
                                                                    : "";
  if (what.empty()) return {};
  return Error{
      Errc::invalid_input,
      fmt::format("'{}' is not a deepgap store: {}; name a file that 'deepgap run STUDY -o FILE' made",
                  file.string(), what)};
}

// Refuses what this program must not touch before anything is opened for real.
Result<Header> header_of(const fs::path& file, Schema schema) {
  if (auto kind = check_kind(file); !kind) return std::move(kind).error();
  auto database = Database::open(file_uri(file, "mode=ro"), SQLITE_OPEN_READONLY);
  if (!database) return with_name(std::move(database).error(), file);
  auto bytes = database->first_bytes(100);
  if (!bytes) return with_name(std::move(bytes).error(), file);
  auto header = read_header(*bytes, file);
  if (!header) return header;
  if (auto fits = check_schema(header->schema, schema, file); !fits) return std::move(fits).error();
  return header;
}

// Proves that the connection can read: SQLite opens -wal and -shm only with the first statement.
Result<Database> readable(const fs::path& file, std::string_view parameters, std::string_view pragmas) {
  auto database = Database::open(file_uri(file, parameters), SQLITE_OPEN_READONLY);
  if (!database) return database;
  database->set_busy_timeout(kBusyTimeoutMs);
  if (auto set = database->exec(std::string{pragmas}); !set) return std::move(set).error();
  if (auto there = check_tables(*database); !there) return std::move(there).error();
  return database;
}

bool has_beside(const fs::path& file, std::string_view suffix) {
  fs::path beside = file;
  beside += suffix;
  std::error_code ignored;
  return fs::exists(beside, ignored);
}

Result<Database> connect_for_reading(const fs::path& file, const Header& header) {
  if (!header.wal) return readable(file, "mode=ro", "");
  // Without a log and without a writer everything is in the file. A plain read-only connection would leave
  // -wal and -shm behind, or fail where it cannot make them.
  const bool has_log = has_beside(file, "-wal");
  if (!has_log && !has_beside(file, "-lock")) return readable(file, "mode=ro&immutable=1", "");
  auto database = readable(file, "mode=ro", "");
  if (database || database.error().code() != Errc::io) return database;
  // A run was killed and its files came to a read-only place: the shared index of the log cannot be made. An
  // exclusive connection keeps that index in memory; nobody can write here, so no lock is needed.
  auto alone = has_log ? readable(file, "mode=ro&vfs=unix-none", "PRAGMA locking_mode = EXCLUSIVE")
                       : readable(file, "mode=ro&immutable=1", "");
  return alone ? std::move(alone) : std::move(database);
}

// The version that counts: the one in the file's header may be older than the log's.
Status check_version(Database& database, Schema schema, const fs::path& file) {
  auto found = database.integer("PRAGMA user_version");
  if (!found) return with_name(std::move(found).error(), file);
  return check_schema(*found, schema, file);
}

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path{"."};
}

// A file system that cannot do it still has the file: no reason to stop.
void sync(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

// Under the lock. The file appears by rename, so nobody ever meets a store that is not whole.
Status create(const fs::path& file, Schema schema) {
  fs::path unfinished = file;
  unfinished += "-new";
  std::error_code failure;
  fs::remove(unfinished, failure);
  const auto make = [&]() -> Status {
    auto database = Database::open(unfinished.string(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    if (!database) return std::move(database).error();
    // No half-made file ever gets the store's name, so one sync at the end does for all.
    auto marked = database->exec(
        fmt::format("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA application_id = {}",
                    kApplicationId));
    if (!marked) return marked;
    return migrate(*database, schema);
  };
  if (auto made = make(); !made) {
    fs::remove(unfinished, failure);
    return with_name(std::move(made).error(), file);
  }
  sync(unfinished);
  fs::rename(unfinished, file, failure);
  if (failure)
    return Error{Errc::io, fmt::format("'{}' cannot be made ({})", file.string(), failure.message())};
  sync(folder_of(file));
  return {};
}

Status check_folder(const fs::path& file) {
  const fs::path folder = folder_of(file);
  std::error_code ignored;
  if (fs::is_directory(folder, ignored)) return {};
  return Error{Errc::invalid_input,
               fmt::format("'{0}' cannot be made: there is no folder '{1}'; mkdir -p '{1}'", file.string(),
                           folder.string())};
}

}  // namespace

Result<Database> open_for_reading(const fs::path& file, Schema schema) {
  auto header = header_of(file, schema);
  if (!header) return std::move(header).error();
  auto database = connect_for_reading(file, *header);
  if (!database) return with_name(std::move(database).error(), file);
  if (auto fits = check_version(*database, schema, file); !fits) return std::move(fits).error();
  auto found = database->integer("PRAGMA user_version");
  if (!found) return with_name(std::move(found).error(), file);
  if (*found == static_cast<std::int64_t>(schema.size())) return database;
  auto copy = Database::open("", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  if (!copy) return std::move(copy).error();
  if (auto copied = database->copy_to(*copy); !copied) return with_name(std::move(copied).error(), file);
  if (auto migrated = migrate(*copy, schema); !migrated) return with_name(std::move(migrated).error(), file);
  return copy;
}

Result<Writer> open_for_writing(const fs::path& given, Schema schema) {
  std::error_code failure;
  fs::path file = fs::weakly_canonical(given, failure);  // one lock for all the links to a store
  if (failure) file = given;
  const bool exists = fs::exists(file, failure);
  if (exists) {
    if (auto header = header_of(file, schema); !header) return std::move(header).error();
  } else if (auto folder = check_folder(file); !folder) {
    return std::move(folder).error();
  }
  auto lock = WriteLock::take(file);
  if (!lock) return std::move(lock).error();
  if (!fs::exists(file, failure)) {
    if (auto made = create(file, schema); !made) return std::move(made).error();
  }
  auto database = Database::open(file.string(), SQLITE_OPEN_READWRITE);
  if (!database) return with_name(std::move(database).error(), given);
  if (database->is_read_only()) {
    return Error{Errc::io, fmt::format("'{}' cannot be written: the file is read-only", given.string())};
  }
  database->set_busy_timeout(kBusyTimeoutMs);
  if (auto there = check_tables(*database); !there) return with_name(std::move(there).error(), given);
  if (auto fits = check_version(*database, schema, given); !fits) return std::move(fits).error();
  if (auto set =
          database->exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
      !set) {
    return with_name(std::move(set).error(), given);
  }
  if (auto known = migrate(*database, schema); !known) {
    return with_name(std::move(known).error(), given);
  }
  return Writer{std::move(*lock), std::move(*database)};
}

void settle(Database& database) noexcept {
  database.set_busy_timeout(0);
  // Both fail harmlessly while somebody reads: what was committed stays in the log.
  static_cast<void>(database.exec("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE"));
}

}  // namespace deepgap::store
