#pragma once

#include <optional>
#include <string_view>

#include <openvino/core/type/element_type.hpp>

#include "deepgap/core/error.hpp"
#include "deepgap/core/types.hpp"

// The edge between OpenVINO's words and ours: element types and exceptions.
namespace deepgap::engines::openvino {

[[nodiscard]] std::optional<DType> dtype_of(ov::element::Type type);
[[nodiscard]] ov::element::Type element_of(DType type);

// The exception in flight as an Error: Errc::unsupported naming the operators when OpenVINO lacks one, else
// `otherwise` with OpenVINO's own words. Only inside a catch block.
[[nodiscard]] Error translate_exception(std::string_view doing, Errc otherwise);

}  // namespace deepgap::engines::openvino
