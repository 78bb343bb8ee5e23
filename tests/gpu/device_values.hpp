#pragma once

#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "deepgap/engines/cudnn/kernels/kernels.hpp"
#include "deepgap/model/small_float.hpp"

// Numbers on the device and their double-precision truth on the host, for tests of kernels.
namespace deepgap::engines::cudnn::kernels {

using Values = std::vector<double>;  // stored numbers: real / scale

inline const char* word(Element type) {
  constexpr const char* kWords[] = {"f32", "f16", "bf16", "s8", "e4m3"};
  return kWords[static_cast<int>(type)];
}

inline void encode(Element type, double value, std::byte* to) {
  const auto put = [&](auto bits) { std::memcpy(to, &bits, sizeof bits); };
  switch (type) {
    case Element::f32: return put(static_cast<float>(value));
    case Element::f16: return put(model::to_f16(value));
    case Element::bf16: return put(model::to_bf16(value));
    case Element::s8: return put(static_cast<std::int8_t>(std::clamp(std::nearbyint(value), -128.0, 127.0)));
    case Element::e4m3: return put(model::to_f8e4m3(value));
  }
}
inline double decode(Element type, const std::byte* from) {
  const auto get = [&](auto bits) {
    std::memcpy(&bits, from, sizeof bits);
    return bits;
  };
  switch (type) {
    case Element::f32: return static_cast<double>(get(float{}));
    case Element::f16: return model::from_f16(get(std::uint16_t{}));
    case Element::bf16: return model::from_bf16(get(std::uint16_t{}));
    case Element::s8: return static_cast<double>(get(std::int8_t{}));
    case Element::e4m3: return model::from_f8e4m3(get(std::uint8_t{}));
  }
  return 0;
}
inline double rounded(Element type, double value) {
  std::byte bytes[4];
  encode(type, value, bytes);
  return decode(type, bytes);
}

// Device memory with a guard behind it that nobody may write to; its contents are poison until something
// does.
class DeviceBytes {
 public:
  explicit DeviceBytes(std::size_t bytes) : bytes_{bytes} {
    EXPECT_EQ(cudaMalloc(&address_, bytes + kGuard), cudaSuccess);
    EXPECT_EQ(cudaMemset(address_, 0xff, bytes + kGuard), cudaSuccess);
  }
  explicit DeviceBytes(const std::vector<std::byte>& from) : DeviceBytes{from.size()} {
    EXPECT_EQ(cudaMemcpy(address_, from.data(), from.size(), cudaMemcpyHostToDevice), cudaSuccess);
  }
  DeviceBytes(const DeviceBytes&) = delete;
  DeviceBytes& operator=(const DeviceBytes&) = delete;
  ~DeviceBytes() { cudaFree(address_); }

  [[nodiscard]] void* get() const { return address_; }
  [[nodiscard]] std::vector<std::byte> read() const {
    std::vector<std::byte> all(bytes_ + kGuard);
    EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
    EXPECT_EQ(cudaMemcpy(all.data(), address_, all.size(), cudaMemcpyDeviceToHost), cudaSuccess);
    for (std::size_t i = bytes_; i < all.size(); ++i)
      EXPECT_EQ(all[i], std::byte{0xff}) << "written past the end";
    all.resize(bytes_);
    return all;
  }

 private:
  static constexpr std::size_t kGuard = 256;
  std::size_t bytes_;
  void* address_ = nullptr;
};

class DeviceValues {
 public:
  DeviceValues(Element type, std::size_t count) : type_{type}, memory_{count * size_of(type)} {}
  DeviceValues(Element type, const Values& values) : type_{type}, memory_{encoded(type, values)} {}

  [[nodiscard]] void* get() const { return memory_.get(); }
  [[nodiscard]] float* floats() const { return static_cast<float*>(memory_.get()); }
  [[nodiscard]] Values read() const {
    const auto bytes = memory_.read();
    Values values(bytes.size() / size_of(type_));
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = decode(type_, bytes.data() + i * size_of(type_));
    return values;
  }

