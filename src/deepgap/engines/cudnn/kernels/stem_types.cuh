#pragma once

#include "deepgap/engines/cudnn/kernels/device.cuh"
#include "deepgap/engines/cudnn/kernels/stem.hpp"

// What the element types of stem.cu differ in: how pixels and weights lie in memory, the tensor core's
// instruction, and how an accumulator becomes a number that can be compared. Tensor cores of compute
// capability 8.0 and later.
//
// A warp multiplies tiles of 8 pixels in 4 rows by 32 channels. Lane = 4 * g + t holds of an operand the
// pixel (or channel) g and a quarter t of the depth; which numbers make a quarter is free as long as weights
// and pixels agree, so the depth is cut into slots of which a lane reads whole words, without a conflict.
// A window is 8 pixels wide, of which the first has no weight: so it begins on an even pixel.
namespace deepgap::engines::cudnn::kernels {

inline constexpr int kTile = 8, kSets = 4,
                     kMatrices = 2;  // of 2 rows; sets of 8 channels a warp multiplies by
inline constexpr int kRowsInTile = kStemKernel + 2 * (2 * kMatrices - 1), kGroup = 8;
inline constexpr int kRowPixels = 256;  // in shared memory

// Where a lane reads the input rows of a tile: the first kGroup of them, and the others.
struct Rows {
  const char *first, *others;
  template <class T>
  [[nodiscard]] __device__ unsigned word(int y, int bytes) const {
    constexpr int kRowBytes = kRowPixels * T::kPixelBytes;
    return *reinterpret_cast<const unsigned*>(
        (y < kGroup ? first + y * kRowBytes : others + (y - kGroup) * kRowBytes) + bytes);
  }
};

// Sums in f32; pixels of 3 numbers. A slot is a third of a window's row: 8 numbers, two for each t.
template <bool kBf16>
struct Half {
  using Sum = float;
  static constexpr int kPixelBytes = 6, kLaneBytes = 4, kSlots = 3 * kStemKernel;
  using Pair = std::conditional_t<kBf16, __nv_bfloat162, __half2>;
  static constexpr unsigned kLowest = kBf16 ? 0xff80ff80U : 0xfc00fc00U;

  float bias[2 * kSets];

  // What loops read is a result, not what a load brought: a wait for that would also be one for later loads.
  __device__ void prepare(const Epilogue& epilogue, int channel) {
    const float factor = 1 / epilogue.scale;
#pragma unroll
    for (int i = 0; i < 2 * kSets; ++i)
      bias[i] = (epilogue.bias ? __ldg(epilogue.bias + channel + i) : 0.0F) * factor;
  }
  __device__ Sum first(int i) const { return bias[i]; }

