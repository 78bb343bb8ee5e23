#pragma once

#include "deepgap/engines/cudnn/network.hpp"

namespace deepgap::engines::cudnn {

// A large convolution with stride 2 over a network's few input channels becomes one with stride 1 over blocks
// of 2x2 pixels, which matrix units can fill their vectors with.
void fold_first_convolution(Network& network);

}  // namespace deepgap::engines::cudnn
