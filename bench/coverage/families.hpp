#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "deepgap/stats/params.hpp"

// Latency series whose truth is known, made call by call and as long as wanted. One source is one round of a
// session; what rounds of a session share (time, process, mode of the round) is told when it is made.
namespace deepgap::coverage {

struct RoundPlace {
  std::uint64_t seed = 1;     // of this round
  std::uint64_t process = 0;  // seed of what a process keeps for life
  double start_s = 0;         // since the session began
};

class Source {
 public:
  virtual ~Source() = default;
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  // Latency of the next call, relative to the family's base.
  virtual double next() = 0;
};

// What the long run gives, relative to the base; absent when there is no long run.
struct Truth {
  std::optional<double> mean;
  std::array<std::optional<double>, stats::kPercentiles> quantiles;  // by stats::Percentile
};

struct Family {
  std::string_view name;
  std::string_view what;
  bool endless = false;  // never settles: only a label is right
  std::unique_ptr<Source> (*make)(const RoundPlace& place, double base_s);
  Truth (*truth)();
};

// Those that the constants were chosen on, then those that they were not.
[[nodiscard]] std::span<const Family> families();
[[nodiscard]] const Family* family(std::string_view name);

}  // namespace deepgap::coverage
