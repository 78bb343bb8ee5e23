#include "deepgap/worker/selftest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "deepgap/measure/round_loop.hpp"
#include "deepgap/measure/rounds.hpp"
#include "deepgap/stats/synth.hpp"

namespace deepgap::worker {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Time that passes only while something is pretended to run.
struct World {
  std::int64_t time_ns = 1'000'000'000;
  std::vector<std::size_t> started;                           // sides, in order
  std::vector<std::pair<std::size_t, std::int64_t>> visited;  // side and round
  std::atomic<bool> stop = false;
  std::int64_t stop_after = -1, fail_after = -1;  // visits
  std::map<std::size_t, double> slower;           // by side
  double noise = 0.05;

  [[nodiscard]] std::int64_t now_ns() const noexcept { return time_ns; }
  [[nodiscard]] double resolution_s() const noexcept { return 0; }
};

class FakeProcess final : public RoundSource {
 public:
  FakeProcess(World& world, std::size_t side, std::uint64_t seed)
      : world_{&world}, side_{side}, seed_{seed} {}

  Result<record::Round> round(const RoundRequest& request) override {
    world_->visited.emplace_back(side_, request.index);
    const auto visits = static_cast<std::int64_t>(world_->visited.size());
    if (visits > world_->fail_after && world_->fail_after >= 0)
      return Error{Errc::engine_failure, "it broke"};
    if (visits > world_->stop_after && world_->stop_after >= 0) world_->stop = true;
    measure::RoundSpec spec;
    spec.params = stats::round_params(request.rounds);
    spec.params.n_min = spec.params.n_min_slow = request.min_samples;
    spec.params.t_min_s = request.min_s;
    spec.params.t_cap_s = request.cap_s;
    spec.planned_samples = request.planned_samples;
    spec.warmup_s = 0;
    const auto call = [&]() -> Status {
      if (next_ == noise_.size()) refill();
      const double factor = std::exp(world_->noise * noise_[next_++]);
      const double slower = world_->slower.contains(side_) ? world_->slower.at(side_) : 1;
      world_->time_ns += std::llround(1e6 * factor * slower);
      return {};
    };
    const auto on_block = [](std::int64_t, std::int64_t) {};
    auto series = measure::run_round(spec, call, measure::RoundHooks{*world_, world_->stop, on_block});
    if (!series) return std::move(series).error();
    return measure::to_record(*std::move(series));
  }

 private:
  void refill() {
    noise_ = stats::normals(seed_ * 1000 + blocks_++, 4096);
    next_ = 0;
  }

