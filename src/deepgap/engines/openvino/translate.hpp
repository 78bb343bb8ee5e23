#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <openvino/core/type/element_type.hpp>

#include "deepgap/core/error.hpp"
#include "deepgap/core/types.hpp"

// The edge between OpenVINO's words and ours: element types, precisions and exceptions.
namespace deepgap::engines::openvino {

[[nodiscard]] std::optional<DType> dtype_of(ov::element::Type type);
[[nodiscard]] ov::element::Type element_of(DType type);

// "f32", "FP32", "I8", ... as OpenVINO writes it in a runtime model; absent for what is not arithmetic we
// report.
[[nodiscard]] std::optional<Precision> precision_of(std::string_view text);

// The exception in flight as an Error: Errc::unsupported naming the operators when OpenVINO lacks one, else
// `otherwise` with OpenVINO's own words. Only inside a catch block.
[[nodiscard]] Error translate_exception(std::string_view doing, Errc otherwise);

// OpenVINO's text without its source locations, on one line.
[[nodiscard]] std::string plain_words(std::string_view what);

// Names of the operators that OpenVINO's text says it cannot convert, "" when it says nothing of the kind.
[[nodiscard]] std::string unsupported_operators(std::string_view what);

}  // namespace deepgap::engines::openvino
