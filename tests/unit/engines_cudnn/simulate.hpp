#pragma once

#include <vector>

#include "deepgap/engines/cudnn/network.hpp"

namespace deepgap::engines::cudnn {

// A lowered network computed on the host, step by step, each stored number rounded as its element type is:
// what kernels have to do, in the slowest way. Channels beyond the network's hold NaN, so that reading one
// shows.
[[nodiscard]] std::vector<Tensor> simulate(const Network& network, const std::vector<Tensor>& inputs);

}  // namespace deepgap::engines::cudnn
