#include "deepgap/engines/onnxruntime/session.hpp"

#include "deepgap/engines/onnxruntime/types.hpp"

namespace deepgap::engines::onnxruntime {
Status OnnxruntimeSession::bind(const std::vector<TensorSpec>& specs, Side& side) const {
  const OrtApi& api = runtime_->api();
  OrtMemoryInfo* made = nullptr;
  if (auto done = check(api, api.CreateCpuMemoryInfo(OrtDeviceAllocator, OrtMemTypeDefault, &made),
                        "describe host memory", Errc::engine_failure);
      !done)
    return done;
  const Handle<OrtMemoryInfo> host{made, {api.ReleaseMemoryInfo}};
  for (const TensorSpec& spec : specs) {
    auto buffer = engine::HostBuffer::allocate(bytes_of(spec));
    if (!buffer) return std::move(buffer).error();
    OrtValue* value = nullptr;
    if (auto done = check(api,
                          api.CreateTensorWithDataAsOrtValue(
                              host.get(), buffer->bytes().data(), buffer->bytes().size(), spec.shape.data(),
                              spec.shape.size(), element_of(spec.dtype), &value),
                          "wrap a tensor", Errc::engine_failure);
        !done)
      return done;
    side.names.push_back(spec.name.c_str());
    side.memory.push_back(*std::move(buffer));
    side.owned.push_back({value, {api.ReleaseValue}});
    side.values.push_back(value);
  }
  return {};
}

Result<std::unique_ptr<engine::Session>> OnnxruntimeSession::open(std::shared_ptr<const Runtime> runtime,
                                                                  OrtSession& session,
                                                                  const std::vector<TensorSpec>& inputs,
                                                                  const std::vector<TensorSpec>& outputs) {
  std::unique_ptr<OnnxruntimeSession> opened{new OnnxruntimeSession{std::move(runtime), session}};
  if (auto bound = opened->bind(inputs, opened->inputs_); !bound) return std::move(bound).error();
  if (auto bound = opened->bind(outputs, opened->outputs_); !bound) return std::move(bound).error();
  return std::unique_ptr<engine::Session>{std::move(opened)};
}

void OnnxruntimeSession::poison_outputs() {
  for (const engine::HostBuffer& buffer : outputs_.memory) engine::poison(buffer.bytes());
}

Status OnnxruntimeSession::run() {
  const OrtApi& api = runtime_->api();
  // Values that were bound to a session would be copied to a card once, at binding: Run copies at every call.
  return check(api,
               api.Run(session_, nullptr, inputs_.names.data(), inputs_.values.data(), inputs_.values.size(),
                       outputs_.names.data(), outputs_.names.size(), outputs_.values.data()),
               "run the network", Errc::engine_failure);
}

}  // namespace deepgap::engines::onnxruntime
