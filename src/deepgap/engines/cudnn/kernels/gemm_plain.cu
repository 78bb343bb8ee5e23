#include "deepgap/engines/cudnn/kernels/gemm_plain.hpp"

#include "deepgap/engines/cudnn/kernels/device.cuh"

namespace deepgap::engines::cudnn::kernels {
namespace {

constexpr int kWarp = 32, kWarps = kThreads / kWarp;

// Sums of kCount products of s8 are whole and exact in f32; only their sum needs s32.
template <class Sum, int kCount>
__global__ void dot(const void* __restrict__ x, const void* __restrict__ weights,
                    Sum* __restrict__ accumulators, Element type, PlainGemm shape) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int column = static_cast<int>(blockIdx.x) * kWarps + static_cast<int>(threadIdx.x) / kWarp;
  if (column >= shape.out) return;
  const std::size_t row = blockIdx.y;
  Sum sum = 0;
  for (int at = lane * kCount; at < shape.in; at += kWarp * kCount) {
    float a[kCount], b[kCount], products = 0;
    load(x, type, row * shape.in + at, a);
    load(weights, type, static_cast<std::size_t>(column) * shape.in + at, b);
#pragma unroll
    for (int i = 0; i < kCount; ++i) products += a[i] * b[i];
    sum += static_cast<Sum>(products);
  }
#pragma unroll
  for (int step = kWarp / 2; step > 0; step /= 2) sum += __shfl_down_sync(0xffffffffU, sum, step);
  if (lane == 0) accumulators[row * shape.out + column] = sum;
}

template <class Sum>
cudaError_t launch(const void* x, const void* weights, void* accumulators, Element type,
                   const PlainGemm& shape, cudaStream_t stream) {
  const std::int64_t columns = blocks_for(shape.out, kWarps);
  if (!launchable(columns, shape.rows)) return cudaErrorInvalidValue;
  const auto kernel = shape.in % 8 == 0 ? dot<Sum, 8> : dot<Sum, 1>;
  kernel<<<grid(columns, shape.rows), kThreads, 0, stream>>>(x, weights, static_cast<Sum*>(accumulators),
                                                             type, shape);
  return cudaGetLastError();
}

}  // namespace

cudaError_t plain_gemm(const void* x, const void* weights, void* accumulators, Element type,
                       const PlainGemm& shape, cudaStream_t stream) {
  if (shape.rows < 1 || shape.in < 1 || shape.out < 1 || shape.in > 0x7fffff00) return cudaErrorInvalidValue;
  return type == Element::s8 ? launch<int>(x, weights, accumulators, type, shape, stream)
                             : launch<float>(x, weights, accumulators, type, shape, stream);
}

}  // namespace deepgap::engines::cudnn::kernels
