#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <vector>

#include "deepgap/engines/cudnn/kernels/kernels.hpp"

// The first layers of a ResNet as one kernel on tensor cores: 7x7 convolution with stride 2 and padding 3
// from 3 to 64 channels, bias, clamp and, if asked for, the 3x3 max-pool with stride 2 and padding 1 behind
// it, straight from the network's input. For f16 and bf16 (f32 accumulators) and s8 (s32 accumulators).
namespace deepgap::engines::cudnn::kernels {

inline constexpr int kStemInputs = 3, kStemOutputs = 64, kStemKernel = 7;

struct Stem {
  int n = 1, h = 224, w = 224;  // of the input
  bool pool = true;
  [[nodiscard]] int conv_h() const noexcept { return (h - 1) / 2 + 1; }
  [[nodiscard]] int conv_w() const noexcept { return (w - 1) / 2 + 1; }
  [[nodiscard]] int out_h() const noexcept { return pool ? (conv_h() - 1) / 2 + 1 : conv_h(); }
  [[nodiscard]] int out_w() const noexcept { return pool ? (conv_w() - 1) / 2 + 1 : conv_w(); }
};

// f16, bf16 and s8 from compute capability 8.0 on (`capability` = 75, 80, ...). Otherwise use
// space_to_depth() and a convolution.
[[nodiscard]] bool stem_runs(Element type, int capability) noexcept;

// The OIHW weights (64 * 3 * 7 * 7 numbers: real for f16 and bf16, already quantised whole numbers for s8) as
// the kernel reads them, for a copy into device memory.
[[nodiscard]] std::vector<std::byte> pack_stem_weights(Element type, const std::vector<float>& oihw);

// in: [n][3][h][w] f32, of which s8 stores in / in_scale rounded; out: [n][out_h][out_w][64] of `type`. f16
// and bf16 take no multiplier and scale 1; the multipliers of s8 are positive where there is a pool. NaN in a
// pixel may reach outputs whose window begins just behind it.
cudaError_t stem(const float* in, float in_scale, const void* packed_weights, void* out, Element type,
                 const Epilogue& epilogue, const Stem& shape, cudaStream_t stream);

}  // namespace deepgap::engines::cudnn::kernels
