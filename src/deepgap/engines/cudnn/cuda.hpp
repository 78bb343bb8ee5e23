#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/core/types.hpp"

// CUDA's resources as owners, its codes as errors. Destructors never fail: on a lost device there is nothing
// left to free.
namespace deepgap::engines::cudnn {

// Errc::engine_failure with code, name and call. A failure of memory says how much was wanted.
[[nodiscard]] Status check(cudaError_t code, std::string_view call);

// Makes `device` the calling thread's.
[[nodiscard]] Status use_device(int device);

class DeviceMemory {
 public:
  DeviceMemory() = default;
  static Result<DeviceMemory> allocate(std::size_t bytes, std::string_view what);
  static Result<DeviceMemory> copy_of(ConstBytes bytes, std::string_view what);

  [[nodiscard]] std::byte* data() const noexcept { return memory_.get(); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  struct Free {
    void operator()(std::byte* memory) const noexcept { static_cast<void>(cudaFree(memory)); }
  };
  std::unique_ptr<std::byte, Free> memory_;
  std::size_t size_ = 0;
};

// Host memory that the card copies from and to by itself.
class PinnedMemory {
 public:
  PinnedMemory() = default;
  static Result<PinnedMemory> allocate(std::size_t bytes);
  [[nodiscard]] Bytes bytes() const noexcept { return {memory_.get(), size_}; }

 private:
  struct Free {
    void operator()(std::byte* memory) const noexcept { static_cast<void>(cudaFreeHost(memory)); }
  };
  std::unique_ptr<std::byte, Free> memory_;
  std::size_t size_ = 0;
};

template <class Handle, cudaError_t (*Destroy)(Handle)>
struct Destroyer {
  using pointer = Handle;
  void operator()(Handle handle) const noexcept { static_cast<void>(Destroy(handle)); }
};
using Stream = std::unique_ptr<cudaStream_t, Destroyer<cudaStream_t, cudaStreamDestroy>>;
using Event = std::unique_ptr<cudaEvent_t, Destroyer<cudaEvent_t, cudaEventDestroy>>;
using CudaGraph = std::unique_ptr<cudaGraph_t, Destroyer<cudaGraph_t, cudaGraphDestroy>>;
using GraphExec = std::unique_ptr<cudaGraphExec_t, Destroyer<cudaGraphExec_t, cudaGraphExecDestroy>>;

[[nodiscard]] Result<Stream> make_stream();
[[nodiscard]] Result<Event> make_event();

// What `put_work` puts on `stream`, as a graph that can be launched.
template <class PutWork>
[[nodiscard]] Result<GraphExec> capture(cudaStream_t stream, PutWork put_work) {
  if (auto begun = check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed), "begin a graph");
      !begun)
    return std::move(begun).error();
  Status put = put_work();
  cudaGraph_t raw = nullptr;
  auto ended = check(cudaStreamEndCapture(stream, &raw), "end a graph");
  const CudaGraph graph{raw};
  if (!put) return std::move(put).error();
  if (!ended) return std::move(ended).error();
  cudaGraphExec_t exec = nullptr;
  if (auto made = check(cudaGraphInstantiate(&exec, raw, 0), "instantiate a graph"); !made)
    return std::move(made).error();
  return GraphExec{exec};
}

}  // namespace deepgap::engines::cudnn
