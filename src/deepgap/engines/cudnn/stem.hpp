#pragma once

#include <functional>

#include "deepgap/engines/cudnn/network.hpp"

// The first convolution, where cuDNN has no good kernel for so few channels.
namespace deepgap::engines::cudnn {

// A 7x7 convolution with stride 2 from 3 to 64 channels that reads a network's input, and a 3x3 max-pool with
// stride 2 behind it, become one StemStep where `runs` has a kernel for the element type.
void fuse_stem(Network& network, const std::function<bool(DType)>& runs);

}  // namespace deepgap::engines::cudnn
