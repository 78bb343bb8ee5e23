#pragma once

#include <optional>

#include <onnxruntime_c_api.h>

#include "deepgap/core/types.hpp"

namespace deepgap::engines::onnxruntime {

[[nodiscard]] std::optional<DType> dtype_of(ONNXTensorElementDataType type);
[[nodiscard]] ONNXTensorElementDataType element_of(DType type);

}  // namespace deepgap::engines::onnxruntime
