#include "deepgap/stats/series.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>

#include "deepgap/stats/distribution.hpp"
#include "deepgap/stats/long_run_variance.hpp"
#include "deepgap/stats/warm_up.hpp"

namespace deepgap::stats {
namespace {

// Beyond these a latency is a broken clock, and squares could leave the range of a double.
constexpr double kShortest = 1e-15;
constexpr double kLongest = 1e9;
constexpr double kLatest = 1e20;
constexpr std::size_t kMostSamples = std::numeric_limits<std::uint32_t>::max();

// Above this many samples a batch is worth a selection by buckets.
constexpr std::size_t kLargeBatch = 4096;

// Without branches, so that the compiler can take several samples at once.
bool usable(std::span<const double> latencies) {
  unsigned bad = 0;
  for (const double x : latencies)
    bad |= static_cast<unsigned>(!(x >= kShortest)) | static_cast<unsigned>(!(x <= kLongest));
  return bad == 0;
}

bool ordered(std::span<const double> ends) {
  if (ends.empty()) return true;
  unsigned bad = static_cast<unsigned>(!(std::abs(ends.front()) <= kLatest)) |
                 static_cast<unsigned>(!(std::abs(ends.back()) <= kLatest));
  for (std::size_t i = 1; i < ends.size(); ++i) bad |= static_cast<unsigned>(!(ends[i] >= ends[i - 1]));
  return bad == 0;
}

Status acceptable(std::span<const double> latencies, std::span<const double> ends) {
  const auto refuse = [](const std::string& what) { return Error{Errc::invalid_input, what}; };
  if (latencies.size() != ends.size())
    return refuse(std::to_string(latencies.size()) + " latencies but " + std::to_string(ends.size()) +
                  " end times");
  if (latencies.size() >= kMostSamples) return refuse("a series may hold at most 4294967294 samples");
  if (!usable(latencies)) {
    const auto bad = std::find_if(latencies.begin(), latencies.end(),
                                  [](double x) { return !(x >= kShortest && x <= kLongest); });
    return refuse("sample " + std::to_string(bad - latencies.begin()) + " is " + std::to_string(*bad) +
                  " s; a latency must be finite and between 1e-15 and 1e9 s");
  }
  if (!ordered(ends)) return refuse("end times must be finite and in order");
  return {};
}

void mean_times(std::span<const double> ends, std::size_t size, std::vector<double>& out) {
  out.clear();
  for (std::size_t begin = 0; begin < ends.size(); begin += size)
    out.push_back(mean_of(ends.subspan(begin, size)));
}

double standard_deviation(std::span<const double> x, double centre) {
  const auto n = static_cast<double>(x.size());
  return std::sqrt(sum_of_squares(x, centre) / (n - 1));
}

struct Line {
  double slope = 0, squares = 0;  // squares: of the times about their middle; 0 = no slope
  double middle = 0;
};
Line line_through(std::span<const double> y, std::span<const double> t) {
  Line line;
  line.middle = mean_of(t);
  const double mean = mean_of(y);
  double ty = 0;
  for (std::size_t j = 0; j < y.size(); ++j) {
    line.squares += (t[j] - line.middle) * (t[j] - line.middle);
    ty += (t[j] - line.middle) * (y[j] - mean);
  }
  if (line.squares > 0) line.slope = ty / line.squares;
  return line;
}

}  // namespace

struct Analyser::Tail {
  Batched series;
  std::span<const double> means, times;  // of its batches
};

Result<Look> Analyser::look(std::span<const double> latencies_s, std::span<const double> ends_s,
                            Depth depth) {
  if (Status good = check(params_); !good) return std::move(good).error();
  if (Status good = acceptable(latencies_s, ends_s); !good) return std::move(good).error();
  Look look;
  look.n = look.n_tail = static_cast<std::int64_t>(latencies_s.size());
  if (look.n < kMinTail) {
    if (look.n > 0) look.mean_s = mean_of(latencies_s);
    if (look.n > 2) look.rise_s = line_through(latencies_s, ends_s).slope * (ends_s.back() - ends_s.front());
    return look;
  }
  const Tail tail = cut_warm_up(latencies_s, ends_s, look);
  state_mean(tail, look);
  state_trend(tail, look);
  state_rare_events(tail, look);
  if (depth == Depth::full)
    look.quantiles = quantiles(tail.series, order_, kAllPercentiles, params_);
  else if (params_.stop_on)
    look.quantiles = quantiles(tail.series, order_, std::array{*params_.stop_on}, params_);
  look.label = label_of(look, params_);
  return look;
}

Analyser::Tail Analyser::cut_warm_up(std::span<const double> latencies_s, std::span<const double> ends_s,
                                     Look& look) {
  const Batched all = in_batches(latencies_s, params_.base_batches);
  const auto size = static_cast<std::int64_t>(all.size);
  const std::int64_t off = look.n - static_cast<std::int64_t>(all.samples.size());
  find_medians(all);
  const WarmUp found = warm_up(medians_, params_);
  std::int64_t cut = found.batches;
  const std::int64_t lead = slow_first_calls(latencies_s);
  if (lead > off) cut = std::max(cut, (lead - off + size - 1) / size);

  look.unresolved = found.unresolved;
  look.cut = off + cut * size;
  look.n_tail = look.n - look.cut;
  const auto first = static_cast<std::size_t>(look.cut);
  const Batched tail{latencies_s.subspan(first), all.size};
  batch_means(tail, means_);
  mean_times(ends_s.subspan(first), all.size, times_);
  return {tail, means_, times_};
}

void Analyser::find_medians(const Batched& series) {
  const auto size = static_cast<std::int64_t>(series.size);
  const std::array ranks{(size + 1) / 2, size / 2 + 1};
  medians_.clear();
  for (std::size_t begin = 0; begin < series.samples.size(); begin += series.size) {
    const auto batch = series.samples.subspan(begin, series.size);
    std::array<double, 2> middle{};
    if (series.size >= kLargeBatch) {
      order_.assign(batch);
      order_.select(ranks, middle);
    } else {
      scratch_.assign(batch.begin(), batch.end());
      const auto upper = scratch_.begin() + (ranks[1] - 1);
      std::nth_element(scratch_.begin(), upper, scratch_.end());
      middle = {ranks[0] == ranks[1] ? *upper : *std::max_element(scratch_.begin(), upper), *upper};
    }
    medians_.push_back((middle[0] + middle[1]) / 2);
  }
}

void Analyser::state_mean(const Tail& tail, Look& look) {
  const double mean = mean_of(tail.means);
  const auto [s2, df] = long_run_variance(tail.means);
  const double se = std::sqrt(s2 / static_cast<double>(tail.means.size()));
  double half = std::max(t_critical(params_.level_seq, df) * se, params_.floor * params_.target * mean);
  const double sd = standard_deviation(tail.series.samples, mean);
  // No dithering below a tick: the mean of equal ticks is known to half a tick only.
  if (sd < params_.resolution_s) half += params_.resolution_s / 2;
  look.mean_s = mean;
  look.half_s = half;
  look.df = df;
  look.se_s = se;
  look.sd_s = sd;
}

void Analyser::state_trend(const Tail& tail, Look& look) {
  const std::span<const double> y = tail.means;
  const std::span<const double> t = tail.times;
  const auto k = static_cast<double>(y.size());
  const double mean = *look.mean_s;
  look.span_s = (t.back() - t.front()) * k / (k - 1);
  const Line line = line_through(y, t);
  const bool sloped = look.span_s > 0 && line.squares > 0;
  const double slope = sloped ? line.slope : 0;
  residuals_.clear();
  for (std::size_t j = 0; j < y.size(); ++j) residuals_.push_back(y[j] - mean - slope * (t[j] - line.middle));
  const auto [s2, df] = long_run_variance(residuals_);
  const double se = sloped ? std::sqrt(s2 / line.squares) : 0;
  const double reach = std::max(look.span_s, params_.extrapolate_s);
  const double steepness = std::abs(slope);
  look.detected =
      steepness > t_critical(params_.trend_level, df) * se && steepness * look.span_s > 1e-9 * mean;
  look.rise_s = slope * look.span_s;
  look.drift_s = look.detected ? steepness * reach : 0;
  look.drift_bound_s = (steepness + t_critical(0.90, df) * se) * reach;
  look.excluded = *look.drift_bound_s <= params_.target * mean;
}

void Analyser::state_rare_events(const Tail& tail, Look& look) {
  const std::span<const double> x = tail.series.samples;
  order_.assign(x);
  const std::array rank{static_cast<std::int64_t>(x.size() + 1) / 2};
  std::array<double, 1> median{};
  order_.select(rank, median);
  const double limit = params_.rare_factor * median[0];
  double excess = 0;
  for (const double v : x) {
    if (v <= limit) continue;
    ++look.events;
    excess += v - median[0];
  }
  const double total = *look.mean_s * static_cast<double>(x.size());
  look.rare = look.events > 0 && look.events < params_.rare_min && excess > 0.25 * params_.target * total;
}

Result<Look> analyse(std::span<const double> latencies_s, std::span<const double> ends_s,
                     const Params& params, Depth depth) {
  return Analyser{params}.look(latencies_s, ends_s, depth);
}

std::optional<double> relative_half(const Look& look, const Params& params) {
  if (!look.half_s) return std::nullopt;
  const double drift = *look.drift_s / *look.mean_s;
  if (!params.stop_on) return *look.half_s / *look.mean_s + drift;
  const auto& q = look.quantiles[static_cast<std::size_t>(*params.stop_on)];
  if (!q) return std::nullopt;
  return (q->hi - q->lo) / 2 / q->value + drift;
}

bool is_precise(const Look& look, const Params& params) {
  const auto width = relative_half(look, params);
  const bool long_enough =
      look.n_tail >= params.n_min || (look.n_tail >= params.n_min_slow && look.span_s >= params.horizon_s);
  return width && *width <= params.target && long_enough && !look.unresolved && !look.rare;
}

Label label_of(const Look& look, const Params& params) {
  if (!look.half_s) return Label::too_few;
  if (look.unresolved || *look.drift_s > params.target * *look.mean_s) return Label::not_stationary;
  if (look.rare) return Label::rare_events;
  if (!is_precise(look, params)) return Label::imprecise;
  return look.excluded ? Label::steady : Label::precise;
}

}  // namespace deepgap::stats