 private:
  static std::vector<std::byte> encoded(Element type, const Values& values) {
    std::vector<std::byte> bytes(values.size() * size_of(type));
    for (std::size_t i = 0; i < values.size(); ++i) encode(type, values[i], bytes.data() + i * size_of(type));
    return bytes;
  }
  Element type_;
  DeviceBytes memory_;
};

// Random numbers that `type` can store; about a third of its range for s8 and e4m3.
inline Values random_values(Element type, std::size_t count, unsigned seed, double reach = 1) {
  std::mt19937 random{seed};
  std::uniform_real_distribution<double> uniform{-reach, reach};
  const double unit = type == Element::s8 ? 40 : type == Element::e4m3 ? 8 : 1;
  Values values(count);
  for (auto& value : values) value = rounded(type, uniform(random) * unit);
  return values;
}

// How far a stored number may be from the exact one: half a step of the type, and what f32 sums may lose.
inline double allowed(Element type, double exact, double magnitude, double loss) {
  const double size = std::abs(exact), sums = magnitude * loss;
  switch (type) {
    case Element::f32: return size * 1e-6 + sums + 1e-30;
    case Element::f16: return (size + sums) * std::ldexp(1.0, -11) + sums + std::ldexp(1.0, -25);
    case Element::bf16: return (size + sums) * std::ldexp(1.0, -8) * 0.5001 + sums;
    case Element::s8: return 0.5 + sums + 1e-4;
    case Element::e4m3: return (size + sums) * std::ldexp(1.0, -4) + sums + std::ldexp(1.0, -10);
  }
  return 0;
}
inline double in_range(Element type, double value) {
  if (type == Element::s8) return std::clamp(value, -128.0, 127.0);
  if (type == Element::e4m3) return std::clamp(value, -448.0, 448.0);
  return value;
}

// `exact` are stored numbers before rounding; `magnitude` bounds the terms of their sums.
inline void expect_near(Element type, const Values& got, const Values& exact, double magnitude = 0,
                        double loss = 1e-6) {
  ASSERT_EQ(got.size(), exact.size());
  std::size_t wrong = 0, first = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double want = in_range(type, exact[i]);
    if (std::abs(got[i] - want) <= allowed(type, want, magnitude, loss)) continue;
    if (wrong++ == 0) first = i;
  }
  EXPECT_EQ(wrong, 0U) << word(type) << ": of " << got.size() << ", the first at " << first << ": "
                       << (wrong ? got[first] : 0) << " instead of " << (wrong ? exact[first] : 0);
}

inline double apply(Clamp clamp, double value) {
  return std::min(std::max(value, static_cast<double>(clamp.low)), static_cast<double>(clamp.high));
}

// Skips with the reason where there is no card.
class OnCard : public ::testing::Test {
 protected:
  void SetUp() override {
    int count = 0;
    const auto status = cudaGetDeviceCount(&count);
    (void)cudaGetLastError();  // of the question
    if (status != cudaSuccess || count == 0)
      GTEST_SKIP() << "no CUDA device: "
                   << (status != cudaSuccess ? cudaGetErrorString(status) : "none is there");
    cudaDeviceProp properties{};
    ASSERT_EQ(cudaGetDeviceProperties(&properties, 0), cudaSuccess);
    capability = properties.major * 10 + properties.minor;
  }
  void TearDown() override {
    if (capability != 0) {
      EXPECT_EQ(cudaGetLastError(), cudaSuccess);
    }
  }
  int capability = 0;
};
class OnDevice : public OnCard, public ::testing::WithParamInterface<Element> {};
inline constexpr Element kElements[] = {Element::f32, Element::f16, Element::bf16, Element::s8,
                                        Element::e4m3};
inline std::string element_name(const ::testing::TestParamInfo<Element>& info) { return word(info.param); }

inline std::size_t count_of(const Nhwc& shape) {
  return static_cast<std::size_t>(shape.n) * static_cast<std::size_t>(shape.h) *
         static_cast<std::size_t>(shape.w) * static_cast<std::size_t>(shape.c);
}
inline std::size_t index(const Nhwc& shape, int n, int y, int x, int c) {
  const auto at = [](int value) { return static_cast<std::size_t>(value); };
  return ((at(n) * at(shape.h) + at(y)) * at(shape.w) + at(x)) * at(shape.c) + at(c);
}
// The scale that is right for a type: only s8 and e4m3 have one.
inline float scale_for(Element type, float scale) {
  return type == Element::s8 || type == Element::e4m3 ? scale : 1.0F;
}

}  // namespace deepgap::engines::cudnn::kernels
