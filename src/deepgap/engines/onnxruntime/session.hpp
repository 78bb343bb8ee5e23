#pragma once

#include <memory>
#include <vector>

#include "deepgap/engine/engine.hpp"
#include "deepgap/engine/host_buffer.hpp"
#include "deepgap/engines/onnxruntime/library.hpp"

namespace deepgap::engines::onnxruntime {

// Host memory of ours, wrapped once as ONNX Runtime's values: a call reads and writes there and makes nothing
// new on our side.
class OnnxruntimeSession final : public engine::SynchronousSession {
 public:
  // `session` and the specs belong to the model, which outlives this.
  static Result<std::unique_ptr<engine::Session>> open(std::shared_ptr<const Runtime> runtime,
                                                       OrtSession& session,
                                                       const std::vector<TensorSpec>& inputs,
                                                       const std::vector<TensorSpec>& outputs);

  [[nodiscard]] Bytes input(std::size_t index) override { return inputs_.memory.at(index).bytes(); }
  [[nodiscard]] ConstBytes output(std::size_t index) const override {
    return outputs_.memory.at(index).bytes();
  }
  void poison_outputs() override;
  Status run() override;

 private:
  // Names, memory and values of one side; the plain pointers are what OrtApi::Run takes.
  struct Side {
    std::vector<const char*> names;
    std::vector<engine::HostBuffer> memory;
    std::vector<Handle<OrtValue>> owned;
    std::vector<OrtValue*> values;
  };
  OnnxruntimeSession(std::shared_ptr<const Runtime> runtime, OrtSession& session)
      : runtime_{std::move(runtime)}, session_{&session} {}
  Status bind(const std::vector<TensorSpec>& specs, Side& side) const;

  std::shared_ptr<const Runtime> runtime_;
  OrtSession* session_;
  Side inputs_;
  Side outputs_;
};

}  // namespace deepgap::engines::onnxruntime
