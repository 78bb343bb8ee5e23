#pragma once

#include <cuda_runtime_api.h>

#include <vector>

#include "deepgap/engines/cudnn/cuda.hpp"
#include "deepgap/engines/cudnn/program.hpp"

namespace deepgap::engines::cudnn {

// The device memory and the stream that one inference at a time works in.
class Workbench {
 public:
  static Result<Workbench> make(const Program& program);

  [[nodiscard]] const Run& run() const noexcept { return run_; }
  [[nodiscard]] cudaStream_t stream() const noexcept { return stream_.get(); }
  [[nodiscard]] const DeviceMemory& input(std::size_t index) const { return inputs_.at(index); }
  [[nodiscard]] const DeviceMemory& output(std::size_t index) const { return outputs_.at(index); }

 private:
  Workbench() = default;

  std::vector<DeviceMemory> inputs_, outputs_;
  DeviceMemory arena_, workspace_;
  Run run_;
  Stream stream_;
};

}  // namespace deepgap::engines::cudnn