  static __device__ unsigned bits(float low, float high) {
    unsigned word;
    if constexpr (kBf16)
      asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(high), "f"(low));
    else
      asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(high), "f"(low));
    return word;
  }
  // 8 channels of a pixel, as they are compared.
  using Point = uint4;
  __device__ Point point(const Sum (&sums)[kSets][4], int row) const {
    const auto word = [&](int j) { return bits(sums[j][2 * row], sums[j][2 * row + 1]); };
    return {word(0), word(1), word(2), word(3)};
  }
  static __device__ Point lowest() { return {kLowest, kLowest, kLowest, kLowest}; }
  static __device__ Point most_of(Point a, Point b) {
    return {most(a.x, b.x), most(a.y, b.y), most(a.z, b.z), most(a.w, b.w)};
  }
  __device__ uint4 words(Point point) const { return point; }

  static __device__ unsigned most(unsigned a, unsigned b) {
    unsigned word;
    if constexpr (kBf16)
      asm("max.NaN.bf16x2 %0, %1, %2;" : "=r"(word) : "r"(a), "r"(b));
    else
      asm("max.NaN.f16x2 %0, %1, %2;" : "=r"(word) : "r"(a), "r"(b));
    return word;
  }
  static __device__ unsigned least(unsigned a, unsigned b) {
    unsigned word;
    if constexpr (kBf16)
      asm("min.NaN.bf16x2 %0, %1, %2;" : "=r"(word) : "r"(a), "r"(b));
    else
      asm("min.NaN.f16x2 %0, %1, %2;" : "=r"(word) : "r"(a), "r"(b));
    return word;
  }
  // Rounding keeps order, so that clamping may follow it.
  struct Limits {
    unsigned low, high;
    __device__ explicit Limits(Clamp to) : low{bits(to.low, to.low)}, high{bits(to.high, to.high)} {}
    [[nodiscard]] __device__ unsigned clamped(unsigned word) const { return least(most(word, low), high); }
  };
  static __device__ void put(void* out, std::size_t at, uint4 v, const Limits& to) {
    reinterpret_cast<uint4*>(out)[at / 8] = {to.clamped(v.x), to.clamped(v.y), to.clamped(v.z),
                                             to.clamped(v.w)};
  }

  static __device__ void stash(char* to, const float2 (&v)[kStemInputs], float, float) {
    auto* words = reinterpret_cast<unsigned*>(to);
    words[0] = bits(v[0].x, v[1].x);
    words[1] = bits(v[2].x, v[0].y);
    words[2] = bits(v[1].y, v[2].y);
  }

  static __device__ void multiply(Sum (&sum)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
    if constexpr (kBf16)
      asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "
          "{%0,%1,%2,%3};"
          : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
          : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
    else
      asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "
          "{%0,%1,%2,%3};"
          : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
          : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  }
  static __device__ void multiply_half(Sum (&sum)[4], unsigned a0, unsigned a1, unsigned b) {
    if constexpr (kBf16)
      asm("mma.sync.aligned.m16n8k8.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5}, {%6}, {%0,%1,%2,%3};"
          : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
          : "r"(a0), "r"(a1), "r"(b));
    else
      asm("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5}, {%6}, {%0,%1,%2,%3};"
          : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
          : "r"(a0), "r"(a1), "r"(b));
  }

  static __device__ void convolve(Sum (&sums)[kMatrices][kSets][4], const Rows& rows,
                                  const unsigned (&weights)[kSlots][kSets]) {
    unsigned a[kRowsInTile][3];
#pragma unroll
    for (int y = 0; y < kRowsInTile; ++y)
#pragma unroll
      for (int s = 0; s < 3; ++s) a[y][s] = rows.word<Half>(y, 16 * s);
#pragma unroll
    for (int u = 0; u + 1 < kSlots; u += 2) {
      const int s0 = u % 3, s1 = (u + 1) % 3;
#pragma unroll
      for (int m = 0; m < kMatrices; ++m) {
        const int y0 = u / 3 + 4 * m, y1 = (u + 1) / 3 + 4 * m;
        const unsigned pixels[4] = {a[y0][s0], a[y0 + 2][s0], a[y1][s1], a[y1 + 2][s1]};
#pragma unroll
        for (int j = 0; j < kSets; ++j) multiply(sums[m][j], pixels, weights[u][j], weights[u + 1][j]);
      }
    }
#pragma unroll
    for (int m = 0; m < kMatrices; ++m)
#pragma unroll
      for (int j = 0; j < kSets; ++j)
        multiply_half(sums[m][j], a[kStemKernel - 1 + 4 * m][2], a[kStemKernel + 1 + 4 * m][2],
                      weights[kSlots - 1][j]);
  }
};

// Sums in s32; pixels of 4 numbers, the last without a weight. A window's row is one instruction deep: two
// slots, in which t has one pixel each.
struct S8 {
  using Sum = int;
  static constexpr int kPixelBytes = 4, kLaneBytes = 8, kSlots = 2 * kStemKernel;
  // A real number plus this is rounded to a whole one, in the low 16 bits as those of the f16 number 1536 +
  // stored, which can be compared, and whose low byte is the s8 number.
  static constexpr float kStored = 12582912.0F + 0x6600;

  float multiplier[2 * kSets], bias[2 * kSets], low, high;

  __device__ void prepare(const Epilogue& epilogue, int channel) {
    const float factor = 1 / epilogue.scale;
#pragma unroll
    for (int i = 0; i < 2 * kSets; ++i) {
      multiplier[i] = (epilogue.multiplier ? __ldg(epilogue.multiplier + channel + i) : 1.0F) * factor;
      bias[i] = (epilogue.bias ? __ldg(epilogue.bias + channel + i) : 0.0F) * factor;
    }
    low = fminf(fmaxf(epilogue.clamp.low * factor, -128.0F), 127.0F);
    high = fminf(fmaxf(epilogue.clamp.high * factor, -128.0F), 127.0F);
  }
  __device__ Sum first(int) const { return 0; }

