#pragma once

#include <string>
#include <utility>
#include <vector>

#include "deepgap/record/row.hpp"
#include "deepgap/record/warnings.hpp"

// The rows that every output format is shown with: usual ones, and everything that is awkward.
namespace deepgap::report::testing {

inline record::Estimate around(double value, double relative) {
  return {value, value * (1 - relative), value * (1 + relative)};
}

// As the canonical case string does it.
inline std::string quoted_word(const std::string& text) {
  if (text.find_first_of(" \"\a") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\a')
      out += "\\x07";
    else
      out += c;
  }
  return out + "\"";
}

inline record::Row measured(std::string model, std::string precision, std::int64_t batch, double ips,
                            double relative) {
  record::Row row;
  row.case_string = "engine=openvino device=cpu model=" + quoted_word(model) + " precision=" + precision +
                    " batch=" + std::to_string(batch) + " threads=2 streams=1";
  row.run = "20260102T030405Z-1a2b";
  row.engine = "openvino";
  row.engine_version = "2026.4.1";
  row.device = "cpu";
  row.device_name = "Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz";
  row.model = std::move(model);
  row.model_hash = "0123456789abcdef0123456789abcdef";
  row.batch = batch;
  row.threads = 2;
  row.streams = 1;
  row.precision_requested = precision;
  row.precision_effective = std::move(precision);
  row.settings = {{"INFERENCE_NUM_THREADS", {"2", "2"}}, {"PERFORMANCE_HINT", {"", std::nullopt}}};
  row.outcome = record::Outcome::completed;
  row.label = "few-rounds";
  row.rounds = 5;
  row.processes = 5;
  row.samples = 500;
  row.warmup_samples = 20;
  row.stopped_by = "precise";
  const double ms = 1000.0 * static_cast<double>(batch) / ips;
  row.latency_mean_ms = around(ms, relative);
  row.latency_p50_ms = around(ms * 0.99, relative);
  row.latency_p90_ms = around(ms * 1.04, relative * 2);
  row.throughput_ips = around(ips, relative);
  row.compile_s = 0.8123;
  row.first_call_ms = ms * 1.7;
  row.contract = "copies=none sync=call-returns depth=1 cache=hot inputs=reused launch=by-the-engine batch=" +
                 std::to_string(batch);
  row.host_memory_peak_mb = 412.5;
  row.verified = "pass";
  row.foreign_cpu_share = 0.0123;
  row.throttled_share = 0.0;
  row.drift_bound_pct = 2.3;
  row.mode_limit_pct = 45.07;
  row.host = "bench-1";
  row.git_revision = "72dfae0";
  row.build = "GCC 12.2.0 Release";
  row.started_at = "2026-01-02T03:04:05Z";
  row.duration_s = 6.5;
  return row;
}

inline record::Row not_run(std::string model, std::string precision, std::int64_t batch,
                           record::Outcome outcome, std::string why) {
  record::Row row;
  row.case_string = "engine=openvino device=cpu model=" + model + " precision=" + precision +
                    " batch=" + std::to_string(batch) + " threads=2 streams=1";
  row.engine = "openvino";
  row.device = "cpu";
  row.model = std::move(model);
  row.batch = batch;
  row.precision_requested = std::move(precision);
  row.outcome = outcome;
  row.why = std::move(why);
  return row;
}

inline std::vector<record::Row> sample_rows() {
  std::vector<record::Row> rows;
  rows.push_back(measured("resnet50", "fp32", 1, 54.321, 0.004));
  rows.back().latency_p99_ms = record::Estimate{20.91, 19.8, 24.0};

  rows.push_back(measured("resnet50", "fp16", 16, 109.87, 0.009));
  rows.back().precision_effective = "bf16";
  rows.back().accuracy_vs_fp32_sqnr_db = 42.125;
  rows.back().accuracy_vs_fp32_top1 = record::Estimate{1.0, 0.944, 1.0};
  rows.back().warnings = {record::warn(record::kPrecisionNotHonoured, "asked for fp16, ran bf16"),
                          record::warn(record::kFewRounds, "5 rounds: a mode under 45 % may be unseen")};

  rows.push_back(measured("resnet50", "int8", 32, 203.4567, 0.0102));
  rows.back().accuracy_vs_fp32_top1 = record::Estimate{0.96875, 0.893, 0.996};
  rows.back().accuracy_vs_fp32_sqnr_db = 31.25;
  rows.back().warnings = {record::warn(record::kCalibratedOnSeeded, "64 generated images"),
                          record::warn(record::kFewRounds, "5 rounds: a mode under 45 % may be unseen")};

  rows.push_back(measured("resnet50", "int8", 16, 201.9, 0.14));
  rows.back().label = "imprecise";
  rows.back().accuracy_vs_fp32_top1 = record::Estimate{0.96875, 0.893, 0.996};
  rows.back().accuracy_vs_fp32_sqnr_db = 31.25;
  rows.back().warnings = {record::warn(record::kImprecise, "14 % against a target of 1 %")};

  rows.push_back(measured("resnet50", "int8", 64, 251.0, 0.012));
  rows.back().outcome = record::Outcome::mistrusted;
  rows.back().label = "not-stationary";
  rows.back().why =
      "31 % of the CPU time on the measured cores went to other processes while sampling, and the latency "
      "was "
      "still falling when the time ran out";
  rows.back().foreign_cpu_share = 0.31;
  rows.back().warnings = {record::warn(record::kForeignLoad, "31 % of the time went to other processes")};

  for (const std::int64_t batch : {1, 16, 32})
    rows.push_back(not_run("resnet50", "fp8", batch, record::Outcome::skipped,
                           "openvino has no fp8 arithmetic on this cpu"));
  rows.push_back(
      not_run("resnet50", "fp32", 1024, record::Outcome::failed,
              "the worker was killed by signal 9 (out of memory?)\nlast words: \x1b[31mbad_alloc\x1b[0m"));

  // Names that break tables, terminals and spreadsheets; no interval; nothing optional known.
  rows.push_back(measured("models/模型 a|b `c`*_\"d\",\x07.onnx", "fp32", 1, 1234.5678, 0.01));
  rows.back().throughput_ips = record::Estimate{1234.5678, 1200.0, std::nullopt};
  rows.back().latency_p50_ms.reset();
  rows.back().label = "time-capped";
  record::Row bare = not_run("=HYPERLINK(\"http://x\")", "fp32", 1, record::Outcome::completed, "");
  bare.throughput_ips = record::Estimate{0.000123456, std::nullopt, std::nullopt};
  rows.push_back(bare);
  return rows;
}

}  // namespace deepgap::report::testing
