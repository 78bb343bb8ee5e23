#include "rivals.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <vector>

#include "deepgap/stats/distribution.hpp"
#include "deepgap/stats/long_run_variance.hpp"

namespace deepgap::coverage {
namespace {

// A source with what it has cost so far.
class Tap {
 public:
  Tap(Source& source, double base_s) : source_{source}, base_s_{base_s} {}
  double next() {
    const double x = base_s_ * source_.next();
    ++calls_;
    seconds_ += x;
    return x;
  }
  double mean_of_next(int calls) {
    double sum = 0;
    for (int i = 0; i < calls; ++i) sum += next();
    return sum / calls;
  }
  [[nodiscard]] double seconds() const { return seconds_; }
  [[nodiscard]] Session with(double mean, double half) const {
    Session session;
    session.merged.label = stats::Label::precise;
    session.merged.mean_s = mean;
    session.merged.half_s = half;
    session.samples = calls_;
    session.seconds = seconds_;
    return session;
  }
  [[nodiscard]] Session by_t(std::span<const double> values) const {
    const auto n = static_cast<double>(values.size());
    const double mean = stats::mean_of(values);
    const double error = std::sqrt(stats::sum_of_squares(values, mean) / (n - 1) / n);
    return with(mean, stats::t_critical(0.95, n - 1) * error);
  }

 private:
  Source& source_;
  double base_s_, calls_ = 0, seconds_ = 0;
};

// 20 calls to warm up and 100 timed ones, three times; `sweeps` times over.
Session fixed(Source& source, double base_s, int sweeps) {
  Tap tap{source, base_s};
  std::vector<double> samples;
  for (int repeat = 0; repeat < 3 * sweeps; ++repeat) {
    for (int i = 0; i < 20; ++i) tap.next();
    for (int i = 0; i < 100; ++i) samples.push_back(tap.next());
  }
  return tap.by_t(samples);
}

// At least half a second and ten samples, until the relative deviation is below 0.5 % or has settled: its own
// spread over the latest half of up to 512 values below 5 %. At most 15 s.
Session stdrel(Source& source, double base_s) {
  Tap tap{source, base_s};
  double n = 0;
  double mean = 0;
  double squares = 0;
  std::deque<double> noises;
  while (tap.seconds() < 15) {
    const double x = tap.next();
    n += 1;
    const double off = x - mean;
    mean += off / n;
    squares += off * (x - mean);
    if (n < 2) continue;
    noises.push_back(std::sqrt(squares / (n - 1)) / mean);
    if (noises.size() > 512) noises.pop_front();
    if (n < 10 || tap.seconds() < 0.5) continue;
    if (noises.back() < 0.005) break;
    if (static_cast<long>(n) % 16 != 0) continue;  // settled or not is looked at now and then
    const std::vector<double> latest(noises.begin() + static_cast<std::ptrdiff_t>(noises.size() / 2),
                                     noises.end());
    const double centre = stats::mean_of(latest);
    const double spread =
        std::sqrt(stats::sum_of_squares(latest, centre) / static_cast<double>(latest.size()));
    if (latest.size() > 4 && spread / centre < 0.05) break;
  }
  return tap.with(mean, stats::t_critical(0.95, n - 1) * std::sqrt(squares / (n - 1) / n));
}

// Iterations grown until a batch of them lasts 0.5 s; that batch three times.
Session min_time(Source& source, double base_s) {
  Tap tap{source, base_s};
  int iterations = 1;
  for (;;) {
    const double took = tap.mean_of_next(iterations) * iterations;
    if (took >= 0.5) break;
    const double wanted = iterations * std::min(10.0, 0.5 * 1.4 / took);
    iterations = std::max(iterations + 1, static_cast<int>(std::ceil(wanted)));
  }
  std::vector<double> means;
  for (int repetition = 0; repetition < 3; ++repetition) means.push_back(tap.mean_of_next(iterations));
  return tap.by_t(means);
}

// Windows of 5 s until the latest three lie within 10 % of their mean; at most ten.
Session three_windows(Source& source, double base_s) {
  Tap tap{source, base_s};
  std::deque<double> windows;
  for (int window = 0; window < 10; ++window) {
    const double began = tap.seconds();
    double calls = 0;
    while (tap.seconds() - began < 5) {
      tap.next();
      calls += 1;
    }
    windows.push_back((tap.seconds() - began) / calls);
    if (windows.size() > 3) windows.pop_front();
    if (windows.size() < 3) continue;
    const double mean = (windows[0] + windows[1] + windows[2]) / 3;
    if (std::ranges::all_of(windows, [mean](double w) { return std::abs(w - mean) <= 0.1 * mean; })) break;
  }
  return tap.by_t(std::vector<double>(windows.begin(), windows.end()));
}

constexpr std::array kRivals{
    Rival{"fixed", "20 calls to warm up, 100 timed, three times",
          [](Source& s, double b) { return fixed(s, b, 1); }},
    Rival{"fixed, ten sweeps", "the same ten times over, as the study did",
          [](Source& s, double b) { return fixed(s, b, 10); }},
    Rival{"nvbench stdrel", "0.5 s, until the relative deviation is below 0.5 % or settled", &stdrel},
    Rival{"google/benchmark", "iterations grown to 0.5 s, three repetitions", &min_time},
    Rival{"perf_analyzer", "windows of 5 s until three agree within 10 %", &three_windows},
};

}  // namespace

std::span<const Rival> rivals() { return kRivals; }

}  // namespace deepgap::coverage
