#include "deepgap/telemetry/nvml_watch.hpp"

#include <utility>

namespace deepgap::telemetry {
namespace {

constexpr std::uint64_t kPowerCap = 0x4, kHardwareSlowdown = 0x8, kSoftwareThermal = 0x20,
                        kHardwareThermal = 0x40, kPowerBrake = 0x80;
// A counter of held time that crept up by less than this share of the span is no finding.
constexpr double kHeldWorthSaying = 0.01;

bool was_held(const std::optional<std::chrono::nanoseconds>& before,
              const std::optional<std::chrono::nanoseconds>& after, std::chrono::nanoseconds span) {
  if (!before || !after) return false;
  return static_cast<double>((*after - *before).count()) >
         kHeldWorthSaying * static_cast<double>(span.count());
}

void name_reason(std::string& reasons, bool holds, std::string_view name) {
  if (!holds) return;
  if (!reasons.empty()) reasons += ", ";
  reasons += name;
}

}  // namespace

NvmlWatch::NvmlWatch(std::unique_ptr<NvmlCard> card, std::function<Clock::time_point()> now)
    : card_{std::move(card)}, now_{std::move(now)} {
  begin();
}

NvmlWatch::Held NvmlWatch::look() {
  const auto bits = card_->clock_event_bits();
  return {now_(), bits.value_or(0), bits.has_value(), card_->held_by_power(), card_->held_by_heat()};
}

void NvmlWatch::begin() {
  last_ = look();
  energy_began_mj_ = card_->energy_mj();
  began_ = now_();
}

DeviceState NvmlWatch::since_last() {
  const Held before = std::exchange(last_, look());
  DeviceState state;
  if (const auto mhz = card_->sm_mhz()) state.mhz = static_cast<double>(*mhz);
  if (const auto celsius = card_->temperature_c()) state.temperature_c = static_cast<double>(*celsius);
  if (const auto milliwatts = card_->power_mw()) state.power_w = static_cast<double>(*milliwatts) / 1e3;
  if (!before.known || !last_.known) return state;

  const std::uint64_t bits = before.bits | last_.bits;
  const auto span = last_.at - before.at;
  const bool heat =
      (bits & (kSoftwareThermal | kHardwareThermal)) != 0 || was_held(before.by_heat, last_.by_heat, span);
  const bool power = (bits & kPowerCap) != 0 || was_held(before.by_power, last_.by_power, span);
  const bool brake = (bits & kPowerBrake) != 0;
  std::string reasons;
  name_reason(reasons, heat, "thermal");
  name_reason(reasons, power, "power cap");
  name_reason(reasons, brake, "power brake");
  name_reason(reasons, (bits & kHardwareSlowdown) != 0 && !heat && !brake, "hardware slowdown");
  state.throttle_reasons = reasons.empty() ? "none" : std::move(reasons);
  return state;
}

std::optional<double> NvmlWatch::energy_j() {
  const auto now_mj = card_->energy_mj();
  if (!now_mj || !energy_began_mj_ || *now_mj < *energy_began_mj_) return std::nullopt;
  if (now_() - began_ < kShortestEnergySpan) return std::nullopt;
  return static_cast<double>(*now_mj - *energy_began_mj_) / 1e3;
}

}  // namespace deepgap::telemetry
