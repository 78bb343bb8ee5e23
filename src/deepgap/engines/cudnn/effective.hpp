#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "deepgap/core/types.hpp"

// What a compiled network computes in, by its own account. Host only.
namespace deepgap::engines::cudnn {

// How one convolution or matrix product runs.
struct Arithmetic {
  Precision precision = Precision::fp32;
  std::string how;  // "cuDNN", "own kernel", ...
};

struct Evidence {
  std::optional<Precision> precision;  // of most of them; absent when there is none
  std::string sentence;  // "53 of 54 convolutions and matrix products run in fp16 (52 cuDNN, ...)"
};

[[nodiscard]] Evidence evidence_of(std::span<const Arithmetic> layers);

}  // namespace deepgap::engines::cudnn
