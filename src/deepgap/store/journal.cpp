// The part of Store that implements record::Journal, and the lists that read back what it wrote.
#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "deepgap/store/row_fields.hpp"
#include "deepgap/store/samples.hpp"
#include "deepgap/store/store.hpp"

namespace deepgap::store {

namespace {

using nlohmann::json;
using record::Block;
using record::Round;

constexpr const char* kInsertRound =
    "INSERT INTO rounds (\"case\", idx, run, process, started_at, duration_s, label, stopped_by, samples, "
    "warmup_samples, looks, mean_s, half_s, drift_s, drift_bound_s, excluded, rare, events, in_flight, "
    "throughput_per_s, energy_j, idle_power_w, blocks) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id";
constexpr const char* kRoundColumns =
    "rounds.idx, rounds.process, rounds.started_at, rounds.duration_s, rounds.label, rounds.stopped_by, "
    "rounds.samples, rounds.warmup_samples, rounds.looks, rounds.mean_s, rounds.half_s, rounds.drift_s, "
    "rounds.drift_bound_s, rounds.excluded, rounds.rare, rounds.events, rounds.in_flight, "
    "rounds.throughput_per_s, rounds.energy_j, rounds.idle_power_w, rounds.blocks";
constexpr int kRoundColumnCount = 21;

std::string blocks_to_json(const std::vector<Block>& blocks) {
  json list = json::array();
  for (const Block& block : blocks) {
    json entry = {{"first_sample", block.first_sample}, {"samples", block.samples}};
    if (block.foreign_cpu_share) entry["foreign_cpu_share"] = *block.foreign_cpu_share;
    if (block.throttled_share) entry["throttled_share"] = *block.throttled_share;
    if (block.cpu_mhz) entry["cpu_mhz"] = *block.cpu_mhz;
    list.push_back(std::move(entry));
  }
  return list.dump();
}

Error damaged_blocks() { return Error{Errc::invalid_input, "the blocks of a round are damaged"}; }

Result<std::vector<Block>> blocks_from_json(const std::string& text) {
  const json list = json::parse(text, nullptr, false);
  if (!list.is_array()) return damaged_blocks();
  std::vector<Block> blocks;
  for (const json& entry : list) {
    if (!entry.is_object()) return damaged_blocks();
    const auto integer = [&entry](const char* key) {
      const auto at = entry.find(key);
      return at != entry.end() && at->is_number_integer() ? at->get<std::int64_t>() : 0;
    };
    const auto number = [&entry](const char* key) {
      const auto at = entry.find(key);
      return at != entry.end() && at->is_number() ? std::optional{at->get<double>()} : std::nullopt;
    };
    blocks.push_back({integer("first_sample"), integer("samples"), number("foreign_cpu_share"),
                      number("throttled_share"), number("cpu_mhz")});
  }
  return blocks;
}

Result<Round> read_round(const Query& from) {
  Round round;
  round.index = from.integer(0);
  round.process = from.integer(1);
  round.started_at = from.text(2);
  round.duration_s = from.real(3);
  round.label = from.text(4);
  round.stopped_by = from.text(5);
  round.samples = from.integer(6);
  round.warmup_samples = from.integer(7);
  round.looks = from.integer(8);
  round.mean_s = from.real(9);
  round.half_s = from.maybe_real(10);
  round.drift_s = from.maybe_real(11);
  round.drift_bound_s = from.maybe_real(12);
  round.excluded = from.integer(13) != 0;
  round.rare = from.integer(14) != 0;
  round.events = from.integer(15);
  round.in_flight = from.integer(16);
  round.throughput_per_s = from.maybe_real(17);
  round.energy_j = from.maybe_real(18);
  round.idle_power_w = from.maybe_real(19);
  auto blocks = blocks_from_json(from.text(20));
  if (!blocks) return std::move(blocks).error();
  round.blocks = std::move(*blocks);
  return round;
}

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
    Query insert = database_.query(kInsertRound);
    insert.bind(case_string, r.index, current_run_, r.process, r.started_at, r.duration_s, r.label,
                r.stopped_by, r.samples, r.warmup_samples, r.looks, r.mean_s, r.half_s, r.drift_s,
                r.drift_bound_s, std::int64_t{r.excluded}, std::int64_t{r.rare}, r.events, r.in_flight,
                r.throughput_per_s, r.energy_j, r.idle_power_w, blocks_to_json(r.blocks));
    if (auto inserted = insert.next(); !inserted) return std::move(inserted).error();
    return database_.query("INSERT INTO samples (round, series) VALUES (?, ?)")
        .bind(insert.integer(0), ConstBytes{*series})
        .run();
  }),
              doing);
}

