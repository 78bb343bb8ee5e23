#include "deepgap/measure/held_rounds.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "deepgap/measure/rounds.hpp"
#include "deepgap/stats/params.hpp"

namespace deepgap::measure {
namespace {

std::int64_t size_of(const record::Round& round) {
  return static_cast<std::int64_t>(round.latencies_ns.size());
}

// Memory is given back: assigning {} would keep it.
void drop_samples(record::Round& round) {
  round.latencies_ns = std::vector<std::int64_t>{};
  round.ends_ns = std::vector<std::int64_t>{};
}

}  // namespace

stats::TailSketch sketch_of(const record::Round& round) {
  return stats::sketch(tail_seconds(round), stats::Params{}.base_batches);
}

void HeldRounds::add(record::Round round) {
  const auto at = std::ranges::lower_bound(rounds_, round.index, {}, &record::Round::index);
  const auto place = std::distance(rounds_.begin(), at);
  const bool known = at != rounds_.end() && at->index == round.index;
  if (known) held_ -= size_of(*at);
  held_ += size_of(round);
  if (known)
    *at = std::move(round);
  else
    rounds_.insert(at, std::move(round));
  if (!sketches_.empty()) {
    const auto made = sketch_of(rounds_[static_cast<std::size_t>(place)]);
    if (known)
      sketches_[static_cast<std::size_t>(place)] = made;
    else
      sketches_.insert(sketches_.begin() + place, made);
  } else if (held_ > most_samples_) {
    for (const record::Round& held : rounds_) sketches_.push_back(sketch_of(held));
  }
  if (sketches_.empty()) return;
  for (record::Round& held : rounds_) drop_samples(held);
  held_ = 0;
}

}  // namespace deepgap::measure
