#include "deepgap/host/peaks.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <memory>
#include <new>
#include <nlohmann/json.hpp>
#include <span>
#include <system_error>
#include <thread>
#include <vector>

#include "deepgap/host/peak_loops.hpp"

namespace deepgap::host {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kMib = std::int64_t{1} << 20;
constexpr std::int64_t kMostBytes = 1024 * kMib, kLeastBytes = 64 * kMib;
constexpr int kPasses = 6;
constexpr double kPass_s = 0.015;
constexpr double kMost_s = 0.12;  // of passes, whatever their number
constexpr auto kMostTouching = std::chrono::milliseconds{200};

double seconds_between(Clock::time_point a, Clock::time_point b) {
  return std::chrono::duration<double>(b - a).count();
}

// Seconds from the first start to the last end of work(0), work(1), ... at the same time.
template <class Work>
double together_s(int threads, const Work& work) {
  const auto count = static_cast<std::size_t>(threads);
  std::vector<Clock::time_point> began(count), ended(count);
  {
    std::vector<std::jthread> running;
    for (std::size_t i = 0; i < count; ++i)
      running.emplace_back([&, i] {
        began[i] = Clock::now();
        work(i);
        ended[i] = Clock::now();
      });
  }
  return seconds_between(*std::ranges::min_element(began), *std::ranges::max_element(ended));
}

template <class Work>
double fastest_s(int threads, const Work& work) {
  double best = together_s(threads, work);
  double all = best;
  for (int pass = 1; pass < kPasses && all < kMost_s; ++pass) {
    const double took = together_s(threads, work);
    best = std::min(best, took);
    all += took;
  }
  return best;
}

bool touch(std::span<std::uint64_t> numbers, Clock::time_point deadline) {
  constexpr std::size_t kStep = std::size_t{1} << 18;
  while (!numbers.empty()) {
    const auto some = numbers.first(std::min(kStep, numbers.size()));
    std::memset(some.data(), 1, some.size_bytes());
    numbers = numbers.subspan(some.size());
    if (Clock::now() > deadline) return false;
  }
  return true;
}

double measure_arithmetic(int threads) {
  std::int64_t steps = 1 << 14;
  for (;;) {
    const auto begin = Clock::now();
    peak::multiply_add(steps);
    const double took = seconds_between(begin, Clock::now());
    if (took >= kPass_s / 8) {
      steps = static_cast<std::int64_t>(static_cast<double>(steps) * kPass_s / took);
      break;
    }
    steps *= 4;
  }
  const double best = fastest_s(threads, [steps](std::size_t) { peak::multiply_add(steps); });
  return 2 * static_cast<double>(steps) * peak::multiply_adds_a_step() * threads / best;
}

std::optional<double> measure_stream(int threads, std::int64_t bytes) {
  const auto share =
      static_cast<std::size_t>(bytes) / sizeof(std::uint64_t) / static_cast<std::size_t>(threads);
  const std::size_t size = share * static_cast<std::size_t>(threads) * sizeof(std::uint64_t);
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return std::nullopt;
  const auto unmap = [size](void* p) { ::munmap(p, size); };
  const std::unique_ptr<void, decltype(unmap)> owner{memory, unmap};
  ::madvise(memory, size, MADV_HUGEPAGE);
  auto* const numbers = static_cast<std::uint64_t*>(memory);
  const auto part = [&](std::size_t i) { return std::span{numbers + i * share, share}; };
  // The system may hand out new pages slowly.
  const auto deadline = Clock::now() + kMostTouching;
  std::atomic<bool> in_time{true};
  together_s(threads, [&](std::size_t i) {
    if (!touch(part(i), deadline)) in_time = false;
  });
  if (!in_time) return std::nullopt;
  const double best = fastest_s(threads, [&](std::size_t i) { peak::read(part(i)); });
  return static_cast<double>(size) / best;
}

std::optional<std::int64_t> largest_cache(const Caches& caches) {
  if (caches.l3_bytes) return caches.l3_bytes;
  return caches.l2_bytes;
}

template <class T>
nlohmann::json or_null(const std::optional<T>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json(nullptr);
}

}  // namespace

std::optional<std::int64_t> stream_bytes(std::optional<std::int64_t> cache_bytes,
                                         std::optional<std::int64_t> free_bytes) {
  if (!cache_bytes || !free_bytes || *cache_bytes <= 0 || *cache_bytes > kMostBytes) return std::nullopt;
  const std::int64_t wanted = std::max(kLeastBytes, *cache_bytes + *cache_bytes / 4);
  if (wanted > std::min(kMostBytes, *free_bytes / 4)) return std::nullopt;
  return wanted;
}

CpuPeaks measure_peaks(const Machine& machine) {
  CpuPeaks peaks;
  peaks.threads = default_threads(machine);
  peaks.cache_bytes = largest_cache(machine.cpu.caches);
  try {
    peaks.fp32_per_s = measure_arithmetic(peaks.threads);
    if (const auto bytes = stream_bytes(peaks.cache_bytes, usable_memory_bytes(machine)))
      peaks.bytes_per_s = measure_stream(peaks.threads, *bytes);
  } catch (const std::system_error&) {
    return peaks;  // no more threads to be had: what is missing stays absent
  }
  return peaks;
}

nlohmann::json to_json(const CpuPeaks& peaks) {
  return {{"threads", peaks.threads},
          {"fp32_per_s", or_null(peaks.fp32_per_s)},
          {"bytes_per_s", or_null(peaks.bytes_per_s)},
          {"cache_bytes", or_null(peaks.cache_bytes)}};
}

}  // namespace deepgap::host
