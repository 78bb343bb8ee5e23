#include "deepgap/engines/cudnn/cuda.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace deepgap::engines::cudnn {
namespace {

// An allocation that fails leaves its error for the next call to find.
Error out_of_memory(std::size_t bytes, std::string_view what) {
  static_cast<void>(cudaGetLastError());
  std::size_t free = 0, total = 0;
  const bool known = cudaMemGetInfo(&free, &total) == cudaSuccess;
  return {Errc::engine_failure,
          fmt::format("out of memory: {:.1f} MB for {}{}", static_cast<double>(bytes) / 1e6, what,
                      known ? fmt::format(", {:.1f} MB of {:.1f} MB are free on the card",
                                          static_cast<double>(free) / 1e6, static_cast<double>(total) / 1e6)
                            : std::string{})};
}

}  // namespace

Status check(cudaError_t code, std::string_view call) {
  if (code == cudaSuccess) return {};
  static_cast<void>(cudaGetLastError());
  return Error{Errc::engine_failure, fmt::format("CUDA, {}: {} ({} {})", call, cudaGetErrorString(code),
                                                 static_cast<int>(code), cudaGetErrorName(code))};
}

Status use_device(int device) { return check(cudaSetDevice(device), "cudaSetDevice"); }

Result<DeviceMemory> DeviceMemory::allocate(std::size_t bytes, std::string_view what) {
  void* memory = nullptr;
  const cudaError_t code = cudaMalloc(&memory, std::max<std::size_t>(bytes, 256));
  if (code == cudaErrorMemoryAllocation) return out_of_memory(bytes, what);
  if (auto checked = check(code, "cudaMalloc"); !checked) return std::move(checked).error();
  DeviceMemory result;
  result.memory_.reset(static_cast<std::byte*>(memory));
  result.size_ = bytes;
  return result;
}

Result<DeviceMemory> DeviceMemory::copy_of(ConstBytes bytes, std::string_view what) {
  auto memory = allocate(bytes.size(), what);
  if (!memory) return memory;
  if (auto copied =
          check(cudaMemcpy(memory->data(), bytes.data(), bytes.size(), cudaMemcpyHostToDevice), "cudaMemcpy");
      !copied)
    return std::move(copied).error();
  return memory;
}

Result<PinnedMemory> PinnedMemory::allocate(std::size_t bytes) {
  void* memory = nullptr;
  if (auto checked = check(cudaHostAlloc(&memory, std::max<std::size_t>(bytes, 1), cudaHostAllocDefault),
                           fmt::format("cudaHostAlloc of {:.1f} MB", static_cast<double>(bytes) / 1e6));
      !checked)
    return std::move(checked).error();
  PinnedMemory result;
  result.memory_.reset(static_cast<std::byte*>(memory));
  result.size_ = bytes;
  std::fill_n(result.memory_.get(), bytes, std::byte{0});
  return result;
}

Result<Stream> make_stream() {
  cudaStream_t stream = nullptr;
  if (auto made = check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreate"); !made)
    return std::move(made).error();
  return Stream{stream};
}

Result<Event> make_event() {
  cudaEvent_t event = nullptr;
  if (auto made = check(cudaEventCreateWithFlags(&event, cudaEventDefault), "cudaEventCreate"); !made)
    return std::move(made).error();
  return Event{event};
}

}  // namespace deepgap::engines::cudnn
