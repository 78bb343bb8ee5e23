#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/engine/engine.hpp"
#include "deepgap/model/graph.hpp"

// What the fake "computes": the reference interpreter's answer where that is cheap, zeros where it is not.
namespace deepgap::engines::null {

class Network {
 public:
  // Errc::invalid_input: not ONNX, or inputs that do not fit it. Errc::unsupported: an operator (named) or
  // shape.
  static Result<Network> read(const engine::ModelSource& source, Precision precision);

  [[nodiscard]] const std::vector<TensorSpec>& inputs() const noexcept { return inputs_; }
  [[nodiscard]] const std::vector<TensorSpec>& outputs() const noexcept { return outputs_; }
  [[nodiscard]] std::int64_t batch() const noexcept;

  // Why outputs are zeros; "" when they are computed.
  [[nodiscard]] const std::string& not_computed() const noexcept { return not_computed_; }

  // Outputs in order, rounded to what the precision can hold.
  [[nodiscard]] Result<std::vector<Tensor>> compute(std::span<const Tensor> inputs) const;

 private:
  std::vector<TensorSpec> inputs_;
  std::vector<TensorSpec> outputs_;
  std::optional<model::Graph> graph_;  // absent: not computed
  std::string not_computed_;
  Precision precision_ = Precision::fp32;
};

}  // namespace deepgap::engines::null
