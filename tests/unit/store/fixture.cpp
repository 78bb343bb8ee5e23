#include "fixture.hpp"

#include <unistd.h>

namespace deepgap::store {

void Folder::SetUp() {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  folder_ = std::filesystem::path{::testing::TempDir()} /
            ("deepgap-store-" + std::to_string(getpid()) + "-" + test->name());
  std::filesystem::remove_all(folder_);
  std::filesystem::create_directories(folder_);
}

void Folder::TearDown() {
  std::filesystem::permissions(folder_, std::filesystem::perms::owner_all);
  std::filesystem::remove_all(folder_);
}

std::size_t Folder::files() const {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{folder_}, {}));
}

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

void write_file(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream{file, std::ios::binary} << bytes;
}

record::Row full_row(const std::string& case_string) {
  record::Row row;
  row.case_string = case_string;
  row.run = "run-1";
  row.engine = "openvino";
  row.device = "cpu";
  row.model = "resnet50";
  row.scenario = "server";
  row.engine_version = "2026.4.1";
  row.device_name = "Some CPU @ 2 GHz";
  row.model_hash = "0123456789abcdef";
  row.batch = 32;
  row.threads = 2;
  row.streams = 3;
  row.precision_requested = "fp16";
  row.precision_effective = "bf16";
  row.settings = {{"hint", {"latency", "throughput"}}, {"pin", {"yes", std::nullopt}}, {"empty", {"", ""}}};
  row.outcome = record::Outcome::mistrusted;
  row.why = "not steady; \"quoted\", with\nnew line and ünïcode";
  row.label = "imprecise";
  row.rounds = 10;
  row.processes = 2;
  row.samples = 12345;
  row.warmup_samples = 678;
  row.stopped_by = "time cap";
  row.latency_mean_ms = {1.0 / 3, 0.1, 0.7};
  row.latency_p50_ms = {0.3, 0.2, 0.4};
  row.latency_p90_ms = {0.9, 0.8, 1.0};
  row.latency_p95_ms = {0.95, 0.9, std::nullopt};
  row.latency_p99_ms = {0.99, std::nullopt, std::nullopt};
  row.latency_p999_ms = {5e-324, -0.0, 1.7976931348623157e308};
  row.device_mean_ms = {0.25, 0.2, 0.3};
  row.throughput_ips = {1234.5, 1200.0, 1300.0};
  row.compile_s = 4.5;
  row.first_call_ms = 67.8;
  row.contract = "copy in, run, copy out";
  row.energy_mj_per_inference = 1.5;
  row.energy_idle_subtracted_mj = 1.25;
  row.power_w = 70.5;
  row.host_memory_peak_mb = 512.5;
  row.device_memory_peak_mb = 1024.25;
  row.accuracy_vs_fp32_top1 = {0.99, 0.98, 1.0};
  row.accuracy_vs_fp32_sqnr_db = 31.5;
  row.accuracy_top1 = 0.76;
  row.verified = "pass";
  row.verified_detail = "8 of 32 samples";
  row.foreign_cpu_share = 0.01;
  row.throttled_share = 0.02;
  row.drift_bound_pct = 0.5;
  row.mode_limit_pct = 1.5;
  row.bound_by = "compute";
  row.bound_evidence = "device time is 99 % of the wall time";
  row.warnings = {"first [W101]", "second, with \"quotes\" [W102]"};
  row.host = "machine-1";
  row.git_revision = "abcdef0";
  row.build = "release";
  row.driver = "550.1";
  row.started_at = "2026-01-02T03:04:05Z";
  row.duration_s = 59.5;
  return row;
}

record::Round full_round(std::int64_t index) {
  record::Round round;
  round.index = index;
  round.process = 1;
  round.started_at = "2026-01-02T03:04:05Z";
  round.duration_s = 2.5;
  round.label = "precise";
  round.stopped_by = "planned samples";
  round.samples = 4;
  round.warmup_samples = 1;
  round.looks = 3;
  round.mean_s = 0.0101;
  round.half_s = 0.0001;
  round.drift_s = -0.0002;
  round.drift_bound_s = 0.0003;
  round.excluded = true;
  round.rare = true;
  round.events = 2;
  round.in_flight = 4;
  round.throughput_per_s = 99.5;
  round.energy_j = 12.5;
  round.idle_power_w = 20.5;
  round.blocks = {{0, 2, 0.1, 0.2, 2400.5}, {2, 2, std::nullopt, std::nullopt, std::nullopt}};
  round.latencies_ns = {10'000'000, 10'100'000, 10'050'000, 10'200'000};
  round.ends_ns = {10'000'050, 20'100'110, 30'150'160, 40'350'230};
  return round;
}

record::Round small_round(std::int64_t index, std::size_t samples) {
  record::Round round;
  round.index = index;
  round.started_at = "2026-01-02T03:04:05Z";
  round.label = "precise";
  round.stopped_by = "precise";
  round.samples = static_cast<std::int64_t>(samples);
  round.mean_s = 0.001 * static_cast<double>(index + 1);
  std::int64_t end = 0;
  for (std::size_t i = 0; i < samples; ++i) {
    round.latencies_ns.push_back(1'000'000 * (index + 1) + static_cast<std::int64_t>(i * 7919 % 4099));
    end += round.latencies_ns.back() + 45;
    round.ends_ns.push_back(end);
  }
  return round;
}

}  // namespace deepgap::store
