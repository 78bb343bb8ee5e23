#pragma once

#include <span>
#include <string>
#include <vector>

#include "deepgap/core/types.hpp"

// What each generation of cards offers: decided from a table, so that it can be tested without a card.
namespace deepgap::engines::cudnn {

// Compute capability as major * 10 + minor: 75 Turing (T4), 80 and 86 Ampere, 89 Ada (L4), 90 Hopper.
struct Architecture {
  int capability = 0;
  std::span<const Precision> precisions;
  bool runtime_fusion =
      false;  // cuDNN compiles conv + epilogue for it; before, convolution and epilogue apart
};

// The entry of the newest generation that is not newer than the card; none below Turing.
[[nodiscard]] const Architecture* architecture_of(int capability) noexcept;

// "Tesla T4 (compute capability 7.5) has no bf16"
[[nodiscard]] std::string why_not(const std::string& device_name, int capability, Precision precision);

}  // namespace deepgap::engines::cudnn
