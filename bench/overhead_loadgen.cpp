#include <loadgen.h>
#include <query_sample_library.h>
#include <system_under_test.h>
#include <test_settings.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "overhead_peers.hpp"

namespace deepgap::bench {
namespace {

using Clock = std::chrono::steady_clock;

double ns_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double, std::nano>(to - from).count();
}

class Answering final : public mlperf::SystemUnderTest {
 public:
  Answering(engine::Session& session, std::int64_t samples) : session_{&session}, samples_{samples} {}

  const std::string& Name() override { return name_; }
  void FlushQueries() override {}
  void IssueQuery(const std::vector<mlperf::QuerySample>& samples) override {
    if (issued_ == 0) first_ = Clock::now();
    if (++issued_ == samples_) last_ = Clock::now();
    if (!session_->run()) std::abort();
    mlperf::QuerySampleResponse response{samples[0].id, 0, 0};
    mlperf::QuerySamplesComplete(&response, 1);
  }
  [[nodiscard]] double call_ns() const {
    return ns_between(first_, last_) / static_cast<double>(samples_ - 1);
  }

 private:
  engine::Session* session_;
  std::int64_t samples_, issued_ = 0;
  Clock::time_point first_, last_;
  std::string name_ = "null";
};

class OneSample final : public mlperf::QuerySampleLibrary {
 public:
  const std::string& Name() override { return name_; }
  std::size_t TotalSampleCount() override { return 1; }
  std::size_t PerformanceSampleCount() override { return 1; }
  void LoadSamplesToRam(const std::vector<mlperf::QuerySampleIndex>&) override {}
  void UnloadSamplesFromRam(const std::vector<mlperf::QuerySampleIndex>&) override {}

 private:
  std::string name_ = "null";
};

}  // namespace

Cost loadgen_cost(engine::Session& session, std::int64_t samples) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("deepgap-loadgen-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  mlperf::TestSettings test;
  test.scenario = mlperf::TestScenario::SingleStream;
  test.mode = mlperf::TestMode::PerformanceOnly;
  test.single_stream_expected_latency_ns = 1000;
  test.min_duration_ms = 0;
  test.min_query_count = test.max_query_count = static_cast<std::uint64_t>(samples);
  mlperf::LogSettings log;
  log.log_output.outdir = folder.string();
  log.enable_trace = false;
  Answering sut{session, samples};
  OneSample library;
  const auto began = Clock::now();
  mlperf::StartTest(&sut, &library, test, log);
  const double whole = ns_between(began, Clock::now());
  std::filesystem::remove_all(folder);
  return {sut.call_ns(), whole / static_cast<double>(samples)};
}

}  // namespace deepgap::bench
