#include "deepgap/store/schema.hpp"

#include <fmt/core.h>

#include "deepgap/store/round_fields.hpp"
#include "deepgap/store/row_fields.hpp"

namespace deepgap::store {

namespace {

constexpr std::size_t kHeaderBytes = 100;
constexpr std::string_view kMagic{"SQLite format 3\0", 16};

// Samples lie in a table of their own, so that walking over rounds never reads them.
std::string first_schema() {
  return fmt::format(R"(
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE runs (
  id TEXT PRIMARY KEY, started_at TEXT NOT NULL, ended_at TEXT, ended_how TEXT,
  deepgap_version TEXT NOT NULL, git_revision TEXT NOT NULL, build TEXT NOT NULL, host TEXT NOT NULL,
  settings TEXT NOT NULL) STRICT;
CREATE TABLE plan ("case" TEXT PRIMARY KEY, position INTEGER NOT NULL, skipped_why TEXT) STRICT;
CREATE TABLE rounds (
  id INTEGER PRIMARY KEY, "case" TEXT NOT NULL, run TEXT REFERENCES runs (id), {},
  UNIQUE ("case", idx)) STRICT;
CREATE TABLE samples (
  round INTEGER PRIMARY KEY REFERENCES rounds (id) ON DELETE CASCADE, series BLOB NOT NULL) STRICT;
CREATE TABLE results ({}, PRIMARY KEY ("case")) STRICT;
CREATE TABLE tensor_lists (key TEXT PRIMARY KEY, length INTEGER NOT NULL) STRICT;
CREATE TABLE tensors (
  key TEXT NOT NULL REFERENCES tensor_lists (key) ON DELETE CASCADE, position INTEGER NOT NULL,
  dtype TEXT NOT NULL, shape TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (key, position)) STRICT;
)",
                     definitions(round_fields(), 1), definitions(row_fields(), 1));
}

std::string second_schema() {
  return additions("rounds", round_fields(), 2) + additions("results", row_fields(), 2);
}

std::string third_schema() { return additions("results", row_fields(), 3); }

std::int64_t big_endian(std::string_view bytes, std::size_t at) {
  std::int64_t number = 0;
  for (const char c : bytes.substr(at, 4)) number = number * 256 + static_cast<unsigned char>(c);
  return number;
}

Error not_a_store(const std::filesystem::path& file, std::string_view what) {
  return Error{
      Errc::invalid_input,
      fmt::format("'{}' is not a deepgap store: {}; name a file that 'deepgap run STUDY -o FILE' made",
                  file.string(), what)};
}

}  // namespace

Schema current_schema() {
  static const std::vector<std::string> steps{first_schema(), second_schema(), third_schema()};
  return steps;
}

Result<Header> read_header(std::string_view first_bytes, const std::filesystem::path& file) {
  if (!first_bytes.starts_with(kMagic)) return not_a_store(file, "it is not an SQLite database");
  if (first_bytes.size() < kHeaderBytes) return not_a_store(file, "it ends inside its header");
  Header header;
  header.application_id = big_endian(first_bytes, 68);
  header.schema = big_endian(first_bytes, 60);
  header.wal = first_bytes[18] == 2;
  if (header.application_id != kApplicationId) {
    return not_a_store(file, fmt::format("it is another program's SQLite database (application id {:#x})",
                                         header.application_id));
  }
  return header;
}

Status check_schema(std::int64_t found, Schema known, const std::filesystem::path& file) {
  if (found <= static_cast<std::int64_t>(known.size())) return {};
  return Error{
      Errc::invalid_input,
      fmt::format("'{}' was written by a newer deepgap (schema {}, this program knows {}); upgrade deepgap",
                  file.string(), found, known.size())};
}

Status migrate(Database& database, Schema schema) {
  const auto wanted = static_cast<std::int64_t>(schema.size());
  auto found = database.integer("PRAGMA user_version");
  if (!found) return std::move(found).error();
  if (*found == wanted) return {};
  return database.transaction([&]() -> Status {
    auto from = database.integer("PRAGMA user_version");
    if (!from) return std::move(from).error();
    if (*from < 0 || *from > wanted) {
      return Error{Errc::invalid_input, fmt::format("schema {}, this program knows {}", *from, wanted)};
    }
    for (std::int64_t step = *from; step < wanted; ++step) {
      if (auto done = database.exec(schema[static_cast<std::size_t>(step)]); !done) {
        return std::move(done).error().in(fmt::format("bring it from schema {} to {}", step, step + 1));
      }
    }
    return database.exec(fmt::format("PRAGMA user_version = {}", wanted));
  });
}

Status check_tables(Database& database) {
  auto tables = database.integer(
      "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN "
      "('meta', 'runs', 'plan', 'rounds', 'samples', 'results', 'tensor_lists', 'tensors')");
  if (!tables) return std::move(tables).error();
  if (*tables != 8)
    return Error{Errc::invalid_input, fmt::format("{} of its 8 tables are missing", 8 - *tables)};
  return {};
}

}  // namespace deepgap::store
