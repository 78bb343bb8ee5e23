#include "deepgap/telemetry/procfs.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <string>
#include <utility>

#include "deepgap/telemetry/files.hpp"

namespace deepgap::telemetry {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kStatLimit = std::size_t{4} << 20;
constexpr std::size_t kClockedCpus = 4;
constexpr auto kSlowClock = std::chrono::microseconds{100};

fs::path cpu_folder(const fs::path& root, int cpu) {
  return root / "sys/devices/system/cpu" / ("cpu" + std::to_string(cpu));
}

std::optional<CpuTicks> parse_cpu_line(std::string_view line) {
  std::string_view label = next_word(line);
  label.remove_prefix(3);
  const auto cpu = parse_integer(label);
  if (!cpu || *cpu < 0 || *cpu >= kCpuLimit) return std::nullopt;
  CpuTicks ticks{.cpu = static_cast<int>(*cpu)};
  // user nice system idle iowait irq softirq steal; what follows (guests) is part of user.
  for (int column = 0; column < 8; ++column) {
    const std::string_view word = next_word(line);
    if (word.empty() && column >= 4) break;  // kernels before 2.6.11
    const auto value = parse_integer(word);
    if (!value || *value < 0 || __builtin_add_overflow(ticks.total, *value, &ticks.total))
      return std::nullopt;
    if (column == 3 || column == 4) ticks.idle += *value;
    if (column == 7) ticks.steal = *value;
  }
  return ticks;
}

struct TickChange {
  std::int64_t cpus = 0, total = 0, idle = 0, steal = 0;
};

// CPUs that are in both snapshots: one that was plugged in or out has no beginning or no end.
TickChange change(const CpuSnapshot& a, const CpuSnapshot& b, const CpuList& counted) {
  TickChange sum;
  for (auto i = a.cpus.begin(), j = b.cpus.begin(); i != a.cpus.end() && j != b.cpus.end();) {
    if (i->cpu != j->cpu) {
      ++(i->cpu < j->cpu ? i : j);
      continue;
    }
    if (counted.empty() || std::ranges::binary_search(counted, i->cpu)) {
      const std::int64_t total = std::max<std::int64_t>(0, j->total - i->total);
      sum.cpus += 1;
      sum.total += total;
      sum.idle += std::clamp<std::int64_t>(j->idle - i->idle, 0, total);
      sum.steal += std::clamp<std::int64_t>(j->steal - i->steal, 0, total);
    }
    ++i, ++j;
  }
  return sum;
}

void add_throttling(const CpuSnapshot& a, const CpuSnapshot& b, BlockLoad& load) {
  for (std::size_t i = 0; i < std::min(a.throttle.size(), b.throttle.size()); ++i) {
    if (!a.throttle[i] || !b.throttle[i]) continue;
    const std::int64_t periods = b.throttle[i]->periods - a.throttle[i]->periods;
    const std::int64_t throttled = b.throttle[i]->throttled - a.throttle[i]->throttled;
    if (periods < 0 || throttled < 0) continue;
    const double share =
        periods == 0 ? 0.0 : std::min(1.0, static_cast<double>(throttled) / static_cast<double>(periods));
    if (load.throttled_share && share <= *load.throttled_share) continue;
    load.throttled_share = share;
    load.throttled_s.reset();
    if (a.throttle[i]->throttled_s && b.throttle[i]->throttled_s)
      load.throttled_s = std::max(0.0, *b.throttle[i]->throttled_s - *a.throttle[i]->throttled_s);
  }
}

std::optional<double> mhz_from_cpufreq(const fs::path& root, const CpuList& cpus) {
  double sum_khz = 0;
  int read = 0;
  for (const int cpu : cpus)
    if (const auto khz = read_integer(cpu_folder(root, cpu) / "cpufreq/scaling_cur_freq"); khz && *khz > 0) {
      sum_khz += static_cast<double>(*khz);
      ++read;
    }
  if (read == 0) return std::nullopt;
  return sum_khz / read / 1000;
}

std::optional<double> mhz_from_cpuinfo(const fs::path& root, const CpuList& cpus) {
  const auto text = read_text(root / "proc/cpuinfo", kStatLimit);
  if (!text) return std::nullopt;
  const auto flags = field(*text, "flags");
  if (!flags || flags->find(" hypervisor") != std::string_view::npos) return std::nullopt;
  double sum = 0;
  int read = 0;
  std::optional<std::int64_t> cpu;
  for (std::string_view rest = *text; !rest.empty();) {
    const std::string_view line = next_line(rest);
    if (const auto number = field(line, "processor")) cpu = parse_integer(*number);
    const auto mhz = field(line, "cpu MHz");
    if (!mhz || !cpu || *cpu < 0 || *cpu >= kCpuLimit) continue;
    if (!cpus.empty() && !std::ranges::binary_search(cpus, static_cast<int>(*cpu))) continue;
    const auto whole = parse_integer(mhz->substr(0, mhz->find('.')));
    if (!whole || *whole <= 0) continue;
    sum += static_cast<double>(*whole);
    ++read;
  }
  if (read == 0) return std::nullopt;
  return sum / read;
}

CpuList spread(const CpuList& cpus) {
  if (cpus.size() <= kClockedCpus) return cpus;
  CpuList some;
  for (std::size_t i = 0; i < kClockedCpus; ++i) some.push_back(cpus[i * cpus.size() / kClockedCpus]);
  return some;
}

}  // namespace

