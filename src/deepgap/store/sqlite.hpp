#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "deepgap/core/error.hpp"
#include "deepgap/core/types.hpp"

struct sqlite3;
struct sqlite3_stmt;

// SQLite's C interface with owners and Results: connections, cached prepared statements, transactions.
// Knows: SQLite and its codes. Never knows: tables, stores. One thread at a time.
namespace deepgap::store {

// SQLite's words for its last failure, with the operating system's reason where there is one.
// io: disk, permissions, locks. invalid_input: not a database, damaged, too big. internal: a wrong statement.
[[nodiscard]] Error sqlite_error(sqlite3* db, int code);

// One use of a prepared statement: bind in order, then step. Failures before the first step are told by it.
// A bound blob must live until the query ends; text is copied. Resets the statement when it goes.
class Query {
 public:
  Query(sqlite3* db, sqlite3_stmt* statement, int code) : db_{db}, statement_{statement}, code_{code} {}
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  template <class... T>
  Query& bind(const T&... values) {
    (put(values), ...);
    return *this;
  }
  Result<bool> next();  // true: a row is there
  Status run();         // for statements whose rows nobody wants

  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;  // NULL is NaN: a double that is always there and was NaN
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] ConstBytes blob(int column) const;  // until the next step
  [[nodiscard]] std::optional<std::int64_t> maybe_integer(int column) const;
  [[nodiscard]] std::optional<double> maybe_real(int column) const;
  [[nodiscard]] std::optional<std::string> maybe_text(int column) const;

 private:
  void put(std::int64_t value);
  void put(double value);  // SQLite makes NULL of NaN
  void put(std::string_view value);
  void put(ConstBytes value);
  void put_null();
  template <class T>
  void put(const std::optional<T>& value) {
    if (value) {
      put(*value);
    } else {
      put_null();
    }
  }
  void bound(int code);

  sqlite3* db_;
  sqlite3_stmt* statement_;
  int code_;
  int next_parameter_ = 1;
};

class Database {
 public:
  // `target` is a file name or a file: URI; `flags` are SQLITE_OPEN_*.
  [[nodiscard]] static Result<Database> open(const std::string& target, int flags);

  [[nodiscard]] Query query(const std::string& sql);     // the prepared statement is kept
  Status exec(const std::string& sql);                   // one or several statements, nothing bound
  Result<std::int64_t> integer(const std::string& sql);  // first column of the first row, 0 without one

  // BEGIN IMMEDIATE, work(), COMMIT; anything that fails rolls all of it back.
  template <class Work>
  Status transaction(Work&& work) {
    if (auto begun = exec("BEGIN IMMEDIATE"); !begun) return begun;
    Status done = work();
    if (done) done = exec("COMMIT");
    if (!done) roll_back();
    return done;
  }

  Status copy_to(Database& other);  // every page, read in one transaction
  void set_busy_timeout(int timeout_ms);
  void close() noexcept;  // statements first; harmless when closed
  [[nodiscard]] bool is_open() const noexcept { return db_ != nullptr; }
  [[nodiscard]] bool is_read_only() const noexcept;
  // The first bytes of the file as it lies on disk. Read through SQLite: opening and closing the file here
  // would drop the POSIX locks of every other connection that this process has to it.
  [[nodiscard]] Result<std::string> first_bytes(std::size_t count);

 private:
  struct Close {
    void operator()(sqlite3* db) const noexcept;
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  void roll_back() noexcept;

  std::unique_ptr<sqlite3, Close> db_;
  std::unordered_map<std::string, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;
};

// "file:/a%20b.db?mode=ro": `parameters` follow the question mark.
[[nodiscard]] std::string file_uri(const std::filesystem::path& file, std::string_view parameters);

}  // namespace deepgap::store
