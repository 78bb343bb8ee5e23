#include "deepgap/engines/cudnn/fast_kernels.hpp"

#include <cuda_bf16.h>
#include <cuda_fp16.h>

namespace deepgap::engines::cudnn {
namespace {

constexpr int kThreads = 256, kStored = 16;
constexpr int kMostRows = 65535;  // of a grid's second dimension

__device__ unsigned short bits_of(float number, BlockStore store, float scale) {
  if (store == BlockStore::bf16) return __bfloat16_as_ushort(__float2bfloat16_rn(number));
  if (store == BlockStore::whole) {
    number = rintf(number / scale);
    number = isnan(number) ? 0.0F : fminf(fmaxf(number, -128.0F), 127.0F);
  }
  return __half_as_ushort(__float2half_rn(number));
}

// One thread makes one pixel of the result: 16 numbers in two stores.
template <int kChannels>
__global__ void to_blocks(const float* __restrict__ in, uint4* __restrict__ out, BlockStore store, float scale,
                          kernels::SpaceToDepth shape) {
  const int pixel = static_cast<int>(blockIdx.x * kThreads + threadIdx.x);
  if (pixel >= shape.out_h * shape.out_w) return;
  const int image = static_cast<int>(blockIdx.y);
  const int y = 2 * (pixel / shape.out_w - shape.top), x = 2 * (pixel % shape.out_w - shape.left);
  const std::int64_t plane = static_cast<std::int64_t>(shape.h) * shape.w;
  const float* first = in + image * kChannels * plane + static_cast<std::int64_t>(y) * shape.w + x;
  __align__(16) unsigned short values[kStored] = {};
#pragma unroll
  for (int quarter = 0; quarter < 4; ++quarter) {
    const int row = y + quarter / 2, column = x + quarter % 2;
    const bool inside = row >= 0 && row < shape.h && column >= 0 && column < shape.w;
#pragma unroll
    for (int c = 0; c < kChannels; ++c)
      if (inside)
        values[quarter * kChannels + c] =
            bits_of(__ldg(first + c * plane + quarter / 2 * shape.w + quarter % 2), store, scale);
  }
  const std::int64_t at = (static_cast<std::int64_t>(image) * shape.out_h * shape.out_w + pixel) * 2;
  out[at] = reinterpret_cast<const uint4*>(values)[0];
  out[at + 1] = reinterpret_cast<const uint4*>(values)[1];
}

__device__ uint4 most(uint4 a, uint4 b) {
  return {__vmaxs4(a.x, b.x), __vmaxs4(a.y, b.y), __vmaxs4(a.z, b.z), __vmaxs4(a.w, b.w)};
}

// One thread makes 16 channels of an output pixel.
__global__ void pool_s8(const uint4* __restrict__ in, uint4* __restrict__ out, kernels::Pool shape, int vectors,
                        std::int64_t count) {
  const std::int64_t at = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (at >= count) return;
  const std::int64_t pixel = at / vectors;
  const int vector = static_cast<int>(at - pixel * vectors);
  const int ox = static_cast<int>(pixel % shape.out_w), oy = static_cast<int>(pixel / shape.out_w % shape.out_h);
  const std::int64_t image = pixel / shape.out_w / shape.out_h;
  constexpr unsigned kLowest = 0x80808080U;
  uint4 largest{kLowest, kLowest, kLowest, kLowest};
  for (int r = 0; r < shape.kernel_h; ++r) {
    const int y = oy * shape.stride_h - shape.pad_top + r;
    if (y < 0 || y >= shape.in.h) continue;
    for (int s = 0; s < shape.kernel_w; ++s) {
      const int x = ox * shape.stride_w - shape.pad_left + s;
      if (x < 0 || x >= shape.in.w) continue;
      largest = most(largest, __ldg(in + ((image * shape.in.h + y) * shape.in.w + x) * vectors + vector));
    }
  }
  out[at] = largest;
}

}  // namespace

cudaError_t block16(const float* in, void* out, BlockStore store, float scale, const kernels::SpaceToDepth& shape,
                    cudaStream_t stream) {
  const bool fits = shape.stored_c == kStored && shape.c >= 1 && 4 * shape.c <= kStored && shape.n >= 1 &&
                    shape.n <= kMostRows && shape.h >= 1 && shape.w >= 1 && shape.out_h >= 1 && shape.out_w >= 1 &&
                    shape.out_h <= 32768 && shape.out_w <= 32768 && shape.top >= 0 && shape.left >= 0;
  if (!fits || !(scale > 0)) return cudaErrorInvalidValue;
  const auto pixels = static_cast<std::int64_t>(shape.out_h) * shape.out_w;
  const dim3 grid(static_cast<unsigned>((pixels + kThreads - 1) / kThreads), static_cast<unsigned>(shape.n));
  constexpr decltype(&to_blocks<1>) kKernels[] = {to_blocks<1>, to_blocks<2>, to_blocks<3>, to_blocks<4>};
  kKernels[shape.c - 1]<<<grid, kThreads, 0, stream>>>(in, static_cast<uint4*>(out), store, scale, shape);
  return cudaGetLastError();
}

cudaError_t max_pool_s8(const void* in, void* out, const kernels::Pool& shape, cudaStream_t stream) {
  const bool fits = shape.in.c >= 16 && shape.in.c % 16 == 0 && shape.in.n >= 1 && shape.in.h >= 1 &&
                    shape.in.w >= 1 && shape.out_h >= 1 && shape.out_w >= 1 && shape.kernel_h >= 1 &&
                    shape.kernel_w >= 1 && shape.stride_h >= 1 && shape.stride_w >= 1;
  if (!fits) return cudaErrorInvalidValue;
  const int vectors = shape.in.c / 16;
  const std::int64_t count = static_cast<std::int64_t>(shape.in.n) * shape.out_h * shape.out_w * vectors;
  const std::int64_t blocks = (count + kThreads - 1) / kThreads;
  if (blocks > 0x7fffffff) return cudaErrorInvalidValue;
  pool_s8<<<static_cast<unsigned>(blocks), kThreads, 0, stream>>>(static_cast<const uint4*>(in),
                                                                  static_cast<uint4*>(out), shape, vectors, count);
  return cudaGetLastError();
}

}  // namespace deepgap::engines::cudnn
