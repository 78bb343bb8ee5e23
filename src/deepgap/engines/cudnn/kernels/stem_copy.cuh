#pragma once

#include "deepgap/engines/cudnn/kernels/stem_launch.hpp"
#include "deepgap/engines/cudnn/kernels/stem_types.cuh"

// What a block of stem.cu makes, and how the input comes to it.
namespace deepgap::engines::cudnn::kernels {

inline constexpr int kStemBlock = 128;              // threads
inline constexpr int kPairs = kRowPixels / 2 / 32;  // of a row of pixels, that a thread brings
inline constexpr int kChunks = kStemOutputs / 8;    // of 16 bytes (8 channels), of a pixel

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
// around single loads would have each wait for the one before. kByTwo: the address is that of a float2, and
// both are there or neither.
template <bool kByTwo>
__device__ void load_pair(float2& to, const float* from, bool left, bool right) {
  if constexpr (kByTwo)
    asm volatile(
        "{\n"
        ".reg .pred both;\n"
        "setp.ne.b32 both, %3, 0;\n"
        "mov.b32 %0, 0;\n"
        "mov.b32 %1, 0;\n"
        "@both ld.global.nc.v2.f32 {%0, %1}, [%2];\n"
        "}"
        : "=&f"(to.x), "=&f"(to.y)
        : "l"(from), "r"(static_cast<int>(left)));
  else
    asm volatile(
        "{\n"
        ".reg .pred one, two;\n"
        "setp.ne.b32 one, %3, 0;\n"
        "setp.ne.b32 two, %4, 0;\n"
        "mov.b32 %0, 0;\n"
        "mov.b32 %1, 0;\n"
        "@one ld.global.nc.f32 %0, [%2];\n"
        "@two ld.global.nc.f32 %1, [%2 + 4];\n"
        "}"
        : "=&f"(to.x), "=&f"(to.y)
        : "l"(from), "r"(static_cast<int>(left)), "r"(static_cast<int>(right)));
}

// A group of input rows comes in pairs of pixels: a warp brings the rows `warp` and `warp` + 4 of it, a lane
// every 32nd pair.
struct Group {
  float2 pairs[2][kPairs][kStemInputs];
};
struct Source {
  const float* at;               // the lane's first pair in the warp's first row of group 0
  int y, h, w;                   // of that row; of the image
  unsigned left = 0, right = 0;  // bit i: that pixel of the lane's pair i is there

  __device__ Source(const StemArguments& from, const Part& part, int first_row)
      : y{first_row + static_cast<int>(threadIdx.x) / 32}, h{from.shape.h}, w{from.shape.w} {
    const int lane = static_cast<int>(threadIdx.x) % 32, x = 2 * (part.column + lane) - 4;
    at = from.in + (static_cast<std::int64_t>(part.image) * kStemInputs * h + y) * w + x;
#pragma unroll
    for (int i = 0; i < kPairs; ++i) {
      const bool wanted = lane + 32 * i < kTile * part.tiles + 4;
      const int column = x + 64 * i;
      left |= (wanted && column >= 0 && column < w ? 1U : 0U) << i;
      right |= (wanted && column + 1 >= 0 && column + 1 < w ? 1U : 0U) << i;
    }
  }

  template <bool kByTwo>
  __device__ void load(Group& to, int group) const {
    const std::int64_t plane = static_cast<std::int64_t>(h) * w;
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int down = kGroup * group + 4 * half;
      const bool inside = y + down >= 0 && y + down < h;
      const float* const row = at + static_cast<std::int64_t>(down) * w;
#pragma unroll
      for (int c = 0; c < kStemInputs; ++c)
#pragma unroll
        for (int i = 0; i < kPairs; ++i)
          load_pair<kByTwo>(to.pairs[half][i][c], row + c * plane + 64 * i, inside && (left >> i & 1U) != 0,
                            inside && (right >> i & 1U) != 0);
    }
  }
};

}  // namespace deepgap::engines::cudnn::kernels
