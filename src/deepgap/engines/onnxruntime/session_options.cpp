#include "deepgap/engines/onnxruntime/session_options.hpp"

#include <string>

#include <fmt/format.h>

namespace deepgap::engines::onnxruntime {
namespace {

class Options {
 public:
  explicit Options(const OrtApi& api) : api_{&api} {
    OrtSessionOptions* made = nullptr;
    keep(api.CreateSessionOptions(&made));
    if (status_) options_ = {made, {api.ReleaseSessionOptions}};
  }

  template <class Call, class... Arguments>
  void set(Call call, Arguments... arguments) {
    if (status_) keep(call(options_.get(), arguments...));
  }
  void config(const char* key, const char* value) { set(api_->AddSessionConfigEntry, key, value); }
  void use_cuda(const Request& request);

  [[nodiscard]] Result<Handle<OrtSessionOptions>> take() && {
    if (!status_) return std::move(status_).error();
    return std::move(options_);
  }

 private:
  void keep(OrtStatus* status) {
    status_ = check(*api_, status, "take the session options", Errc::engine_failure);
  }

  const OrtApi* api_;
  Handle<OrtSessionOptions> options_;
  Status status_;
};

void Options::use_cuda(const Request& request) {
  if (!status_) return;
  OrtCUDAProviderOptionsV2* made = nullptr;
  keep(api_->CreateCUDAProviderOptions(&made));
  if (!status_) return;
  const Handle<OrtCUDAProviderOptionsV2> cuda{made, {api_->ReleaseCUDAProviderOptions}};
  const std::string device = request.device.substr(request.device.find(':') + 1);
  // Left alone, the provider multiplies fp32 in TF32.
  const char* const keys[] = {"device_id", "use_tf32"};
  const char* const values[] = {device.c_str(), request.precision == Precision::tf32 ? "1" : "0"};
  keep(api_->UpdateCUDAProviderOptions(cuda.get(), keys, values, std::size(keys)));
  set(api_->SessionOptionsAppendExecutionProvider_CUDA_V2, cuda.get());
  // A node that would silently run on the CPU makes the network one that cannot run here.
  config("session.disable_cpu_ep_fallback", "1");
}

}  // namespace

std::optional<std::int64_t> batch_of(const engine::ModelSource& source) {
  if (source.inputs.empty() || source.inputs.front().shape.empty() || source.inputs.front().shape.front() < 0)
    return std::nullopt;
  return source.inputs.front().shape.front();
}

Result<Handle<OrtSessionOptions>> session_options(const Runtime& runtime, const engine::ModelSource& source,
                                                  const Request& request,
                                                  const std::optional<std::filesystem::path>& save_to) {
  const OrtApi& api = runtime.api();
  Options options{api};
  options.set(api.SetSessionGraphOptimizationLevel, request.graph_optimization);
  options.set(api.SetSessionExecutionMode, ORT_SEQUENTIAL);
  options.set(api.SetIntraOpNumThreads, request.threads);
  options.set(request.memory_pattern ? api.EnableMemPattern : api.DisableMemPattern);
  options.config(kAllowSpinning, request.spinning ? "1" : "0");
  // Float activations before quantised weights stay float: a network is quantised where its file says so.
  options.config("session.qdq_matmulnbits_accuracy_level", "1");
  if (const auto batch = batch_of(source))
    options.set(api.AddFreeDimensionOverrideByName, kBatchName, *batch);
  if (request.device != "cpu") options.use_cuda(request);
  if (save_to) {
    options.set(api.SetOptimizedModelFilePath, save_to->c_str());
    // Weights go straight to their own file: no second copy of the network in memory.
    options.config("session.optimized_model_external_initializers_file_name", "weights");
    options.config("session.optimized_model_external_initializers_min_size_in_bytes", "64");
  }
  return std::move(options).take();
}

std::optional<std::string> config_entry(const OrtApi& api, const OrtSessionOptions& options,
                                        const char* key) {
  std::size_t size = 0;
  if (!check(api, api.GetSessionConfigEntry(&options, key, nullptr, &size), "tell its options",
             Errc::engine_failure))
    return std::nullopt;
  std::string value(size, '\0');
  if (size == 0 || !check(api, api.GetSessionConfigEntry(&options, key, value.data(), &size),
                          "tell its options", Errc::engine_failure))
    return std::nullopt;
  value.resize(size - 1);  // without the terminating zero
  return value;
}

}  // namespace deepgap::engines::onnxruntime
