#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "deepgap/advise/answer.hpp"

// Private to advise/: the words of an answer.
namespace deepgap::advise {

// The highest percentile of latency that a row has: p99, p95, p90 or p50.
struct Tail {
  std::string name;
  record::Estimate latency_ms;
};
[[nodiscard]] std::optional<Tail> tail_of(const record::Row& row);

[[nodiscard]] std::string precision_of(
    const record::Row& row);  // what ran where known, what was asked otherwise

// The fp32 row with the highest throughput, of the same engine and device as `winner`.
[[nodiscard]] std::optional<std::size_t> fp32_baseline(std::span<const record::Row> rows,
                                                       const std::vector<std::size_t>& candidates,
                                                       std::size_t winner);

[[nodiscard]] std::string describe(const ModelAnswer& answer, std::span<const record::Row> rows,
                                   const std::vector<std::size_t>& members, double limit_ms);
[[nodiscard]] std::string summarise(const std::vector<ModelAnswer>& models,
                                    std::span<const record::Row> rows);

}  // namespace deepgap::advise
