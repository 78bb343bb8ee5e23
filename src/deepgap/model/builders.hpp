#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/model/graph.hpp"

// The built-in networks: torchvision's ResNets (v1.5: the stride of a bottleneck is on its 3x3 convolution)
// with seeded weights, so that nothing is downloaded and the same name and seed give the same bits on any
// machine. Knows: layer tables and random weights. Never knows: files, engines, quantisation.
namespace deepgap::model {

// "resnet18" ... "resnet152", and "tiny" (a few residual convolutions on 3x32x32, 10 classes, for tests).
[[nodiscard]] std::vector<std::string> builtin_models();

// Input "input" [batch,3,224,224], output "logits" [batch,1000]; Conv and BatchNormalization nodes as in
// training (fold_batchnorm joins them). Errc::invalid_input: no such network.
[[nodiscard]] Result<Graph> build(std::string_view name, std::uint64_t seed = 1);

}  // namespace deepgap::model
