#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "deepgap/core/error.hpp"
#include "deepgap/engine/engine.hpp"
#include "deepgap/measure/between.hpp"
#include "deepgap/measure/clock.hpp"
#include "deepgap/measure/round_drivers.hpp"
#include "deepgap/measure/round_series.hpp"

// One round of docs/method.md on something that can be called: unrecorded calls, samples, looks, the stop.
// Knows: a clock, a call, the stopping rule. Never knows: what is called, rounds before and after, how it is
// kept.
namespace deepgap::measure {

// What a round needs beside its calls. on_block(first_sample, count) is called after each stretch of samples,
// outside the timed calls: the place to read telemetry. `stop` ends the round after the call in progress.
template <Clock C, class OnBlock>
struct RoundHooks {
  C& clock;
  const std::atomic<bool>& stop;
  OnBlock& on_block;
};

namespace detail {

// Unrecorded calls; seconds a call took. A slow model does not spend more than a quarter of the cap on them.
template <Clock C, class Loop>
Result<double> unrecorded_calls(const RoundSpec& spec, Loop& loop, C& clock, const std::atomic<bool>& stop) {
  const std::int64_t began = clock.now_ns();
  double elapsed_s = 0;
  std::int64_t calls = 0;
  const auto least = std::max<std::int64_t>(spec.warmup_calls, static_cast<std::int64_t>(loop.in_flight()));
  const auto enough = [&] {
    return (calls >= least && elapsed_s >= spec.warmup_s) || elapsed_s >= spec.params.t_cap_s / 4 ||
           stop.load(std::memory_order_relaxed);
  };
  while (!enough()) {
    if (Status done = loop.unrecorded_call(); !done) return std::move(done).error().in("unrecorded call");
    ++calls;
    elapsed_s = static_cast<double>(clock.now_ns() - began) * 1e-9;
    if (elapsed_s < 0) return went_back(began, clock.now_ns());
  }
  if (Status drained = loop.drain(); !drained) return std::move(drained).error().in("unrecorded call");
  return calls > 0 ? elapsed_s / static_cast<double>(calls) : 0;
}

template <class Loop, Clock C, class OnBlock>
Result<RoundSeries> run(const RoundSpec& spec, Loop loop, RoundHooks<C, OnBlock> hooks) {
  if (Status good = stats::check(spec.params); !good) return std::move(good).error();
  SampleStore store{spec, hooks.clock.resolution_s(), loop.in_flight()};
  if constexpr (Loop::gaps()) store.mark_gaps();
  auto call_s = unrecorded_calls(spec, loop, hooks.clock, hooks.stop);
  if (!call_s) return std::move(call_s).error();
  if (hooks.stop.load(std::memory_order_relaxed)) return store.finish(stats::StoppedBy::interrupted);
  store.reserve(*call_s);

  std::optional<std::int64_t> began;
  for (;;) {
    if (Status ready = loop.resume(began.has_value()); !ready)
      return std::move(ready).error().in("unrecorded call");
    const std::int64_t block_began = loop.begin_ns();
    if (!began) began = block_began;
    store.begin_block(block_began - *began);
    auto pause = loop.stretch(store, *began, hooks.stop);
    if (!pause) return std::move(pause).error();
    const RoundBlock& block = store.end_block();
    hooks.on_block(block.first_sample, block.samples);

    if (*pause == Pause::stopped) return store.finish(stats::StoppedBy::interrupted);
    if (*pause == Pause::look || store.at_limit()) {
      auto ended = store.look();
      if (!ended) return std::move(ended).error();
      if (*ended) return store.finish(std::nullopt);
      if (store.at_limit()) return store.finish(stats::StoppedBy::sample_limit);
    }
    store.reserve(0);
  }
}

}  // namespace detail

// call() -> Status, one call after another. A call that fails ends the round with its error.
// Errc::internal: the clock went back. Errc::invalid_input: parameters out of range.
template <class Call, Clock C, class OnBlock>
Result<RoundSeries> run_round(const RoundSpec& spec, Call&& call, RoundHooks<C, OnBlock> hooks) {
  return detail::run(spec, ClosedLoop{hooks.clock, call}, hooks);
}

// The same with between() -> Status before each call, outside its time: what fails there fails the call.
template <class Call, Clock C, class OnBlock, class Between>
Result<RoundSeries> run_round(const RoundSpec& spec, Call&& call, RoundHooks<C, OnBlock> hooks,
                              Between&& between) {
  const auto before = [&between] { return between(); };
  return detail::run(spec, ClosedLoop{hooks.clock, call, before}, hooks);
}

// As many calls in flight as the pipeline holds, at least one.
template <Pipeline P, Clock C, class OnBlock>
Result<RoundSeries> run_pipelined_round(const RoundSpec& spec, P& pipeline, RoundHooks<C, OnBlock> hooks) {
  return detail::run(spec, PipelinedLoop{hooks.clock, pipeline}, hooks);
}

// How calls on one session are made and timed.
struct Manner {
  Between* between = nullptr;  // nullptr: calls follow each other at once
  bool device_clock = false;   // a call takes what the device's clock says, where it has one
};

// One round on an engine: run() when there is one session, start() and wait() on all of them otherwise.
// sessions: not empty, and one only when `manner` asks for anything.
[[nodiscard]] Result<RoundSeries> run_round(const RoundSpec& spec,
                                            std::span<const std::unique_ptr<engine::Session>> sessions,
                                            const std::atomic<bool>& stop,
                                            const std::function<void(std::int64_t, std::int64_t)>& on_block,
                                            const Manner& manner = {});

}  // namespace deepgap::measure
