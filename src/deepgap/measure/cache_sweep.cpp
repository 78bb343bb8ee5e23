#include "deepgap/measure/cache_sweep.hpp"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <new>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace deepgap::measure {
namespace {

constexpr std::size_t kLine = 64;  // bytes that move together; a longer line is written more than once

std::vector<int> usable_cpus() {
  std::vector<int> cpus;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0)
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
      if (CPU_ISSET(static_cast<std::size_t>(cpu), &set)) cpus.push_back(cpu);
  if (cpus.empty()) cpus.push_back(0);
  return cpus;
}

// Where a sandbox forbids it the threads go where the scheduler puts them.
void stay_on(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(cpu), &set);
  ::sched_setaffinity(0, sizeof set, &set);
}

void write_lines(volatile std::byte* begin, std::size_t bytes) {
  for (std::size_t at = 0; at < bytes; at += kLine) begin[at] = static_cast<std::byte>(at >> 6);
}

}  // namespace

class CacheSweep::Crew {
 public:
  Crew(std::int64_t bytes, const std::vector<int>& cpus) {
    const std::size_t each = (static_cast<std::size_t>(bytes) + cpus.size() - 1) / cpus.size();
    slice_ = (each + kLine - 1) / kLine * kLine;
    buffer_.resize(slice_ * cpus.size());
    for (std::size_t i = 0; i < cpus.size(); ++i)
      threads_.emplace_back([this, i, cpu = cpus[i]] { serve(i, cpu); });
  }
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;
  ~Crew() {
    ending_.store(true);
    call();
  }

  void run() {
    left_.store(threads_.size());
    call();
    for (std::size_t left = left_.load(); left != 0; left = left_.load()) left_.wait(left);
  }

  [[nodiscard]] std::size_t bytes() const noexcept { return buffer_.size(); }

 private:
  void call() {
    ++calls_;
    calls_.notify_all();
  }

  void serve(std::size_t index, int cpu) {
    stay_on(cpu);
    for (std::uint64_t seen = 0;;) {
      calls_.wait(seen);
      ++seen;  // nobody calls again before all have answered
      if (ending_.load()) return;
      write_lines(buffer_.data() + index * slice_, slice_);
      if (--left_ == 0) left_.notify_one();
    }
  }

  std::vector<std::byte> buffer_;
  std::size_t slice_ = 0;
  std::atomic<std::uint64_t> calls_{0};
  std::atomic<std::size_t> left_{0};
  std::atomic<bool> ending_{false};
  std::vector<std::jthread> threads_;  // last: they end before what they use goes
};

CacheSweep::CacheSweep(std::unique_ptr<Crew> crew) : crew_{std::move(crew)} {}
CacheSweep::CacheSweep(CacheSweep&&) noexcept = default;
CacheSweep& CacheSweep::operator=(CacheSweep&&) noexcept = default;
CacheSweep::~CacheSweep() = default;

Result<CacheSweep> CacheSweep::make(std::int64_t bytes) {
  const auto refused = [bytes] {
    return Error{
        Errc::unsupported,
        fmt::format("cache = \"cold\" needs {:.0f} MB and a thread on each CPU to empty the caches with; "
                    "free some memory or measure with cache = \"hot\"",
                    static_cast<double>(bytes) / 1e6)};
  };
  try {
    return CacheSweep{std::make_unique<Crew>(std::max<std::int64_t>(bytes, 1), usable_cpus())};
  } catch (const std::bad_alloc&) {
    return refused();
  } catch (const std::system_error&) {
    return refused();
  }
}

void CacheSweep::run() { crew_->run(); }

std::int64_t CacheSweep::bytes() const noexcept { return static_cast<std::int64_t>(crew_->bytes()); }

}  // namespace deepgap::measure
