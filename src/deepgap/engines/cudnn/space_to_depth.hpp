#pragma once

#include "deepgap/engines/cudnn/network.hpp"

namespace deepgap::engines::cudnn {

// A large convolution with stride 2 over a network's few input channels becomes one with stride 1 over blocks
// of 2x2 pixels, which matrix units can fill their vectors with. With `s8_in_f16` one of s8 keeps its whole
// numbers in f16, in which its products are exact and cuDNN is faster; that needs a convolution that writes
// another type than it reads.
void fold_first_convolution(Network& network, bool s8_in_f16);

}  // namespace deepgap::engines::cudnn
