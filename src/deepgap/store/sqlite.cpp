#include "deepgap/store/sqlite.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <limits>
#include <system_error>

namespace deepgap::store {

namespace {

Errc category(int code) {
  switch (code & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_FORMAT:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH: return Errc::invalid_input;
    case SQLITE_ERROR:
    case SQLITE_INTERNAL:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_CONSTRAINT: return Errc::internal;
    default: return Errc::io;
  }
}

}  // namespace

Error sqlite_error(sqlite3* db, int code) {
  const int last_system_error = errno;
  std::string what = db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code);
  const int primary = code & 0xff;
  const bool from_system = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN || primary == SQLITE_FULL;
  // SQLite remembers the system's number for failures to open only; for the others errno still has it.
  const int kept = db != nullptr ? sqlite3_system_errno(db) : 0;
  if (const int number = kept != 0 ? kept : last_system_error; from_system && number != 0) {
    what += " (" + std::generic_category().message(number) + ")";
  }
  return Error{category(code), what};
}

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

void Query::bound(int code) {
  ++next_parameter_;
  if (code_ == SQLITE_OK) code_ = code;
}

void Query::put(std::int64_t value) { bound(sqlite3_bind_int64(statement_, next_parameter_, value)); }
void Query::put(double value) { bound(sqlite3_bind_double(statement_, next_parameter_, value)); }
void Query::put_null() { bound(sqlite3_bind_null(statement_, next_parameter_)); }

void Query::put(std::string_view value) {
  const char* data = value.data() != nullptr ? value.data() : "";  // a null pointer would bind NULL
  bound(sqlite3_bind_text64(statement_, next_parameter_, data, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Query::put(ConstBytes value) {
  const void* data = value.data() != nullptr ? static_cast<const void*>(value.data()) : "";
  bound(sqlite3_bind_blob64(statement_, next_parameter_, data, value.size(), SQLITE_STATIC));
}

Result<bool> Query::next() {
  if (code_ != SQLITE_OK) return sqlite_error(db_, code_);
  errno = 0;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return sqlite_error(db_, sqlite3_extended_errcode(db_));
}

Status Query::run() {
  for (;;) {
    auto row = next();
    if (!row) return std::move(row).error();
    if (!*row) return {};
  }
}

bool Query::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
std::int64_t Query::integer(int column) const { return sqlite3_column_int64(statement_, column); }

double Query::real(int column) const {
  return is_null(column) ? std::numeric_limits<double>::quiet_NaN()
                         : sqlite3_column_double(statement_, column);
}

std::string Query::text(int column) const {
  const ConstBytes bytes = blob(column);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

ConstBytes Query::blob(int column) const {
  const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(statement_, column));
  const int size = sqlite3_column_bytes(statement_, column);
  return data == nullptr ? ConstBytes{} : ConstBytes{data, static_cast<std::size_t>(size)};
}

std::optional<std::int64_t> Query::maybe_integer(int column) const {
  return is_null(column) ? std::nullopt : std::optional{integer(column)};
}
std::optional<double> Query::maybe_real(int column) const {
  return is_null(column) ? std::nullopt : std::optional{real(column)};
}
std::optional<std::string> Query::maybe_text(int column) const {
  return is_null(column) ? std::nullopt : std::optional{text(column)};
}

void Database::Close::operator()(sqlite3* db) const noexcept { sqlite3_close_v2(db); }
void Database::Finalize::operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }

Result<Database> Database::open(const std::string& target, int flags) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(
      target.c_str(), &raw, flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  Database database;
  database.db_.reset(raw);
  if (code != SQLITE_OK) return sqlite_error(raw, code);
  // A store may come from anybody: nothing that its schema holds may run functions or edit the schema.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  return database;
}

Query Database::query(const std::string& sql) {
  auto& kept = statements_[sql];
  int code = SQLITE_OK;
  if (kept == nullptr) {
    sqlite3_stmt* raw = nullptr;
    code = sqlite3_prepare_v3(db_.get(), sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    kept.reset(raw);
  }
  assert(kept == nullptr || sqlite3_stmt_busy(kept.get()) == 0);
  return {db_.get(), kept.get(), code};
}

Status Database::exec(const std::string& sql) {
  errno = 0;
  const int code = sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return sqlite_error(db_.get(), code);
  return {};
}

Result<std::int64_t> Database::integer(const std::string& sql) {
  auto found = query(sql);
  auto row = found.next();
  if (!row) return std::move(row).error();
  return *row ? found.integer(0) : std::int64_t{0};
}

Status Database::copy_to(Database& other) {
  sqlite3_backup* backup = sqlite3_backup_init(other.db_.get(), "main", db_.get(), "main");
  if (backup == nullptr) return sqlite_error(other.db_.get(), sqlite3_extended_errcode(other.db_.get()));
  sqlite3_backup_step(backup, -1);
  if (const int code = sqlite3_backup_finish(backup); code != SQLITE_OK) {
    return sqlite_error(other.db_.get(), code);
  }
  return {};
}

void Database::set_busy_timeout(int timeout_ms) { sqlite3_busy_timeout(db_.get(), timeout_ms); }

void Database::close() noexcept {
  statements_.clear();
  db_.reset();
}

bool Database::is_read_only() const noexcept { return sqlite3_db_readonly(db_.get(), "main") == 1; }

Result<std::string> Database::first_bytes(std::size_t count) {
  sqlite3_file* file = nullptr;
  int code = sqlite3_file_control(db_.get(), "main", SQLITE_FCNTL_FILE_POINTER, static_cast<void*>(&file));
  if (code != SQLITE_OK || file == nullptr || file->pMethods == nullptr) return sqlite_error(db_.get(), code);
  sqlite3_int64 size = 0;
  code = file->pMethods->xFileSize(file, &size);
  std::string bytes(std::min(count, static_cast<std::size_t>(std::max<sqlite3_int64>(size, 0))), '\0');
  if (code == SQLITE_OK) code = file->pMethods->xRead(file, bytes.data(), static_cast<int>(bytes.size()), 0);
  if (code != SQLITE_OK) return Error{Errc::io, sqlite3_errstr(code)};
  return bytes;
}

void Database::roll_back() noexcept {
  // SQLite may have rolled back already (a full disk): then there is nothing to do.
  if (sqlite3_get_autocommit(db_.get()) == 0) {
    sqlite3_exec(db_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

std::string file_uri(const std::filesystem::path& file, std::string_view parameters) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const std::string path = std::filesystem::absolute(file).string();
  std::string uri = "file:///";  // an empty authority: a path may begin with two slashes
  for (const char c : std::string_view{path}.substr(std::min(path.find_first_not_of('/'), path.size()))) {
    const auto code = static_cast<unsigned char>(c);
    if (code <= 0x20 || code >= 0x7f || std::strchr("%?#", c) != nullptr) {
      uri += {'%', kDigits[code >> 4U], kDigits[code & 0xfU]};
    } else {
      uri += c;
    }
  }
  return uri + "?" + std::string{parameters};
}

}  // namespace deepgap::store
