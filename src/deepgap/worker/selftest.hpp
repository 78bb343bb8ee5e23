#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/record/round.hpp"
#include "deepgap/stats/self_comparison.hpp"
#include "deepgap/worker/budget.hpp"
#include "deepgap/worker/messages.hpp"

// Two sides compared again and again, each time in fresh processes: what `deepgap selftest` does.
// Knows: rounds and their order. Never knows: engines, how a process is started, what is printed.
namespace deepgap::worker {

// A process that runs rounds of one case; it ends when this goes.
class RoundSource {
 public:
  virtual ~RoundSource() = default;
  RoundSource() = default;
  RoundSource(const RoundSource&) = delete;
  RoundSource& operator=(const RoundSource&) = delete;
  virtual Result<record::Round> round(const RoundRequest& request) = 0;
};

// Starts another process of side 0 or 1; `number` counts all that were started.
using StartSource =
    std::function<Result<std::unique_ptr<RoundSource>>(std::size_t side, std::int64_t number)>;

struct SelftestProgress {
  std::int64_t comparisons = 0, differing = 0;  // so far
  std::int64_t rounds = 0;                      // done of the comparison under way
  double seconds = 0;
};

struct SelftestPlan {
  RoundBudget budget;  // of one comparison, each side
  double target = 0.01;
  std::uint64_t seed = 1;
  std::optional<std::int64_t> comparisons;  // at most so many ...
  std::optional<double> time_s;             // ... and none is begun that would end later than this
  bool same_process = false;                // one process runs both sides, which must be the same case
  const std::atomic<bool>* stop = nullptr;
  std::function<double()> now_s;  // a clock that does not go back
  std::function<void(const SelftestProgress&)> on_progress;
};

struct SelftestRun {
  std::vector<stats::ComparedRounds> comparisons;
  std::int64_t rounds = 0, rounds_without_interval = 0;  // of both sides
  bool interrupted = false;
  std::optional<Error> failed;  // what ended it early; the comparisons before it are kept
};

// At least one comparison, whatever the time. One that was interrupted is kept only when it is the first and
// has two rounds of each side.
[[nodiscard]] SelftestRun compare_repeatedly(const SelftestPlan& plan, const StartSource& start);

}  // namespace deepgap::worker
