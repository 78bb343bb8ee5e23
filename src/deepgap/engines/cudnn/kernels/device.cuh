#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>

#include <cstring>
#include <type_traits>

#include "deepgap/engines/cudnn/kernels/kernels.hpp"

// What the kernels share: stored numbers as real ones, in packs that move as whole words, and launch sizes.
namespace deepgap::engines::cudnn::kernels {

struct E4m3 {
  unsigned char bits;
};

__device__ inline float real(float value) { return value; }
__device__ inline float real(__half value) { return __half2float(value); }
__device__ inline float real(__nv_bfloat16 value) { return __bfloat162float(value); }
__device__ inline float real(signed char value) { return static_cast<float>(value); }
__device__ inline float real(E4m3 value) {
  return __half2float(__half{__nv_cvt_fp8_to_halfraw(value.bits, __NV_E4M3)});
}

template <class T>
__device__ inline T stored(float value);
template <>
__device__ inline float stored(float value) {
  return value;
}
template <>
__device__ inline __half stored(float value) {
  return __float2half_rn(value);
}
template <>
__device__ inline __nv_bfloat16 stored(float value) {
  return __float2bfloat16_rn(value);
}
template <>
__device__ inline signed char stored(float value) {
  int whole;
  asm("cvt.rni.sat.s8.f32 %0, %1;" : "=r"(whole) : "f"(value));
  return static_cast<signed char>(whole);
}
template <>
__device__ inline E4m3 stored(float value) {
  return {__nv_cvt_float_to_fp8(value, __NV_SATFINITE, __NV_E4M3)};
}

// NaN stays NaN, as fminf and fmaxf would not have it.
__device__ inline float clamped(float value, Clamp to) {
  value = value < to.low ? to.low : value;
  return value > to.high ? to.high : value;
}
__device__ inline float larger(float a, float b) {
#if __CUDA_ARCH__ >= 800
  float result;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
#else
  return a > b || a != a ? a : b;
#endif
}

template <int kBytes>
struct WordOf;
template <>
struct WordOf<1> {
  using Type = unsigned char;
};
template <>
struct WordOf<2> {
  using Type = unsigned short;
};
template <>
struct WordOf<4> {
  using Type = unsigned;
};
template <>
struct WordOf<8> {
  using Type = uint2;
};
template <>
struct WordOf<16> {
  using Type = uint4;
};

// kCount numbers from element `at` on, in words of at most 16 bytes on which they must begin.
template <class T, int kCount>
__device__ inline void load_as(const void* from, std::size_t at, float (&to)[kCount]) {
  constexpr int kBytes = static_cast<int>(sizeof(T)) * kCount, kWord = kBytes < 16 ? kBytes : 16;
  using Word = typename WordOf<kWord>::Type;
  const auto* words = reinterpret_cast<const Word*>(static_cast<const T*>(from) + at);
  T values[kCount];
#pragma unroll
  for (int i = 0; i < kBytes / kWord; ++i) {
    const Word word = words[i];
    std::memcpy(reinterpret_cast<char*>(values) + i * kWord, &word, kWord);
  }
#pragma unroll
  for (int i = 0; i < kCount; ++i) to[i] = real(values[i]);
}
template <class T, int kCount>
__device__ inline void store_as(void* to, std::size_t at, const float (&from)[kCount]) {
  constexpr int kBytes = static_cast<int>(sizeof(T)) * kCount, kWord = kBytes < 16 ? kBytes : 16;
  using Word = typename WordOf<kWord>::Type;
  T values[kCount];
#pragma unroll
  for (int i = 0; i < kCount; ++i) values[i] = stored<T>(from[i]);
  auto* words = reinterpret_cast<Word*>(static_cast<T*>(to) + at);
#pragma unroll
  for (int i = 0; i < kBytes / kWord; ++i) {
    Word word;
    std::memcpy(&word, reinterpret_cast<const char*>(values) + i * kWord, kWord);
    words[i] = word;
  }
}

// The same with the type known at run time: every thread of a launch takes the same branch, which costs less
// than a kernel for each pair of types.
template <int kCount>
__device__ inline void load(const void* from, Element type, std::size_t at, float (&to)[kCount]) {
  switch (type) {
    case Element::f32: return load_as<float>(from, at, to);
    case Element::f16: return load_as<__half>(from, at, to);
    case Element::bf16: return load_as<__nv_bfloat16>(from, at, to);
    case Element::s8: return load_as<signed char>(from, at, to);
    case Element::e4m3: return load_as<E4m3>(from, at, to);
  }
}
template <int kCount>
__device__ inline void store(void* to, Element type, std::size_t at, const float (&from)[kCount]) {
  switch (type) {
    case Element::f32: return store_as<float>(to, at, from);
    case Element::f16: return store_as<__half>(to, at, from);
    case Element::bf16: return store_as<__nv_bfloat16>(to, at, from);
    case Element::s8: return store_as<signed char>(to, at, from);
    case Element::e4m3: return store_as<E4m3>(to, at, from);
  }
}

inline constexpr int kThreads = 256;
inline constexpr std::int64_t kMostBlocks = 0x7fffffff, kMostRows = 65535;

[[nodiscard]] inline std::int64_t blocks_for(std::int64_t work, int threads = kThreads) {
  return (work + threads - 1) / threads;
}
// A grid of x blocks by y, or nothing when it cannot be launched.
[[nodiscard]] inline bool launchable(std::int64_t x, std::int64_t y = 1, std::int64_t z = 1) {
  return x >= 1 && x <= kMostBlocks && y >= 1 && y <= kMostRows && z >= 1 && z <= kMostRows;
}
[[nodiscard]] inline dim3 grid(std::int64_t x, std::int64_t y = 1, std::int64_t z = 1) {
  return {static_cast<unsigned>(x), static_cast<unsigned>(y), static_cast<unsigned>(z)};
}
[[nodiscard]] inline bool positive(float scale) { return scale > 0 && scale <= 3.4e38F; }
[[nodiscard]] inline bool valid(const Nhwc& shape) {
  return shape.n >= 1 && shape.h >= 1 && shape.w >= 1 && shape.c >= 1;
}

}  // namespace deepgap::engines::cudnn::kernels
