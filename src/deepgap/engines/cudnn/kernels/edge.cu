#include "deepgap/engines/cudnn/kernels/device.cuh"

namespace deepgap::engines::cudnn::kernels {
namespace {

// One thread makes kCount channels of a pixel.
template <int kCount>
__global__ void to_nhwc(const float* __restrict__ in, void* __restrict__ out, Element type, float factor,
                        Edge shape) {
  const std::int64_t pixels = static_cast<std::int64_t>(shape.h) * shape.w;
  const std::int64_t pixel = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (pixel >= pixels) return;
  const int first = static_cast<int>(blockIdx.z) * kCount, image = static_cast<int>(blockIdx.y);
  float values[kCount];
#pragma unroll
  for (int i = 0; i < kCount; ++i) {
    const int c = first + i;
    values[i] = c < shape.c
                    ? __ldg(in + (static_cast<std::int64_t>(image) * shape.c + c) * pixels + pixel) * factor
                    : 0.0F;
  }
  store(out, type, static_cast<std::size_t>(image * pixels + pixel) * shape.stored_c + first, values);
}

__global__ void to_nchw(const void* __restrict__ in, Element type, float scale, float* __restrict__ out,
                        Edge shape, std::int64_t count) {
  const std::int64_t at = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (at >= count) return;
  const std::int64_t pixels = static_cast<std::int64_t>(shape.h) * shape.w;
  const std::int64_t plane = at / pixels, pixel = at - plane * pixels;
  const std::int64_t image = plane / shape.c, c = plane - image * shape.c;
  float value[1];
  load(in, type, static_cast<std::size_t>((image * pixels + pixel) * shape.stored_c + c), value);
  out[at] = value[0] * scale;
}

template <int kCount>
__global__ void to_depth(const float* __restrict__ in, void* __restrict__ out, Element type, float factor,
                         SpaceToDepth shape) {
  const int pixel = static_cast<int>(blockIdx.x * kThreads + threadIdx.x);
  if (pixel >= shape.out_h * shape.out_w) return;
  const int first = static_cast<int>(blockIdx.z) * kCount, image = static_cast<int>(blockIdx.y);
  const int y = 2 * (pixel / shape.out_w - shape.top), x = 2 * (pixel % shape.out_w - shape.left);
  float values[kCount];
#pragma unroll
  for (int i = 0; i < kCount; ++i) {
    const int quarter = (first + i) / shape.c, c = (first + i) % shape.c;
    const int row = y + quarter / 2, column = x + quarter % 2;
    const bool inside = quarter < 4 && row >= 0 && row < shape.h && column >= 0 && column < shape.w;
    const std::int64_t line = (static_cast<std::int64_t>(image) * shape.c + c) * shape.h + row;
    values[i] = inside ? __ldg(in + line * shape.w + column) * factor : 0.0F;
  }
  const std::int64_t pixels = static_cast<std::int64_t>(shape.out_h) * shape.out_w;
  store(out, type, static_cast<std::size_t>(image * pixels + pixel) * shape.stored_c + first, values);
}

// Channels a thread makes: as many as keep its store aligned.
int pack(int channels) { return channels % 8 == 0 ? 8 : channels % 4 == 0 ? 4 : 1; }

}  // namespace

cudaError_t nchw_to_nhwc(const float* in, void* out, Element type, float scale, const Edge& shape,
                         cudaStream_t stream) {
  if (!valid({shape.n, shape.h, shape.w, shape.c}) || shape.stored_c < shape.c || !positive(scale))
    return cudaErrorInvalidValue;
  const int count = pack(shape.stored_c);
  const std::int64_t x = blocks_for(static_cast<std::int64_t>(shape.h) * shape.w), z = shape.stored_c / count;
  if (!launchable(x, shape.n, z)) return cudaErrorInvalidValue;
  const auto kernel = count == 8 ? to_nhwc<8> : count == 4 ? to_nhwc<4> : to_nhwc<1>;
  kernel<<<grid(x, shape.n, z), kThreads, 0, stream>>>(in, out, type, 1 / scale, shape);
  return cudaGetLastError();
}

cudaError_t nhwc_to_nchw(const void* in, Element type, float scale, float* out, const Edge& shape,
                         cudaStream_t stream) {
  if (!valid({shape.n, shape.h, shape.w, shape.c}) || shape.stored_c < shape.c || !positive(scale))
    return cudaErrorInvalidValue;
  const std::int64_t count = static_cast<std::int64_t>(shape.n) * shape.c * shape.h * shape.w;
  if (!launchable(blocks_for(count))) return cudaErrorInvalidValue;
  to_nchw<<<grid(blocks_for(count)), kThreads, 0, stream>>>(in, type, scale, out, shape, count);
  return cudaGetLastError();
}

cudaError_t space_to_depth(const float* in, void* out, Element type, float scale, const SpaceToDepth& shape,
                           cudaStream_t stream) {
  const bool fits = valid({shape.n, shape.h, shape.w, shape.c}) && shape.c <= shape.stored_c / 4 &&
                    shape.out_h >= 1 && shape.out_w >= 1 && shape.out_h <= 32768 && shape.out_w <= 32768 &&
                    shape.top >= 0 && shape.left >= 0 && shape.top <= 32768 && shape.left <= 32768;
  if (!fits || !positive(scale)) return cudaErrorInvalidValue;
  const int count = pack(shape.stored_c);
  const std::int64_t x = blocks_for(static_cast<std::int64_t>(shape.out_h) * shape.out_w);
  const std::int64_t z = shape.stored_c / count;
  if (!launchable(x, shape.n, z)) return cudaErrorInvalidValue;
  const auto kernel = count == 8 ? to_depth<8> : count == 4 ? to_depth<4> : to_depth<1>;
  kernel<<<grid(x, shape.n, z), kThreads, 0, stream>>>(in, out, type, 1 / scale, shape);
  return cudaGetLastError();
}

}  // namespace deepgap::engines::cudnn::kernels
