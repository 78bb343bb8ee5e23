#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "deepgap/engines/cudnn/network.hpp"

// One convolution as cuDNN is asked for it, and what was chosen for it. Pure data.
namespace deepgap::engines::cudnn {

// out = clamp(conv(in, weights) * multiplier + bias + residual * residual_multiplier), in numbers of `out`.
struct ConvProblem {
  DType in = DType::f32;  // of the weights too
  DType out = DType::f32;
  std::optional<DType> residual;
  std::int64_t n = 1, h = 1, w = 1, c = 1, k = 1;  // channels as stored
  Axis y, x;
  std::int64_t out_h = 1, out_w = 1;
  std::int64_t groups = 1;
  std::optional<Clamp> clamp;
  bool fused = true;    // otherwise the bare accumulators: f32, i32 for i8
  bool scaled = false;  // weights are whole or e4m3 numbers: there are multipliers
  bool tf32 = false;    // for f32: may multiply in tf32
  friend bool operator==(const ConvProblem&, const ConvProblem&) = default;

  // Equal for problems that the same engine suits: the limits of the clamp left out.
  [[nodiscard]] std::string key() const;
  // Equal for problems that are the same plan.
  [[nodiscard]] std::string plan_key() const;
};

// Where the residual is added: cuDNN's classic fused kernels want it before the bias.
enum class EpilogueOrder : std::uint8_t { bias_first, residual_first };

// What cuDNN builds the same plan from again.
struct PlanChoice {
  EpilogueOrder order = EpilogueOrder::bias_first;
  std::int64_t engine = 0;
  std::vector<std::pair<std::int64_t, std::int64_t>> knobs;  // sorted
  std::int64_t workspace_bytes = 0;
  double measured_us = 0;
  std::string name;           // cuDNN's own tag
  bool tensor_cores = false;  // by cuDNN's numerical notes
  friend bool operator==(const PlanChoice&, const PlanChoice&) = default;
};

}  // namespace deepgap::engines::cudnn