  World* world_;
  std::size_t side_;
  std::uint64_t seed_, blocks_ = 0;
  std::vector<double> noise_;
  std::size_t next_ = 0;
};

StartSource processes_in(World& world) {
  return [&world](std::size_t side, std::int64_t number) -> Result<std::unique_ptr<RoundSource>> {
    world.started.push_back(side);
    world.time_ns += 20'000'000;
    return std::unique_ptr<RoundSource>{
        std::make_unique<FakeProcess>(world, side, static_cast<std::uint64_t>(number))};
  };
}

SelftestPlan plan_in(World& world) {
  SelftestPlan plan;
  plan.budget = {.rounds = 4, .processes = 2, .min_samples = 16, .min_s = 0.02, .cap_s = 0.05};
  plan.comparisons = 3;
  plan.stop = &world.stop;
  plan.now_s = [&world] { return static_cast<double>(world.time_ns) * 1e-9; };
  return plan;
}

TEST(Selftest, EveryComparisonHasFreshProcessesOfBothSides) {
  World world;
  const SelftestRun run = compare_repeatedly(plan_in(world), processes_in(world));
  EXPECT_EQ(run.comparisons.size(), 3U);
  EXPECT_EQ(world.started.size(), 3U * 2 * 2);
  EXPECT_EQ(std::ranges::count(world.started, 0U), 6);
  EXPECT_FALSE(run.interrupted);
  EXPECT_FALSE(run.failed);
  for (const stats::ComparedRounds& c : run.comparisons) {
    EXPECT_EQ(c.a.size(), 4U);
    EXPECT_EQ(c.b.size(), 4U);
    EXPECT_GT(c.seconds, 8 * 0.02);
  }
}

TEST(Selftest, SidesAlternateByRoundInARandomOrderThatTheSeedDecides) {
  World world;
  SelftestPlan plan = plan_in(world);
  static_cast<void>(compare_repeatedly(plan, processes_in(world)));
  ASSERT_EQ(world.visited.size(), 24U);
  int b_first = 0;
  for (std::size_t i = 0; i < 24; i += 2) {
    EXPECT_EQ(world.visited[i].second, world.visited[i + 1].second);
    EXPECT_NE(world.visited[i].first, world.visited[i + 1].first);
    b_first += static_cast<int>(world.visited[i].first);
  }
  EXPECT_GT(b_first, 0);
  EXPECT_LT(b_first, 12);
  World again;
  static_cast<void>(compare_repeatedly(plan_in(again), processes_in(again)));
  EXPECT_EQ(again.visited, world.visited);
  World other;
  plan = plan_in(other);
  plan.seed = 2;
  static_cast<void>(compare_repeatedly(plan, processes_in(other)));
  EXPECT_NE(other.visited, world.visited);
}

TEST(Selftest, OneProcessServesBothSidesWhenAsked) {
  World world;
  SelftestPlan plan = plan_in(world);
  plan.same_process = true;
  const SelftestRun run = compare_repeatedly(plan, processes_in(world));
  EXPECT_EQ(world.started.size(), 1U);
  EXPECT_EQ(run.comparisons.size(), 3U);
  EXPECT_EQ(run.rounds, 24);
}

TEST(Selftest, NothingIsBegunThatTheTimeDoesNotHold) {
  World world;
  SelftestPlan plan = plan_in(world);
  plan.comparisons.reset();
  plan.time_s = 5;
  const SelftestRun run = compare_repeatedly(plan, processes_in(world));
  EXPECT_GT(run.comparisons.size(), 3U);
  EXPECT_LE(static_cast<double>(world.time_ns) * 1e-9, 1 + 5);
}

TEST(Selftest, OneComparisonIsMadeHoweverShortTheTime) {
  World world;
  SelftestPlan plan = plan_in(world);
  plan.time_s = 0.001;
  EXPECT_EQ(compare_repeatedly(plan, processes_in(world)).comparisons.size(), 1U);
}

TEST(Selftest, InterruptKeepsWholeComparisons) {
  World world;
  world.stop_after = 13;  // in the second comparison
  const SelftestRun run = compare_repeatedly(plan_in(world), processes_in(world));
  EXPECT_TRUE(run.interrupted);
  ASSERT_EQ(run.comparisons.size(), 1U);
  EXPECT_EQ(run.comparisons[0].a.size(), 4U);
}

TEST(Selftest, InterruptedFirstComparisonIsKeptFromTwoRoundsOn) {
  for (const auto& [after, kept] :
       std::map<std::int64_t, std::size_t>{{0, 0}, {3, 0}, {4, 2}, {6, 3}, {7, 3}}) {
    World world;
    world.stop_after = after;
    const SelftestRun run = compare_repeatedly(plan_in(world), processes_in(world));
    EXPECT_TRUE(run.interrupted);
    EXPECT_EQ(run.comparisons.empty() ? 0 : run.comparisons[0].a.size(), kept) << after;
  }
}

TEST(Selftest, FailureSaysWhereAndKeepsTheComparisonsBefore) {
  World world;
  world.fail_after = 9;
  const SelftestRun run = compare_repeatedly(plan_in(world), processes_in(world));
  ASSERT_TRUE(run.failed);
  EXPECT_EQ(run.failed->code(), Errc::engine_failure);
  EXPECT_THAT(run.failed->message(), AllOf(HasSubstr("comparison 2, side"), HasSubstr("round 1: it broke")));
  EXPECT_EQ(run.comparisons.size(), 1U);
  EXPECT_EQ(world.visited.size(), 10U);  // nothing is tried afterwards
}

TEST(Selftest, ProcessThatDoesNotStartEndsIt) {
  World world;
  const StartSource never = [](std::size_t, std::int64_t) -> Result<std::unique_ptr<RoundSource>> {
    return Error{Errc::unavailable, "no such thing"};
  };
  const SelftestRun run = compare_repeatedly(plan_in(world), never);
  ASSERT_TRUE(run.failed);
  EXPECT_EQ(run.failed->code(), Errc::unavailable);
  EXPECT_TRUE(run.comparisons.empty());
}

TEST(Selftest, ProgressTellsComparisonRoundAndTime) {
  World world;
  SelftestPlan plan = plan_in(world);
  plan.comparisons = 2;
  std::vector<SelftestProgress> seen;
  plan.on_progress = [&](const SelftestProgress& p) { seen.push_back(p); };
  static_cast<void>(compare_repeatedly(plan, processes_in(world)));
  ASSERT_EQ(seen.size(), 16U);
  EXPECT_EQ(seen.front().comparisons, 0);
  EXPECT_EQ(seen.back().comparisons, 1);
  EXPECT_EQ(seen.back().rounds, 3);
  EXPECT_TRUE(std::ranges::is_sorted(seen, {}, &SelftestProgress::seconds));
}

// The whole way from single calls to verdicts, in pretended time.
TEST(Selftest, NoiseAloneGivesNoMoreDifferencesThanTheNominalShare) {
  for (const double noise : {0.002, 0.05, 0.3}) {
    World world;
    world.noise = noise;
    SelftestPlan plan = plan_in(world);
    plan.comparisons = 300;
    const SelftestRun run = compare_repeatedly(plan, processes_in(world));
    const stats::RepeatedComparison result = stats::repeated(run.comparisons, true);
    EXPECT_LE(static_cast<double>(result.faster + result.slower), 300 * result.nominal) << noise;
    EXPECT_TRUE(result.resolutions.front().found) << noise;
  }
}

TEST(Selftest, DifferenceAboveWhatItPromisesIsFound) {
  World world;
  SelftestPlan plan = plan_in(world);
  plan.comparisons = 100;
  const auto itself = stats::repeated(compare_repeatedly(plan, processes_in(world)).comparisons, true);
  const double found = *itself.resolutions.front().found;
  ASSERT_EQ(itself.resolutions.front().rounds, 4);
  World slower;
  slower.slower[1] = 1 + 1.2 * std::max(found, 0.01);  // a difference within the margin is called the same
  const auto two =
      stats::repeated(compare_repeatedly(plan_in(slower), processes_in(slower)).comparisons, false);
  EXPECT_EQ(two.slower, 3);
  EXPECT_NEAR(*two.overall.ratio, slower.slower[1], 0.02);
}

}  // namespace
}  // namespace deepgap::worker
