#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/model/graph.hpp"

// Where the windows of a convolution or a pooling lie, with auto_pad and ceil_mode worked out.
namespace deepgap::model {

// Window o covers input positions o*stride - pad_begin + k*dilation for k in [0, kernel).
struct WindowAxis {
  std::int64_t input = 1;
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  std::int64_t pad_begin = 0;
  std::int64_t pad_end = 0;  // as declared: with ceil_mode the last window may reach beyond it
  std::int64_t output = 1;
};
using Window = std::vector<WindowAxis>;  // one entry a spatial axis

// `input` is [N, C, spatial...], `weight` is [M, C/group, kernel...].
[[nodiscard]] Result<Window> conv_window(const Node& node, std::span<const std::int64_t> input,
                                         std::span<const std::int64_t> weight);
// MaxPool, AveragePool. A window that would start in the end padding does not exist.
[[nodiscard]] Result<Window> pool_window(const Node& node, std::span<const std::int64_t> input);
// ConvTranspose: `weight` is [C, M/group, kernel...]; here output o = i*stride - pad_begin + k*dilation.
[[nodiscard]] Result<Window> conv_transpose_window(const Node& node, std::span<const std::int64_t> input,
                                                   std::span<const std::int64_t> weight);

}  // namespace deepgap::model
