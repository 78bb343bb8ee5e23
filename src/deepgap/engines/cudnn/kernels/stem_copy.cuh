#pragma once

#include "deepgap/engines/cudnn/kernels/stem_launch.hpp"
#include "deepgap/engines/cudnn/kernels/stem_types.cuh"

// What a block of stem.cu makes, and how the input comes to it.
namespace deepgap::engines::cudnn::kernels {

inline constexpr int kStemBlock = 128;                     // threads
inline constexpr int kPairs = (kRowPixels / 2 + 31) / 32;  // of a row of pixels, that a thread brings
inline constexpr int kChunks = kStemOutputs / 8;           // of 16 bytes (8 channels), of a pixel

// What a block makes: `rows` pairs of convolution rows by pairs of columns, which are output pixels if there
// is a pool. It then also needs the row and the column before.
struct Part {
  int image, row, end_row, pair, end_pair, column, tiles;
};
template <bool kPool>
__device__ Part part_of(const StemArguments& to) {
  const StemSplit& split = to.split;
  const int block = static_cast<int>(blockIdx.x);
  Part part;
  part.image = block / split.bands / split.strips;
  part.row = block / split.bands % split.strips * split.rows;
  part.end_row = min(part.row + split.rows, (to.conv_h + 1) / 2);
  part.pair = block % split.bands * split.pairs;
  part.end_pair = min(part.pair + split.pairs, (to.conv_w + 1) / 2);
  part.column = max(0, 2 * part.pair - (kPool ? 1 : 0));
  part.tiles = (min(2 * part.end_pair, to.conv_w) - part.column + kTile - 1) / kTile;
  return part;
}

// Where a pixel's chunk is in shared memory, so that neighbours are in other banks.
__device__ inline int place(int pixel, int chunk) {
  return pixel * kChunks + (chunk ^ (pixel % 2 * kChunks / 2));
}

// A pair of numbers next to each other in memory, of which either may not be there (then it is 0): branches
// around single loads would have each wait for the one before. `by_two`: the address is that of a float2, and
// both are there or neither.

__device__ inline void load_pair(float2& to, const float* from, bool left, bool right, bool by_two) {
  asm("{\n"
      ".reg .pred both, one, two;\n"
      "setp.ne.b32 both, %3, 0;\n"
      "setp.ne.b32 one, %4, 0;\n"
      "setp.ne.b32 two, %5, 0;\n"
      "mov.b32 %0, 0;\n"
      "mov.b32 %1, 0;\n"
      "@both ld.global.nc.v2.f32 {%0, %1}, [%2];\n"
      "@one ld.global.nc.f32 %0, [%2];\n"
      "@two ld.global.nc.f32 %1, [%2 + 4];\n"
      "}"
      : "=&f"(to.x), "=&f"(to.y)
      : "l"(from), "r"(static_cast<int>(by_two && left)), "r"(static_cast<int>(!by_two && left)),
        "r"(static_cast<int>(!by_two && right)));
}

// Compute capability 8.0 and later.
__device__ inline void copy_pair(float2* to, const float* from, bool left, bool right, bool by_two) {
  const auto address = static_cast<unsigned>(__cvta_generic_to_shared(to));
  asm volatile(
      "{\n"
      ".reg .pred both;\n"
      "setp.ne.b32 both, %4, 0;\n"
      "@both cp.async.ca.shared.global [%0], [%1], 8, %5;\n"
      "@!both cp.async.ca.shared.global [%0], [%1], 4, %2;\n"
      "@!both cp.async.ca.shared.global [%0 + 4], [%1 + 4], 4, %3;\n"
      "}" ::"r"(address),
      "l"(from), "r"(left ? 4 : 0), "r"(right ? 4 : 0), "r"(static_cast<int>(by_two)), "r"(left ? 8 : 0)
      : "memory");
}
__device__ inline void wait_for_copies() { asm volatile("cp.async.wait_all;" ::: "memory"); }

// A group of input rows goes to shared memory by pairs of pixels: a warp brings a row, a lane every 32nd
// pair.
struct Source {
  const float* row;
  int first, pairs, w;  // column of the first pair; in pairs; of the image
  std::int64_t plane;
  bool inside;

  __device__ Source(const StemArguments& from, const Part& part, int y)
      : first{2 * part.column - 4}, pairs{kTile * part.tiles + 4}, w{from.shape.w} {
    plane = static_cast<std::int64_t>(from.shape.h) * w;
    row = from.in + part.image * kStemInputs * plane + static_cast<std::int64_t>(y) * w;
    inside = y >= 0 && y < from.shape.h;
  }
  [[nodiscard]] __device__ bool has(int column) const { return inside && column >= 0 && column < w; }
};
__device__ inline int pair_of(int i) { return static_cast<int>(threadIdx.x) % 32 + 32 * i; }

// All loads before the first use, none behind a branch.
__device__ inline void fetch(float2 (&to)[kPairs][kStemInputs], const Source& from, bool by_two) {
#pragma unroll
  for (int i = 0; i < kPairs; ++i) {
    const int x = from.first + 2 * pair_of(i);
    const bool wanted = pair_of(i) < from.pairs, left = wanted && from.has(x),
               right = wanted && from.has(x + 1);
#pragma unroll
    for (int c = 0; c < kStemInputs; ++c)
      load_pair(to[i][c], from.row + c * from.plane + x, left, right, by_two);
  }
}

// The same in the background, to what `staged` holds of this thread.
__device__ inline void begin_copy(float2* staged, const Source& from, bool by_two) {
#pragma unroll
  for (int i = 0; i < kPairs; ++i) {
    const int x = from.first + 2 * pair_of(i);
    if (pair_of(i) < from.pairs)
#pragma unroll
      for (int c = 0; c < kStemInputs; ++c)
        copy_pair(staged + (i * kStemInputs + c) * kStemBlock, from.row + c * from.plane + x, from.has(x),
                  from.has(x + 1), by_two);
  }
}
__device__ inline void end_copy(float2 (&to)[kPairs][kStemInputs], const float2* staged) {
  wait_for_copies();
#pragma unroll
  for (int i = 0; i < kPairs; ++i)
#pragma unroll
    for (int c = 0; c < kStemInputs; ++c) to[i][c] = staged[(i * kStemInputs + c) * kStemBlock];
}

}  // namespace deepgap::engines::cudnn::kernels
