#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/core/types.hpp"
#include "deepgap/model/calibrate.hpp"
#include "deepgap/model/graph.hpp"

// FP32 network -> the same network with explicit QuantizeLinear/DequantizeLinear, so that every engine runs
// the same INT8 or FP8 numbers. Knows: which values an int8 engine reads and writes. Never knows: which
// engine.
namespace deepgap::model {

// Goes up when the same options give another network: caches of quantised networks hold it in their key.
inline constexpr int kQuantiserVersion = 1;

struct QuantiseOptions {
  enum class Method { minmax, percentile };
  enum class Format { int8, e4m3 };  // e4m3: symmetric, `activations` without meaning; needs opset 19's types
  Format format = Format::int8;
  Int8Activations activations = Int8Activations::u8;
  Method method = Method::minmax;
  double percentile = 99.99;
  int calibration_images = 8;  // for callers that make the samples
  std::uint64_t seed = 1;      // likewise
};

// Weights of Conv, Gemm and MatMul: int8 or e4m3, symmetric, a scale for each output channel. Activations:
// per tensor, s8 with zero point 0 or u8 with a zero point. Biases stay float. `fp32_folded` has its batch
// normalisations folded. Errc::unsupported: a graph that is quantised already or has nothing to quantise.
[[nodiscard]] Result<Graph> quantise(const Graph& fp32_folded, const QuantiseOptions& options,
                                     std::span<const std::vector<Tensor>> calibration_inputs);

// The same from ranges that are known already.
[[nodiscard]] Result<Graph> quantise(const Graph& fp32_folded, const QuantiseOptions& options,
                                     const Ranges& ranges);

}  // namespace deepgap::model
