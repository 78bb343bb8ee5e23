#include "deepgap/engines/cudnn/kernels/stem.hpp"

#include <algorithm>
#include <cstdint>

#include "deepgap/engines/cudnn/kernels/stem_launch.hpp"

namespace deepgap::engines::cudnn::kernels {
namespace {

int attribute(cudaDeviceAttr which) {
  int device = 0, value = 0;
  if (cudaGetDevice(&device) != cudaSuccess || cudaDeviceGetAttribute(&value, which, device) != cudaSuccess)
    return 0;
  return value;
}

bool positive(float scale) { return scale > 0 && scale <= 3.4e38F; }

bool fits(Element type, float in_scale, const Epilogue& epilogue, const Stem& shape) {
  constexpr int kLongest = 1 << 20;
  const auto within = [](int length) { return length >= 1 && length <= kLongest; };
  const bool real = type == Element::f16 || type == Element::bf16;
  return (real || type == Element::s8) && shape.n >= 1 && within(shape.h) && within(shape.w) &&
         positive(in_scale) && positive(epilogue.scale) &&
         (!real || (epilogue.multiplier == nullptr && epilogue.scale == 1));
}

std::optional<StemSplit> split_for(Element type, const Stem& shape) {
  constexpr std::size_t kSystem = 1024;  // shared memory that a block takes beside its own
  const auto all = static_cast<std::size_t>(attribute(cudaDevAttrMaxSharedMemoryPerMultiprocessor));
  const auto together = [&](const StemSplit& split) {
    const std::size_t blocks = all / (stem_shared_bytes(type, split, shape.pool) + kSystem);
    return std::min(static_cast<int>(blocks), kStemBlocksTogether);
  };
  return split_stem(shape, attribute(cudaDevAttrMultiProcessorCount), together);
}

}  // namespace

bool stem_runs(Element type, int capability) noexcept {
  return capability >= 80 && (type == Element::f16 || type == Element::bf16 || type == Element::s8);
}

cudaError_t stem(const float* in, float in_scale, const void* packed_weights, void* out, Element type,
                 const Epilogue& epilogue, const Stem& shape, cudaStream_t stream) {
  constexpr std::int64_t kMostBlocks = 0x7fffffff;
  if (!fits(type, in_scale, epilogue, shape)) return cudaErrorInvalidValue;
  const auto split = split_for(type, shape);
  if (!split || split->blocks > kMostBlocks) return cudaErrorInvalidValue;
  const bool by_two = shape.w % 2 == 0 && reinterpret_cast<std::uintptr_t>(in) % (2 * sizeof(float)) == 0;
  return launch_stem(type,
                     {in, packed_weights, out, epilogue, in_scale, shape, shape.conv_h(), shape.conv_w(),
                      shape.out_h(), shape.out_w(), *split, by_two},
                     stream);
}

}  // namespace deepgap::engines::cudnn::kernels
