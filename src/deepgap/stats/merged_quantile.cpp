#include "deepgap/stats/merged_quantile.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "deepgap/stats/long_run_variance.hpp"

namespace deepgap::stats {
namespace {

// The rounds together: as many samples as were taken, or what is left of them.
class Pool {
 public:
  Pool() = default;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  virtual ~Pool() = default;

  [[nodiscard]] virtual std::size_t rounds() const = 0;
  [[nodiscard]] virtual std::int64_t samples(std::size_t round) const = 0;
  [[nodiscard]] virtual double mean(std::size_t round) const = 0;
  // Mean squared distance of all samples from `centre`.
  [[nodiscard]] virtual double variance_about(double centre) const = 0;
  virtual void select(std::span<const std::int64_t> ranks, std::span<double> values) = 0;
  [[nodiscard]] virtual double share_below(std::size_t round, double point) const = 0;
  [[nodiscard]] virtual double effective_share(std::size_t round, Percentile p, double point) const = 0;

  [[nodiscard]] std::int64_t samples() const {
    std::int64_t all = 0;
    for (std::size_t r = 0; r < rounds(); ++r) all += samples(r);
    return all;
  }
};

class WholePool final : public Pool {
 public:
  WholePool(std::span<const std::span<const double>> tails, const Params& params, double level)
      : base_batches_{params.base_batches}, level_{level} {
    for (const auto tail : tails) {
      if (static_cast<std::int64_t>(tail.size()) < kMinTail) continue;
      used_.push_back(tail);
      pooled_.insert(pooled_.end(), tail.begin(), tail.end());
      floors_.push_back(correlation_floor(in_batches(tail, base_batches_)));
    }
    if (!pooled_.empty()) order_.assign(pooled_);
  }
  [[nodiscard]] std::size_t rounds() const override { return used_.size(); }
  [[nodiscard]] std::int64_t samples(std::size_t round) const override {
    return static_cast<std::int64_t>(used_[round].size());
  }
  [[nodiscard]] double mean(std::size_t round) const override { return mean_of(used_[round]); }
  [[nodiscard]] double variance_about(double centre) const override {
    return sum_of_squares(pooled_, centre) / static_cast<double>(pooled_.size());
  }
  void select(std::span<const std::int64_t> ranks, std::span<double> values) override {
    order_.select(ranks, values);
  }
  [[nodiscard]] double share_below(std::size_t round, double point) const override {
    return stats::share_below(used_[round], point);
  }
  [[nodiscard]] double effective_share(std::size_t round, Percentile /*p*/, double point) const override {
    const Batched series = in_batches(used_[round], base_batches_);
    return stats::effective_share(correlation(series, point, floors_[round]), level_);
  }

 private:
  std::int64_t base_batches_;
  double level_;
  std::vector<std::span<const double>> used_;
  std::vector<double> pooled_, floors_;
  OrderStatistics order_;
};

class SketchPool final : public Pool {
 public:
  SketchPool(std::span<const TailSketch> tails, double level) : level_{level} {
    for (const TailSketch& tail : tails) {
      if (tail.samples < kMinTail) continue;
      used_.push_back(&tail);
      const double weight = static_cast<double>(tail.samples) / static_cast<double>(tail.points.size());
      for (const double point : tail.points) pooled_.emplace_back(point, weight);
    }
    std::ranges::sort(pooled_);
    double below = 0;
    for (auto& [point, weight] : pooled_) weight = below += weight;
  }
  [[nodiscard]] std::size_t rounds() const override { return used_.size(); }
  [[nodiscard]] std::int64_t samples(std::size_t round) const override { return used_[round]->samples; }
  [[nodiscard]] double mean(std::size_t round) const override { return used_[round]->mean; }
  [[nodiscard]] double variance_about(double centre) const override {
    double sum = 0, all = 0;
    for (const TailSketch* tail : used_) {
      const double apart = tail->mean - centre;
      sum += static_cast<double>(tail->samples) * (tail->variance + apart * apart);
      all += static_cast<double>(tail->samples);
    }
    return sum / all;
  }
  // A point stands for the samples up to the one that its weight ends with.
  void select(std::span<const std::int64_t> ranks, std::span<double> values) override {
    constexpr double kHalf = 0.5;
    for (std::size_t i = 0; i < ranks.size(); ++i) {
      const double rank = static_cast<double>(ranks[i]) - kHalf;
      const auto at = std::ranges::lower_bound(pooled_, rank, {}, [](const auto& x) { return x.second; });
      values[i] = at == pooled_.end() ? pooled_.back().first : at->first;
    }
  }
  [[nodiscard]] double share_below(std::size_t round, double point) const override {
    const auto& points = used_[round]->points;
    const auto below = std::ranges::upper_bound(points, point) - points.begin();
    return static_cast<double>(below) / static_cast<double>(points.size());
  }
  [[nodiscard]] double effective_share(std::size_t round, Percentile p, double /*point*/) const override {
    return stats::effective_share(used_[round]->correlation[static_cast<std::size_t>(p)], level_);
  }

