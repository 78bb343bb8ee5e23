#pragma once

#include <optional>
#include <span>

#include "deepgap/core/types.hpp"
#include "deepgap/record/row.hpp"

// How far a reduced precision is from FP32 on the same inputs, measured on the engine itself.
namespace deepgap::measure {

struct Agreement {
  std::int64_t samples = 0;
  std::optional<record::Estimate> top1;  // share of samples with the same largest class, Wilson 95 % interval
  std::optional<double> sqnr_db;  // 10 log10(sum baseline^2 / sum (baseline - other)^2); absent when equal
};

// First outputs of two runs over the same samples (first dimension = sample). top1 needs [N, C>=2] floats.
// Absent when shapes differ or anything is not finite.
[[nodiscard]] std::optional<Agreement> agreement(const Tensor& baseline, const Tensor& other);

}  // namespace deepgap::measure
