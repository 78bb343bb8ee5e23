#pragma once

#include <memory>
#include <vector>

#include <openvino/runtime/compiled_model.hpp>
#include <openvino/runtime/infer_request.hpp>

#include "deepgap/engine/engine.hpp"
#include "deepgap/engine/host_buffer.hpp"

namespace deepgap::engines::openvino {

// One OpenVINO request whose tensors live in host memory of ours, bound once: OpenVINO reads and writes
// there.
class OpenvinoSession final : public engine::Session {
 public:
  // Throws what OpenVINO throws.
  OpenvinoSession(ov::CompiledModel compiled, const std::vector<TensorSpec>& inputs,
                  const std::vector<TensorSpec>& outputs);
  ~OpenvinoSession() override;

  [[nodiscard]] Bytes input(std::size_t index) override { return inputs_.at(index).bytes(); }
  [[nodiscard]] ConstBytes output(std::size_t index) const override { return outputs_.at(index).bytes(); }
  void poison_outputs() override;
  Status run() override;
  Status start() override;
  Status wait() override;

 private:
  std::vector<engine::HostBuffer> inputs_;
  std::vector<engine::HostBuffer> outputs_;
  ov::InferRequest request_;
  bool started_ = false;
};

}  // namespace deepgap::engines::openvino
