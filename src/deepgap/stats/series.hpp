#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/stats/label.hpp"
#include "deepgap/stats/order_statistics.hpp"
#include "deepgap/stats/params.hpp"
#include "deepgap/stats/quantile.hpp"

// One look at one series of latencies: docs/method.md.
// Knows: numbers in seconds. Never knows: clocks, files, engines, other series.
namespace deepgap::stats {

// Everything that can be said about a fixed series. No NaN, no infinity: what cannot be stated is absent.
struct Look {
  Label label = Label::too_few;
  std::int64_t n = 0;       // samples
  std::int64_t cut = 0;     // of which warm-up
  std::int64_t n_tail = 0;  // what is left: whole batches; all of them when there are too few
  std::optional<double> mean_s;
  std::optional<double> half_s;         // half-width of the mean's interval, drift apart
  std::optional<double> drift_s;        // what a detected trend adds to it
  std::optional<double> drift_bound_s;  // one-sided 95 % bound on the drift over the record or the horizon
  std::optional<double> rise_s;         // least-squares slope times the time covered, significant or not
  std::optional<double> df, se_s, sd_s;
  bool detected = false;    // a trend
  bool excluded = false;    // a drift above the target
  bool unresolved = false;  // the end of warm-up
  bool rare = false;        // a few slow calls dominate the mean
  std::int64_t events = 0;  // samples above rare_factor medians
  double span_s = 0;        // time the tail covers
  Quantiles quantiles;
};

enum class Depth : std::uint8_t {
  stopping,  // what the stopping rule needs
  full       // and all percentiles
};

// Looks at growing series; keeps its buffers, so that later looks allocate little. Work O(n). One thread.
class Analyser {
 public:
  explicit Analyser(const Params& params) : params_{params} {}

  // latencies_s[i] ended at ends_s[i]. Errc::invalid_input: sizes differ, a sample that is not finite or not
  // between 1e-15 s and 1e9 s, an end time that is not finite or lies before the one before it, parameters
  // out of range.
  Result<Look> look(std::span<const double> latencies_s, std::span<const double> ends_s, Depth depth);

  [[nodiscard]] const Params& params() const noexcept { return params_; }

 private:
  struct Tail;
  Tail cut_warm_up(std::span<const double> latencies_s, std::span<const double> ends_s, Look& look);
  void find_medians(const Batched& series);
  void state_mean(const Tail& tail, Look& look);
  void state_trend(const Tail& tail, Look& look);
  void state_rare_events(const Tail& tail, Look& look);

  Params params_;
  OrderStatistics order_;
  std::vector<double> medians_, means_, times_, residuals_, scratch_;
};

[[nodiscard]] Result<Look> analyse(std::span<const double> latencies_s, std::span<const double> ends_s,
                                   const Params& params = {}, Depth depth = Depth::full);

// Relative half-width of the statistic that the rule stops on, drift allowance included; absent if that is.
[[nodiscard]] std::optional<double> relative_half(const Look& look, const Params& params);

// Narrow enough, long enough, warm-up resolved, no rare-event warning.
[[nodiscard]] bool is_precise(const Look& look, const Params& params);

// The label of a series that ends here.
[[nodiscard]] Label label_of(const Look& look, const Params& params);

}  // namespace deepgap::stats
