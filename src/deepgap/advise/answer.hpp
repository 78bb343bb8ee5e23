#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "deepgap/record/row.hpp"

// Which configuration to use, from measured rows, and how sure that is. Only completed rows are candidates.
// Knows: rows. Never knows: engines, clocks, files, how results are laid out.
namespace deepgap::advise {

// Rows are named by their index in the rows that answer() was given.
struct ModelAnswer {
  std::string model = {};
  std::optional<std::size_t> throughput = {};     // highest throughput
  std::vector<std::size_t> throughput_ties = {};  // cannot be told apart from it: the intervals overlap
  std::optional<double> speedup_vs_fp32 = {};     // against the best fp32 row of the same engine and device
  std::optional<std::size_t> latency = {};        // highest throughput among the rows under the latency limit
  std::string latency_judged_by = {};             // "p99", or the highest percentile that row has
  std::vector<std::size_t> latency_ties = {};
  std::optional<std::size_t> lowest_latency = {};  // when no row is under the limit: the nearest
  std::vector<std::size_t> not_believed = {};      // mistrusted rows that would have won
  std::string text = {};                           // one line, without the model's name
};

struct Answer {
  std::vector<ModelAnswer> models;         // in the order in which models appear
  std::string summary;                     // one line over all models: wins everywhere, counts of outcomes
  [[nodiscard]] std::string text() const;  // "<model>: <text>" a line, then the summary; ends with a newline
};

[[nodiscard]] Answer answer(std::span<const record::Row> rows, double latency_limit_ms = 50);

}  // namespace deepgap::advise
