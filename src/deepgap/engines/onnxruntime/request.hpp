#pragma once

#include <map>
#include <string>

#include <onnxruntime_c_api.h>

#include "deepgap/engine/engine.hpp"

// What was asked for, checked and in ONNX Runtime's terms.
namespace deepgap::engines::onnxruntime {

struct Request {
  std::string device;  // one of Capabilities::devices
  Precision precision = Precision::fp32;
  int threads = 0;  // 0: ONNX Runtime's own choice
  GraphOptimizationLevel graph_optimization = ORT_ENABLE_ALL;
  bool spinning = true;
  bool memory_pattern = true;
  // In our words: what was asked ("auto" when left out), and what is therefore handed to ONNX Runtime.
  engine::Settings settings;
};

// Errc::invalid_input for a hint, option, value or number that is not allowed, Errc::unavailable for a device
// that is not here, Errc::unsupported for a precision the device does not run.
[[nodiscard]] Result<Request> read_request(const engine::CompileOptions& options,
                                           const engine::Capabilities& capabilities,
                                           const std::string& why_no_cuda);

// For Capabilities::options.
[[nodiscard]] std::map<std::string, std::string, std::less<>> option_texts();

}  // namespace deepgap::engines::onnxruntime
