#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Small types that every layer shares: element types, precisions, shapes and dense tensors.
namespace deepgap {

// Element type of a tensor in memory. f16, bf16 and f8e4m3 are stored as their bits.
enum class DType : std::uint8_t {
  f32,
  f64,
  f16,
  bf16,
  f8e4m3,
  i8,
  u8,
  i16,
  u16,
  i32,
  u32,
  i64,
  u64,
  boolean
};

// What is asked of an engine (and what it says it ran): a study axis, not an element type.
enum class Precision : std::uint8_t { fp32, tf32, fp16, bf16, int8, fp8 };

// How INT8 activations are stored: symmetric signed (GPU engines) or asymmetric unsigned (x86 VNNI).
enum class Int8Activations : std::uint8_t { s8, u8 };

inline constexpr DType kAllDTypes[] = {DType::f32, DType::f64, DType::f16, DType::bf16,   DType::f8e4m3,
                                       DType::i8,  DType::u8,  DType::i16, DType::u16,    DType::i32,
                                       DType::u32, DType::i64, DType::u64, DType::boolean};
inline constexpr Precision kAllPrecisions[] = {Precision::fp32, Precision::tf32, Precision::fp16,
                                               Precision::bf16, Precision::int8, Precision::fp8};

[[nodiscard]] std::string_view name(DType type) noexcept;              // "f32", "u8", ...
[[nodiscard]] std::size_t size_of(DType type) noexcept;                // bytes an element
[[nodiscard]] std::string_view name(Precision precision) noexcept;     // "fp32", "int8", ...
[[nodiscard]] std::string_view name(Int8Activations scheme) noexcept;  // "s8", "u8"
[[nodiscard]] std::optional<DType> dtype_from(std::string_view text) noexcept;
[[nodiscard]] std::optional<Precision> precision_from(std::string_view text) noexcept;
[[nodiscard]] std::optional<Int8Activations> int8_activations_from(std::string_view text) noexcept;

using Shape = std::vector<std::int64_t>;
using Bytes = std::span<std::byte>;
using ConstBytes = std::span<const std::byte>;

// Product of the dimensions; absent when one is negative or the product (or `limit`) would be exceeded.
[[nodiscard]] std::optional<std::int64_t> element_count(std::span<const std::int64_t> shape,
                                                        std::int64_t limit = std::int64_t{1} << 40) noexcept;
[[nodiscard]] std::string to_string(std::span<const std::int64_t> shape);  // "[1,3,224,224]"

// Name, type and fully known shape of one input or output.
struct TensorSpec {
  std::string name;
  DType dtype = DType::f32;
  Shape shape;
  friend bool operator==(const TensorSpec&, const TensorSpec&) = default;
};

// Of one value of that type and shape; 0 where the shape has no size.
[[nodiscard]] std::size_t bytes_of(const TensorSpec& spec) noexcept;

// A dense row-major tensor that owns its bytes; bytes.size() == element count * size_of(dtype).
struct Tensor {
  DType dtype = DType::f32;
  Shape shape;
  std::vector<std::byte> bytes;

  template <class T>
  [[nodiscard]] std::span<const T> as() const noexcept {
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  template <class T>
  [[nodiscard]] std::span<T> as() noexcept {
    return {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  friend bool operator==(const Tensor&, const Tensor&) = default;
};

// Zero-filled; `shape` must be valid (element_count is present), anything else is our bug.
[[nodiscard]] Tensor make_tensor(DType dtype, Shape shape);

}  // namespace deepgap
