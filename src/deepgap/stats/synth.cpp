#include "deepgap/stats/synth.hpp"

#include <charconv>
#include <cmath>
#include <numbers>
#include <numeric>
#include <string>

namespace deepgap::stats {
namespace {

// Noise of one series, and what shapes it.
struct Source {
  SynthOptions options;
  double share = 0;  // the kind's argument, as a share of one
  std::vector<double> z, u;

  // x[i] = base * shape(i)
  template <class Shape>
  Synthetic make(Shape shape, std::optional<double> relative_truth) const {
    Synthetic result;
    result.latencies_s.reserve(options.n);
    for (std::size_t i = 0; i < options.n; ++i) result.latencies_s.push_back(options.base_s * shape(i));
    if (relative_truth) result.true_mean_s = options.base_s * *relative_truth;
    return result;
  }
};

double lognormal_mean(double sigma) { return std::exp(sigma * sigma / 2); }

Synthetic noise(const Source& s, double sigma) {
  return s.make([&](std::size_t i) { return std::exp(sigma * s.z[i]); }, lognormal_mean(sigma));
}

Synthetic autoregressive(const Source& s) {
  constexpr double kCv = 0.03;
  double level = 0;
  return s.make(
      [&](std::size_t i) {
        const double e = s.z[i] * kCv * (i == 0 ? 1 : std::sqrt(1 - s.share * s.share));
        level = s.share * level + e;
        return std::exp(level);
      },
      lognormal_mean(kCv));
}

Synthetic bimodal(const Source& s) {
  bool slow = false;
  return s.make(
      [&](std::size_t i) {
        if (s.u[i] < 0.01) slow = !slow;
        return (slow ? 1.1 : 1.0) * std::exp(0.005 * s.z[i]);
      },
      1.05 * lognormal_mean(0.005));
}

Synthetic stalls(const Source& s) {
  return s.make([&](std::size_t i) { return std::exp(0.01 * s.z[i]) * (s.u[i] < 0.001 ? 10.0 : 1.0); },
                1.009 * lognormal_mean(0.01));
}

Synthetic drift(const Source& s) {
  return s.make(
      [&](std::size_t i) {
        const double elapsed_s = s.options.start_s + static_cast<double>(i) * s.options.base_s;
        return (1 + 0.06 * (1 - std::exp(-elapsed_s / 20))) * std::exp(s.share * s.z[i]);
      },
      1.06 * lognormal_mean(s.share));
}

Synthetic warm(const Source& s) {
  return s.make(
      [&](std::size_t i) { return (1 + std::exp(-static_cast<double>(i) / 50)) * std::exp(0.01 * s.z[i]); },
      lognormal_mean(0.01));
}

Synthetic linear(const Source& s) {
  return s.make(
      [&](std::size_t i) {
        return (1 + 0.001 * static_cast<double>(i) * s.options.base_s) * std::exp(0.01 * s.z[i]);
      },
      std::nullopt);
}

Synthetic ticks(const Source& s) {
  return s.make([&](std::size_t i) { return std::nearbyint(std::exp(0.01 * s.z[i]) * 50) / 50; },
                std::nullopt);
}

Synthetic step(const Source& s) {
  return s.make([&](std::size_t i) { return (i < 300 ? 1.2 : 1.0) * std::exp(0.01 * s.z[i]); },
                lognormal_mean(0.01));
}

// "iid:5" -> 0.05; 0 without an argument; absent when the argument is not a number.
std::optional<double> share_of(std::string_view argument) {
  if (argument.empty()) return 0;
  double percent = 0;
  const auto [end, error] = std::from_chars(argument.data(), argument.data() + argument.size(), percent);
  if (error != std::errc{} || end != argument.data() + argument.size()) return std::nullopt;
  return percent / 100;
}

}  // namespace

std::vector<double> uniforms(std::uint64_t seed, std::size_t n, std::uint64_t stream) {
  const std::uint64_t start = seed * 0xD1342543DE82EF95U + stream * 0xA0761D6478BD642FU;
  std::vector<double> out;
  out.reserve(n);
  for (std::uint64_t i = 1; i <= n; ++i) {
    std::uint64_t z = start + i * 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    z ^= z >> 31;
    out.push_back((static_cast<double>(z >> 11) + 0.5) / 9007199254740992.0);
  }
  return out;
}

std::vector<double> normals(std::uint64_t seed, std::size_t n) {
  std::vector<double> radius = uniforms(seed, n, 0);
  const std::vector<double> angle = uniforms(seed, n, 1);
  for (std::size_t i = 0; i < n; ++i)
    radius[i] = std::sqrt(-2 * std::log(radius[i])) * std::cos(2 * std::numbers::pi * angle[i]);
  return radius;
}

Result<Synthetic> synthesise(std::string_view kind, const SynthOptions& options) {
  const std::size_t colon = kind.find(':');
  const std::string_view word = kind.substr(0, colon);
  const auto share = share_of(colon == std::string_view::npos ? "" : kind.substr(colon + 1));
  if (!share)
    return Error{Errc::invalid_input, "synthetic series '" + std::string{kind} + "': not a number after ':'"};
  const Source s{options, *share, normals(options.seed, options.n), uniforms(options.seed, options.n, 2)};
  if (word == "iid") return noise(s, s.share);
  if (word == "logn") return noise(s, 0.5);
  if (word == "ar") return autoregressive(s);
  if (word == "bimodal") return bimodal(s);
  if (word == "stalls") return stalls(s);
  if (word == "drift") return drift(s);
  if (word == "warm") return warm(s);
  if (word == "linear") return linear(s);
  if (word == "const") return s.make([](std::size_t) { return 1.0; }, 1.0);
  if (word == "ticks") return ticks(s);
  if (word == "step") return step(s);
  return Error{
      Errc::invalid_input,
      "synthetic series '" + std::string{kind} +
          "' is unknown; there are iid:CV, logn, ar:RHO, bimodal, stalls, drift:CV, warm, linear, const, "
          "ticks and step"};
}

std::vector<double> ends_of(const std::vector<double>& latencies_s) {
  std::vector<double> ends(latencies_s.size());
  std::partial_sum(latencies_s.begin(), latencies_s.end(), ends.begin());
  return ends;
}

}  // namespace deepgap::stats
