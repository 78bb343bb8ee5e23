#pragma once

#include <cstdint>

// The bits of the small float formats, as ONNX's Cast defines them: round half to even, f16 and bf16 overflow
// to infinity, f8e4m3 (FN: no infinities) saturates at 448.
namespace deepgap::model {

[[nodiscard]] double from_f16(std::uint16_t bits) noexcept;
[[nodiscard]] double from_bf16(std::uint16_t bits) noexcept;
[[nodiscard]] double from_f8e4m3(std::uint8_t bits) noexcept;
[[nodiscard]] std::uint16_t to_f16(double value) noexcept;
[[nodiscard]] std::uint16_t to_bf16(double value) noexcept;
[[nodiscard]] std::uint8_t to_f8e4m3(double value) noexcept;

}  // namespace deepgap::model
