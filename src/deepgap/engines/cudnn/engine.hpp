#pragma once

#include <memory>
#include <string>
#include <vector>

#include "deepgap/engine/engine.hpp"
#include "deepgap/engines/cudnn/device.hpp"

// DeepGap's own engine for NVIDIA cards behind the engine contract: cuDNN's fused convolutions, kernels of
// our own, one CUDA graph for a network. Knows: CUDA. Never knows: studies, time, how results are shown.
namespace deepgap::engines::cudnn {

class CudnnEngine final : public engine::Engine {
 public:
  static Result<std::unique_ptr<engine::Engine>> create();

  [[nodiscard]] std::string_view name() const override { return "cudnn"; }
  [[nodiscard]] std::string version() const override;
  [[nodiscard]] const engine::Capabilities& capabilities() const override { return capabilities_; }
  Result<std::unique_ptr<engine::Model>> compile(const engine::ModelSource& source,
                                                 const engine::CompileOptions& options) override;

 private:
  explicit CudnnEngine(std::vector<Card> cards);

  std::vector<Card> cards_;
  engine::Capabilities capabilities_;
};

}  // namespace deepgap::engines::cudnn
