#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Sets of CPU numbers as the kernel writes them: "0-3,8,10-11".
namespace deepgap::telemetry {

using CpuList = std::vector<int>;  // ascending, no number twice

inline constexpr int kCpuLimit = 8192;  // the largest NR_CPUS of any Linux configuration

// Absent when malformed or out of range; an empty text is an empty set.
[[nodiscard]] std::optional<CpuList> parse_cpu_list(std::string_view text);
[[nodiscard]] std::string to_text(const CpuList& cpus);
[[nodiscard]] CpuList intersection(const CpuList& a, const CpuList& b);

}  // namespace deepgap::telemetry
