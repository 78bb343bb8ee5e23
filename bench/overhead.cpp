#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>
#include <string_view>
#include <vector>

#include "deepgap/measure/round_loop.hpp"

// What the measuring loop of production costs a sample, on a session that does nothing, against a loop that
// only reads the clock twice. Prints both and exits 1 above the goal or when a timed stretch allocates;
// --benchmark_filter=... runs the same loops under Google Benchmark instead.
namespace {

std::int64_t allocations = 0;

void* counted(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc{};
}

}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace deepgap::measure {
namespace {

constexpr double kGoalNs = 150;
constexpr std::int64_t kSamples = 200'000;
constexpr int kTurns = 15;

// Counts what is allocated from one call to the next.
class NothingSession final : public engine::SynchronousSession {
 public:
  Bytes input(std::size_t) override { return {}; }
  ConstBytes output(std::size_t) const override { return {}; }
  void poison_outputs() override {}
  Status run() override {
    if (++calls_ > kUnrecorded) within_ += allocations - seen_;
    seen_ = allocations;
    return {};
  }
  [[nodiscard]] std::int64_t allocated() const { return within_; }

 private:
  static constexpr std::int64_t kUnrecorded =
      16;  // at least: storage is reserved between those and the samples
  std::int64_t calls_ = 0, seen_ = 0, within_ = 0;
};

struct Sessions {
  std::vector<std::unique_ptr<engine::Session>> list;
  std::vector<NothingSession*> views;
  explicit Sessions(int count) {
    for (int i = 0; i < count; ++i) {
      auto session = std::make_unique<NothingSession>();
      views.push_back(session.get());
      list.push_back(std::move(session));
    }
  }
};

RoundSpec planned_round() {
  RoundSpec spec;
  spec.params = stats::round_params(10);
  spec.params.t_cap_s = 60;
  spec.planned_samples = kSamples;
  spec.warmup_calls = 1;
  spec.warmup_s = 0;
  return spec;
}

double median_step(std::vector<std::int64_t> ends) {
  for (std::size_t i = ends.size(); i-- > 1;) ends[i] -= ends[i - 1];
  ends.erase(ends.begin());
  const auto middle = ends.begin() + static_cast<std::ptrdiff_t>(ends.size() / 2);
  std::nth_element(ends.begin(), middle, ends.end());
  return static_cast<double>(*middle);
}

struct Turn {
  double step_ns = 0;
  std::int64_t allocated = 0;  // between timed calls
};

Turn bare_loop() {
  const SteadyClock clock;
  std::vector<std::int64_t> begins(kSamples);
  std::vector<std::int64_t> ends(kSamples);
  for (std::size_t i = 0; i < ends.size(); ++i) {
    begins[i] = clock.now_ns();
    ends[i] = clock.now_ns();
  }
  benchmark::DoNotOptimize(begins.data());
  return {median_step(std::move(ends)), 0};
}

Turn production_loop(int in_flight) {
  const Sessions sessions{in_flight};
  const std::atomic<bool> stop{false};
  Turn turn;
  const auto on_block = [&](std::int64_t, std::int64_t) {
    for (const NothingSession* s : sessions.views) turn.allocated += s->allocated();
  };
  const auto series = run_round(planned_round(), sessions.list, stop, on_block);
  if (!series) {
    fmt::print(stderr, "overhead: {}\n", series.error().message());
    std::exit(1);
  }
  turn.step_ns = median_step(series->ends_ns);
  return turn;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Turns alternate, so that a busy machine disturbs all loops alike.
int print_overhead() {
  std::vector<double> bare;
  std::vector<double> closed;
  std::vector<double> pipelined;
  std::int64_t allocated = 0;
  for (int turn = 0; turn < kTurns; ++turn) {
    bare.push_back(bare_loop().step_ns);
    const Turn one = production_loop(1);
    const Turn four = production_loop(4);
    closed.push_back(one.step_ns);
    pipelined.push_back(four.step_ns);
    allocated += one.allocated + four.allocated;
  }
  const double base = median(bare);
  const double cost = median(closed) - base;
  fmt::print("median time a sample, {} turns of {} samples each\n", kTurns, kSamples);
  fmt::print("  bare loop of two clock readings  {:6.0f} ns\n", base);
  fmt::print("  one call after another           {:6.0f} ns  harness {:.0f} ns\n", median(closed), cost);
  fmt::print("  four in flight                   {:6.0f} ns  harness {:.0f} ns\n", median(pipelined),
             median(pipelined) - base);
  fmt::print("allocations in the timed stretches: {}\n", allocated);
  const bool good = cost < kGoalNs && allocated == 0;
  fmt::print("goal: under {:.0f} ns and no allocation: {}\n", kGoalNs, good ? "met" : "MISSED");
  return good ? 0 : 1;
}

void bare_clock(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(bare_loop());
  state.SetItemsProcessed(state.iterations() * kSamples);
}

void round_loop(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(production_loop(static_cast<int>(state.range(0))));
  state.SetItemsProcessed(state.iterations() * kSamples);
}

BENCHMARK(bare_clock)->Unit(benchmark::kMillisecond);
BENCHMARK(round_loop)->Arg(1)->Arg(4)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace deepgap::measure

int main(int argc, char** argv) {
  const bool wants_benchmark = std::any_of(argv + 1, argv + argc, [](const char* argument) {
    return std::string_view{argument}.substr(0, 11) == "--benchmark";
  });
  if (!wants_benchmark) return deepgap::measure::print_overhead();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
