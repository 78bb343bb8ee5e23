#include "deepgap/engines/cudnn/kernels/stem_copy.cuh"
#include "deepgap/engines/cudnn/kernels/stem_launch.hpp"
#include "deepgap/engines/cudnn/kernels/stem_types.cuh"

namespace deepgap::engines::cudnn::kernels {
namespace {

constexpr int kRing = 4, kGroup = 4;  // groups of input rows in shared memory; rows of a group

template <class T>
constexpr int kRowBytes = kRowPixels * T::kPixelBytes;
template <class T>
constexpr int kGroupBytes = kGroup * kRowBytes<T>;

constexpr int kStagedBytes = kStemBlock * kPairs * kStemInputs * static_cast<int>(sizeof(float2));
template <class T>
std::size_t shared_bytes(const StemSplit& split, bool pool) {
  return kRing * kGroupBytes<T> + kStagedBytes +
         (pool ? 2 * static_cast<std::size_t>(split.tiles) * kTile * kChunks * 16 : 0);
}

template <class T>
__device__ void stash(char* group, const float2 (&from)[kPairs][kStemInputs], const Part& part, float scale,
                      float factor) {
  char* row = group + threadIdx.x / 32 * kRowBytes<T>;
#pragma unroll
  for (int i = 0; i < kPairs; ++i)
    if (pair_of(i) < kTile * part.tiles + 4)
      T::stash(row + pair_of(i) * 2 * T::kPixelBytes, from[i], scale, factor);
}

template <class T>
__device__ uint4 most(uint4 a, uint4 b) {
  return {T::most(a.x, b.x), T::most(a.y, b.y), T::most(a.z, b.z), T::most(a.w, b.w)};
}

// Two pixels of a lane (a column of two rows), 8 channels each.
struct Column {
  uint4 top, bottom;
};
template <class T>
__device__ Column convolved(const T& type, const char* const (&rows)[3],
                            const unsigned (&weights)[T::kSlots][kSets]) {
  typename T::Sum sums[kSets][4];
#pragma unroll
  for (int j = 0; j < kSets; ++j)
#pragma unroll
    for (int i = 0; i < 4; ++i) sums[j][i] = type.first(2 * j + i % 2);
  T::convolve(sums, rows, weights);
  unsigned words[2][kSets];
#pragma unroll
  for (int j = 0; j < kSets; ++j)
#pragma unroll
    for (int row = 0; row < 2; ++row)
      words[row][j] = type.comparable(2 * j, sums[j][2 * row], sums[j][2 * row + 1]);
  return {{words[0][0], words[0][1], words[0][2], words[0][3]},
          {words[1][0], words[1][1], words[1][2], words[1][3]}};
}

// The largest of three columns of `across`, which holds the largest of three rows.
template <class T>
__device__ void pool_row(const uint4* across, const StemArguments& to, const Part& part, int row) {
  const int out_w = to.out_w, conv_w = to.conv_w;
  const std::size_t line = (static_cast<std::size_t>(part.image) * to.out_h + row) * out_w;
  for (int i = static_cast<int>(threadIdx.x); i < (part.end_pair - part.pair) * kChunks; i += kStemBlock) {
    const int pair = part.pair + i / kChunks, chunk = i % kChunks, pixel = 2 * pair - part.column;
    uint4 value = across[place(pixel, chunk)];
    if (pair > 0) value = most<T>(value, across[place(pixel - 1, chunk)]);
    if (2 * pair + 1 < conv_w) value = most<T>(value, across[place(pixel + 1, chunk)]);
    T::put(to.out, (line + pair) * kStemOutputs + 8 * chunk, value, to.epilogue.clamp);
  }
}

template <class T, bool kPool>
__global__ void __launch_bounds__(kStemBlock, T::kBlocksTogether) stem_kernel(const StemArguments to) {
#if __CUDA_ARCH__ >= 800
  extern __shared__ __align__(16) char ring[];
  const Part part = part_of<kPool>(to);
  const int lane = static_cast<int>(threadIdx.x) % 32, warp = static_cast<int>(threadIdx.x) / 32;
  const int half = warp % 2, g = lane / 4, t = lane % 4;
  auto* const staged = reinterpret_cast<float2*>(ring + kRing * kGroupBytes<T>) + threadIdx.x;
  auto* const before = reinterpret_cast<uint4*>(ring + kRing * kGroupBytes<T> + kStagedBytes);
  uint4* const across = before + part.tiles * kTile * kChunks;

  // A row pair before the part's own, for its lower row.
  const int start = part.row - (kPool && part.row > 0 ? 1 : 0);
  const float factor = 1 / to.in_scale;
  const auto source = [&](int row) { return Source{to, part, kGroup * row - 3 + warp}; };
  float2 first[kRing - 1][kPairs][kStemInputs];
#pragma unroll
  for (int i = 0; i < kRing - 1; ++i) fetch(first[i], source(start + i), to.by_two);
#pragma unroll
  for (int i = 0; i < kRing - 1; ++i)
    stash<T>(ring + i * kGroupBytes<T>, first[i], part, to.in_scale, factor);

  unsigned weights[T::kSlots][kSets];
#pragma unroll
  for (int u = 0; u < T::kSlots; ++u) {
    const uint4 word = __ldg(static_cast<const uint4*>(to.weights) + (half * T::kSlots + u) * 32 + lane);
    weights[u][0] = word.x, weights[u][1] = word.y, weights[u][2] = word.z, weights[u][3] = word.w;
  }
  T type;
  type.prepare(to.epilogue, kStemOutputs / 2 * half + 8 * t);

  for (int row = start; row < part.end_row; ++row) {
    const int step = row - start;
    const bool more = row + 1 < part.end_row, last_is_there = 2 * row + 1 < to.conv_h;
    __syncthreads();
    if (more) begin_copy(staged, source(row + kRing - 1), to.by_two);
    for (int tile = warp / 2; tile < part.tiles; tile += 2) {
      const int pixel = tile * kTile + g, at = pixel * 2 * T::kPixelBytes + t * T::kLaneBytes;
      const char* const rows[3] = {ring + step % kRing * kGroupBytes<T> + at,
                                   ring + (step + 1) % kRing * kGroupBytes<T> + at,
                                   ring + (step + 2) % kRing * kGroupBytes<T> + at};
      Column column = convolved(type, rows, weights);
      if constexpr (kPool) {
        constexpr uint4 kLowest{T::kLowest, T::kLowest, T::kLowest, T::kLowest};
        if (!last_is_there) column.bottom = kLowest;
        uint4& above = before[(tile * 2 + half) * 32 + lane];
        uint4 value = most<T>(column.top, column.bottom);
        if (step > 0) value = most<T>(value, above);
        above = column.bottom;
        across[place(pixel, kChunks / 2 * half + t)] = value;
      } else if (part.column + pixel < to.conv_w) {
        const std::size_t line = static_cast<std::size_t>(part.image) * to.conv_h + 2 * row;
        const std::size_t out =
            (line * to.conv_w + part.column + pixel) * kStemOutputs + kStemOutputs / 2 * half + 8 * t;
        T::put(to.out, out, column.top, to.epilogue.clamp);
        if (last_is_there)
          T::put(to.out, out + static_cast<std::size_t>(to.conv_w) * kStemOutputs, column.bottom,
                 to.epilogue.clamp);
      }
    }
    if (more) {
      float2 next[kPairs][kStemInputs];
      end_copy(next, staged);
      stash<T>(ring + (step + kRing - 1) % kRing * kGroupBytes<T>, next, part, to.in_scale, factor);
    }
    if constexpr (kPool) {
      __syncthreads();
      if (row >= part.row) pool_row<T>(across, to, part, row);
    }
  }
#endif
}

template <class T, bool kPool>
cudaError_t launch(const StemArguments& to, cudaStream_t stream) {
  const auto bytes = static_cast<int>(shared_bytes<T>(to.split, kPool));
  const auto kernel = stem_kernel<T, kPool>;
  if (const auto set = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes);
      set != cudaSuccess)
    return set;
  kernel<<<grid(to.split.blocks), kStemBlock, bytes, stream>>>(to);
  return cudaGetLastError();
}

template <class T>
cudaError_t launch_as(const StemArguments& to, cudaStream_t stream) {
  return to.shape.pool ? launch<T, true>(to, stream) : launch<T, false>(to, stream);
}

}  // namespace

int stem_blocks_together(Element type) noexcept {
  return type == Element::s8 ? S8::kBlocksTogether : Half<false>::kBlocksTogether;
}

std::size_t stem_shared_bytes(Element type, const StemSplit& split, bool pool) noexcept {
  return type == Element::s8 ? shared_bytes<S8>(split, pool) : shared_bytes<Half<false>>(split, pool);
}

cudaError_t launch_stem(Element type, const StemArguments& arguments, cudaStream_t stream) {
  switch (type) {
    case Element::f16: return launch_as<Half<false>>(arguments, stream);
    case Element::bf16: return launch_as<Half<true>>(arguments, stream);
    case Element::s8: return launch_as<S8>(arguments, stream);
    default: return cudaErrorInvalidValue;
  }
}

}  // namespace deepgap::engines::cudnn::kernels
