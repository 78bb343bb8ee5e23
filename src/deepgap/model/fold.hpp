#pragma once

#include <cstddef>

#include "deepgap/model/graph.hpp"

// Rewrites that leave a network's results as they are (up to rounding).
namespace deepgap::model {

// Folds each inference BatchNormalization into the convolution before it, where weights are float constants
// and nobody else reads the convolution's output. In double precision. Returns how many were folded.
std::size_t fold_batchnorm(Graph& graph);

// Removes Identity and Dropout, nodes that no output needs, and constants that no node reads. An output that
// is only an input or a constant again keeps its Identity. Returns the number of nodes removed.
std::size_t strip_noops(Graph& graph);

}  // namespace deepgap::model
