#include "families.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace deepgap::coverage {
namespace {

// splitmix64 (Steele, Lea, Flood 2014) and Box-Muller: the same series on every machine.
class Noise {
 public:
  explicit Noise(std::uint64_t seed) : state_{seed * 0xD1342543DE82EF95U + 0x2545F4914F6CDD1DU} {}

  double uniform() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    z ^= z >> 31U;
    return (static_cast<double>(z >> 11U) + 0.5) / 9007199254740992.0;
  }

  double normal() {
    if (spare_) {
      const double z = *spare_;
      spare_.reset();
      return z;
    }
    const double radius = std::sqrt(-2 * std::log(uniform()));
    const double angle = 2 * std::numbers::pi * uniform();
    spare_ = radius * std::sin(angle);
    return radius * std::cos(angle);
  }

 private:
  std::uint64_t state_;
  std::optional<double> spare_;
};

template <class Next>
class Made final : public Source {
 public:
  explicit Made(Next next) : next_{std::move(next)} {}
  double next() override { return next_(); }

 private:
  Next next_;
};

template <class Next>
std::unique_ptr<Source> made(Next next) {
  return std::make_unique<Made<Next>>(std::move(next));
}

// A lognormal around each level, taken with its weight.
struct Mixture {
  std::vector<std::array<double, 2>> parts;  // weight, level
  double sigma = 0.01;
};

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

template <class Cdf>
double solve(Cdf cdf, double p) {
  double lo = 1e-3;
  double hi = 1e3;
  for (int i = 0; i < 200; ++i) {
    const double middle = (lo + hi) / 2;
    (cdf(middle) < p ? lo : hi) = middle;
  }
  return (lo + hi) / 2;
}

template <class Cdf>
Truth truth_of(double mean, Cdf cdf) {
  Truth truth;
  truth.mean = mean;
  for (const auto p : stats::kAllPercentiles)
    truth.quantiles[static_cast<std::size_t>(p)] = solve(cdf, stats::probability(p));
  return truth;
}

Truth truth_of(const Mixture& m) {
  double mean = 0;
  for (const auto& [weight, level] : m.parts) mean += weight * level;
  mean *= std::exp(m.sigma * m.sigma / 2);
  return truth_of(mean, [&](double x) {
    double below = 0;
    for (const auto& [weight, level] : m.parts) below += weight * normal_cdf(std::log(x / level) / m.sigma);
    return below;
  });
}

template <int kPerMille>
std::unique_ptr<Source> independent(const RoundPlace& place, double) {
  return made([noise = Noise{place.seed}]() mutable { return std::exp(kPerMille * 1e-3 * noise.normal()); });
}
template <int kPerMille>
Truth independent_truth() {
  return truth_of(Mixture{{{1, 1}}, kPerMille * 1e-3});
}

constexpr double kArSigma = 0.03;
template <int kRhoPercent>
std::unique_ptr<Source> autoregressive(const RoundPlace& place, double) {
  constexpr double kRho = kRhoPercent * 0.01;
  Noise noise{place.seed};
  const double first = noise.normal();
  return made([noise, level = first]() mutable {
    level = kRho * level + std::sqrt(1 - kRho * kRho) * noise.normal();
    return std::exp(kArSigma * level);
  });
}
Truth autoregressive_truth() { return truth_of(Mixture{{{1, 1}}, kArSigma}); }

