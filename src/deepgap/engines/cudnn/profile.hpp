#pragma once

#include <memory>
#include <string>

#include "deepgap/core/error.hpp"
#include "deepgap/engines/cudnn/program.hpp"

// Where a network's time goes, step by step.
namespace deepgap::engines::cudnn {

// Each step alone, over and over on the same memory: "us,share,step,how,kernel" lines after a heading, in the
// network's order, the sum last. What steps gain from each other (inputs still in the cache, one ending while
// the next begins) is not in it.
[[nodiscard]] Result<std::string> layer_times(const Program& program);

}  // namespace deepgap::engines::cudnn
