#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/measure/clock.hpp"
#include "deepgap/measure/round_series.hpp"

// The timed stretches: one call after another, or several in flight. Part of round_loop.hpp.
namespace deepgap::measure {

enum class Pause : std::uint8_t { look, full, stopped };

// Requests that overlap: exactly one wait(i) after each start(i), i < size().
template <class P>
concept Pipeline = requires(P& p, std::size_t i) {
  { p.size() } -> std::convertible_to<std::size_t>;
  { p.start(i) } -> std::same_as<Status>;
  { p.wait(i) } -> std::same_as<Status>;
};

namespace detail {

inline Error failed_at(Status failure, std::size_t sample) {
  return std::move(failure).error().in("timed call " + std::to_string(sample + 1));
}

inline Error went_back(std::int64_t from_ns, std::int64_t to_ns) {
  return Error{Errc::internal, "the clock went back from " + std::to_string(from_ns) + " to " +
                                   std::to_string(to_ns) + " ns: nothing can be measured with it"};
}

// Why a stretch of samples pauses after the one that ended at end_ns; absent = it goes on.
inline std::optional<Pause> pause_after(const SampleStore& store, std::int64_t end_ns,
                                        const std::atomic<bool>& stop) noexcept {
  if (store.look_due(end_ns)) return Pause::look;
  if (store.full()) return Pause::full;
  if (stop.load(std::memory_order_relaxed)) return Pause::stopped;
  return std::nullopt;
}

}  // namespace detail

// Nothing is done between two calls: they follow each other at once.
struct AtOnce {
  Status operator()() const { return {}; }
};

// A call takes what the host's clock says.
struct HostTime {
  std::int64_t operator()(std::int64_t host_ns) const noexcept { return host_ns; }
};

// One call after another; between() comes before each and is no part of its time. time(host_ns) is what is
// recorded for the call that took so long for the host.
template <Clock C, class Call, class Between = AtOnce, class Time = HostTime>
class ClosedLoop {
 public:
  ClosedLoop(C& clock, Call& call, Between between = {}, Time time = {})
      : clock_{clock}, call_{call}, between_{std::move(between)}, time_{std::move(time)} {}

  [[nodiscard]] std::size_t in_flight() const noexcept { return 1; }
  Status unrecorded_call() {
    Status ready = between_();
    return ready ? call_() : ready;
  }
  Status drain() { return {}; }
  Status resume(bool after_pause) { return after_pause ? unrecorded_call() : Status{}; }
  [[nodiscard]] static constexpr bool gaps() noexcept { return !std::same_as<Between, AtOnce>; }
  [[nodiscard]] std::int64_t begin_ns() noexcept { return clock_.now_ns(); }

  Result<Pause> stretch(SampleStore& store, std::int64_t round_began_ns, const std::atomic<bool>& stop) {
    std::int64_t latest = round_began_ns;
    for (;;) {
      if constexpr (gaps())
        if (Status ready = between_(); !ready) return detail::failed_at(std::move(ready), store.count());
      const std::int64_t begin = clock_.now_ns();
      Status done = call_();
      const std::int64_t end = clock_.now_ns();
      if (!done) return detail::failed_at(std::move(done), store.count());
      if (begin < latest || end < begin) return detail::went_back(begin < latest ? latest : begin, end);
      latest = end;
      store.add(time_(end - begin), end - round_began_ns);
      if (const auto pause = detail::pause_after(store, end - round_began_ns, stop)) return *pause;
    }
  }

 private:
  C& clock_;
  Call& call_;
  [[no_unique_address]] Between between_;
  [[no_unique_address]] Time time_;
};

// As many calls in flight as the pipeline holds. A call's latency runs from the moment its predecessor in the
// same place was collected: the latencies of a place then fill the time without a gap, and mean latency x
// throughput is the number in flight exactly. Calls that began before the pipeline was full, or ended in a
// pause, are not recorded.
template <Clock C, Pipeline P>
class PipelinedLoop {
 public:
  PipelinedLoop(C& clock, P& pipeline) : clock_{clock}, pipeline_{pipeline}, started_(pipeline.size()) {}

  [[nodiscard]] std::size_t in_flight() const noexcept { return started_.size(); }
  [[nodiscard]] static constexpr bool gaps() noexcept { return false; }

  Status unrecorded_call() {
    if (busy_ == 0) {
      if (Status filled = fill(); !filled) return filled;
    }
    return turn_over();
  }

  // Collects what is in flight, oldest first. The first failure is told, after all have been collected.
  Status drain() {
    Status first;
    next_ = (next_ + in_flight() - busy_) % in_flight();
    for (; busy_ > 0; --busy_) {
      Status done = pipeline_.wait(next_);
      if (!done && first) first = std::move(done);
      advance();
    }
    return first;
  }

  Status resume(bool /*after_pause*/) {
    if (Status filled = fill(); !filled) return filled;
    for (std::size_t i = 0; i < in_flight(); ++i)
      if (Status turned = turn_over(); !turned) return turned;
    return {};
  }
  [[nodiscard]] std::int64_t begin_ns() noexcept { return latest_; }

  Result<Pause> stretch(SampleStore& store, std::int64_t round_began_ns, const std::atomic<bool>& stop) {
    for (;;) {
      Status done = pipeline_.wait(next_);
      const std::int64_t end = clock_.now_ns();
      --busy_;
      if (!done) return abandon(detail::failed_at(std::move(done), store.count()));
      if (end < latest_) return abandon(detail::went_back(latest_, end));
      latest_ = end;
      store.add(end - started_[next_], end - round_began_ns);
      if (const auto pause = detail::pause_after(store, end - round_began_ns, stop)) {
        if (Status drained = drain(); !drained) return std::move(drained).error();
        return *pause;
      }
      if (Status begun = start_next(end); !begun)
        return abandon(detail::failed_at(std::move(begun), store.count()));
    }
  }

 private:
  void advance() noexcept { next_ = next_ + 1 == started_.size() ? 0 : next_ + 1; }

  Error abandon(Error error) {
    if (Status drained = drain(); !drained) return error;  // the first failure is the one to tell
    return error;
  }

  Status start_next(std::int64_t now_ns) {
    started_[next_] = now_ns;
    if (Status begun = pipeline_.start(next_); !begun) return begun;
    ++busy_;
    advance();
    return {};
  }

  Status fill() {
    next_ = 0;
    for (std::size_t i = 0; i < started_.size(); ++i) {
      if (Status begun = start_next(clock_.now_ns()); !begun) return give_up(std::move(begun));
    }
    return {};
  }

  // Collects the oldest call and starts another in its place.
  Status turn_over() {
    Status done = pipeline_.wait(next_);
    latest_ = clock_.now_ns();
    --busy_;
    if (done) done = start_next(latest_);
    return done ? Status{} : give_up(std::move(done));
  }

  Status give_up(Status failure) { return abandon(std::move(failure).error()); }

  C& clock_;
  P& pipeline_;
  std::vector<std::int64_t> started_;
  // The place that is started next, and how many before it (in a circle) are in flight.
  std::size_t next_ = 0, busy_ = 0;
  std::int64_t latest_ = 0;
};

}  // namespace deepgap::measure
