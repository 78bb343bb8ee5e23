#include "deepgap/engines/cudnn/kernels/stem_copy.cuh"
#include "deepgap/engines/cudnn/kernels/stem_launch.hpp"
#include "deepgap/engines/cudnn/kernels/stem_types.cuh"

namespace deepgap::engines::cudnn::kernels {
namespace {

constexpr int kRing = 3;  // groups of input rows in shared memory: two that are read, and the next

template <class T>
constexpr int kRowBytes = kRowPixels * T::kPixelBytes;
template <class T>
constexpr int kGroupBytes = kGroup * kRowBytes<T>;
template <class T>
constexpr std::size_t kPooledBytes = sizeof(typename T::Point) + kMatrices * sizeof(uint4);
template <class T>
std::size_t shared_bytes(const StemSplit& split, bool pool) {
  const std::size_t points = static_cast<std::size_t>(split.tiles) * kTile * kChunks;
  return kRing * kGroupBytes<T> + (pool ? points * kPooledBytes<T> : 0);
}

template <class T>
__device__ void stash(char* group, const Group& from, float scale, float factor) {
  char* const first = group + threadIdx.x / 32 * kRowBytes<T> + threadIdx.x % 32 * 2 * T::kPixelBytes;
#pragma unroll
  for (int half = 0; half < 2; ++half)
#pragma unroll
    for (int i = 0; i < kPairs; ++i)
      T::stash(first + 4 * half * kRowBytes<T> + i * 64 * T::kPixelBytes, from.pairs[half][i], scale, factor);
}

// What a lane has of a tile: a column of 4 pixels, 8 channels each.
template <class T>
struct Column {
  typename T::Point rows[2 * kMatrices];
};
template <class T>
__device__ Column<T> convolved(const T& type, const Rows& rows, const unsigned (&weights)[T::kSlots][kSets]) {
  typename T::Sum sums[kMatrices][kSets][4];
#pragma unroll
  for (int m = 0; m < kMatrices; ++m)
#pragma unroll
    for (int j = 0; j < kSets; ++j)
#pragma unroll
      for (int i = 0; i < 4; ++i) sums[m][j][i] = type.first(2 * j + i % 2);
  T::convolve(sums, rows, weights);
  Column<T> column;
#pragma unroll
  for (int row = 0; row < 2 * kMatrices; ++row) column.rows[row] = type.point(sums[row / 2], row % 2);
  return column;
}

// The largest of three columns of `across`, which holds the largest of three rows for each row of output.
template <class T>
__device__ void pool_rows(const uint4* across, int points, const StemArguments& to, const Part& part,
                          int row) {
  constexpr int kStride = kStemBlock / kChunks;
  const int chunk = static_cast<int>(threadIdx.x) % kChunks;
  int pair = part.pair + static_cast<int>(threadIdx.x) / kChunks;
  const int pixel = 2 * pair - part.column, beside = place(pixel + 1, chunk) - place(pixel, chunk);
  const uint4* at = across + place(pixel, chunk);
  const typename T::Limits limits{to.epilogue.clamp};
  const bool wanted[kMatrices] = {row >= part.row, row + 1 < part.end_row};
  const std::size_t line = static_cast<std::size_t>(to.out_w) * kStemOutputs;
  std::size_t out =
      (static_cast<std::size_t>(part.image) * to.out_h + row) * line + pair * kStemOutputs + 8 * chunk;
#pragma unroll 2
  for (; pair < part.end_pair; pair += kStride) {
    const int left = pair > 0 ? beside - 2 * kChunks : 0, right = 2 * pair + 1 < to.conv_w ? beside : 0;
#pragma unroll
    for (int m = 0; m < kMatrices; ++m) {
      const uint4* const here = at + m * points;
      const uint4 most = T::most_of(T::most_of(here[left], here[right]), here[0]);
      if (wanted[m]) T::put(to.out, out + m * line, most, limits);
    }
    at += 2 * kStride * kChunks;
    out += kStride * kStemOutputs;
  }
}

template <class T, bool kPool, bool kByTwo>
__global__ void __launch_bounds__(kStemBlock, kStemBlocksTogether) stem_kernel(const StemArguments to) {
#if __CUDA_ARCH__ >= 800
  extern __shared__ __align__(16) char ring[];
  using Point = typename T::Point;
  const Part part = part_of<kPool>(to);
  const int lane = static_cast<int>(threadIdx.x) % 32, warp = static_cast<int>(threadIdx.x) / 32;
  const int half = warp % 2, g = lane / 4, t = lane % 4, points = part.tiles * kTile * kChunks;
  auto* const above = reinterpret_cast<Point*>(ring + kRing * kGroupBytes<T>);
  auto* const across = reinterpret_cast<uint4*>(above + points);

  // A row pair before the part's own, for its lower row.
  const int start = part.row - (kPool && part.row > 0 ? 1 : 0);
  const float factor = 1 / to.in_scale;
  const Source source{to, part, 4 * start - 3};
  Group first[kRing - 1];
#pragma unroll
  for (int i = 0; i < kRing - 1; ++i) source.template load<kByTwo>(first[i], i);
  unsigned weights[T::kSlots][kSets];
#pragma unroll
  for (int u = 0; u < T::kSlots; ++u) {
    const uint4 word = __ldg(static_cast<const uint4*>(to.weights) + (half * T::kSlots + u) * 32 + lane);
    weights[u][0] = word.x, weights[u][1] = word.y, weights[u][2] = word.z, weights[u][3] = word.w;
  }
  T type;
  type.prepare(to.epilogue, kStemOutputs / 2 * half + 8 * t);
#pragma unroll
  for (int i = 0; i < kRing - 1; ++i) stash<T>(ring + i * kGroupBytes<T>, first[i], to.in_scale, factor);
  // What the lane has of a tile, relative to tile 0.
  const int mine = g * 2 * T::kPixelBytes + t * T::kLaneBytes;
  Point* const my_above = above + half * 32 + lane;
  uint4* const my_across = across + place(g, kChunks / 2 * half + t);
  if constexpr (kPool)
    for (int tile = warp / 2; tile < part.tiles; tile += 2) my_above[tile * kTile * kChunks] = T::lowest();

  int slot = 0;
  for (int row = start; row < part.end_row; row += kMatrices) {
    const int next_slot = slot + 1 == kRing ? 0 : slot + 1, last_slot = kRing - slot - next_slot;
    const bool more = row + kMatrices < part.end_row;
    __syncthreads();
    Group next;
    if (more) source.template load<kByTwo>(next, (row - start) / kMatrices + kRing - 1);
    const char* const near = ring + slot * kGroupBytes<T> + mine;
    const char* const far = ring + next_slot * kGroupBytes<T> + mine;
    for (int tile = warp / 2; tile < part.tiles; tile += 2) {
      const int at = tile * kTile * 2 * T::kPixelBytes, pixel = tile * kTile + g,
                point = tile * kTile * kChunks;
      Column<T> column = convolved(type, Rows{near + at, far + at}, weights);
      if constexpr (kPool) {
        Point before = my_above[point];
#pragma unroll
        for (int m = 0; m < kMatrices; ++m) {
          if (2 * (row + m) + 1 >= to.conv_h) column.rows[2 * m + 1] = T::lowest();
          const Point most = T::most_of(T::most_of(column.rows[2 * m], column.rows[2 * m + 1]), before);
          my_across[m * points + point] = type.words(most);
          before = column.rows[2 * m + 1];
        }
        my_above[point] = before;
      } else if (part.column + pixel < to.conv_w) {
        const std::size_t line = static_cast<std::size_t>(part.image) * to.conv_h + 2 * row;
        const std::size_t out =
            (line * to.conv_w + part.column + pixel) * kStemOutputs + kStemOutputs / 2 * half + 8 * t;
#pragma unroll
        for (int i = 0; i < 2 * kMatrices; ++i)
          if (row + i / 2 < part.end_row && 2 * row + i < to.conv_h)
            T::put(to.out, out + static_cast<std::size_t>(i) * to.conv_w * kStemOutputs,
                   type.words(column.rows[i]), typename T::Limits{to.epilogue.clamp});
      }
    }
    if (more) stash<T>(ring + last_slot * kGroupBytes<T>, next, to.in_scale, factor);
    if constexpr (kPool) {
      __syncthreads();
      pool_rows<T>(across, points, to, part, row);
    }
    slot = next_slot;
  }
#endif
}

template <class T, bool kPool, bool kByTwo>
cudaError_t launch(const StemArguments& to, cudaStream_t stream) {
  const auto bytes = static_cast<int>(shared_bytes<T>(to.split, kPool));
  const auto kernel = stem_kernel<T, kPool, kByTwo>;
  if (const auto set = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes);
      set != cudaSuccess)
    return set;
  kernel<<<grid(to.split.blocks), kStemBlock, bytes, stream>>>(to);
  return cudaGetLastError();
}

template <class T>
cudaError_t launch_as(const StemArguments& to, cudaStream_t stream) {
  if (to.by_two)
    return to.shape.pool ? launch<T, true, true>(to, stream) : launch<T, false, true>(to, stream);
  return to.shape.pool ? launch<T, true, false>(to, stream) : launch<T, false, false>(to, stream);
}

}  // namespace

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
