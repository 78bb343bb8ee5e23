#include "deepgap/worker/pilot.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numeric>

namespace deepgap::worker {
namespace {

constexpr std::int64_t kRounds = 3;

}  // namespace

std::optional<double> spread_of(const std::vector<double>& window_means) {
  if (window_means.size() < 2) return std::nullopt;
  const auto n = static_cast<double>(window_means.size());
  const double mean = std::accumulate(window_means.begin(), window_means.end(), 0.0) / n;
  double squares = 0;
  for (const double value : window_means) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / (n - 1)) / mean;
}

// Golden outputs come from the run's own journal; rounds go there under a name of their own and with indices
// that do not meet those of other windows.
class Pilot::Forward final : public record::Journal {
 public:
  Forward(record::Journal& journal, std::string_view run, std::uint64_t window)
      : journal_{&journal}, run_{run}, first_{static_cast<std::int64_t>(window) * kRounds} {}

  Status add_round(std::string_view case_string, const record::Round& round) override {
    record::Round moved = round;
    moved.index += first_;
    return journal_->add_round(fmt::format("pilot of {}: {}", run_, case_string), moved);
  }
  Status each_round(std::string_view, const std::function<void(record::Round)>&) override { return {}; }
  Status put_row(const record::Row&) override { return {}; }
  Result<std::optional<record::Row>> row(std::string_view) override { return std::optional<record::Row>{}; }
  Status put_tensors(std::string_view key, const std::vector<Tensor>& tensors) override {
    return journal_->put_tensors(key, tensors);
  }
  Result<std::optional<std::vector<Tensor>>> tensors(std::string_view key) override {
    return journal_->tensors(key);
  }

 private:
  record::Journal* journal_;
  std::string run_;  // a resumed run keeps the pilots of the one before
  std::int64_t first_;
};

Pilot::Pilot(const PlannedCase& planned, const EngineState& engine, const RunContext& context,
             record::Journal& journal)
    : planned_{&planned}, engine_{&engine}, context_{&context}, journal_{&journal} {}
Pilot::~Pilot() = default;

Status Pilot::visit(measure::ModelCache& models, std::uint64_t window, RoundBudget budget) {
  Forward forward{*journal_, context_->run_id, window};
  Subject subject{*planned_, *engine_, *context_, forward};
  budget.rounds = kRounds;
  budget.processes = 1;
  subject.prepare(models);
  for (std::int64_t index = 0; index < kRounds; ++index) subject.round(index, budget);
  if (subject.fatal()) return *subject.fatal();
  if (!subject.alive() || subject.rounds().empty()) return {};  // its own row tells why it cannot run
  double sum_s = 0;
  for (const record::Round& round : subject.rounds()) sum_s += round.mean_s;
  means_s_.push_back(sum_s / static_cast<double>(subject.rounds().size()));
  return {};
}

std::optional<std::string> Pilot::note() const {
  const auto spread = spread_of(means_s_);
  if (!spread) return std::nullopt;
  return fmt::format(
      "between {} windows the pilot case ({}) moved by {:.1f} %: comparisons across windows carry that",
      means_s_.size(), planned_->key, 100 * *spread);
}

}  // namespace deepgap::worker
