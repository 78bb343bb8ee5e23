#include "database.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <charconv>
#include <memory>
#include <system_error>

namespace deepgap::golden {
namespace {

namespace fs = std::filesystem;

using Connection = std::unique_ptr<sqlite3, decltype([](sqlite3* c) { sqlite3_close(c); })>;
using Statement = std::unique_ptr<sqlite3_stmt, decltype([](sqlite3_stmt* s) { sqlite3_finalize(s); })>;

Connection open(const fs::path& file) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
  Connection connection{opened};
  if (code != SQLITE_OK) connection.reset();
  return connection;
}

std::string value(sqlite3_stmt* statement, int column) {
  if (sqlite3_column_type(statement, column) == SQLITE_NULL) return "NULL";
  const void* bytes = sqlite3_column_blob(statement, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
  return size == 0 ? std::string{} : std::string{static_cast<const char*>(bytes), size};
}

// False when the database cannot be read (yet).
bool read(const fs::path& file, const std::string& sql, Table& table) {
  const Connection connection = open(file);
  sqlite3_stmt* prepared = nullptr;
  if (!connection || sqlite3_prepare_v2(connection.get(), sql.c_str(), -1, &prepared, nullptr) != SQLITE_OK)
    return false;
  const Statement statement{prepared};
  int code = sqlite3_step(prepared);
  for (; code == SQLITE_ROW; code = sqlite3_step(prepared)) {
    auto& row = table.emplace_back();
    for (int i = 0; i < sqlite3_column_count(prepared); ++i) row.push_back(value(prepared, i));
  }
  return code == SQLITE_DONE;
}

}  // namespace

void change_database(const fs::path& file, const std::string& sql) {
  const Connection connection = open(file);
  ASSERT_TRUE(connection) << file;
  ASSERT_EQ(sqlite3_exec(connection.get(), sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(connection.get());
}

Table query(const fs::path& file, const std::string& sql) {
  Table table;
  EXPECT_TRUE(read(file, sql, table)) << file << ": " << sql;
  return table;
}

Table query_copy(const fs::path& store, const std::string& sql) {
  const fs::path copy = fs::temp_directory_path() / ("deepgap-copy-" + std::to_string(::getpid()) + ".db");
  std::error_code missing;
  for (const char* suffix : {"", "-wal"}) {
    fs::remove(copy.string() + suffix, missing);
    fs::copy_file(store.string() + suffix, copy.string() + suffix, missing);
  }
  Table table;
  if (!read(copy, sql, table)) table.clear();  // copied while the file and its log changed
  for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(copy.string() + suffix, missing);
  return table;
}

Table raw_rounds(const fs::path& store) {
  return query_copy(
      store, R"(SELECT r.*, s.series FROM rounds r LEFT JOIN samples s ON s.round = r.id ORDER BY r.id)");
}

std::size_t rounds_in(const fs::path& store) {
  const Table count = query_copy(store, "SELECT count(*) FROM rounds");
  std::size_t number = 0;
  if (count.size() == 1) std::from_chars(count[0][0].data(), count[0][0].data() + count[0][0].size(), number);
  return number;
}

}  // namespace deepgap::golden
