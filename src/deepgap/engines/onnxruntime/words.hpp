#pragma once

#include <string>
#include <string_view>

// ONNX Runtime's messages, read without ONNX Runtime.
namespace deepgap::engines::onnxruntime {

// The text without its source locations, on one line.
[[nodiscard]] std::string plain_words(std::string_view what);

// Name of the operator that the text says is not there, "" when it says nothing of the kind.
[[nodiscard]] std::string unsupported_operator(std::string_view what);

// An opset or IR version newer than the library, or shapes that its operators do not take.
[[nodiscard]] bool is_beyond_this_library(std::string_view what);

// The network contradicts itself, or there is none.
[[nodiscard]] bool is_about_the_network(std::string_view what);

}  // namespace deepgap::engines::onnxruntime
