#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/store/sqlite.hpp"

// The tables of a store and how they came to be. Knows: SQL. Never knows: what a number means.
namespace deepgap::store {

inline constexpr std::int64_t kApplicationId =
    0x44474150;  // "DGAP", SQLite's application_id: `file` shows it

// Step i takes a store from schema i to i + 1, so step 0 makes a fresh one and the number of steps is the
// schema this program knows. A step that was released never changes again.
using Schema = std::span<const std::string>;
[[nodiscard]] Schema current_schema();

// What the first 100 bytes of a file say (https://www.sqlite.org/fileformat.html).
struct Header {
  std::int64_t application_id = 0;
  std::int64_t schema = 0;  // user_version
  bool wal = false;         // the file is in WAL mode
};
// invalid_input: not a store, and what it is instead.
[[nodiscard]] Result<Header> read_header(std::string_view first_bytes, const std::filesystem::path& file);

// invalid_input: the file is of a newer schema than this program knows.
Status check_schema(std::int64_t found, Schema known, const std::filesystem::path& file);

// Brings the database to `schema` in one transaction: all the steps that it lacks, or none.
Status migrate(Database& database, Schema schema);

// A cheap look, no scan: the tables are there. invalid_input: damaged.
Status check_tables(Database& database);

}  // namespace deepgap::store
