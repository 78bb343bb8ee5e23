#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

// A sensor read again and again in the background. Knows: deadlines, a bounded memory. Never knows: what is
// read.
namespace deepgap::telemetry {

template <class T>
struct Reading {
  std::chrono::steady_clock::time_point at;  // just before the read
  T value;
};

// What a sampler saw, oldest first, and what it did not see.
template <class T>
struct Trace {
  std::vector<Reading<T>> readings;
  std::uint64_t missed_ticks = 0;  // a read took longer than the period, or the thread was not run in time
  std::uint64_t failed_reads = 0;
  std::uint64_t overwritten = 0;  // older readings that did not fit
};

// Evenly spaced moments that do not drift.
class Deadlines {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  Deadlines(Time start, Duration period) noexcept
      : next_{start + at_least_one(period)}, period_{at_least_one(period)} {}

  [[nodiscard]] Time next() const noexcept { return next_; }

  // Moves past `now`; how many moments were passed over.
  std::uint64_t advance(Time now) noexcept {
    if (now < next_) return 0;
    const auto passed = (now - next_) / period_ + 1;
    next_ += passed * period_;
    return static_cast<std::uint64_t>(passed);
  }
  void step() noexcept { next_ += period_; }

 private:
  static Duration at_least_one(Duration period) noexcept {
    return period < Duration{1} ? Duration{1} : period;
  }
  Time next_;
  Duration period_;
};

// The newest `capacity` readings; all memory is taken at once.
template <class T>
class Ring {
 public:
  explicit Ring(std::size_t capacity) : capacity_{capacity == 0 ? 1 : capacity} { kept_.reserve(capacity_); }

  void push(Reading<T> reading) {
    if (kept_.size() < capacity_) {
      kept_.push_back(std::move(reading));
      return;
    }
    kept_[oldest_] = std::move(reading);
    oldest_ = (oldest_ + 1) % capacity_;
    ++overwritten_;
  }
  [[nodiscard]] std::uint64_t overwritten() const noexcept { return overwritten_; }

  [[nodiscard]] std::vector<Reading<T>> in_order() && {
    std::vector<Reading<T>> ordered;
    ordered.reserve(kept_.size());
    for (std::size_t i = 0; i < kept_.size(); ++i)
      ordered.push_back(std::move(kept_[(oldest_ + i) % kept_.size()]));
    return ordered;
  }

 private:
  std::size_t capacity_;
  std::vector<Reading<T>> kept_;
  std::size_t oldest_ = 0;
  std::uint64_t overwritten_ = 0;
};

// Calls `read` at once and then every `period` in its own thread until finish() or destruction, which stop it
// without waiting for the period to end. `read` must not throw; nothing from it = a failed read.
template <class T>
class Sampler {
 public:
  using Read = std::function<std::optional<T>()>;

  Sampler(std::chrono::nanoseconds period, std::size_t capacity, Read read)
      : ring_{capacity},
        thread_{[this, period, read = std::move(read)](std::stop_token stop) { run(stop, period, read); }} {}
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  // Afterwards the thread is gone. A second call gives an empty trace.
  Trace<T> finish() {
    thread_.request_stop();
    if (!thread_.joinable()) return {};
    thread_.join();
    trace_.overwritten = ring_.overwritten();
    trace_.readings = std::move(ring_).in_order();
    return std::move(trace_);
  }

 private:
  void run(const std::stop_token& stop, std::chrono::nanoseconds period, const Read& read) {
    using Clock = std::chrono::steady_clock;
    Deadlines deadlines{Clock::now(), period};
    std::mutex mutex;
    std::condition_variable_any wake;
    while (!stop.stop_requested()) {
      const auto at = Clock::now();
      if (auto value = read()) {
        ring_.push({at, std::move(*value)});
      } else {
        ++trace_.failed_reads;
      }
      trace_.missed_ticks += deadlines.advance(Clock::now());
      std::unique_lock lock{mutex};
      wake.wait_until(lock, stop, deadlines.next(), [] { return false; });
      deadlines.step();
    }
  }

  Trace<T> trace_;  // this and ring_ are the thread's until finish() has joined it
  Ring<T> ring_;
  std::jthread thread_;  // last: starts after, and is joined before, everything above
};

}  // namespace deepgap::telemetry
