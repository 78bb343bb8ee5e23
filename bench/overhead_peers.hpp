#pragma once

#include <cstdint>

#include "deepgap/engine/engine.hpp"

// The same null work called by DeepGap and by its peers.
namespace deepgap::bench {

// What a harness costs a sample, in nanoseconds.
struct Cost {
  double call_ns = 0;   // from the first call to the last, over their number
  double whole_ns = 0;  // everything it does for a run: preparation, analysis, logs
};

class NullSession final : public engine::SynchronousSession {
 public:
  Bytes input(std::size_t) override { return {}; }
  ConstBytes output(std::size_t) const override { return {}; }
  void poison_outputs() override {}
  Status run() override { return {}; }
};

#ifdef DEEPGAP_WITH_LOADGEN
// MLPerf LoadGen, scenario SingleStream, mode PerformanceOnly; its logs go to a temporary folder.
Cost loadgen_cost(engine::Session& session, std::int64_t samples);
#endif

}  // namespace deepgap::bench
