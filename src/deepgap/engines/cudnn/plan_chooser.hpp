#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/engines/cudnn/conv_plan.hpp"
#include "deepgap/engines/cudnn/plan_cache.hpp"

// The fastest plan for each convolution: the heuristics' best few are built on all cores, timed on the card
// one after the other and remembered.
namespace deepgap::engines::cudnn {

struct ChooserOptions {
  int device = 0;
  std::size_t threads = 1;
  std::size_t candidates = 4;
  std::size_t workspace_limit = std::size_t{512} << 20U;
};

// By ConvProblem::plan_key(); a problem that cuDNN has nothing for is absent.
using Plans = std::map<std::string, ConvPlan, std::less<>>;

[[nodiscard]] Result<Plans> choose_plans(const std::vector<ConvProblem>& problems,
                                         const ChooserOptions& options, PlanCache& cache);

}  // namespace deepgap::engines::cudnn
