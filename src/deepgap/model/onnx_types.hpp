#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "deepgap/core/types.hpp"

// ONNX's numbers for element types (TensorProto.DataType; also Cast's "to").
namespace deepgap::model {

[[nodiscard]] std::optional<DType> dtype_from_onnx(std::int64_t type) noexcept;
[[nodiscard]] std::int32_t onnx_type(DType type) noexcept;
[[nodiscard]] std::string onnx_type_name(
    std::int64_t type);  // "int4", also for types that DType lacks; "type 99"

}  // namespace deepgap::model
