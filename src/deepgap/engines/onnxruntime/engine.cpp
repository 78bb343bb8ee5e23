#include "deepgap/engines/onnxruntime/engine.hpp"

#include <algorithm>
#include <exception>
#include <fstream>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "deepgap/core/text.hpp"
#include "deepgap/engines/onnxruntime/compile.hpp"
#include "deepgap/engines/onnxruntime/cuda_devices.hpp"
#include "deepgap/engines/onnxruntime/request.hpp"
#include "deepgap/engines/onnxruntime/session.hpp"

namespace deepgap::engines::onnxruntime {
namespace {

class OnnxruntimeModel final : public engine::Model {
 public:
  OnnxruntimeModel(std::shared_ptr<const Runtime> runtime, Compiled compiled)
      : runtime_{std::move(runtime)}, compiled_{std::move(compiled)} {}

  [[nodiscard]] std::span<const TensorSpec> inputs() const override { return compiled_.inputs; }
  [[nodiscard]] std::span<const TensorSpec> outputs() const override { return compiled_.outputs; }
  [[nodiscard]] const engine::Effective& effective() const override { return compiled_.effective; }

  Result<std::unique_ptr<engine::Session>> open() const override {
    return OnnxruntimeSession::open(runtime_, *compiled_.session, compiled_.inputs, compiled_.outputs);
  }

 private:
  std::shared_ptr<const Runtime> runtime_;  // gone last
  Compiled compiled_;
};

std::string processor_name() {
  std::ifstream info{"/proc/cpuinfo"};
  for (std::string line; std::getline(info, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos)
      return printable(line.substr(colon + 2));
  }
  return "CPU";
}

bool has_provider(const Runtime& runtime, std::string_view wanted) {
  const OrtApi& api = runtime.api();
  char** names = nullptr;
  int count = 0;
  if (!check(api, api.GetAvailableProviders(&names, &count), "list its providers", Errc::engine_failure))
    return false;
  const std::span<char* const> listed{names, static_cast<std::size_t>(count)};
  const bool found = std::ranges::find(listed, wanted) != listed.end();
  static_cast<void>(
      check(api, api.ReleaseAvailableProviders(names, count), "forget its providers", Errc::internal));
  return found;
}

}  // namespace

OnnxruntimeEngine::OnnxruntimeEngine(std::shared_ptr<const Runtime> runtime) : runtime_{std::move(runtime)} {
  // Nothing else is listed: a network of fp16 values is computed in fp32 there, and no hint changes that.
  capabilities_.devices = {{"cpu", processor_name(), {Precision::fp32, Precision::int8}}};
  capabilities_.int8_activations = Int8Activations::u8;  // s8 activations run at fp32 speed
  capabilities_.threads = true;
  capabilities_.options = option_texts();
  look_for_cards();
}

void OnnxruntimeEngine::look_for_cards() {
  if (!has_provider(*runtime_, "CUDAExecutionProvider")) {
    why_no_cuda_ = fmt::format(
        "{} has no CUDA provider; set {} to the libonnxruntime.so of a build that has it "
        "(the wheel onnxruntime-gpu)",
        printable(runtime_->library.file), kLibraryVariable);
    return;
  }
  const CudaCards cards = cuda_cards();
  why_no_cuda_ = cards.why_none;
  for (std::size_t card = 0; card < cards.names.size(); ++card)
    capabilities_.devices.push_back(
        {fmt::format("cuda:{}", card), printable(cards.names[card]), {Precision::fp32, Precision::tf32}});
}

Result<std::unique_ptr<engine::Engine>> OnnxruntimeEngine::create() try {
  auto library = find_library();
  if (!library) return std::move(library).error();
  auto runtime = start_runtime(*std::move(library));
  if (!runtime) return std::move(runtime).error();
  return std::unique_ptr<engine::Engine>{new OnnxruntimeEngine{*std::move(runtime)}};
} catch (const std::exception& failure) {
  return Error{Errc::unavailable, fmt::format("onnxruntime: {}", printable(failure.what()))};
}

Result<std::unique_ptr<engine::Model>> OnnxruntimeEngine::compile(const engine::ModelSource& source,
                                                                  const engine::CompileOptions& options) try {
  const auto request = read_request(options, capabilities_, why_no_cuda_);
  if (!request) return request.error();
  auto compiled = onnxruntime::compile(*runtime_, source, *request);
  if (!compiled) return std::move(compiled).error().in(printable(source.name));
  return std::unique_ptr<engine::Model>{std::make_unique<OnnxruntimeModel>(runtime_, *std::move(compiled))};
} catch (const std::exception& failure) {
  return Error{Errc::engine_failure, fmt::format("onnxruntime: {}", printable(failure.what()))};
}

}  // namespace deepgap::engines::onnxruntime
