// What a large store costs: makes one, then opens and lists it in a process of its own.
//   store_scale [FILE]           1,000 cases, 10 rounds each, 1,000 samples a round
//   store_scale --npy FILE...    bytes a sample that measured series of unsigned 32-bit nanoseconds take
#include <fmt/core.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "deepgap/store/samples.hpp"
#include "deepgap/store/store.hpp"

namespace {

namespace fs = std::filesystem;
using deepgap::Status;
using deepgap::record::Round;
using deepgap::record::Row;
using deepgap::store::Mode;
using deepgap::store::Store;

constexpr int kCases = 1000, kRounds = 10, kSamples = 1000;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Row make_row(int number) {
  Row row;
  row.case_string = fmt::format(
      "engine=openvino device=cpu model=resnet50 precision=int8 batch={} threads=2 streams=1", number + 1);
  row.run = "run-1";
  row.engine = "openvino";
  row.device = "cpu";
  row.model = "resnet50";
  row.batch = number + 1;
  row.precision_requested = "int8";
  row.outcome = deepgap::record::Outcome::completed;
  for (auto* estimate : {&row.latency_mean_ms, &row.latency_p50_ms, &row.latency_p90_ms, &row.latency_p95_ms,
                         &row.latency_p99_ms, &row.throughput_ips}) {
    *estimate = {5.0 + number, 4.9 + number, 5.1 + number};
  }
  row.settings = {{"hint", {"latency", "latency"}}, {"threads", {"2", "2"}}};
  row.warnings = {"virtual machine: its host may run others [W307]"};
  return row;
}

// A closed loop of about 5 ms with a microsecond of noise, and a gap of some tens of nanoseconds between
// calls.
Round make_round(int index, std::mt19937_64& random) {
  std::lognormal_distribution<double> noise{9.0, 1.0};
  Round round;
  round.index = index;
  round.samples = kSamples;
  round.label = "precise";
  std::int64_t end = 0;
  for (int i = 0; i < kSamples; ++i) {
    round.latencies_ns.push_back(5'000'000 + static_cast<std::int64_t>(noise(random)));
    end += round.latencies_ns.back() + 40 + static_cast<std::int64_t>(random() % 32);
    round.ends_ns.push_back(end);
  }
  return round;
}

Status fill(Store& store) {
  std::mt19937_64 random{1};
  std::vector<deepgap::store::PlanEntry> plan;
  for (int number = 0; number < kCases; ++number)
    plan.push_back({make_row(number).case_string, std::nullopt});
  if (auto set = store.set_plan(plan); !set) return set;
  for (int number = 0; number < kCases; ++number) {
    const Row row = make_row(number);
    for (int index = 0; index < kRounds; ++index) {
      if (auto added = store.add_round(row.case_string, make_round(index, random)); !added) return added;
    }
    if (auto put = store.put_row(row); !put) return put;
  }
  return {};
}

int failed(const deepgap::Error& error) {
  fmt::print(stderr, "{}\n", error.message());
  return 1;
}

int make(const fs::path& file) {
  const auto start = std::chrono::steady_clock::now();
  auto store = Store::open(file, Mode::create_or_resume);
  if (!store) return failed(store.error());
  if (auto filled = fill(*store); !filled) return failed(filled.error());
  store->close();
  const double bytes = static_cast<double>(fs::file_size(file));
  fmt::print("make:  {} cases, {} rounds, {} samples: {:.1f} s, {:.1f} MB, {:.2f} bytes a sample\n", kCases,
             kCases * kRounds, kCases * kRounds * kSamples, seconds_since(start), bytes / 1e6,
             bytes / (1.0 * kCases * kRounds * kSamples));
  return 0;
}

int list(const fs::path& file) {
  const auto start = std::chrono::steady_clock::now();
  auto store = Store::open(file, Mode::read_only);
  if (!store) return failed(store.error());
  const double opened = seconds_since(start);
  auto rows = store->rows();
  if (!rows) return failed(rows.error());
  fmt::print("list:  opened after {:.4f} s, {} rows after {:.4f} s", opened, rows->size(),
             seconds_since(start));
  auto rounds = store->round_summaries();
  if (!rounds) return failed(rounds.error());
  fmt::print(", {} rounds without samples after {:.4f} s\n", rounds->size(), seconds_since(start));
  return 0;
}

int read_samples(const fs::path& file) {
  const auto start = std::chrono::steady_clock::now();
  auto store = Store::open(file, Mode::read_only);
  if (!store) return failed(store.error());
  std::size_t count = 0;
  for (int number = 0; number < kCases; ++number) {
    auto rounds = store->rounds(make_row(number).case_string);
    if (!rounds) return failed(rounds.error());
    for (const Round& round : *rounds) count += round.latencies_ns.size();
  }
  fmt::print("read:  every one of {} samples, case by case, after {:.2f} s\n", count, seconds_since(start));
  return 0;
}

// Peak memory is the highest that a process ever had: each step gets one.
int in_child(const std::function<int()>& work) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    const int code = work();
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    fmt::print("       peak memory {:.1f} MB\n", static_cast<double>(usage.ru_maxrss) * 1024 / 1e6);
    std::fflush(stdout);
    _exit(code);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int measure_series(const char* name) {
  std::ifstream in{name, std::ios::binary};
  const std::string bytes{std::istreambuf_iterator<char>{in}, {}};
  const auto header = bytes.find('\n');
  if (!bytes.starts_with("\x93NUMPY") || bytes.find("'<u4'") > header) {
    fmt::print(stderr, "'{}' is not a .npy file of unsigned 32-bit numbers\n", name);
    return 2;
  }
  std::mt19937_64 random{1};
  std::vector<std::int64_t> latencies, ends;
  for (std::size_t at = header + 1; at + 4 <= bytes.size(); at += 4) {
    std::uint32_t value = 0;
    std::memcpy(&value, bytes.data() + at, 4);
    latencies.push_back(value);
    ends.push_back((ends.empty() ? 0 : ends.back()) + value + 40 + static_cast<std::int64_t>(random() % 32));
  }
  const auto alone = deepgap::store::encode_samples(latencies, {});
  const auto both = deepgap::store::encode_samples(latencies, ends);
  if (!alone || !both || latencies.empty()) return 1;
  const auto count = static_cast<double>(latencies.size());
  fmt::print("{}: {} samples, {:.2f} bytes a latency, {:.2f} with its end (gaps of 40 to 71 ns, uniform)\n",
             fs::path{name}.filename().string(), latencies.size(), static_cast<double>(alone->size()) / count,
             static_cast<double>(both->size()) / count);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string_view> arguments{argv + 1, argv + argc};
  if (!arguments.empty() && arguments[0] == "--npy") {
    int code = 0;
    for (int i = 2; i < argc; ++i) code = std::max(code, measure_series(argv[i]));
    return code;
  }
  const bool kept = !arguments.empty();
  const fs::path file = kept ? fs::path{arguments[0]} : fs::temp_directory_path() / "deepgap_store_scale.db";
  if (!fs::exists(file)) {
    if (const int code = in_child([&] { return make(file); }); code != 0) return code;
  }
  int code = in_child([&] { return list(file); });
  code = std::max(code, in_child([&] { return read_samples(file); }));
  if (!kept) fs::remove(file);
  return code;
}
