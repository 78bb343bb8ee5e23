#include "deepgap/telemetry/cpu_list.hpp"

#include <algorithm>
#include <iterator>

#include "deepgap/telemetry/files.hpp"

namespace deepgap::telemetry {
namespace {

std::optional<int> cpu_number(std::string_view text) {
  const auto value = parse_integer(text);
  if (!value || *value < 0 || *value >= kCpuLimit) return std::nullopt;
  return static_cast<int>(*value);
}

}  // namespace

std::optional<CpuList> parse_cpu_list(std::string_view text) {
  text = trimmed(text);
  std::vector<bool> present(kCpuLimit, false);
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view part = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    const std::size_t dash = part.find('-');
    const auto first = cpu_number(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : cpu_number(part.substr(dash + 1));
    if (!first || !last || *last < *first) return std::nullopt;
    std::fill(present.begin() + *first, present.begin() + *last + 1, true);
  }
  CpuList cpus;
  for (int cpu = 0; cpu < kCpuLimit; ++cpu)
    if (present[static_cast<std::size_t>(cpu)]) cpus.push_back(cpu);
  return cpus;
}

std::string to_text(const CpuList& cpus) {
  std::string text;
  for (std::size_t i = 0; i < cpus.size(); ++i) {
    const std::size_t first = i;
    while (i + 1 < cpus.size() && cpus[i + 1] == cpus[i] + 1) ++i;
    if (!text.empty()) text += ',';
    text += std::to_string(cpus[first]);
    if (i != first) text += (i == first + 1 ? ',' : '-') + std::to_string(cpus[i]);
  }
  return text;
}

CpuList intersection(const CpuList& a, const CpuList& b) {
  CpuList both;
  std::ranges::set_intersection(a, b, std::back_inserter(both));
  return both;
}

}  // namespace deepgap::telemetry