// Modes that last `dwell` calls on average. Rounds begin in the first mode, or anywhere.
struct Modes {
  std::vector<std::array<double, 2>> dwell_and_level;
  bool from_first = false;
};
std::unique_ptr<Source> modes(const RoundPlace& place, const Modes& m) {
  Noise noise{place.seed};
  std::size_t now = 0;
  if (!m.from_first) {
    double all = 0;
    for (const auto& [dwell, level] : m.dwell_and_level) all += dwell;
    double at = noise.uniform() * all;
    while (now + 1 < m.dwell_and_level.size() && at >= m.dwell_and_level[now][0])
      at -= m.dwell_and_level[now++][0];
  }
  return made([noise, now, m]() mutable {
    if (noise.uniform() < 1 / m.dwell_and_level[now][0]) now = (now + 1) % m.dwell_and_level.size();
    return m.dwell_and_level[now][1] * std::exp(0.005 * noise.normal());
  });
}
Truth modes_truth(const Modes& m) {
  Mixture mixture{{}, 0.005};
  double all = 0;
  for (const auto& [dwell, level] : m.dwell_and_level) all += dwell;
  for (const auto& [dwell, level] : m.dwell_and_level) mixture.parts.push_back({dwell / all, level});
  return truth_of(mixture);
}
const Modes kTwoModes{{{100, 1}, {100, 1.1}}, false};
const Modes kFastStart{{{100, 1}, {100, 1.1}}, true};
const Modes kLongModes{{{500, 1}, {500, 1.1}}, false};
const Modes kThreeModes{{{50, 1}, {100, 1.05}, {20, 1.2}}, false};

constexpr double kStallShare = 0.001;
std::unique_ptr<Source> stalls(const RoundPlace& place, double) {
  return made([noise = Noise{place.seed}]() mutable {
    const double x = std::exp(0.01 * noise.normal());
    return noise.uniform() < kStallShare ? 10 * x : x;
  });
}

template <int kCalls>
std::unique_ptr<Source> warm(const RoundPlace& place, double) {
  return made([noise = Noise{place.seed}, i = 0]() mutable {
    return (1 + std::exp(-static_cast<double>(i++) / kCalls)) * std::exp(0.01 * noise.normal());
  });
}

template <int kPercent>
std::unique_ptr<Source> thermal(const RoundPlace& place, double base_s) {
  return made([noise = Noise{place.seed}, at = place.start_s, base_s]() mutable {
    const double x = (1 + 0.06 * (1 - std::exp(-at / 20))) * std::exp(kPercent * 0.01 * noise.normal());
    at += x * base_s;
    return x;
  });
}
template <int kPercent>
Truth thermal_truth() {
  return truth_of(Mixture{{{1, 1.06}}, kPercent * 0.01});
}

std::unique_ptr<Source> endless(const RoundPlace& place, double base_s) {
  return made([noise = Noise{place.seed}, at = place.start_s, base_s]() mutable {
    const double x = (1 + 0.001 * at) * std::exp(0.01 * noise.normal());
    at += x * base_s;
    return x;
  });
}

template <int kPerMille>
std::unique_ptr<Source> round_modes(const RoundPlace& place, double) {
  Noise noise{place.seed};
  const double level = noise.uniform() < 0.3 ? 1.03 : 1;
  return made([noise, level]() mutable { return level * std::exp(kPerMille * 1e-3 * noise.normal()); });
}
std::unique_ptr<Source> process_modes(const RoundPlace& place, double) {
  const double level = Noise{place.process}.uniform() < 0.3 ? 1.03 : 1;
  return made(
      [noise = Noise{place.seed}, level]() mutable { return level * std::exp(0.01 * noise.normal()); });
}

std::unique_ptr<Source> alternating(const RoundPlace& place, double) {
  return made([noise = Noise{place.seed}, i = 0]() mutable {
    return (i++ % 2 == 0 ? 1.0 : 1.05) * std::exp(0.005 * noise.normal());
  });
}
std::unique_ptr<Source> every_50th(const RoundPlace& place, double) {
  return made([noise = Noise{place.seed}, i = 0]() mutable {
    return (++i % 50 == 0 ? 2.0 : 1.0) * std::exp(0.005 * noise.normal());
  });
}

constexpr double kStudentScale = 0.05 / std::numbers::sqrt3;
std::unique_ptr<Source> student(const RoundPlace& place, double) {
  return made([noise = Noise{place.seed}]() mutable {
    double squares = 0;
    for (int i = 0; i < 3; ++i) {
      const double z = noise.normal();
      squares += z * z;
    }
    return std::max(0.05, 1 + kStudentScale * noise.normal() / std::sqrt(squares / 3));
  });
}
Truth student_truth() {
  return truth_of(1, [](double x) {
    const double t = (x - 1) / kStudentScale / std::numbers::sqrt3;
    return 0.5 + (t / (1 + t * t) + std::atan(t)) / std::numbers::pi;
  });
}