std::vector<CpuTicks> parse_cpu_ticks(std::string_view proc_stat) {
  std::vector<CpuTicks> cpus;
  while (!proc_stat.empty() && cpus.size() < kCpuLimit) {
    const std::string_view line = next_line(proc_stat);
    if (!line.starts_with("cpu")) break;  // the CPUs come first
    if (line.size() < 4 || line[3] < '0' || line[3] > '9') continue;
    if (const auto ticks = parse_cpu_line(line)) cpus.push_back(*ticks);
  }
  std::ranges::sort(cpus, {}, &CpuTicks::cpu);
  const auto repeated = std::ranges::unique(cpus, {}, &CpuTicks::cpu);
  cpus.erase(repeated.begin(), repeated.end());
  return cpus;
}

std::optional<std::int64_t> parse_process_ticks(std::string_view pid_stat) {
  const std::size_t name_end = pid_stat.rfind(')');  // the name may hold blanks and brackets
  if (name_end == std::string_view::npos) return std::nullopt;
  std::string_view rest = pid_stat.substr(name_end + 1);
  for (int column = 3; column < 14; ++column) next_word(rest);
  std::int64_t sum = 0;
  for (int column = 14; column < 18; ++column) {  // utime stime cutime cstime
    const auto ticks = parse_integer(next_word(rest));
    if (!ticks || *ticks < 0 || __builtin_add_overflow(sum, *ticks, &sum)) return std::nullopt;
  }
  return sum;
}

CpuWatch::CpuWatch(fs::path root) : root_{std::move(root)} {
  const Cgroups groups = find_cgroups(root_);
  quota_groups_ = groups_with_quota(groups);
  usable_ = usable_cpus(online_cpus(root_), cpuset(groups), affinity(root_));
  clocked_ = spread(usable_);
  if (root_ != "/") return;
  const auto before = std::chrono::steady_clock::now();
  const bool readable = current_mhz(root_, clocked_).has_value();
  if (!readable || std::chrono::steady_clock::now() - before > kSlowClock) clocked_.clear();
}

// The real process is read more finely than in ticks.
std::optional<double> CpuWatch::own_ticks() const {
  if (root_ != "/") {
    const auto text = read_text(root_ / "proc/self/stat");
    const auto ticks = text ? parse_process_ticks(*text) : std::nullopt;
    return ticks ? std::optional{static_cast<double>(*ticks)} : std::nullopt;
  }
  timespec own{};
  rusage children{};
  if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own) != 0) return std::nullopt;
  if (::getrusage(RUSAGE_CHILDREN, &children) != 0) return std::nullopt;
  const auto microseconds = children.ru_utime.tv_usec + children.ru_stime.tv_usec;
  const auto seconds = own.tv_sec + children.ru_utime.tv_sec + children.ru_stime.tv_sec;
  return (static_cast<double>(seconds) + static_cast<double>(own.tv_nsec) * 1e-9 +
          static_cast<double>(microseconds) * 1e-6) *
         static_cast<double>(::sysconf(_SC_CLK_TCK));
}

CpuSnapshot CpuWatch::take() const {
  CpuSnapshot snapshot;
  snapshot.at = std::chrono::steady_clock::now();
  if (const auto text = read_text(root_ / "proc/stat", kStatLimit)) snapshot.cpus = parse_cpu_ticks(*text);
  snapshot.own_ticks = own_ticks();
  snapshot.usable = usable_;
  for (const fs::path& folder : quota_groups_) snapshot.throttle.push_back(throttle_counters(folder));
  if (!clocked_.empty()) snapshot.cpu_mhz = current_mhz(root_, clocked_);
  return snapshot;
}

