#pragma once

#include <memory>
#include <string>

#include <openvino/runtime/core.hpp>

#include "deepgap/engine/engine.hpp"

// OpenVINO on the CPU behind the engine contract.
// Knows: OpenVINO. Never knows: studies, time, how results are shown.
namespace deepgap::engines::openvino {

class OpenvinoEngine final : public engine::Engine {
 public:
  static Result<std::unique_ptr<engine::Engine>> create();

  [[nodiscard]] std::string_view name() const override { return "openvino"; }
  [[nodiscard]] std::string version() const override;
  [[nodiscard]] const engine::Capabilities& capabilities() const override { return capabilities_; }
  Result<std::unique_ptr<engine::Model>> compile(const engine::ModelSource& source,
                                                 const engine::CompileOptions& options) override;

 private:
  OpenvinoEngine();  // throws what OpenVINO throws when its CPU plug-in cannot be loaded

  std::shared_ptr<ov::Core> core_;
  engine::Capabilities capabilities_;
};

}  // namespace deepgap::engines::openvino
