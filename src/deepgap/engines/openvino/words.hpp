#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "deepgap/core/types.hpp"

// OpenVINO's texts, read without OpenVINO: names of types and kernels, and what its exceptions say.
namespace deepgap::engines::openvino {

// "f32", "FP32", "I8", ... as in a runtime model; absent for what is not arithmetic we report.
[[nodiscard]] std::optional<Precision> precision_of(std::string_view text);

// A kernel's name ends in what it computes in ("brgconv_avx512_amx_I8"); absent when this one does not.
[[nodiscard]] std::optional<Precision> kernel_precision(std::string_view kernel);

// OpenVINO's text without its source locations, on one line.
[[nodiscard]] std::string plain_words(std::string_view what);

// Names of the operators that OpenVINO's text says it cannot convert, "" when it says nothing of the kind.
[[nodiscard]] std::string unsupported_operators(std::string_view what);

}  // namespace deepgap::engines::openvino
