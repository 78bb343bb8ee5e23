#include "deepgap/engines/onnxruntime/session.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "deepgap/engines/onnxruntime/types.hpp"

namespace deepgap::engines::onnxruntime {
namespace {

constexpr std::size_t kAlignment = 64;  // a cache line and the widest vector

// All bits set: NaN in every float type, -1 or the largest value in every integer type.
constexpr int kPoison = 0xFF;

std::size_t byte_size(const TensorSpec& spec) {
  return static_cast<std::size_t>(element_count(spec.shape).value_or(0)) * size_of(spec.dtype);
}

}  // namespace

Result<OnnxruntimeSession::Buffer> OnnxruntimeSession::allocate(std::size_t size) {
  const std::size_t rounded = std::max((size + kAlignment - 1) / kAlignment * kAlignment, kAlignment);
  auto* memory = static_cast<std::byte*>(std::aligned_alloc(kAlignment, rounded));
  if (memory == nullptr)
    return Error{Errc::engine_failure, fmt::format("no memory for a tensor of {} bytes", size)};
  std::memset(memory, 0, rounded);
  return Buffer{std::unique_ptr<std::byte, Free>{memory}, size};
}

Status OnnxruntimeSession::bind(const std::vector<TensorSpec>& specs, Side& side) const {
  const OrtApi& api = runtime_->api();
  OrtMemoryInfo* made = nullptr;
  if (auto done = check(api, api.CreateCpuMemoryInfo(OrtDeviceAllocator, OrtMemTypeDefault, &made),
                        "describe host memory", Errc::engine_failure);
      !done)
    return done;
  const Handle<OrtMemoryInfo> host{made, {api.ReleaseMemoryInfo}};
  for (const TensorSpec& spec : specs) {
    auto buffer = allocate(byte_size(spec));
    if (!buffer) return std::move(buffer).error();
    OrtValue* value = nullptr;
    if (auto done = check(api,
                          api.CreateTensorWithDataAsOrtValue(host.get(), buffer->memory.get(), buffer->size,
                                                             spec.shape.data(), spec.shape.size(),
                                                             element_of(spec.dtype), &value),
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
  for (const Buffer& buffer : outputs_.memory) std::memset(buffer.memory.get(), kPoison, buffer.size);
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
