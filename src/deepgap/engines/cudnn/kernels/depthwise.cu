#include "deepgap/engines/cudnn/kernels/device.cuh"

namespace deepgap::engines::cudnn::kernels {
namespace {

constexpr int kPack = 8, kTile = 4;  // channels, and outputs side by side, of a thread

template <int kCount>
__device__ void finish_and_store(float (&sum)[kCount], void* out, Element type, std::size_t at, int first,
                                 const Epilogue& epilogue, float factor) {
#pragma unroll
  for (int i = 0; i < kCount; ++i) {
    const float multiplier = epilogue.multiplier ? __ldg(epilogue.multiplier + first + i) : 1.0F;
    const float bias = epilogue.bias ? __ldg(epilogue.bias + first + i) : 0.0F;
    sum[i] = clamped(sum[i] * multiplier + bias, epilogue.clamp) * factor;
  }
  store(out, type, at, sum);
}

// Any window and stride: a block works on one row of outputs, a thread on kCount channels of one pixel.
template <int kCount>
__global__ void plain(const void* __restrict__ in, const void* __restrict__ weights, void* __restrict__ out,
                      Element type, Epilogue epilogue, float factor, Depthwise shape) {
  const int groups = shape.in.c / kCount;
  const int item = static_cast<int>(blockIdx.y * kThreads + threadIdx.x);
  if (item >= shape.out_w * groups) return;
  const int x = item / groups, first = (item - x * groups) * kCount;
  const int row = static_cast<int>(blockIdx.x), image = row / shape.out_h, y = row - image * shape.out_h;
  float sum[kCount] = {};
  for (int r = 0; r < shape.kernel_h; ++r) {
    const int line = y * shape.stride_h - shape.pad_top + r;
    if (line < 0 || line >= shape.in.h) continue;
    for (int s = 0; s < shape.kernel_w; ++s) {
      const int column = x * shape.stride_w - shape.pad_left + s;
      if (column < 0 || column >= shape.in.w) continue;
      const std::size_t pixel = (static_cast<std::size_t>(image) * shape.in.h + line) * shape.in.w + column;
      float values[kCount], taps[kCount];
      load(in, type, pixel * shape.in.c + first, values);
      load(weights, type, (static_cast<std::size_t>(r) * shape.kernel_w + s) * shape.in.c + first, taps);
#pragma unroll
      for (int i = 0; i < kCount; ++i) sum[i] += values[i] * taps[i];
    }
  }
  finish_and_store(sum, out, type, (static_cast<std::size_t>(row) * shape.out_w + x) * shape.in.c + first,
                   first, epilogue, factor);
}

// Stride 1: a thread makes kTile outputs side by side, so that it loads most inputs and all weights once for
// them.
template <class T, int kKernel>
__global__ void __launch_bounds__(kThreads)
    tiled(const void* __restrict__ in, const void* __restrict__ weights, void* __restrict__ out, Element type,
          Epilogue epilogue, float factor, Depthwise shape) {
  const int groups = shape.in.c / kPack, tiles = (shape.out_w + kTile - 1) / kTile;
  const int item = static_cast<int>(blockIdx.y * kThreads + threadIdx.x);
  if (item >= tiles * groups) return;
  const int tile = item / groups, x = tile * kTile, first = (item - tile * groups) * kPack;
  const int row = static_cast<int>(blockIdx.x), image = row / shape.out_h, y = row - image * shape.out_h;
  float sum[kTile][kPack] = {};
  for (int r = 0; r < kKernel; ++r) {
    const int line = y - shape.pad_top + r;
    if (line < 0 || line >= shape.in.h) continue;
    float taps[kKernel][kPack];
#pragma unroll
    for (int s = 0; s < kKernel; ++s)
      load_as<T>(weights, static_cast<std::size_t>(r * kKernel + s) * shape.in.c + first, taps[s]);
#pragma unroll
    for (int reach = 0; reach < kTile + kKernel - 1; ++reach) {
      const int column = x - shape.pad_left + reach;
      if (column < 0 || column >= shape.in.w) continue;
      float values[kPack];
      load_as<T>(
          in,
          ((static_cast<std::size_t>(image) * shape.in.h + line) * shape.in.w + column) * shape.in.c + first,
          values);
#pragma unroll
      for (int o = 0; o < kTile; ++o) {
        const int s = reach - o;
        if (s < 0 || s >= kKernel) continue;
#pragma unroll
        for (int i = 0; i < kPack; ++i) sum[o][i] += values[i] * taps[s][i];
      }
    }
  }
#pragma unroll
  for (int o = 0; o < kTile; ++o)
    if (x + o < shape.out_w)
      finish_and_store(sum[o], out, type,
                       (static_cast<std::size_t>(row) * shape.out_w + x + o) * shape.in.c + first, first,
                       epilogue, factor);
}

using Kernel = void (*)(const void*, const void*, void*, Element, Epilogue, float, Depthwise);

template <int kKernel>
Kernel tiled_for(Element type) {
  switch (type) {
    case Element::f32: return tiled<float, kKernel>;
    case Element::f16: return tiled<__half, kKernel>;
    case Element::bf16: return tiled<__nv_bfloat16, kKernel>;
    case Element::s8: return tiled<signed char, kKernel>;
    case Element::e4m3: return tiled<E4m3, kKernel>;
  }
  return nullptr;
}

}  // namespace

cudaError_t depthwise(const void* in, const void* weights, void* out, Element type, const Epilogue& epilogue,
                      const Depthwise& shape, cudaStream_t stream) {
  const bool fits = valid(shape.in) && shape.out_h >= 1 && shape.out_w >= 1 && shape.kernel_h >= 1 &&
                    shape.kernel_w >= 1 && shape.stride_h >= 1 && shape.stride_w >= 1 && shape.pad_top >= 0 &&
                    shape.pad_left >= 0;
  if (!fits || !positive(epilogue.scale)) return cudaErrorInvalidValue;
  const bool packed = shape.in.c % kPack == 0;
  const bool square = shape.kernel_h == shape.kernel_w && shape.stride_h == 1 && shape.stride_w == 1;
  const bool tiles = packed && square && (shape.kernel_h == 3 || shape.kernel_h == 5);
  const std::int64_t x = static_cast<std::int64_t>(shape.in.n) * shape.out_h;
  const std::int64_t columns = tiles ? (shape.out_w + kTile - 1) / kTile : shape.out_w;
  const std::int64_t y = blocks_for(columns * (shape.in.c / (packed ? kPack : 1)));
  if (!launchable(x, y)) return cudaErrorInvalidValue;
  const Kernel kernel = tiles    ? (shape.kernel_h == 3 ? tiled_for<3>(type) : tiled_for<5>(type))
                        : packed ? plain<kPack>
                                 : plain<1>;
  kernel<<<grid(x, y), kThreads, 0, stream>>>(in, weights, out, type, epilogue, 1 / epilogue.scale, shape);
  return cudaGetLastError();
}

}  // namespace deepgap::engines::cudnn::kernels