 private:
  double level_;
  std::vector<const TailSketch*> used_;
  std::vector<std::pair<double, double>> pooled_;  // ascending; samples up to and with this one
};

// Independent samples that rounds with these shares at or below the pooled point are worth, at most.
double limit_from_spread(std::span<const double> shares, double level) {
  const auto rounds = static_cast<double>(shares.size());
  const double f = mean_of(shares);
  const double variance = sum_of_squares(shares, f) / (rounds - 1);
  if (!(f > 0 && f < 1 && variance > 0)) return HUGE_VAL;
  return f * (1 - f) * rounds / variance * squared_ratio(level, rounds - 1);
}

// The same from the means of the rounds: where rounds have speeds of their own, a tail is worth no more
// samples than the mean, however alike the rounds look at its point.
double limit_from_means(const Pool& pool) {
  std::vector<double> means;
  double sum = 0;
  for (std::size_t r = 0; r < pool.rounds(); ++r) {
    means.push_back(pool.mean(r));
    sum += means.back() * static_cast<double>(pool.samples(r));
  }
  const auto rounds = static_cast<double>(means.size());
  const double centre = sum / static_cast<double>(pool.samples());
  const double between = sum_of_squares(means, mean_of(means)) / (rounds - 1);
  const double rounding = 1e-12 * centre;
  if (between <= rounding * rounding) return HUGE_VAL;
  return 2 * rounds * pool.variance_about(centre) / between;
}

double worth(const Pool& pool, Percentile p, double point, double level) {
  double n_eff = 0;
  std::vector<double> shares;
  for (std::size_t r = 0; r < pool.rounds(); ++r) {
    n_eff += static_cast<double>(pool.samples(r)) * pool.effective_share(r, p, point);
    shares.push_back(pool.share_below(r, point));
  }
  return pool.rounds() > 1 ? std::min(n_eff, limit_from_spread(shares, level)) : n_eff;
}

MergedQuantiles merged(Pool& pool, std::span<const Percentile> wanted, const Params& params, double level) {
  if (pool.rounds() == 0) return {};
  const std::int64_t n = pool.samples();
  const Select select = [&pool](auto ranks, auto out) { pool.select(ranks, out); };
  const std::vector<double> points = points_at(select, n, wanted);
  const double limit = params.session && pool.rounds() > 1 ? limit_from_means(pool) : HUGE_VAL;
  std::vector<Asked> asked;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const double n_eff = std::min(worth(pool, wanted[i], points[i], level), limit);
    asked.push_back({wanted[i], std::max<std::int64_t>(1, whole_samples(n_eff)), level});
  }
  MergedQuantiles result{with_intervals(select, n, asked, points), {}};
  for (const Asked& a : asked) {
    const auto place = static_cast<std::size_t>(a.percentile);
    if (result.given[place]) continue;
    const auto least = static_cast<double>(least_independent(probability(a.percentile), level));
    result.needed[place] = static_cast<std::int64_t>(
        std::ceil(static_cast<double>(n) * std::max(1.0, least / static_cast<double>(a.n_eff))));
  }
  return result;
}

double level_of(const Params& params) { return params.session ? params.level_seq : params.level; }

}  // namespace

std::int64_t least_independent(double p, double level) {
  const double outside = std::max(p, 1 - p);
  auto n = static_cast<std::int64_t>(std::ceil(std::log((1 - level) / 2) / std::log(outside)));
  while (n > 1 && quantile_ranks(n - 1, p, level)) --n;
  while (!quantile_ranks(n, p, level)) ++n;
  return n;
}

MergedQuantiles merge_quantiles(std::span<const std::span<const double>> tails,
                                std::span<const Percentile> wanted, const Params& params) {
  WholePool pool{tails, params, level_of(params)};
  return merged(pool, wanted, params, level_of(params));
}

MergedQuantiles merge_sketches(std::span<const TailSketch> tails, std::span<const Percentile> wanted,
                               const Params& params) {
  SketchPool pool{tails, level_of(params)};
  return merged(pool, wanted, params, level_of(params));
}

}  // namespace deepgap::stats
