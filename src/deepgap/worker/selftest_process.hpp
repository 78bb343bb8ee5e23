#pragma once

#include <array>
#include <atomic>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/core/types.hpp"
#include "deepgap/measure/prepare.hpp"
#include "deepgap/study/case.hpp"
#include "deepgap/worker/client.hpp"
#include "deepgap/worker/messages.hpp"
#include "deepgap/worker/plan.hpp"
#include "deepgap/worker/selftest.hpp"

// The sides of a selftest as they are: worker processes that compile a case. Outputs are not checked: it is
// the timing that is tested.
namespace deepgap::worker {

struct SideSetup {
  study::Case c;
  CompileRequest request;
  std::vector<Tensor> inputs;
  bool own_seed = false;  // the engine's noise has a seed and the case leaves it open: one for each process
};

// `threads`: what the case's 0 stands for. Errors as ModelCache::prepare().
Result<SideSetup> prepare_side(const study::Case& c, const Hello& engine, int threads,
                               measure::ModelCache& models);

struct ProcessLimits {
  Client::Seconds timeout{120};  // of one call or compilation
  const std::atomic<bool>* stop = nullptr;
};

// `sides` must outlive what is returned.
[[nodiscard]] StartSource processes_of(const std::array<SideSetup, 2>& sides, const ProcessLimits& limits);

}  // namespace deepgap::worker
