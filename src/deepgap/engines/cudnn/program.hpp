#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/engines/cudnn/arena.hpp"
#include "deepgap/engines/cudnn/conv_plan.hpp"
#include "deepgap/engines/cudnn/cuda.hpp"
#include "deepgap/engines/cudnn/network.hpp"
#include "deepgap/engines/cudnn/plan_cache.hpp"

// A lowered network with its plans and its constants on the card: what sessions share.
namespace deepgap::engines::cudnn {

// The memory that one run works in.
struct Run {
  std::byte* arena = nullptr;
  std::byte* workspace = nullptr;
  const std::byte* constants = nullptr;
  std::vector<const float*> inputs;
  std::vector<float*> outputs;
  const CudnnHandle* handle = nullptr;  // on the stream of the run
};

struct CompiledStep {
  std::string name;                     // "conv1", "MaxPool", ...
  std::string how;                      // "cuDNN", "own kernel", "cuBLASLt"
  std::string kernel;                   // of the library's, "" for our own
  std::optional<Precision> arithmetic;  // of convolutions and matrix products
  std::function<Status(const Run&, cudaStream_t)> put;
};

struct ProgramOptions {
  int device = 0;
  int capability = 0;
  bool tf32 = false;
  bool fusion = true;
  std::size_t threads = 1;
  std::size_t candidates = 4;
};

class Program {
 public:
  // Errc::unsupported naming the layer that neither cuDNN nor our kernels can run on this card.
  static Result<std::unique_ptr<const Program>> compile(Network network, const ProgramOptions& options,
                                                        PlanCache& cache);

  [[nodiscard]] const Network& network() const noexcept { return network_; }
  [[nodiscard]] const std::vector<CompiledStep>& steps() const noexcept { return steps_; }
  [[nodiscard]] std::size_t arena_bytes() const noexcept { return arena_.bytes; }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept { return workspace_bytes_; }
  [[nodiscard]] std::size_t constant_bytes() const noexcept { return constants_.size(); }

  // Puts one inference on `stream`. `run` needs arena, workspace, inputs and outputs. Any thread.
  [[nodiscard]] Status put(Run run, cudaStream_t stream) const;
  // Only the step of that index.
  [[nodiscard]] Status put_step(std::size_t index, Run run, cudaStream_t stream) const;

 private:
  Program() = default;
  [[nodiscard]] Status put_steps(std::size_t first, std::size_t last, Run run, cudaStream_t stream) const;

  Network network_;
  ArenaPlan arena_;
  std::size_t workspace_bytes_ = 0;
  DeviceMemory constants_;
  std::optional<CudnnHandle> handle_;
  mutable std::mutex handle_mutex_;
  std::vector<CompiledStep> steps_;
};

}  // namespace deepgap::engines::cudnn
