#pragma once

#include <string>
#include <vector>

namespace deepgap::engines::onnxruntime {

// Names of the NVIDIA cards that the driver offers this process, by their number; or why there are none.
struct CudaCards {
  std::vector<std::string> names;
  std::string why_none;
};
[[nodiscard]] CudaCards cuda_cards();

}  // namespace deepgap::engines::onnxruntime
