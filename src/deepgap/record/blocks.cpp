#include "deepgap/record/blocks.hpp"

#include <algorithm>

namespace deepgap::record {

bool device_throttled(const Block& block) {
  return block.throttle_reasons && *block.throttle_reasons != kNotThrottled;
}

std::vector<std::string> throttle_reasons(std::span<const Round> rounds) {
  std::vector<std::string> reasons;
  for (const Round& round : rounds)
    for (const Block& block : round.blocks) {
      if (!device_throttled(block)) continue;
      std::string_view rest = *block.throttle_reasons;
      while (!rest.empty()) {
        const std::size_t end = rest.find(", ");
        const std::string_view reason = rest.substr(0, end);
        if (std::ranges::find(reasons, reason) == reasons.end()) reasons.emplace_back(reason);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
      }
    }
  return reasons;
}

std::optional<double> mean_of_blocks(std::span<const Round> rounds, std::optional<double> Block::* figure) {
  double sum = 0;
  double weight = 0;
  for (const Round& round : rounds)
    for (const Block& block : round.blocks)
      if (const auto& value = block.*figure; value) {
        sum += *value * static_cast<double>(block.samples);
        weight += static_cast<double>(block.samples);
      }
  if (weight <= 0) return std::nullopt;
  return sum / weight;
}

}  // namespace deepgap::record
