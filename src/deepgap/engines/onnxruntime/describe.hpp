#pragma once

#include <string>
#include <vector>

#include "deepgap/core/types.hpp"
#include "deepgap/engines/onnxruntime/library.hpp"

namespace deepgap::engines::onnxruntime {

// An input or output as a session declares it; dimensions that are open are negative.
struct Port {
  std::string name;
  ONNXTensorElementDataType type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;  // undefined: no tensor
  Shape shape;
  std::vector<std::string> symbols;  // what the file calls each dimension, "" when it is a number
};

struct Ports {
  std::vector<Port> inputs;
  std::vector<Port> outputs;
};
[[nodiscard]] Result<Ports> ports_of(const Runtime& runtime, const OrtSession& session);

}  // namespace deepgap::engines::onnxruntime
