#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <limits>

// CUDA kernels for what cuDNN has no good kernel of. Every function puts its work on `stream` and returns at
// once; cudaErrorInvalidValue = a shape or type it does not take, anything else is the launch's own error.
// All pointers are device memory, activations begin on 16 bytes. Nothing is allocated: everything can be
// captured in a graph. Knows: shapes and element types. Never knows: networks, plans, memory planning.
//
// Stored numbers: real = stored * scale. Scales are 1 for f32, f16 and bf16; storing rounds to nearest even
// and saturates s8 (-128..127) and e4m3 (-448..448).
namespace deepgap::engines::cudnn::kernels {

enum class Element : std::uint8_t { f32, f16, bf16, s8, e4m3 };
[[nodiscard]] constexpr std::size_t size_of(Element type) noexcept {
  return type == Element::f32 ? 4 : type == Element::f16 || type == Element::bf16 ? 2 : 1;
}

// What follows an operation, on real numbers. NaN stays NaN (s8 has none: 0).
struct Clamp {
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
};
inline constexpr Clamp kNoClamp{};
inline constexpr Clamp kRelu{0.0F, std::numeric_limits<float>::infinity()};

// A dense NHWC tensor in memory; c counts stored channels, padding included.
struct Nhwc {
  int n = 1, h = 1, w = 1, c = 1;
};

// ---- The network's edge (edge.cu)

// [n][c][h][w] f32 <-> [n][h][w][stored_c]; channels from c on are written as 0 and not read back. Rows are h
// = w = 1.
struct Edge {
  int n = 1, c = 1, h = 1, w = 1;
  int stored_c = 1;  // at least c
};
cudaError_t nchw_to_nhwc(const float* in, void* out, Element type, float scale, const Edge& shape,
                         cudaStream_t stream);
cudaError_t nhwc_to_nchw(const void* in, Element type, float scale, float* out, const Edge& shape,
                         cudaStream_t stream);

// [n][c][h][w] f32 -> [n][out_h][out_w][stored_c], stored channel (2 * dy + dx) * c + k of pixel (y, x) being
// channel k of input pixel (2 * (y - top) + dy, 2 * (x - left) + dx), 0 outside; see stem_layout.hpp.
struct SpaceToDepth {
  int n = 1, c = 3, h = 224, w = 224;
  int stored_c = 16;  // at least 4 * c
  int out_h = 115, out_w = 115;
  int top = 2, left = 2;  // border of zeros, in output pixels
};
cudaError_t space_to_depth(const float* in, void* out, Element type, float scale, const SpaceToDepth& shape,
                           cudaStream_t stream);

// ---- Pooling (pool.cu)

struct Pool {
  Nhwc in{};
  int out_h = 1, out_w = 1;
  int kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1;
  int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  bool count_include_pad = false;  // average only
};
struct Scales {
  float in = 1, out = 1;
};
// The stored numbers are compared, so in and out share a scale. A window without a pixel gives the lowest
// number.
cudaError_t max_pool(const void* in, void* out, Element type, const Pool& shape, cudaStream_t stream);
cudaError_t average_pool(const void* in, void* out, Element type, Scales scales, const Pool& shape,
                         cudaStream_t stream);
// [n][h][w][c] -> [n][c]; out_type is f32 or in_type. Sums in f32.
cudaError_t global_average_pool(const void* in, Element in_type, void* out, Element out_type, Scales scales,
                                const Nhwc& shape, cudaStream_t stream);

// ---- Element by element (elementwise.cu)

// out = clamp(a + b); a or b may be out.
struct AddScales {
  float a = 1, b = 1, out = 1;
};
cudaError_t add(const void* a, const void* b, void* out, Element type, AddScales scales, Clamp clamp,
                std::int64_t count, cudaStream_t stream);

// out = clamp(in), from any type to any: activation alone, quantise, dequantise, requantise.
cudaError_t convert(const void* in, Element in_type, void* out, Element out_type, Scales scales, Clamp clamp,
                    std::int64_t count, cudaStream_t stream);

// in [pixels][c] -> channels from `offset` of out [pixels][out_c] (concatenation).
struct ChannelSlice {
  std::int64_t pixels = 1;
  int c = 1, out_c = 1, offset = 0;
};
cudaError_t copy_channels(const void* in, void* out, Element type, Scales scales, const ChannelSlice& shape,
                          cudaStream_t stream);

// ---- What turns an accumulator into an output: stored = clamp(acc * multiplier[channel] + bias[channel]) /
// scale

// For s8 and e4m3, multiplier[channel] = input scale * weight scale of the channel.
struct Epilogue {
  const float* multiplier = nullptr;  // nullptr = 1
  const float* bias = nullptr;        // nullptr = 0
  Clamp clamp{};
  float scale = 1;
};

// [rows][columns] of f32 or s32 accumulators -> [rows][columns] of `out_type`; may be in place for f32
// (gemm.hpp uses it).
struct Accumulators {
  int rows = 1, columns = 1;
  bool s32 = false;
};
cudaError_t finish(const void* accumulators, void* out, Element out_type, const Epilogue& epilogue,
                   const Accumulators& shape, cudaStream_t stream);

// ---- Depthwise convolution (depthwise.cu)

// One filter a channel. weights [kernel_h][kernel_w][c] of the same type; sums in f32 (s8: s32).
struct Depthwise {
  Nhwc in{};
  int out_h = 1, out_w = 1;
  int kernel_h = 3, kernel_w = 3, stride_h = 1, stride_w = 1;
  int pad_top = 1, pad_left = 1;
};
cudaError_t depthwise(const void* in, const void* weights, void* out, Element type, const Epilogue& epilogue,
                      const Depthwise& shape, cudaStream_t stream);

}  // namespace deepgap::engines::cudnn::kernels
