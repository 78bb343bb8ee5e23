#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/core/types.hpp"
#include "deepgap/model/graph.hpp"

// Reproducible inputs for any network: the same seed and sample give the same bits on any machine.
// Knows: what a value is used for, as far as the graph says. Never knows: files, engines.
namespace deepgap::model {

// One tensor an entry of `inputs` (static shapes). Item k of the batch is sample first_sample + k, whatever
// batch it is part of. 4-D floats are smooth pictures with noise, normalised as for ImageNet; bytes are
// 0..255 pictures; booleans 0 or 1; integers stay inside what reads them (rows of a Gather's table, classes
// of a OneHot). Errc::invalid_input: a shape with an unknown dimension.
[[nodiscard]] Result<std::vector<Tensor>> seeded_inputs(const Graph& graph,
                                                        std::span<const TensorSpec> inputs,
                                                        std::uint64_t seed, std::int64_t first_sample);

}  // namespace deepgap::model
