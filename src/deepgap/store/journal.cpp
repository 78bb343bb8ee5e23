// The part of Store that implements record::Journal, and the lists that read back what it wrote.
#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "deepgap/store/round_fields.hpp"
#include "deepgap/store/row_fields.hpp"
#include "deepgap/store/samples.hpp"
#include "deepgap/store/store.hpp"

namespace deepgap::store {

namespace {

using nlohmann::json;
using record::Round;

// Made once: SQLite finds the prepared statement by this text.
const std::string& insert_round_sql() {
  static const std::string sql =
      fmt::format("INSERT INTO rounds (\"case\", run, {}) VALUES (?, ?, {}) RETURNING id",
                  names(round_fields()), marks(round_fields()));
  return sql;
}

const std::string& put_row_sql() {
  static const std::string sql = [] {
    const auto set = [](const auto&, const std::string& column, std::string_view) {
      return fmt::format("{0} = excluded.{0}", column);
    };
    return fmt::format("INSERT INTO results ({}) VALUES ({}) ON CONFLICT (\"case\") DO UPDATE SET {}",
                       names(row_fields()), marks(row_fields()), list_columns(row_fields(), set));
  }();
  return sql;
}

int round_columns() { return static_cast<int>(round_fields().size()); }  // one a field

Result<Tensor> read_tensor(const Query& from) {
  const auto damaged = [] { return Error{Errc::invalid_input, "it is damaged"}; };
  const auto dtype = dtype_from(from.text(0));
  const json list = json::parse(from.text(1), nullptr, false);
  if (!dtype || !list.is_array()) return damaged();
  Tensor tensor{*dtype, {}, {}};
  for (const json& extent : list) {
    if (!extent.is_number_integer()) return damaged();
    tensor.shape.push_back(extent.get<std::int64_t>());
  }
  const ConstBytes bytes = from.blob(2);
  const auto count = element_count(tensor.shape);
  if (!count || static_cast<std::uint64_t>(*count) * size_of(*dtype) != bytes.size()) return damaged();
  tensor.bytes.assign(bytes.begin(), bytes.end());
  return tensor;
}

}  // namespace

Status Store::add_round(std::string_view case_string, const Round& r) {
  const std::string doing = fmt::format("write round {} of {}", r.index, case_string);
  auto series = encode_samples(r.latencies_ns, r.ends_ns);
  if (!series) return told(std::move(series).error(), doing);
  return told(database_.transaction([&]() -> Status {
    auto cleared =
        database_.query("DELETE FROM rounds WHERE \"case\" = ? AND idx = ?").bind(case_string, r.index).run();
    if (!cleared) return cleared;
    Query insert = database_.query(insert_round_sql());
    insert.bind(case_string, current_run_);
    write(round_fields(), r, insert);
    if (auto inserted = insert.next(); !inserted) return std::move(inserted).error();
    return database_.query("INSERT INTO samples (round, series) VALUES (?, ?)")
        .bind(insert.integer(0), ConstBytes{*series})
        .run();
  }),
              doing);
}

Status Store::each_round(std::string_view case_string, const std::function<void(Round)>& visit) {
  const std::string doing = fmt::format("read the rounds of {}", case_string);
  Query found =
      database_.query(fmt::format("SELECT {}, samples.series FROM rounds JOIN samples ON samples.round = "
                                  "rounds.id WHERE rounds.\"case\" = ? "
                                  "ORDER BY rounds.idx",
                                  names(round_fields(), "rounds")));
  found.bind(case_string);
  for (;;) {
    auto there = found.next();
    if (!there) return told(std::move(there).error(), doing);
    if (!*there) return {};
    auto round = read(round_fields(), found);
    if (!round) return told(std::move(round).error(), doing);
    auto series = decode_samples(found.blob(round_columns()));
    if (!series)
      return told(std::move(series).error(), fmt::format("read round {} of {}", round->index, case_string));
    round->latencies_ns = std::move(series->latencies_ns);
    round->ends_ns = std::move(series->ends_ns);
    visit(std::move(*round));
  }
}

Result<std::vector<RoundSummary>> Store::round_summaries() {
  std::vector<RoundSummary> all;
  Query found = database_.query(fmt::format(
      "SELECT {}, rounds.\"case\", rounds.run FROM rounds LEFT JOIN plan ON plan.\"case\" = "
      "rounds.\"case\" ORDER BY plan.position IS NULL, plan.position, rounds.\"case\", rounds.idx",
      names(round_fields(), "rounds")));
  for (;;) {
    auto there = found.next();
    if (!there) return told(std::move(there).error(), "read its rounds");
    if (!*there) return all;
    auto round = read(round_fields(), found);
    if (!round) return told(std::move(round).error(), "read its rounds");
    all.push_back({found.text(round_columns()), found.maybe_text(round_columns() + 1), std::move(*round)});
  }
}

Status Store::put_row(const record::Row& row) {
  Query insert = database_.query(put_row_sql());
  write(row_fields(), row, insert);
  return told(insert.run(), fmt::format("write the result of {}", row.case_string));
}

Result<std::optional<record::Row>> Store::row(std::string_view case_string) {
  const std::string doing = fmt::format("read the result of {}", case_string);
  Query found = database_.query(
      fmt::format("SELECT {} FROM results WHERE \"case\" = ?", names(row_fields(), "results")));
  auto there = found.bind(case_string).next();
  if (!there) return told(std::move(there).error(), doing);
  if (!*there) return std::optional<record::Row>{};
  auto row = read(row_fields(), found);
  if (!row) return told(std::move(row).error(), doing);
  return std::optional{std::move(*row)};
}

Result<std::vector<record::Row>> Store::rows() {
  std::vector<record::Row> all;
  Query found =
      database_.query(fmt::format("SELECT {} FROM results LEFT JOIN plan ON plan.\"case\" = results.\"case\" "
                                  "ORDER BY plan.position IS NULL, plan.position, results.rowid",
                                  names(row_fields(), "results")));
  for (;;) {
    auto there = found.next();
    if (!there) return told(std::move(there).error(), "read its results");
    if (!*there) return all;
    auto row = read(row_fields(), found);
    if (!row) return told(std::move(row).error(), "read its results");
    all.push_back(std::move(*row));
  }
}

Status Store::write_tensors(std::string_view key, const std::vector<Tensor>& tensors) {
  if (auto cleared = database_.query("DELETE FROM tensor_lists WHERE key = ?").bind(key).run(); !cleared) {
    return cleared;
  }
  auto listed = database_.query("INSERT INTO tensor_lists (key, length) VALUES (?, ?)")
                    .bind(key, static_cast<std::int64_t>(tensors.size()))
                    .run();
  if (!listed) return listed;
  std::int64_t position = 0;
  for (const Tensor& tensor : tensors) {
    auto put =
        database_.query("INSERT INTO tensors (key, position, dtype, shape, data) VALUES (?, ?, ?, ?, ?)")
            .bind(key, position++, name(tensor.dtype), json(tensor.shape).dump(), ConstBytes{tensor.bytes})
            .run();
    if (!put) return put;
  }
  return {};
}

Status Store::put_tensors(std::string_view key, const std::vector<Tensor>& tensors) {
  return told(database_.transaction([&] { return write_tensors(key, tensors); }),
              fmt::format("write the tensors {}", key));
}

Result<std::optional<std::vector<Tensor>>> Store::tensors(std::string_view key) {
  const std::string doing = fmt::format("read the tensors {}", key);
  Query list = database_.query("SELECT length FROM tensor_lists WHERE key = ?");
  auto known = list.bind(key).next();
  if (!known) return told(std::move(known).error(), doing);
  if (!*known) return std::optional<std::vector<Tensor>>{};
  std::vector<Tensor> all;
  Query found = database_.query("SELECT dtype, shape, data FROM tensors WHERE key = ? ORDER BY position");
  found.bind(key);
  for (;;) {
    auto there = found.next();
    if (!there) return told(std::move(there).error(), doing);
    if (!*there) break;
    auto tensor = read_tensor(found);
    if (!tensor) return told(std::move(tensor).error(), doing);
    all.push_back(std::move(*tensor));
  }
  if (list.integer(0) != static_cast<std::int64_t>(all.size())) {
    return told(Error{Errc::invalid_input, "some are missing"}, doing);
  }
  return std::optional{std::move(all)};
}

}  // namespace deepgap::store
