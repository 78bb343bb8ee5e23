// What was measured, where and when: the columns of time, cost, trust, place and time.
#include "deepgap/record/columns_detail.hpp"

namespace deepgap::record::detail {
namespace {

template <auto Member>
void add_latency(std::vector<Column>& to, const std::string& key, const std::string& title,
                 const std::string& percent, const std::string& needs) {
  add_estimate<Member>(
      to, {.name = "latency_" + key + "_ms",
           .group = Group::time,
           .unit = "ms",
           .title = title,
           .definition = percent +
                         " % of the calls took at most this long: nearest rank over the pooled samples "
                         "of all rounds, warm-up cut. A call is what `contract` says. The interval is one of "
                         "order statistics, widened for correlation within and between rounds.",
           .caveat =
               "Absent below the sample size that can support it: at least " + needs +
               " independent calls, more when calls are correlated. The maximum is never printed instead."});
}

}  // namespace

void add_time(std::vector<Column>& to) {
  constexpr Group kGroup = Group::time;
  add_estimate<&Row::latency_mean_ms>(
      to, {.name = "latency_mean_ms",
           .group = kGroup,
           .unit = "ms",
           .title = "mean ms",
           .definition =
               "Mean duration of one call for a whole batch: the average of the rounds' means, warm-up "
               "cut, nothing else discarded. A call is what `contract` says: with input in host memory, "
               "from the request until the outputs can be read in host memory; pre- and "
               "post-processing are not part of it.",
           .caveat = "The interval covers noise and the spread between rounds, not modes that no round saw "
                     "(mode_limit_pct) and not another machine."});
  add_latency<&Row::latency_p50_ms>(to, "p50", "p50 ms", "50", "6");
  add_latency<&Row::latency_p90_ms>(to, "p90", "p90 ms", "90", "36");
  add_latency<&Row::latency_p95_ms>(to, "p95", "p95 ms", "95", "72");
  add_latency<&Row::latency_p99_ms>(to, "p99", "p99 ms", "99", "368");
  add_latency<&Row::latency_p999_ms>(to, "p999", "p99.9 ms", "99.9", "3,688");
  to.push_back({.name = "percentiles_needed",
                .group = kGroup,
                .title = "percentiles need",
                .definition = "For every percentile that is absent: how many calls like these it would have "
                              "needed, and the time that they would take.",
                .caveat = "Where rounds differ it is more rounds that are needed, of the same length.",
                .get = &get<&Row::percentiles_needed>});
  to.push_back({.name = "percentile_rank_error_pct",
                .group = kGroup,
                .kind = Kind::real,
                .unit = "%",
                .title = "rank error %",
                .definition =
                    "Percentiles of a case with more than 1,000,000 samples come from a sketch of each round "
                    "(equally spaced order statistics): the share of all samples by which their ranks may be "
                    "wrong, at most. Absent: they come from every sample.",
                .caveat = "Means, intervals of the mean and throughput do not depend on it.",
                .get = &get<&Row::percentile_rank_error_pct>});
  add_estimate<&Row::device_mean_ms>(
      to,
      {.name = "device_mean_ms",
       .group = kGroup,
       .unit = "ms",
       .title = "device ms",
       .definition = "Mean time that the device itself was busy with one call, by the device's own clock. "
                     "latency_mean_ms minus this is launching, copying and waiting.",
       .caveat = "Absent for engines and devices without a clock of their own, such as CPUs."});
  add_estimate<&Row::throughput_ips>(
      to,
      {.name = "throughput_ips",
       .group = kGroup,
       .unit = "1/s",
       .title = "inf/s",
       .definition = "Inferences per second: finished calls times batch, divided by the wall time in which "
                     "they were finished, with as many calls in flight as the engine wants. Counted work "
                     "over wall time, not batch / latency.",
       .caveat = "One inference is one input, so batches can be compared with each other."});
  to.push_back(
      {.name = "compile_s",
       .group = kGroup,
       .kind = Kind::real,
       .unit = "s",
       .title = "compile s",
       .definition = "Wall time from the network's bytes to a compiled network that is ready to run.",
       .caveat = "One observation; a plan cache on disk makes it shorter the second time.",
       .get = &get<&Row::compile_s>});
  to.push_back({.name = "first_call_ms",
                .group = kGroup,
                .kind = Kind::real,
                .unit = "ms",
                .title = "first ms",
                .definition = "Duration of the first call after compilation, lazy initialisation included.",
                .caveat = "One observation, in no other metric.",
                .get = &get<&Row::first_call_ms>});
  to.push_back(
      {.name = "contract",
       .group = kGroup,
       .title = "contract",
       .definition =
           "What one timed call contains, as key=value: copies (none, in-and-out: whether inputs go to "
           "another memory and outputs come back within the call), sync (how its end is known), "
           "depth (calls in flight for throughput; latency is always measured with one), cache "
           "(hot, or cold: the last-level cache is swept before each call, outside the timed part, "
           "and throughput is calls over the sum of their times), inputs (reused, or fresh: another "
           "input before each call), launch (how the work is handed over), batch. unknown: it "
           "cannot be told.",
       .caveat = "Latencies with different contracts must not be compared.",
       .get = &get<&Row::contract>});
}

void add_cost(std::vector<Column>& to) {
  constexpr Group kGroup = Group::cost;
  to.push_back(
      {.name = "energy_mj_per_inference",
       .group = kGroup,
       .kind = Kind::real,
       .unit = "mJ",
       .title = "mJ/inf",
       .definition =
           "Mean power of the device during the rounds (RAPL package counter for CPUs, the card's own for "
           "NVIDIA devices; looks and unrecorded calls included) over throughput; idle power is part of it.",
       .caveat = "The counter sees the whole package: other programs on it are counted too. Absent where "
                 "no counter can be read, and for cards where some round is shorter than a second: their "
                 "counter moves ten times a second.",
       .get = &get<&Row::energy_mj_per_inference>});
  to.push_back(
      {.name = "energy_idle_subtracted_mj",
       .group = kGroup,
       .kind = Kind::real,
       .unit = "mJ",
       .title = "mJ/inf net",
       .definition = "energy_mj_per_inference less the device's idle power times the time of one inference.",
       .caveat = "The idle power is measured before the rounds and assumed constant.",
       .get = &get<&Row::energy_idle_subtracted_mj>});
  to.push_back(
      {.name = "power_w",
       .group = kGroup,
       .kind = Kind::real,
       .unit = "W",
       .title = "power W",
       .definition = "Mean power of the device while sampling: energy over wall time, idle included.",
       .get = &get<&Row::power_w>});
  to.push_back({.name = "host_memory_peak_mb",
                .group = kGroup,
                .kind = Kind::real,
                .unit = "MB",
                .title = "host MB",
                .definition =
                    "Largest resident memory of the worker process (10^6 bytes), the engine's library, "
                    "weights, compilation and buffers included.",
                .caveat = "Compilation often needs more than running does.",
                .get = &get<&Row::host_memory_peak_mb>});
  to.push_back({.name = "device_memory_peak_mb",
                .group = kGroup,
                .kind = Kind::real,
                .unit = "MB",
                .title = "device MB",
                .definition = "Largest memory that the worker process held on the device (10^6 bytes).",
                .caveat = "Absent for devices that share the host's memory.",
                .get = &get<&Row::device_memory_peak_mb>});
}

void add_trust(std::vector<Column>& to) {
  constexpr Group kGroup = Group::trust;
  add_estimate<&Row::accuracy_vs_fp32_top1>(
      to,
      {.name = "accuracy_vs_fp32_top1",
       .group = kGroup,
       .unit = "share",
       .title = "agrees",
       .definition = "Share (0 to 1) of the checked inputs for which the largest output is at the same place "
                     "as in the FP32 network: agreement with FP32, not correctness.",
       .caveat = "Seeded weights and images have closer decisions than trained ones have on photographs."});
  to.push_back({.name = "accuracy_vs_fp32_sqnr_db",
                .group = kGroup,
                .kind = Kind::real,
                .unit = "dB",
                .title = "SQNR dB",
                .definition =
                    "Signal to quantisation noise of the outputs: 10 log10(sum y^2 / sum (y - q)^2), y "
                    "from the FP32 network and q from this row's, over all checked inputs.",
                .caveat = "30 dB is an error of about 3 % of the output's size.",
                .get = &get<&Row::accuracy_vs_fp32_sqnr_db>});
  to.push_back({.name = "accuracy_top1",
                .group = kGroup,
                .kind = Kind::real,
                .unit = "share",
                .title = "top-1",
                .definition = "Share (0 to 1) of labelled inputs that were classified correctly.",
                .caveat = "Absent unless the study names labelled data.",
                .get = &get<&Row::accuracy_top1>});
  to.push_back({.name = "verified",
                .group = kGroup,
                .title = "verified",
                .definition =
                    "Whether the outputs agree with the double-precision reference interpreter within "
                    "the tolerance of the precision that ran: pass, fail, or not done.",
                .caveat = "A row that fails is mistrusted whatever its speed.",
                .get = &get<&Row::verified>,
                .allowed = {"pass", "fail", "not done"},
                .always = true});
  to.push_back({.name = "verified_detail",
                .group = kGroup,
                .title = "verified how",
                .definition = "What verification compared and found, in words.",
                .get = &get<&Row::verified_detail>});
  to.push_back(
      {.name = "foreign_cpu_share",
       .group = kGroup,
       .kind = Kind::real,
       .unit = "share",
       .title = "foreign CPU",
       .definition = "Share (0 to 1) of the CPU time there was, on the CPUs this process may use and while "
                     "sampling, that went to other processes.",
       .caveat = "A few per cent already disturb an engine that waits at barriers for all its threads.",
       .get = &get<&Row::foreign_cpu_share>});
  to.push_back({.name = "throttled_share",
                .group = kGroup,
                .kind = Kind::real,
                .unit = "share",
                .title = "throttled",
                .definition =
                    "Share (0 to 1) of the cgroup's scheduling periods, while sampling, in which its CPU "
                    "quota stopped it.",
                .caveat = "Says nothing of thermal throttling.",
                .get = &get<&Row::throttled_share>});
  to.push_back({.name = "drift_bound_pct",
                .group = kGroup,
                .kind = Kind::real,
                .unit = "%",
                .title = "drift bound %",
                .definition =
                    "One-sided 95 % bound on the drift of the latency over the record or 30 s, whichever "
                    "is longer, as a percentage of the mean: a larger drift is excluded.",
                .caveat = "Short rounds cannot exclude slow drifts: a large bound is ignorance, not drift.",
                .get = &get<&Row::drift_bound_pct>});
  to.push_back({.name = "mode_limit_pct",
                .group = kGroup,
                .kind = Kind::real,
                .unit = "%",
                .title = "mode limit %",
                .definition =
                    "A mode (a lasting other speed) taken by fewer than this share of rounds may be "
                    "unseen: 1 - 0.05^(1/rounds), in per cent.",
                .get = &get<&Row::mode_limit_pct>});
  to.push_back(
      {.name = "bound_by",
       .group = kGroup,
       .title = "bound by",
       .definition =
           "What limits the speed, where that could be told: throttled, contended, host-bound, copy-bound, "
           "compute-bound or memory-bound; the first that holds.",
       .caveat = "Absent where no limit is proven; docs/bottlenecks.md says when each holds and where the "
                 "peaks come from.",
       .get = &get<&Row::bound_by>});
  to.push_back({.name = "bound_evidence",
                .group = kGroup,
                .title = "evidence",
                .definition = "The observation behind bound_by, in words.",
                .get = &get<&Row::bound_evidence>});
  to.push_back({.name = "warnings",
                .group = kGroup,
                .kind = Kind::json_list,
                .title = "warnings",
                .definition =
                    "Sentences about this row, each beginning with a heading of docs/warnings.md and "
                    "ending with its id in brackets. Absent when there are none.",
                .get = &get<&Row::warnings>});
}

void add_place_and_time(std::vector<Column>& to) {
  constexpr Group kGroup = Group::place_and_time;
  to.push_back({.name = "host",
                .group = kGroup,
                .title = "host",
                .definition = "Name of the machine.",
                .get = &get<&Row::host>});
  to.push_back({.name = "driver",
                .group = kGroup,
                .title = "driver",
                .definition = "Version of the device's driver; absent for CPUs.",
                .get = &get<&Row::driver>});
  to.push_back(
      {.name = "git_revision",
       .group = kGroup,
       .title = "revision",
       .definition = "Revision of DeepGap's source that was built, with -dirty when it had local changes.",
       .get = &get<&Row::git_revision>});
  to.push_back({.name = "build",
                .group = kGroup,
                .title = "build",
                .definition = "Compiler, build type and sanitizers of DeepGap itself.",
                .get = &get<&Row::build>});
  to.push_back({.name = "started_at",
                .group = kGroup,
                .title = "started",
                .definition = "When the first round of the case began: RFC 3339, UTC.",
                .get = &get<&Row::started_at>});
  to.push_back({.name = "duration_s",
                .group = kGroup,
                .kind = Kind::real,
                .unit = "s",
                .title = "took s",
                .definition = "Wall time spent on the case: rounds, compilation and checks together.",
                .get = &get<&Row::duration_s>});
}

}  // namespace deepgap::record::detail
