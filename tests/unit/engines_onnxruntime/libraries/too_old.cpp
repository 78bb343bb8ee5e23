#include <cstdint>

#include <onnxruntime_c_api.h>

// An ONNX Runtime from before the C API version that is asked for.
namespace {

const OrtApi* no_api(std::uint32_t) noexcept { return nullptr; }
const char* version() noexcept { return "1.16.3"; }
constexpr OrtApiBase kBase{&no_api, &version};

}  // namespace

extern "C" __attribute__((visibility("default"))) const OrtApiBase* OrtGetApiBase() noexcept {
  return &kBase;
}
