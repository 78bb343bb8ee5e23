#include "deepgap/measure/round_series.hpp"

#include <algorithm>
#include <utility>

namespace deepgap::measure {
namespace {

constexpr std::size_t kFirstCapacity = 1024;
constexpr double kNanosecond = 1e-9;

stats::Params with_resolution(stats::Params params, double resolution_s) {
  params.resolution_s = std::max(params.resolution_s, resolution_s);
  return params;
}

}  // namespace

SampleStore::SampleStore(const RoundSpec& spec, double resolution_s, std::size_t in_flight)
    : limit_{std::max<std::int64_t>(1, spec.max_samples)},
      first_look_s_{std::min(spec.params.t_min_s, spec.params.t_cap_s)},
      analyser_{with_resolution(spec.params, resolution_s)},
      rule_{analyser_.params(), spec.planned_samples} {
  series_.in_flight = static_cast<std::int64_t>(in_flight);
}

void SampleStore::reserve(double call_s) {
  auto wanted = static_cast<double>(std::max(rule_.next_look(), std::int64_t{1}));
  if (rule_.looks() == 0 && call_s > 0) wanted = std::max(wanted, 1.5 * first_look_s_ / call_s);
  wanted = std::max(wanted, static_cast<double>(full() ? 2 * count_ : count_));
  wanted = std::clamp(wanted, static_cast<double>(kFirstCapacity), static_cast<double>(limit_));
  grow(static_cast<std::size_t>(wanted));
  auto& blocks = series_.blocks;
  if (blocks.size() == blocks.capacity()) blocks.reserve(2 * blocks.size() + 8);
}

// Written once here, so that the pages are there when the samples come.
void SampleStore::grow(std::size_t capacity) {
  if (capacity <= series_.latencies_ns.size()) return;
  series_.latencies_ns.resize(capacity);
  series_.ends_ns.resize(capacity);
}

void SampleStore::begin_block(std::int64_t begin_ns) {
  series_.blocks.push_back({static_cast<std::int64_t>(count_), 0, begin_ns});
}

const RoundBlock& SampleStore::end_block() {
  RoundBlock& block = series_.blocks.back();
  block.samples = static_cast<std::int64_t>(count_) - block.first_sample;
  return block;
}

double SampleStore::elapsed_s() const noexcept {
  return count_ == 0 ? 0 : static_cast<double>(series_.ends_ns[count_ - 1]) * kNanosecond;
}

void SampleStore::convert() {
  for (std::size_t i = latencies_s_.size(); i < count_; ++i) {
    latencies_s_.push_back(static_cast<double>(series_.latencies_ns[i]) * kNanosecond);
    ends_s_.push_back(static_cast<double>(series_.ends_ns[i]) * kNanosecond);
  }
}

Result<bool> SampleStore::look() {
  convert();
  auto look = analyser_.look(latencies_s_, ends_s_, stats::Depth::stopping);
  if (!look) return std::move(look).error();
  reason_ = rule_.judge(*look, elapsed_s());
  return reason_.has_value();
}

Result<RoundSeries> SampleStore::finish(std::optional<stats::StoppedBy> forced) {
  convert();
  auto look = analyser_.look(latencies_s_, ends_s_, stats::Depth::full);
  if (!look) return std::move(look).error();
  series_.latencies_ns.resize(count_);
  series_.ends_ns.resize(count_);
  std::erase_if(series_.blocks, [](const RoundBlock& block) { return block.samples == 0; });
  const auto reason = forced.value_or(reason_.value_or(stats::StoppedBy::time_cap));
  series_.result = {*std::move(look), rule_.looks(), elapsed_s(), reason};
  series_.result.look.label = rule_.label(series_.result.look, reason);
  return std::move(series_);
}

}  // namespace deepgap::measure
