#include <onnxruntime_c_api.h>

extern "C" __attribute__((visibility("default"))) const OrtApiBase* OrtGetApiBase() noexcept {
  return nullptr;
}