std::unique_ptr<Source> step(const RoundPlace& place, double) {
  return made([noise = Noise{place.seed}, i = 0]() mutable {
    return (i++ < 300 ? 1.2 : 1.0) * std::exp(0.01 * noise.normal());
  });
}

template <const Modes& kModes>
std::unique_ptr<Source> make_modes(const RoundPlace& place, double) {
  return modes(place, kModes);
}
template <const Modes& kModes>
Truth truth_of_modes() {
  return modes_truth(kModes);
}

Truth one_percent() { return independent_truth<10>(); }
Truth two_rounds() { return truth_of(Mixture{{{0.7, 1}, {0.3, 1.03}}, 0.01}); }
Truth two_rounds_noisy() { return truth_of(Mixture{{{0.7, 1}, {0.3, 1.03}}, 0.2}); }

const std::array kFamilies{
    Family{"noise 1 %", "independent, coefficient of variation 1 %", false, &independent<10>,
           &independent_truth<10>},
    Family{"noise 5 %", "the same, 5 %", false, &independent<50>, &independent_truth<50>},
    Family{"noise 20 %", "the same, 20 %", false, &independent<200>, &independent_truth<200>},
    Family{"heavy tail", "lognormal, sigma 0.5", false, &independent<500>, &independent_truth<500>},
    Family{"AR(1) 0.97", "autoregressive, 3 %", false, &autoregressive<97>, &autoregressive_truth},
    Family{"two modes", "10 % apart, 100 calls each", false, &make_modes<kTwoModes>,
           &truth_of_modes<kTwoModes>},
    Family{"two modes, fast start", "the same, every round begins in the fast one", false,
           &make_modes<kFastStart>, &truth_of_modes<kFastStart>},
    Family{"rare stalls", "1 call in 1,000 takes ten times as long", false, &stalls,
           [] { return truth_of(Mixture{{{0.999, 1}, {0.001, 10}}, 0.01}); }},
    Family{"warm-up", "the first calls take twice as long, over 50 calls", false, &warm<50>, &one_percent},
    Family{"thermal drift 2 %", "6 % over 20 s, 2 % noise", false, &thermal<2>, &thermal_truth<2>},
    Family{"thermal drift 5 %", "6 % over 20 s, 5 % noise", false, &thermal<5>, &thermal_truth<5>},
    Family{"endless drift", "0.1 % a second for ever", true, &endless, [] { return Truth{}; }},
    Family{"round modes", "30 % of rounds 3 % slower", false, &round_modes<10>, &two_rounds},
    Family{"round modes, noise 20 %", "the same", false, &round_modes<200>, &two_rounds_noisy},
    Family{"process modes", "30 % of processes 3 % slower", false, &process_modes, &two_rounds},
    Family{"alternating", "every second call 5 % slower", false, &alternating,
           [] { return truth_of(Mixture{{{0.5, 1}, {0.5, 1.05}}, 0.005}); }},
    Family{"every 50th", "every 50th call takes twice as long", false, &every_50th,
           [] { return truth_of(Mixture{{{0.98, 1}, {0.02, 2}}, 0.005}); }},
    Family{"AR(1) 0.99", "autoregressive, 3 %", false, &autoregressive<99>, &autoregressive_truth},
    Family{"long modes", "10 % apart, 500 calls each", false, &make_modes<kLongModes>,
           &truth_of_modes<kLongModes>},
    Family{"three modes", "of 50, 100 and 20 calls", false, &make_modes<kThreeModes>,
           &truth_of_modes<kThreeModes>},
    Family{"Student t3", "5 %, three degrees of freedom", false, &student, &student_truth},
    Family{"long warm-up", "over 1,500 calls", false, &warm<1500>, &one_percent},
    Family{"step", "20 % slower for the first 300 calls", false, &step, &one_percent},
};

}  // namespace

std::span<const Family> families() { return kFamilies; }

const Family* family(std::string_view name) {
  const auto found = std::ranges::find(kFamilies, name, &Family::name);
  return found == kFamilies.end() ? nullptr : &*found;
}

}  // namespace deepgap::coverage
