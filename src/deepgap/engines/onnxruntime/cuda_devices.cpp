#include "deepgap/engines/onnxruntime/cuda_devices.hpp"

#include <dlfcn.h>

#include <array>

namespace deepgap::engines::onnxruntime {
namespace {

// The three functions of the CUDA driver that are needed, opened at run time: 0 is success, a device a
// number.
struct Driver {
  int (*init)(unsigned flags) = nullptr;
  int (*count)(int* count) = nullptr;
  int (*name)(char* text, int size, int device) = nullptr;
};

template <class Function>
bool find(void* library, const char* symbol, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, symbol));
  return function != nullptr;
}

}  // namespace

CudaCards cuda_cards() {
  void* const library = ::dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) return {{}, "this machine has no NVIDIA driver (libcuda.so.1)"};
  Driver driver;
  int count = 0;
  if (!find(library, "cuInit", driver.init) || !find(library, "cuDeviceGetCount", driver.count) ||
      !find(library, "cuDeviceGetName", driver.name) || driver.init(0) != 0 || driver.count(&count) != 0 ||
      count <= 0)
    return {{}, "the NVIDIA driver offers no card"};
  CudaCards cards;
  for (int card = 0; card < count; ++card) {
    std::array<char, 256> text{};
    const bool named = driver.name(text.data(), static_cast<int>(text.size()) - 1, card) == 0;
    cards.names.emplace_back(named ? text.data() : "an NVIDIA card");
  }
  return cards;
}

}  // namespace deepgap::engines::onnxruntime
