#pragma once

#include <memory>
#include <string>

#include "deepgap/engine/engine.hpp"
#include "deepgap/engines/onnxruntime/library.hpp"

// ONNX Runtime behind the engine contract: its CPU provider, and its CUDA provider where the library has it.
// Knows: ONNX Runtime's C API. Never knows: studies, time, how results are shown.
namespace deepgap::engines::onnxruntime {

class OnnxruntimeEngine final : public engine::Engine {
 public:
  static Result<std::unique_ptr<engine::Engine>> create();

  [[nodiscard]] std::string_view name() const override { return "onnxruntime"; }
  [[nodiscard]] std::string version() const override { return runtime_->library.version; }
  [[nodiscard]] const engine::Capabilities& capabilities() const override { return capabilities_; }
  Result<std::unique_ptr<engine::Model>> compile(const engine::ModelSource& source,
                                                 const engine::CompileOptions& options) override;

 private:
  explicit OnnxruntimeEngine(std::shared_ptr<const Runtime> runtime);
  void look_for_cards();

  std::shared_ptr<const Runtime> runtime_;
  engine::Capabilities capabilities_;
  std::string why_no_cuda_;  // "" when there are cards
};

}  // namespace deepgap::engines::onnxruntime