  __device__ unsigned stored(int i, Sum sum) const {
    const float value = fmaf(static_cast<float>(sum), multiplier[i], bias[i]);
    return __float_as_uint(fminf(fmaxf(value, low), high) + kStored);
  }
  // Multipliers are positive, so that sums can be compared.
  struct Point {
    int4 low, high;
  };
  static __device__ Point point(const Sum (&sums)[kSets][4], int row) {
    const int i = 2 * row;
    return {{sums[0][i], sums[0][i + 1], sums[1][i], sums[1][i + 1]},
            {sums[2][i], sums[2][i + 1], sums[3][i], sums[3][i + 1]}};
  }
  static __device__ Point lowest() {
    constexpr int kNone = -0x7fffffff;
    return {{kNone, kNone, kNone, kNone}, {kNone, kNone, kNone, kNone}};
  }
  static __device__ int4 most_of(int4 a, int4 b) {
    return {max(a.x, b.x), max(a.y, b.y), max(a.z, b.z), max(a.w, b.w)};
  }
  static __device__ Point most_of(const Point& a, const Point& b) {
    return {most_of(a.low, b.low), most_of(a.high, b.high)};
  }
  __device__ unsigned pair(int i, Sum first, Sum second) const {
    return __byte_perm(stored(i, first), stored(i + 1, second), 0x5410);
  }
  __device__ uint4 words(const Point& p) const {
    return {pair(0, p.low.x, p.low.y), pair(2, p.low.z, p.low.w), pair(4, p.high.x, p.high.y),
            pair(6, p.high.z, p.high.w)};
  }
  static __device__ uint4 most_of(uint4 a, uint4 b) { return Half<false>::most_of(a, b); }
  struct Limits {
    __device__ explicit Limits(Clamp) {}  // stored() has clamped
  };
  static __device__ void put(void* out, std::size_t at, uint4 v, const Limits&) {
    reinterpret_cast<uint2*>(out)[at / 8] = {__byte_perm(v.x, v.y, 0x6420), __byte_perm(v.z, v.w, 0x6420)};
  }

  // A division with one correction instead of a divider's eight steps. What infinity leaves is NaN, which is
  // no correction.
  static __device__ unsigned quantised(float value, float scale, float factor) {
    const float near = value * factor, left = fmaxf(fmaf(-near, scale, value), -1e30F);
    int whole;
    asm("cvt.rni.sat.s8.f32 %0, %1;" : "=r"(whole) : "f"(fmaf(left, factor, near)));
    return static_cast<unsigned>(whole);
  }
  static __device__ unsigned pixel(float a, float b, float c, float scale, float factor) {
    return __byte_perm(__byte_perm(quantised(a, scale, factor), quantised(b, scale, factor), 0x0040),
                       quantised(c, scale, factor) & 0xffU, 0x5410);
  }
  static __device__ void stash(char* to, const float2 (&v)[kStemInputs], float scale, float factor) {
    *reinterpret_cast<uint2*>(to) = {pixel(v[0].x, v[1].x, v[2].x, scale, factor),
                                     pixel(v[0].y, v[1].y, v[2].y, scale, factor)};
  }

  static __device__ void convolve(Sum (&sums)[kMatrices][kSets][4], const Rows& rows,
                                  const unsigned (&weights)[kSlots][kSets]) {
    unsigned a[kRowsInTile][2];
#pragma unroll
    for (int y = 0; y < kRowsInTile; ++y)
#pragma unroll
      for (int s = 0; s < 2; ++s) a[y][s] = rows.word<S8>(y, 4 * s);
#pragma unroll
    for (int y = 0; y < kStemKernel; ++y)
#pragma unroll
      for (int m = 0; m < kMatrices; ++m) {
        const int top = y + 4 * m, bottom = top + 2;
#pragma unroll
        for (int j = 0; j < kSets; ++j) {
          Sum(&sum)[4] = sums[m][j];
          asm("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "
              "{%0,%1,%2,%3};"
              : "+r"(sum[0]), "+r"(sum[1]), "+r"(sum[2]), "+r"(sum[3])
              : "r"(a[top][0]), "r"(a[bottom][0]), "r"(a[top][1]), "r"(a[bottom][1]), "r"(weights[2 * y][j]),
                "r"(weights[2 * y + 1][j]));
        }
      }
  }
};

}  // namespace deepgap::engines::cudnn::kernels
