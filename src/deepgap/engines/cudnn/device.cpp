#include "deepgap/engines/cudnn/device.hpp"

#include <cuda_runtime_api.h>

#include <fmt/format.h>

#include "deepgap/core/text.hpp"
#include "deepgap/engines/cudnn/architecture.hpp"
#include "deepgap/engines/cudnn/conv_plan.hpp"
#include "deepgap/engines/cudnn/cuda.hpp"

namespace deepgap::engines::cudnn {
namespace {

std::string version_text(int version) { return fmt::format("{}.{}", version / 1000, version / 10 % 100); }

Error no_cards(cudaError_t code) {
  static_cast<void>(cudaGetLastError());
  int driver = 0;
  const bool known = cudaDriverGetVersion(&driver) == cudaSuccess && driver > 0;
  switch (code) {
    case cudaErrorInsufficientDriver:
    case cudaErrorCallRequiresNewerDriver:
      if (!known)
        return {Errc::unavailable,
                "no NVIDIA driver: install it (Debian, Ubuntu: apt-get install nvidia-driver), or give the "
                "container "
                "its card (docker run --gpus all)"};
      return {Errc::unavailable,
              fmt::format("the NVIDIA driver speaks CUDA {}, this build needs CUDA {}: update the "
                          "driver, or build with the older CUDA",
                          version_text(driver), version_text(CUDART_VERSION))};
    case cudaErrorStubLibrary:
      return {Errc::unavailable,
              "libcuda.so.1 is CUDA's stub and not a driver: take the stubs folder out of "
              "LD_LIBRARY_PATH, install the NVIDIA driver"};
    case cudaErrorNoDevice:
      return {Errc::unavailable,
              "the NVIDIA driver sees no card: look at nvidia-smi and CUDA_VISIBLE_DEVICES"};
    default:
      return {Errc::unavailable,
              fmt::format("the NVIDIA driver cannot be used: {} ({}); nvidia-smi tells more",
                          cudaGetErrorString(code), cudaGetErrorName(code))};
  }
}

}  // namespace

Result<std::vector<Card>> find_cards() {
  int count = 0;
  if (const cudaError_t code = cudaGetDeviceCount(&count); code != cudaSuccess) return no_cards(code);
  if (count == 0) return no_cards(cudaErrorNoDevice);
  int driver = 0;
  static_cast<void>(cudaDriverGetVersion(&driver));
  std::vector<Card> cards;
  for (int i = 0; i < count; ++i) {
    cudaDeviceProp properties{};
    if (const cudaError_t code = cudaGetDeviceProperties(&properties, i); code != cudaSuccess)
      return no_cards(code);
    cards.push_back({i, properties.major * 10 + properties.minor, printable(properties.name, 200),
                     version_text(driver), properties.totalGlobalMem});
  }
  return cards;
}

std::vector<engine::Device> devices_of(const std::vector<Card>& cards) {
  std::vector<engine::Device> devices;
  for (const Card& card : cards)
    if (const Architecture* architecture = architecture_of(card.capability); architecture != nullptr)
      devices.push_back({fmt::format("cuda:{}", card.index),
                         card.name,
                         {architecture->precisions.begin(), architecture->precisions.end()},
                         static_cast<double>(card.memory_bytes) / 1e6});
  return devices;
}

std::string fingerprint(const Card& card) {
  return fmt::format("{} {} driver {} cuDNN {} CUDA {}", card.name, card.capability, card.driver,
                     cudnn_version(), version_text(CUDART_VERSION));
}

}  // namespace deepgap::engines::cudnn
