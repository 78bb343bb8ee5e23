#pragma once

#include <memory>
#include <string>

#include "deepgap/engine/engine.hpp"

// A programmable fake behind the engine contract, for tests of the whole program and for its own overhead.
namespace deepgap::engines::null {

class NullEngine final : public engine::Engine {
 public:
  NullEngine();

  [[nodiscard]] std::string_view name() const override { return "null"; }
  [[nodiscard]] std::string version() const override { return "1"; }
  [[nodiscard]] const engine::Capabilities& capabilities() const override { return capabilities_; }
  Result<std::unique_ptr<engine::Model>> compile(const engine::ModelSource& source,
                                                 const engine::CompileOptions& options) override;

 private:
  [[nodiscard]] Status check(const engine::CompileOptions& options) const;

  engine::Capabilities capabilities_;
};

}  // namespace deepgap::engines::null