Result<std::vector<Round>> Store::rounds(std::string_view case_string) {
  const std::string doing = fmt::format("read the rounds of {}", case_string);
  std::vector<Round> all;
  Query found =
      database_.query(fmt::format("SELECT {}, samples.series FROM rounds JOIN samples ON samples.round = "
                                  "rounds.id WHERE rounds.\"case\" = ? "
                                  "ORDER BY rounds.idx",
                                  kRoundColumns));
  found.bind(case_string);
  for (;;) {
    auto there = found.next();
    if (!there) return told(std::move(there).error(), doing);
    if (!*there) return all;
    auto round = read_round(found);
    if (!round) return told(std::move(round).error(), doing);
    auto series = decode_samples(found.blob(kRoundColumnCount));
    if (!series)
      return told(std::move(series).error(), fmt::format("read round {} of {}", round->index, case_string));
    round->latencies_ns = std::move(series->latencies_ns);
    round->ends_ns = std::move(series->ends_ns);
    all.push_back(std::move(*round));
  }
}

Result<std::vector<RoundSummary>> Store::round_summaries() {
  std::vector<RoundSummary> all;
  Query found = database_.query(fmt::format(
      "SELECT {}, rounds.\"case\", rounds.run FROM rounds LEFT JOIN plan ON plan.\"case\" = "
      "rounds.\"case\" ORDER BY plan.position IS NULL, plan.position, rounds.\"case\", rounds.idx",
      kRoundColumns));
  for (;;) {
    auto there = found.next();
    if (!there) return told(std::move(there).error(), "read its rounds");
    if (!*there) return all;
    auto round = read_round(found);
    if (!round) return told(std::move(round).error(), "read its rounds");
    all.push_back(
        {found.text(kRoundColumnCount), found.maybe_text(kRoundColumnCount + 1), std::move(*round)});
  }
}

Status Store::put_row(const record::Row& row) {
  Query insert = database_.query(insert_row_sql());
  write_row(row, insert);
  return told(insert.run(), fmt::format("write the result of {}", row.case_string));
}

Result<std::optional<record::Row>> Store::row(std::string_view case_string) {
  const std::string doing = fmt::format("read the result of {}", case_string);
  Query found = database_.query(fmt::format("SELECT {} FROM results WHERE \"case\" = ?", row_columns_sql()));
  auto there = found.bind(case_string).next();
  if (!there) return told(std::move(there).error(), doing);
  if (!*there) return std::optional<record::Row>{};
  auto row = read_row(found);
  if (!row) return told(std::move(row).error(), doing);
  return std::optional{std::move(*row)};
}

Result<std::vector<record::Row>> Store::rows() {
  std::vector<record::Row> all;
  Query found =
      database_.query(fmt::format("SELECT {} FROM results LEFT JOIN plan ON plan.\"case\" = results.\"case\" "
                                  "ORDER BY plan.position IS NULL, plan.position, results.rowid",
                                  row_columns_sql()));
  for (;;) {
    auto there = found.next();
    if (!there) return told(std::move(there).error(), "read its results");
    if (!*there) return all;
    auto row = read_row(found);
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
