#include "deepgap/measure/round_watch.hpp"

#include <utility>

namespace deepgap::measure {

RoundWatch::RoundWatch(telemetry::DeviceWatch* device, const std::filesystem::path& root)
    : device_{device}, watch_{root}, first_{watch_.take()}, last_{first_} {
  if (device_ != nullptr) {
    device_->begin();
    return;
  }
  if (auto rapl = telemetry::Rapl::open(root); rapl) {
    rapl_ = *std::move(rapl);
    if (auto energy = rapl_->read(); energy) energy_ = *std::move(energy);
  }
}

void RoundWatch::end_block(std::int64_t first_sample, std::int64_t samples) {
  telemetry::CpuSnapshot now = watch_.take();
  const telemetry::BlockLoad load = telemetry::between(last_, now);
  last_ = std::move(now);
  record::Block& block = blocks_.emplace_back();
  block.first_sample = first_sample;
  block.samples = samples;
  block.foreign_cpu_share = load.foreign_cpu_share;
  block.throttled_share = load.throttled_share;
  block.cpu_mhz = load.cpu_mhz;
  block.steal_share = load.steal_share;
  if (device_ == nullptr) return;
  telemetry::DeviceState state = device_->since_last();
  block.device_mhz = state.mhz;
  block.device_temperature_c = state.temperature_c;
  block.device_power_w = state.power_w;
  block.throttle_reasons = std::move(state.throttle_reasons);
}

void RoundWatch::finish(record::Round& round) {
  // Blocks shorter than the kernel's ticks can tell apart take the shares of the whole round.
  const telemetry::BlockLoad whole = telemetry::between(first_, watch_.take());
  for (record::Block& block : blocks_) {
    if (!block.foreign_cpu_share) block.foreign_cpu_share = whole.foreign_cpu_share;
    if (!block.steal_share) block.steal_share = whole.steal_share;
  }
  round.blocks = std::move(blocks_);
  if (device_ != nullptr) {
    round.energy_j = device_->energy_j();
  } else if (rapl_ && energy_) {
    if (auto now = rapl_->read(); now) round.energy_j = telemetry::joules_between(*energy_, *now);
  }
}

}  // namespace deepgap::measure
