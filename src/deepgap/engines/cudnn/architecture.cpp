#include "deepgap/engines/cudnn/architecture.hpp"

#include <array>

#include <fmt/format.h>

namespace deepgap::engines::cudnn {
namespace {

using enum Precision;
constexpr std::array kTuring{fp32, fp16, int8};
constexpr std::array kAmpere{fp32, tf32, fp16, bf16, int8};
constexpr std::array kWithFp8{fp32, tf32, fp16, bf16, int8, fp8};

// cuDNN's run-time fusion engines need compute capability 8.0, FP8 convolutions 9.0 (cuDNN developer guide,
// "Supported graph patterns"): Ada has FP8 matrix units, but no FP8 convolution in cuDNN.
constexpr std::array kArchitectures{
    Architecture{75, kTuring, false},
    Architecture{80, kAmpere, true},
    Architecture{90, kWithFp8, true},
};

}  // namespace

const Architecture* architecture_of(int capability) noexcept {
  const Architecture* found = nullptr;
  for (const Architecture& entry : kArchitectures)
    if (entry.capability <= capability) found = &entry;
  return found;
}

std::string why_not(const std::string& device_name, int capability, Precision precision) {
  return fmt::format("{} (compute capability {}.{}) has no {}", device_name, capability / 10, capability % 10,
                     name(precision));
}

}  // namespace deepgap::engines::cudnn
