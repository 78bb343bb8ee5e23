#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/record/round.hpp"
#include "deepgap/record/row.hpp"
#include "deepgap/store/sqlite.hpp"

// How a struct lies in a table: one descriptor a member, from which the table's definition and the statements
// that write and read it are made. Knows: C++ types and SQL types. Never knows: which members there are.
namespace deepgap::store {

struct Column {
  std::string_view suffix;  // "", "_lo", "_requested", ...: added to the name of the field
  std::string_view
      type;  // as in CREATE TABLE; of a field that a later schema adds: with a default, or nullable
};

// How one C++ type lies in columns: kColumns, write (binds as many values) and read (invalid_input: not our
// value).
template <class T>
struct Stored;

template <class Record>
struct Field {
  std::string_view name;
  std::span<const Column> columns;
  void (*write)(const Record& record, Query& into) = nullptr;
  Status (*read)(Record& record, const Query& from, int first_column) = nullptr;
  int since = 1;  // schema that brought the field
};

template <class Record, class T>
Record record_of(T Record::*);

// field<&Row::why>("why")
template <auto Member>
constexpr auto field(std::string_view name, int since = 1) {
  using Record = decltype(record_of(Member));
  using Type = std::remove_cvref_t<decltype(std::declval<Record&>().*Member)>;
  return Field<Record>{
      name, Stored<Type>::kColumns,
      [](const Record& record, Query& into) { Stored<Type>::write(record.*Member, into); },
      [](Record& record, const Query& from, int at) { return Stored<Type>::read(record.*Member, from, at); },
      since};
}

// format(name, type) of every column, with commas between; empty ones are left out.
template <class Record, class Format>
std::string list_columns(std::span<const Field<Record>> fields, Format&& format) {
  std::string all;
  for (const auto& f : fields) {
    for (const Column& column : f.columns) {
      const std::string one = format(f, fmt::format("\"{}{}\"", f.name, column.suffix), column.type);
      if (!one.empty()) all += (all.empty() ? "" : ", ") + one;
    }
  }
  return all;
}

// "batch" INTEGER NOT NULL DEFAULT 0, ...: what schema `since` brought
template <class Record>
std::string definitions(std::span<const Field<Record>> fields, int since) {
  return list_columns(fields, [since](const auto& f, const std::string& name, std::string_view type) {
    return f.since == since ? fmt::format("{} {}", name, type) : std::string{};
  });
}

// ALTER TABLE results ADD COLUMN "x" REAL; ...: the step to schema `since`
template <class Record>
std::string additions(std::string_view table, std::span<const Field<Record>> fields, int since) {
  std::string all;
  for (const auto& f : fields)
    for (const Column& column : f.columns)
      if (f.since == since)
        all += fmt::format("ALTER TABLE {} ADD COLUMN \"{}{}\" {};\n", table, f.name, column.suffix,
                           column.type);
  return all;
}

// results."case", results."run", ...; without a table just the names
template <class Record>
std::string names(std::span<const Field<Record>> fields, std::string_view table = "") {
  return list_columns(fields, [table](const auto&, const std::string& name, std::string_view) {
    return table.empty() ? name : fmt::format("{}.{}", table, name);
  });
}

// ?, ?, ...
template <class Record>
std::string marks(std::span<const Field<Record>> fields) {
  return list_columns(fields,
                      [](const auto&, const std::string&, std::string_view) { return std::string{"?"}; });
}

template <class Record>
void write(std::span<const Field<Record>> fields, const Record& record, Query& into) {
  for (const auto& f : fields) f.write(record, into);
}

// invalid_input names the column.
template <class Record>
Result<Record> read(std::span<const Field<Record>> fields, const Query& from) {
  Record record;
  int column = 0;
  for (const auto& f : fields) {
    if (auto done = f.read(record, from, column); !done) {
      return std::move(done).error().in(fmt::format("column {}", f.name));
    }
    column += static_cast<int>(f.columns.size());
  }
  return record;
}

template <>
struct Stored<bool> {
  static constexpr Column kColumns[] = {{"", "INTEGER NOT NULL DEFAULT 0"}};
  static void write(bool value, Query& into);
  static Status read(bool& value, const Query& from, int at);
};

template <>
struct Stored<std::int64_t> {
  static constexpr Column kColumns[] = {{"", "INTEGER NOT NULL DEFAULT 0"}};
  static void write(std::int64_t value, Query& into);
  static Status read(std::int64_t& value, const Query& from, int at);
};

template <>
struct Stored<std::optional<std::int64_t>> {
  static constexpr Column kColumns[] = {{"", "INTEGER"}};
  static void write(const std::optional<std::int64_t>& value, Query& into);
  static Status read(std::optional<std::int64_t>& value, const Query& from, int at);
};

template <>
struct Stored<double> {
  static constexpr Column kColumns[] = {{"", "REAL"}};
  static void write(double value, Query& into);
  static Status read(double& value, const Query& from, int at);
};

template <>
struct Stored<std::optional<double>> {
  static constexpr Column kColumns[] = {{"", "REAL"}};
  static void write(const std::optional<double>& value, Query& into);
  static Status read(std::optional<double>& value, const Query& from, int at);
};

template <>
struct Stored<std::string> {
  static constexpr Column kColumns[] = {{"", "TEXT NOT NULL DEFAULT ''"}};
  static void write(const std::string& value, Query& into);
  static Status read(std::string& value, const Query& from, int at);
};

template <>
struct Stored<std::optional<std::string>> {
  static constexpr Column kColumns[] = {{"", "TEXT"}};
  static void write(const std::optional<std::string>& value, Query& into);
  static Status read(std::optional<std::string>& value, const Query& from, int at);
};

template <>
struct Stored<std::vector<std::string>> {
  static constexpr Column kColumns[] = {{"", "TEXT NOT NULL DEFAULT '[]'"}};
  static void write(const std::vector<std::string>& value, Query& into);
  static Status read(std::vector<std::string>& value, const Query& from, int at);
};

template <>
struct Stored<std::optional<record::Estimate>> {
  static constexpr Column kColumns[] = {{"", "REAL"}, {"_lo", "REAL"}, {"_hi", "REAL"}};
  static void write(const std::optional<record::Estimate>& value, Query& into);
  static Status read(std::optional<record::Estimate>& value, const Query& from, int at);
};

template <>
struct Stored<record::Outcome> {
  static constexpr Column kColumns[] = {{"", "TEXT NOT NULL DEFAULT 'failed'"}};
  static void write(record::Outcome value, Query& into);
  static Status read(record::Outcome& value, const Query& from, int at);
};

template <>
struct Stored<record::Settings> {
  static constexpr Column kColumns[] = {{"_requested", "TEXT NOT NULL DEFAULT '{}'"},
                                        {"_effective", "TEXT NOT NULL DEFAULT '{}'"}};
  static void write(const record::Settings& value, Query& into);
  static Status read(record::Settings& value, const Query& from, int at);
};

template <>
struct Stored<std::vector<record::Block>> {
  static constexpr Column kColumns[] = {{"", "TEXT NOT NULL DEFAULT '[]'"}};
  static void write(const std::vector<record::Block>& value, Query& into);
  static Status read(std::vector<record::Block>& value, const Query& from, int at);
};

}  // namespace deepgap::store
