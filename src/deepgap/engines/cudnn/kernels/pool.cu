#include "deepgap/engines/cudnn/kernels/device.cuh"

namespace deepgap::engines::cudnn::kernels {
namespace {

struct Window {  // of one output, cut to the input
  int top, left, bottom, right;
};
__device__ Window window_of(const Pool& shape, int y, int x) {
  const int top = y * shape.stride_h - shape.pad_top, left = x * shape.stride_w - shape.pad_left;
  return {max(top, 0), max(left, 0), min(top + shape.kernel_h, shape.in.h),
          min(left + shape.kernel_w, shape.in.w)};
}
// What the sum is divided by: the pixels of the window, with those of the padding if they count.
__device__ float divisor(const Pool& shape, const Window& cut, int y, int x) {
  if (!shape.count_include_pad)
    return static_cast<float>(max(cut.bottom - cut.top, 0) * max(cut.right - cut.left, 0));
  const int top = y * shape.stride_h - shape.pad_top, left = x * shape.stride_w - shape.pad_left;
  return static_cast<float>((min(top + shape.kernel_h, shape.in.h + shape.pad_bottom) - top) *
                            (min(left + shape.kernel_w, shape.in.w + shape.pad_right) - left));
}

// A block works on one row of outputs, a thread on kCount channels of one of its pixels.
template <int kCount, bool kMax>
__global__ void pool(const void* __restrict__ in, void* __restrict__ out, Element type, float factor,
                     float lowest, Pool shape) {
  const int groups = shape.in.c / kCount;
  const int item = static_cast<int>(blockIdx.y * kThreads + threadIdx.x);
  if (item >= shape.out_w * groups) return;
  const int x = item / groups, first = (item - x * groups) * kCount;
  const int row = static_cast<int>(blockIdx.x), image = row / shape.out_h, y = row - image * shape.out_h;
  const Window cut = window_of(shape, y, x);
  float result[kCount];
#pragma unroll
  for (int i = 0; i < kCount; ++i) result[i] = kMax ? lowest : 0.0F;
  for (int line = cut.top; line < cut.bottom; ++line) {
    const std::size_t pixel = (static_cast<std::size_t>(image) * shape.in.h + line) * shape.in.w;
    for (int column = cut.left; column < cut.right; ++column) {
      float values[kCount];
      load(in, type, (pixel + column) * shape.in.c + first, values);
#pragma unroll
      for (int i = 0; i < kCount; ++i)
        result[i] = kMax ? larger(result[i], values[i]) : result[i] + values[i];
    }
  }
  if (!kMax) {
    const float by = factor / divisor(shape, cut, y, x);
#pragma unroll
    for (int i = 0; i < kCount; ++i) result[i] *= by;
  }
  store(out, type, (static_cast<std::size_t>(row) * shape.out_w + x) * shape.in.c + first, result);
}

bool valid_pool(const Pool& shape) {
  const bool inside = shape.kernel_h >= 1 && shape.kernel_w >= 1 && shape.stride_h >= 1 &&
                      shape.stride_w >= 1 && shape.pad_top >= 0 && shape.pad_left >= 0 &&
                      shape.pad_bottom >= 0 && shape.pad_right >= 0;
  return inside && valid(shape.in) && shape.out_h >= 1 && shape.out_w >= 1;
}

template <bool kMax>
cudaError_t launch(const void* in, void* out, Element type, float factor, const Pool& shape,
                   cudaStream_t stream) {
  if (!valid_pool(shape)) return cudaErrorInvalidValue;
  const int count = shape.in.c % 8 == 0 ? 8 : 1;
  const std::int64_t x = static_cast<std::int64_t>(shape.in.n) * shape.out_h;
  const std::int64_t y = blocks_for(static_cast<std::int64_t>(shape.out_w) * (shape.in.c / count));
  if (!launchable(x, y)) return cudaErrorInvalidValue;
  const float lowest = type == Element::s8 ? -128.0F : type == Element::e4m3 ? -448.0F : kNoClamp.low;
  const auto kernel = count == 8 ? pool<8, kMax> : pool<1, kMax>;
  kernel<<<grid(x, y), kThreads, 0, stream>>>(in, out, type, factor, lowest, shape);
  return cudaGetLastError();
}

// A block sums kGroups packs of channels of one image, its slices every kSlices-th pixel each.
constexpr int kGroups = 32, kSlices = kThreads / kGroups;
template <int kCount>
__global__ void global_average(const void* __restrict__ in, Element in_type, void* __restrict__ out,
                               Element out_type, float factor, Nhwc shape) {
  __shared__ float partial[kSlices][kCount][kGroups];
  const int lane = static_cast<int>(threadIdx.x) % kGroups, slice = static_cast<int>(threadIdx.x) / kGroups;
  const int group = static_cast<int>(blockIdx.x) * kGroups + lane, groups = shape.c / kCount;
  const std::size_t image = blockIdx.y;
  const int pixels = shape.h * shape.w;
  float sum[kCount] = {};
  if (group < groups) {
#pragma unroll 4
    for (int pixel = slice; pixel < pixels; pixel += kSlices) {
      float values[kCount];
      load(in, in_type, (image * pixels + pixel) * shape.c + static_cast<std::size_t>(group) * kCount,
           values);
#pragma unroll
      for (int i = 0; i < kCount; ++i) sum[i] += values[i];
    }
  }
#pragma unroll
  for (int i = 0; i < kCount; ++i) partial[slice][i][lane] = sum[i];
  __syncthreads();
  if (slice != 0 || group >= groups) return;
#pragma unroll
  for (int i = 0; i < kCount; ++i) {
    for (int other = 1; other < kSlices; ++other) sum[i] += partial[other][i][lane];
    sum[i] *= factor;
  }
  store(out, out_type, image * shape.c + static_cast<std::size_t>(group) * kCount, sum);
}

}  // namespace

cudaError_t max_pool(const void* in, void* out, Element type, const Pool& shape, cudaStream_t stream) {
  return launch<true>(in, out, type, 1, shape, stream);
}

cudaError_t average_pool(const void* in, void* out, Element type, Scales scales, const Pool& shape,
                         cudaStream_t stream) {
  if (!positive(scales.in) || !positive(scales.out)) return cudaErrorInvalidValue;
  return launch<false>(in, out, type, scales.in / scales.out, shape, stream);
}

cudaError_t global_average_pool(const void* in, Element in_type, void* out, Element out_type, Scales scales,
                                const Nhwc& shape, cudaStream_t stream) {
  const std::int64_t pixels = static_cast<std::int64_t>(shape.h) * shape.w;
  const bool fits = valid(shape) && pixels <= 0x7fffffff && positive(scales.in) && positive(scales.out);
  if (!fits || (out_type != Element::f32 && out_type != in_type)) return cudaErrorInvalidValue;
  const int count = shape.c % 8 == 0 ? 8 : 1;
  const std::int64_t x = blocks_for(shape.c / count, kGroups);
  if (!launchable(x, shape.n)) return cudaErrorInvalidValue;
  const float factor = scales.in / (scales.out * static_cast<float>(pixels));
  const auto kernel = count == 8 ? global_average<8> : global_average<1>;
  kernel<<<grid(x, shape.n), kThreads, 0, stream>>>(in, in_type, out, out_type, factor, shape);
  return cudaGetLastError();
}

}  // namespace deepgap::engines::cudnn::kernels
