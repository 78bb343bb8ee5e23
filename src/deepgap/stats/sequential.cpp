#include "deepgap/stats/sequential.hpp"

#include <algorithm>
#include <cmath>

namespace deepgap::stats {
namespace {

constexpr std::int64_t kMostSamples = std::int64_t{1} << 40;

std::int64_t grown(std::int64_t n, double growth) {
  const double next = std::ceil(static_cast<double>(n) * growth);
  return std::clamp(static_cast<std::int64_t>(std::min(next, static_cast<double>(kMostSamples))), n + 1,
                    kMostSamples + 1);
}

}  // namespace

std::string_view name(StoppedBy reason) noexcept {
  switch (reason) {
    case StoppedBy::precise: return "precise";
    case StoppedBy::time_cap: return "time cap";
    case StoppedBy::planned_samples: return "planned samples";
    case StoppedBy::sample_limit: return "sample limit";
    case StoppedBy::interrupted: return "interrupted";
  }
  return "";
}

SequentialRule::SequentialRule(const Params& params, std::optional<std::int64_t> planned_samples)
    : params_{params},
      planned_{planned_samples},
      cap_s_{params.t_cap_s},
      not_before_s_{planned_samples ? 0 : params.t_min_s},
      regardless_s_{planned_samples ? HUGE_VAL : params.horizon_s},
      next_n_{planned_samples.value_or(params.n_min)} {}

std::optional<StoppedBy> SequentialRule::judge(const Look& look, double elapsed_s) {
  ++looks_;
  if (planned_ && look.n >= *planned_) return StoppedBy::planned_samples;
  const bool precise = is_precise(look, params_);
  const bool settled = !params_.exclude_drift || look.excluded || look.span_s >= params_.horizon_s;
  if (!planned_ && precise && precise_before_ && settled) return StoppedBy::precise;
  if (capped(look.n, elapsed_s)) return StoppedBy::time_cap;
  precise_before_ = precise;
  next_n_ = grown(look.n, params_.growth);
  not_before_s_ = 0;
  regardless_s_ = HUGE_VAL;
  return std::nullopt;
}

Label SequentialRule::label(const Look& look, StoppedBy reason) const {
  const Label fixed = label_of(look, params_);
  const bool complete = reason == StoppedBy::precise || (planned_ && reason != StoppedBy::interrupted);
  const bool sound = fixed == Label::imprecise || fixed == Label::precise || fixed == Label::steady;
  return sound && !complete ? Label::time_capped : fixed;
}

Result<RoundResult> measure_round(std::span<const double> latencies_s, std::span<const double> ends_s,
                                  const Params& params, std::optional<std::int64_t> planned_samples,
                                  Depth depth) {
  Analyser analyser{params};
  SequentialRule rule{params, planned_samples};
  const std::size_t count = latencies_s.size();
  if (count != ends_s.size())  // look() says it in words
    return std::move(analyser.look(latencies_s, ends_s, depth)).error();
  std::size_t n = 0;
  std::optional<StoppedBy> reason;
  while (n < count && !reason) {
    ++n;
    const double elapsed_s = ends_s[n - 1];
    if (n < count && !rule.look_due(static_cast<std::int64_t>(n), elapsed_s)) continue;
    auto look = analyser.look(latencies_s.first(n), ends_s.first(n), Depth::stopping);
    if (!look) return std::move(look).error();
    reason = rule.judge(*look, elapsed_s);
  }
  auto last = analyser.look(latencies_s.first(n), ends_s.first(n), depth);
  if (!last) return std::move(last).error();
  RoundResult result{*std::move(last), rule.looks(), n > 0 ? ends_s[n - 1] : 0,
                     reason.value_or(StoppedBy::time_cap)};
  result.look.label = rule.label(result.look, result.stopped_by);
  return result;
}

}  // namespace deepgap::stats
