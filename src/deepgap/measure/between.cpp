#include "deepgap/measure/between.hpp"

#include <fmt/format.h>

#include <cstring>
#include <utility>

namespace deepgap::measure {
namespace {

// Bytes that inputs are shifted by from call to call: whole values of any type, never a whole row of pixels.
constexpr std::size_t kShift = 8 * 1009;

void put_shifted(Bytes into, const std::vector<std::byte>& from, std::size_t shift) {
  const std::size_t head = from.size() - shift;
  std::memcpy(into.data(), from.data() + shift, head);
  std::memcpy(into.data() + head, from.data(), shift);
}

}  // namespace

Result<Between> Between::make(const Conditions& conditions, engine::Session& session, std::size_t inputs,
                              bool copies) {
  Between between{session};
  if (conditions.cold && copies) {
    if (Status can = session.evict_caches(); !can) return std::move(can).error().in("cache = \"cold\"");
    between.evict_ = true;
  } else if (conditions.cold) {
    auto sweep = CacheSweep::make(conditions.sweep_bytes);
    if (!sweep) return std::move(sweep).error();
    between.sweep_ = *std::move(sweep);
  }
  for (std::size_t i = 0; conditions.fresh && i < inputs; ++i) {
    const Bytes place = session.input(i);
    between.places_.push_back(place);
    between.originals_.emplace_back(place.begin(), place.end());
  }
  return between;
}

void Between::put_fresh_inputs() {
  ++turn_;
  for (std::size_t i = 0; i < places_.size(); ++i)
    if (!places_[i].empty()) put_shifted(places_[i], originals_[i], turn_ * kShift % places_[i].size());
}

Status Between::operator()() {
  put_fresh_inputs();
  if (sweep_) sweep_->run();
  return evict_ ? session_->evict_caches() : Status{};
}

std::optional<std::string> Between::sweep_words() const {
  if (evict_) return "by the engine, before each call";
  if (!sweep_) return std::nullopt;
  return fmt::format("{:.0f} MB written by the CPUs before each call",
                     static_cast<double>(sweep_->bytes()) / 1e6);
}

}  // namespace deepgap::measure
