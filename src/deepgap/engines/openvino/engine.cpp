#include "deepgap/engines/openvino/engine.hpp"

#include <algorithm>
#include <cstdlib>
#include <span>
#include <vector>

#include <fmt/format.h>

#include <openvino/core/version.hpp>
#include <openvino/runtime/properties.hpp>

#include "deepgap/core/text.hpp"
#include "deepgap/engines/openvino/compile.hpp"
#include "deepgap/engines/openvino/read_back.hpp"
#include "deepgap/engines/openvino/session.hpp"
#include "deepgap/engines/openvino/translate.hpp"

namespace deepgap::engines::openvino {
namespace {

constexpr const char* kCpu = "CPU";

class OpenvinoModel final : public engine::Model {
 public:
  OpenvinoModel(std::shared_ptr<ov::Core> core, ov::CompiledModel compiled, ShapedModel shaped,
                engine::Effective effective)
      : core_{std::move(core)},
        compiled_{std::move(compiled)},
        inputs_{std::move(shaped.inputs)},
        outputs_{std::move(shaped.outputs)},
        effective_{std::move(effective)} {}

  [[nodiscard]] std::span<const TensorSpec> inputs() const override { return inputs_; }
  [[nodiscard]] std::span<const TensorSpec> outputs() const override { return outputs_; }
  [[nodiscard]] const engine::Effective& effective() const override { return effective_; }

  Result<std::unique_ptr<engine::Session>> open() const override {
    try {
      return std::unique_ptr<engine::Session>{
          std::make_unique<OpenvinoSession>(compiled_, inputs_, outputs_)};
    } catch (...) {
      return translate_exception("create a request", Errc::engine_failure);
    }
  }

 private:
  std::shared_ptr<ov::Core> core_;  // gone last: it holds OpenVINO's own plug-ins
  ov::CompiledModel compiled_;
  std::vector<TensorSpec> inputs_;
  std::vector<TensorSpec> outputs_;
  engine::Effective effective_;
};

// Only what the device lists runs as asked: f16 on a CPU without it silently becomes bf16 or f32.
std::vector<Precision> real_precisions(const std::vector<std::string>& listed) {
  const auto lists = [&](std::string_view text) { return std::ranges::find(listed, text) != listed.end(); };
  std::vector<Precision> precisions{Precision::fp32};
  if (lists("FP16")) precisions.push_back(Precision::fp16);
  if (lists("BF16")) precisions.push_back(Precision::bf16);
  if (lists("INT8")) precisions.push_back(Precision::int8);
  return precisions;
}

}  // namespace

OpenvinoEngine::OpenvinoEngine() : core_{std::make_shared<ov::Core>()} {
  std::string device_name = core_->get_property(kCpu, ov::device::full_name);
  device_name.erase(device_name.find_last_not_of(" \0") + 1);
  capabilities_.devices = {
      {"cpu", std::move(device_name), real_precisions(core_->get_property(kCpu, ov::device::capabilities))}};
#if defined(__x86_64__)
  capabilities_.int8_activations = Int8Activations::u8;  // what VNNI and AMX multiply without a correction
#endif
  capabilities_.asynchronous = true;
  capabilities_.threads = true;
  capabilities_.streams = true;
  capabilities_.hints = {"latency", "throughput"};
  capabilities_.options = option_texts();
}

Result<std::unique_ptr<engine::Engine>> OpenvinoEngine::create() {
#ifdef DEEPGAP_SANITIZED
  ::setenv("TBB_ENABLE_SANITIZERS", "1",
           0);  // otherwise TBB opens a library in a way that sanitizers abort on
#endif
  try {
    return std::unique_ptr<engine::Engine>{new OpenvinoEngine};
  } catch (...) {
    return translate_exception("find the CPU", Errc::unavailable);
  }
}

std::string OpenvinoEngine::version() const { return ov::get_openvino_version().buildNumber; }

Result<std::unique_ptr<engine::Model>> OpenvinoEngine::compile(const engine::ModelSource& source,
                                                               const engine::CompileOptions& options) {
  try {
    auto asked = plan(options, capabilities_);
    if (!asked) return std::move(asked).error();
    auto shaped = read_and_shape(source);
    if (!shaped) return std::move(shaped).error().in(printable(source.name));
    auto compiled = core_->compile_model(shaped->network, kCpu, asked->properties);
    shaped->network.reset();
    auto effective = read_back(compiled, asked->requested);
    return std::unique_ptr<engine::Model>{std::make_unique<OpenvinoModel>(
        core_, std::move(compiled), *std::move(shaped), std::move(effective))};
  } catch (...) {
    return translate_exception(fmt::format("compile {}", printable(source.name)), Errc::engine_failure);
  }
}

}  // namespace deepgap::engines::openvino
