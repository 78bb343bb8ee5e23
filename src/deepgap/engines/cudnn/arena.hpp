#pragma once

#include <cstddef>
#include <vector>

#include "deepgap/engines/cudnn/network.hpp"

// One block of device memory for all activations: what is never alive at the same time shares bytes.
namespace deepgap::engines::cudnn {

struct ArenaPlan {
  std::vector<std::size_t> offsets;  // of each tensor of the network, in bytes
  std::size_t bytes = 0;             // of the whole block
};

// A tensor lives from the step that writes it to the last step that reads it.
[[nodiscard]] ArenaPlan plan_arena(const Network& network);

}  // namespace deepgap::engines::cudnn