CpuSnapshot take(const fs::path& root) { return CpuWatch{root}.take(); }

BlockLoad between(const CpuSnapshot& a, const CpuSnapshot& b) {
  BlockLoad load;
  load.window_s = std::max(0.0, std::chrono::duration<double>(b.at - a.at).count());
  const TickChange all = change(a, b, {});
  if (all.total > 0 && all.total >= kLeastTicks * all.cpus)
    load.busy_share = std::clamp(
        static_cast<double>(all.total - all.idle - all.steal) / static_cast<double>(all.total), 0.0, 1.0);
  const TickChange usable = change(a, b, a.usable);
  if (usable.total > 0 && usable.total >= kLeastTicks * usable.cpus) {
    const auto total = static_cast<double>(usable.total);
    load.steal_share = static_cast<double>(usable.steal) / total;
    if (a.own_ticks && b.own_ticks) {
      const auto busy = static_cast<double>(usable.total - usable.idle - usable.steal);
      load.foreign_cpu_share = std::clamp((busy - (*b.own_ticks - *a.own_ticks)) / total, 0.0, 1.0);
    }
  }
  add_throttling(a, b, load);
  load.cpu_mhz = b.cpu_mhz;
  if (a.cpu_mhz && b.cpu_mhz) load.cpu_mhz = (*a.cpu_mhz + *b.cpu_mhz) / 2;
  return load;
}

std::optional<CpuList> affinity(const fs::path& root) {
  const auto text = read_text(root / "proc/self/status");
  const auto list = text ? field(*text, "Cpus_allowed_list") : std::nullopt;
  auto cpus = list ? parse_cpu_list(*list) : std::nullopt;
  if (!cpus || cpus->empty()) return std::nullopt;
  return cpus;
}

std::optional<CpuList> online_cpus(const fs::path& root) {
  const auto text = read_text(root / "sys/devices/system/cpu/online");
  auto cpus = text ? parse_cpu_list(*text) : std::nullopt;
  if (cpus && !cpus->empty()) return cpus;
  const auto stat = read_text(root / "proc/stat", kStatLimit);
  if (!stat) return std::nullopt;
  CpuList counted;
  for (const CpuTicks& ticks : parse_cpu_ticks(*stat)) counted.push_back(ticks.cpu);
  if (counted.empty()) return std::nullopt;
  return counted;
}

CpuList usable_cpus(const std::optional<CpuList>& online, const std::optional<CpuList>& cpuset,
                    const std::optional<CpuList>& affinity) {
  CpuList usable = online ? *online : cpuset.value_or(CpuList{});
  if (cpuset)
    if (CpuList narrowed = intersection(usable, *cpuset); !narrowed.empty()) usable = std::move(narrowed);
  if (!affinity || affinity->empty()) return usable;
  CpuList narrowed = intersection(usable, *affinity);
  return narrowed.empty() ? *affinity : narrowed;
}

std::optional<double> current_mhz(const fs::path& root, const CpuList& cpus) {
  const CpuList some = spread(cpus);
  if (const auto mhz = mhz_from_cpufreq(root, some)) return mhz;
  return mhz_from_cpuinfo(root, some);
}

std::optional<std::int64_t> peak_rss_bytes(pid_t pid, const fs::path& root) {
  const auto text = read_text(root / "proc" / (pid == 0 ? "self" : std::to_string(pid)) / "status");
  const auto kib = text ? integer_field(*text, "VmHWM") : std::nullopt;
  if (!kib || *kib < 0 || *kib > (std::int64_t{1} << 50)) return std::nullopt;
  return *kib * 1024;
}

std::optional<std::int64_t> thermal_throttle_count(const fs::path& root) {
  std::optional<std::int64_t> cores, packages;
  for (const int cpu : online_cpus(root).value_or(CpuList{})) {
    const fs::path folder = cpu_folder(root, cpu) / "thermal_throttle";
    if (const auto count = read_integer(folder / "core_throttle_count"); count && *count >= 0)
      cores = cores.value_or(0) + *count;
    // Every CPU of a package shows the package's count.
    if (const auto count = read_integer(folder / "package_throttle_count"); count && *count >= 0)
      packages = std::max(packages.value_or(0), *count);
  }
  if (!cores && !packages) return std::nullopt;
  return cores.value_or(0) + packages.value_or(0);
}

}  // namespace deepgap::telemetry
