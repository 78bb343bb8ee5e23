#pragma once

#include <memory>
#include <string>
#include <vector>

#include <openvino/core/model.hpp>
#include <openvino/runtime/core.hpp>

#include "deepgap/engine/engine.hpp"

// From ONNX bytes and our options to what OpenVINO compiles: reading, reshaping, the property list.
namespace deepgap::engines::openvino {

// The network at its final static shapes, and what its inputs and outputs are called and look like. `inputs`
// and `outputs` are in the order of the ONNX file, which is OpenVINO's order.
struct ShapedModel {
  std::shared_ptr<ov::Model> network;
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> outputs;
};

// Errc::unsupported for an operator OpenVINO lacks, shapes it cannot take and outputs without a static shape;
// Errc::invalid_input for bytes that are no ONNX model and for inputs that do not fit the file.
[[nodiscard]] Result<ShapedModel> read_and_shape(const engine::ModelSource& source);

// OpenVINO's properties for our options, and what each was in our words. A setting that is left to OpenVINO
// is "auto" there and absent from `properties`.
struct Plan {
  ov::AnyMap properties;
  std::map<std::string, std::string, std::less<>> requested;
};

// Errc::invalid_input for a hint, option or value that is not in `capabilities`, Errc::unavailable for a
// device that is not, Errc::unsupported for a precision the device does not run.
[[nodiscard]] Result<Plan> plan(const engine::CompileOptions& options,
                                const engine::Capabilities& capabilities);

// What can be asked for beyond CompileOptions' own fields, for Capabilities::options.
[[nodiscard]] std::map<std::string, std::string, std::less<>> option_texts();

}  // namespace deepgap::engines::openvino
