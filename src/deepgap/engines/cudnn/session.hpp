#pragma once

#include <memory>
#include <vector>

#include "deepgap/engine/engine.hpp"
#include "deepgap/engines/cudnn/cuda.hpp"
#include "deepgap/engines/cudnn/program.hpp"
#include "deepgap/engines/cudnn/workbench.hpp"

namespace deepgap::engines::cudnn {

// One stream with memory of its own: pinned inputs and outputs, activations, and the whole network as one
// CUDA graph.
class CudnnSession final : public engine::Session {
 public:
  static Result<std::unique_ptr<engine::Session>> open(std::shared_ptr<const Program> program, int device);
  ~CudnnSession() override;

  [[nodiscard]] Bytes input(std::size_t index) override { return inputs_.at(index).bytes(); }
  [[nodiscard]] ConstBytes output(std::size_t index) const override { return outputs_.at(index).bytes(); }
  void poison_outputs() override;
  Status run() override;
  Status start() override;
  Status wait() override;
  [[nodiscard]] std::optional<std::int64_t> device_ns() const override;
  Status evict_caches() override;

 private:
  CudnnSession(std::shared_ptr<const Program> program, int device, Workbench bench)
      : program_{std::move(program)}, device_{device}, bench_{std::move(bench)} {}
  Status prepare();

  std::shared_ptr<const Program> program_;
  int device_;
  std::vector<PinnedMemory> inputs_, outputs_;
  Workbench bench_;
  Event begin_, end_;
  GraphExec graph_;
  DeviceMemory sweep_;  // larger than the L2 cache; made when first asked for
  bool in_flight_ = false;
  bool finished_once_ = false;
};

}  // namespace deepgap::engines::cudnn
