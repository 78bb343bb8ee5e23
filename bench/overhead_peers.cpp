#include "overhead_peers.hpp"

#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "deepgap/measure/round_loop.hpp"

// What a sample of nothing costs: DeepGap, Google Benchmark and (where it was given) MLPerf LoadGen, in
// turns, so that a busy machine disturbs all alike. Exits with 1 when DeepGap costs more than a peer that
// does as much.
namespace deepgap::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kSamples = 200'000;
constexpr std::int64_t kRepetitions = 2'000;  // one costs as much as hundreds of calls
constexpr int kTurns = 15;
constexpr double kTie_ns = 1;  // two readings of the clock alone take over 30

double since_ns(Clock::time_point began) {
  return std::chrono::duration<double, std::nano>(Clock::now() - began).count();
}

Cost deepgap_cost() {
  std::vector<std::unique_ptr<engine::Session>> sessions;
  sessions.push_back(std::make_unique<NullSession>());
  measure::RoundSpec spec;
  spec.params = stats::round_params(10);
  spec.params.t_cap_s = 60;
  spec.planned_samples = kSamples;
  spec.warmup_calls = 1;
  spec.warmup_s = 0;
  const std::atomic<bool> stop{false};
  const auto began = Clock::now();
  const auto series = measure::run_round(spec, sessions, stop, [](std::int64_t, std::int64_t) {});
  const double whole = since_ns(began);
  if (!series) {
    fmt::print(stderr, "overhead_peers: {}\n", series.error().message());
    std::exit(1);
  }
  const auto calls = static_cast<double>(series->ends_ns.size() - 1);
  return {static_cast<double>(series->ends_ns.back() - series->ends_ns.front()) / calls, whole / calls};
}

class Silent final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>&) override {}
};

using Body = std::function<void(benchmark::State&, engine::Session&)>;
using Shape = std::function<void(benchmark::internal::Benchmark*)>;

// `body` runs under Google Benchmark; the loop inside is timed as well, since a run is more than its
// iterations.
Cost google_cost(const Body& body, const Shape& shape, std::int64_t samples) {
  benchmark::ClearRegisteredBenchmarks();
  NullSession session;
  double loop_ns = 0;
  shape(benchmark::RegisterBenchmark("null", [&](benchmark::State& state) {
    const auto began = Clock::now();
    body(state, session);
    loop_ns += since_ns(began);
  }));
  Silent silent;
  const auto began = Clock::now();
  benchmark::RunSpecifiedBenchmarks(&silent, "null");
  const auto count = static_cast<double>(samples);
  return {loop_ns / count, since_ns(began) / count};
}

void plain_loop(benchmark::State& state, engine::Session& session) {
  for (auto _ : state) {
    Status done = session.run();
    benchmark::DoNotOptimize(done);
  }
}

// The same two readings of the clock that DeepGap makes; Google Benchmark keeps their sum.
void timed_loop(benchmark::State& state, engine::Session& session) {
  for (auto _ : state) {
    const auto began = Clock::now();
    Status done = session.run();
    benchmark::DoNotOptimize(done);
    state.SetIterationTime(std::chrono::duration<double>(Clock::now() - began).count());
  }
}

enum class Keeps : std::uint8_t { every_latency, their_sum, nothing };

struct Harness {
  std::string name;
  Keeps keeps;
  std::function<Cost()> measure;
  std::vector<double> call_ns = {}, whole_ns = {};
};

std::vector<Harness> harnesses() {
  const auto google = [](const Body& body, const Shape& shape, std::int64_t samples) {
    return [=] { return google_cost(body, shape, samples); };
  };
  std::vector<Harness> all;
  all.push_back({"DeepGap", Keeps::every_latency, deepgap_cost});
#ifdef DEEPGAP_WITH_LOADGEN
  all.push_back({"MLPerf LoadGen, SingleStream", Keeps::every_latency, [] {
                   NullSession session;
                   return loadgen_cost(session, kSamples);
                 }});
#endif
  all.push_back(
      {"Google Benchmark, a repetition a sample", Keeps::every_latency,
       google(plain_loop, [](auto* b) { b->Iterations(1)->Repetitions(kRepetitions); }, kRepetitions)});
  all.push_back({"Google Benchmark, manual time", Keeps::their_sum,
                 google(timed_loop, [](auto* b) { b->UseManualTime()->Iterations(kSamples); }, kSamples)});
  all.push_back({"Google Benchmark, calls not timed", Keeps::nothing,
                 google(plain_loop, [](auto* b) { b->Iterations(kSamples); }, kSamples)});
  return all;
}

std::string_view name(Keeps keeps) {
  switch (keeps) {
    case Keeps::every_latency: return "every latency";
    case Keeps::their_sum: return "their sum";
    case Keeps::nothing: return "nothing";
  }
  return "";
}

double least(const std::vector<double>& values) { return *std::min_element(values.begin(), values.end()); }

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

int compare() {
  std::vector<Harness> all = harnesses();
  for (int turn = 0; turn < kTurns; ++turn)
    for (Harness& h : all) {
      const Cost cost = h.measure();
      h.call_ns.push_back(cost.call_ns);
      h.whole_ns.push_back(cost.whole_ns);
    }
  fmt::print("ns a sample of null work, {} turns of {} samples, least (median) of the turns\n", kTurns,
             kSamples);
  fmt::print("{:41}{:15}{:>16}{:>18}\n", "", "keeps", "between calls", "whole run");
  bool good = true;
  for (const Harness& h : all) {
    fmt::print("{:41}{:15}{:>7.1f} ({:>6.1f}){:>9.1f} ({:>6.1f})\n", h.name, name(h.keeps), least(h.call_ns),
               median(h.call_ns), least(h.whole_ns), median(h.whole_ns));
    if (h.keeps != Keeps::nothing) good = good && least(all[0].call_ns) <= least(h.call_ns) + kTie_ns;
    if (h.keeps == Keeps::every_latency) good = good && least(all[0].whole_ns) <= least(h.whole_ns);
  }
  fmt::print(
      "goal: between calls no more than any that times each call, and a whole run no more than any that\n"
      "keeps every latency: {}\n",
      good ? "met" : "MISSED");
  return good ? 0 : 1;
}

}  // namespace
}  // namespace deepgap::bench

int main() { return deepgap::bench::compare(); }
