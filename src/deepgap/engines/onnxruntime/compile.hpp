#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "deepgap/engine/engine.hpp"
#include "deepgap/engines/onnxruntime/library.hpp"
#include "deepgap/engines/onnxruntime/request.hpp"

// From ONNX bytes to an ONNX Runtime session at the final shapes, and what that session really is.
namespace deepgap::engines::onnxruntime {

struct Compiled {
  Handle<OrtSession> session;
  std::vector<TensorSpec> inputs;  // in the order of the ONNX file, as are the outputs
  std::vector<TensorSpec> outputs;
  engine::Effective effective;
};

// Errc::unsupported for an operator that ONNX Runtime lacks and for outputs without a fixed shape;
// Errc::invalid_input for bytes that are no valid ONNX model and for inputs that do not fit it.
[[nodiscard]] Result<Compiled> compile(const Runtime& runtime, const engine::ModelSource& source,
                                       const Request& request);

}  // namespace deepgap::engines::onnxruntime
