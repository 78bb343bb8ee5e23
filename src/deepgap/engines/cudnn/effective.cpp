#include "deepgap/engines/cudnn/effective.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "deepgap/core/text.hpp"

namespace deepgap::engines::cudnn {

Evidence evidence_of(std::span<const Arithmetic> layers) {
  if (layers.empty()) return {std::nullopt, "no convolution and no matrix product to tell it by"};
  std::map<Precision, std::map<std::string, std::size_t>> counts;
  std::map<Precision, std::size_t> totals;
  for (const Arithmetic& layer : layers) {
    ++counts[layer.precision][layer.how];
    ++totals[layer.precision];
  }
  const auto most = std::ranges::max_element(totals, {}, [](const auto& entry) { return entry.second; });
  const auto kinds_of = [&](Precision precision) {
    std::vector<std::string> kinds;
    for (const auto& [how, count] : counts[precision]) kinds.push_back(fmt::format("{} {}", count, how));
    return join(kinds);
  };
  std::string sentence = fmt::format("{} of {} convolutions and matrix products run in {} ({})", most->second,
                                     layers.size(), name(most->first), kinds_of(most->first));
  for (const auto& [precision, count] : totals)
    if (precision != most->first)
      sentence += fmt::format(", {} in {} ({})", count, name(precision), kinds_of(precision));
  return {most->first, std::move(sentence)};
}

}  // namespace deepgap::engines::cudnn
