#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "deepgap/core/types.hpp"

// What ONNX Runtime made of a network, read from the network that it saved after optimising.
// Knows: ONNX files and the names of ONNX Runtime's operators. Never knows: the library.
namespace deepgap::engines::onnxruntime {

struct Arithmetic {
  std::optional<Precision> precision;  // what most convolutions and matrix products run in
  std::string evidence;                // one sentence with the counts
};

// `file`: as ONNX Runtime saved it, weights may lie elsewhere. A file that cannot be read is a sentence
// without a precision.
[[nodiscard]] Arithmetic arithmetic_of(const std::filesystem::path& file);

}  // namespace deepgap::engines::onnxruntime
