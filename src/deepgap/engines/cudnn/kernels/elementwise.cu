#include "deepgap/engines/cudnn/kernels/device.cuh"

namespace deepgap::engines::cudnn::kernels {
namespace {

constexpr int kPack = 8;

// Threads take packs; what is left over at the end is taken one by one by the first threads of the block
// after them.
template <class Work>
__device__ void each(std::int64_t count, Work work) {
  const std::int64_t packs = count / kPack,
                     item = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (item < packs) {
    float pack[kPack];
    work(static_cast<std::size_t>(item * kPack), pack);
  } else if (const std::int64_t at = packs * kPack + (item - packs); at < count) {
    float single[1];
    work(static_cast<std::size_t>(at), single);
  }
}
std::int64_t blocks(std::int64_t count) { return blocks_for(count / kPack + count % kPack); }

// a and b may be out: every thread reads what it writes before it writes it.
__global__ void add_kernel(const void* a, const void* b, void* out, Element type, AddScales factor,
                           Clamp clamp, std::int64_t count) {
  each(count, [&](std::size_t at, auto& left) {
    std::remove_reference_t<decltype(left)> right;
    load(a, type, at, left);
    load(b, type, at, right);
    constexpr int kCount = sizeof(left) / sizeof(float);
#pragma unroll
    for (int i = 0; i < kCount; ++i)
      left[i] = clamped(left[i] * factor.a + right[i] * factor.b, clamp) * factor.out;
    store(out, type, at, left);
  });
}

__global__ void convert_kernel(const void* in, Element in_type, void* out, Element out_type, Scales factor,
                               Clamp clamp, std::int64_t count) {
  each(count, [&](std::size_t at, auto& values) {
    load(in, in_type, at, values);
    constexpr int kCount = sizeof(values) / sizeof(float);
#pragma unroll
    for (int i = 0; i < kCount; ++i) values[i] = clamped(values[i] * factor.in, clamp) * factor.out;
    store(out, out_type, at, values);
  });
}

template <int kCount>
__global__ void slice_kernel(const void* __restrict__ in, void* __restrict__ out, Element type, float factor,
                             ChannelSlice shape) {
  const std::int64_t item = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  const int groups = shape.c / kCount;
  const std::int64_t pixel = item / groups;
  if (pixel >= shape.pixels) return;
  const int first = static_cast<int>(item - pixel * groups) * kCount;
  float values[kCount];
  load(in, type, static_cast<std::size_t>(pixel * shape.c + first), values);
#pragma unroll
  for (int i = 0; i < kCount; ++i) values[i] *= factor;
  store(out, type, static_cast<std::size_t>(pixel * shape.out_c + shape.offset + first), values);
}

__global__ void finish_kernel(const void* accumulators, void* out, Element out_type, Epilogue epilogue,
                              float factor, Accumulators shape) {
  const int column = static_cast<int>(blockIdx.x * kThreads + threadIdx.x);
  if (column >= shape.columns) return;
  const float multiplier = epilogue.multiplier ? __ldg(epilogue.multiplier + column) : 1.0F;
  const float bias = epilogue.bias ? __ldg(epilogue.bias + column) : 0.0F;
  for (int row = static_cast<int>(blockIdx.y); row < shape.rows; row += static_cast<int>(gridDim.y)) {
    const std::size_t at = static_cast<std::size_t>(row) * shape.columns + column;
    const float sum = shape.s32 ? static_cast<float>(static_cast<const int*>(accumulators)[at])
                                : static_cast<const float*>(accumulators)[at];
    const float value[1] = {clamped(sum * multiplier + bias, epilogue.clamp) * factor};
    store(out, out_type, at, value);
  }
}

}  // namespace

cudaError_t add(const void* a, const void* b, void* out, Element type, AddScales scales, Clamp clamp,
                std::int64_t count, cudaStream_t stream) {
  const bool fits = positive(scales.a) && positive(scales.b) && positive(scales.out);
  if (count < 1 || !launchable(blocks(count)) || !fits) return cudaErrorInvalidValue;
  scales.out = 1 / scales.out;
  add_kernel<<<grid(blocks(count)), kThreads, 0, stream>>>(a, b, out, type, scales, clamp, count);
  return cudaGetLastError();
}

cudaError_t convert(const void* in, Element in_type, void* out, Element out_type, Scales scales, Clamp clamp,
                    std::int64_t count, cudaStream_t stream) {
  if (count < 1 || !launchable(blocks(count)) || !positive(scales.in) || !positive(scales.out))
    return cudaErrorInvalidValue;
  scales.out = 1 / scales.out;
  convert_kernel<<<grid(blocks(count)), kThreads, 0, stream>>>(in, in_type, out, out_type, scales, clamp,
                                                               count);
  return cudaGetLastError();
}

cudaError_t copy_channels(const void* in, void* out, Element type, Scales scales, const ChannelSlice& shape,
                          cudaStream_t stream) {
  const bool fits =
      shape.pixels >= 1 && shape.c >= 1 && shape.offset >= 0 && shape.out_c - shape.offset >= shape.c;
  if (!fits || !positive(scales.in) || !positive(scales.out)) return cudaErrorInvalidValue;
  const bool packed = shape.c % kPack == 0 && shape.out_c % kPack == 0 && shape.offset % kPack == 0;
  const std::int64_t groups = shape.c / (packed ? kPack : 1);
  if (shape.pixels > kMostBlocks * kThreads / groups) return cudaErrorInvalidValue;
  const auto kernel = packed ? slice_kernel<kPack> : slice_kernel<1>;
  kernel<<<grid(blocks_for(shape.pixels * groups)), kThreads, 0, stream>>>(in, out, type,
                                                                           scales.in / scales.out, shape);
  return cudaGetLastError();
}

cudaError_t finish(const void* accumulators, void* out, Element out_type, const Epilogue& epilogue,
                   const Accumulators& shape, cudaStream_t stream) {
  if (shape.rows < 1 || shape.columns < 1 || !positive(epilogue.scale)) return cudaErrorInvalidValue;
  const dim3 blocks = grid(blocks_for(shape.columns), shape.rows < kMostRows ? shape.rows : kMostRows);
  finish_kernel<<<blocks, kThreads, 0, stream>>>(accumulators, out, out_type, epilogue, 1 / epilogue.scale,
                                                 shape);
  return cudaGetLastError();
}

}  // namespace deepgap::engines::cudnn::kernels
