#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "deepgap/record/round.hpp"

// What the blocks of a case's rounds say together. Pure.
namespace deepgap::record {

inline constexpr std::string_view kNotThrottled = "none";  // Block::throttle_reasons

[[nodiscard]] bool device_throttled(const Block& block);

// Every reason that some block names, once, in the order in which they appear.
[[nodiscard]] std::vector<std::string> throttle_reasons(std::span<const Round> rounds);

// Mean of a figure of the blocks, weighted by their samples; absent when no block has it.
[[nodiscard]] std::optional<double> mean_of_blocks(std::span<const Round> rounds,
                                                   std::optional<double> Block::* figure);

}  // namespace deepgap::record
