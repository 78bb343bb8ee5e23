#include "deepgap/telemetry/cgroup.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "deepgap/telemetry/files.hpp"

namespace deepgap::telemetry {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDeepest = 64;                        // levels of groups looked at
constexpr std::int64_t kUnlimited = std::int64_t{1} << 60;  // version 1 writes LONG_MAX rounded to a page

struct Membership {         // one line of /proc/self/cgroup
  std::string controllers;  // "cpu,cpuacct"; "" = version 2
  std::string path;
};
struct Mount {  // one cgroup line of /proc/self/mountinfo
  bool version2 = false;
  std::string root, point, options;
};

bool lists(std::string_view comma_list, std::string_view item) {
  while (!comma_list.empty()) {
    const std::size_t comma = std::min(comma_list.find(','), comma_list.size());
    if (comma_list.substr(0, comma) == item) return true;
    comma_list.remove_prefix(std::min(comma + 1, comma_list.size()));
  }
  return false;
}

std::vector<Membership> memberships(const fs::path& root) {
  std::vector<Membership> found;
  const auto text = read_text(root / "proc/self/cgroup");
  std::string_view rest = text ? std::string_view{*text} : std::string_view{};
  while (!rest.empty() && found.size() < kDeepest) {
    const std::string_view line = next_line(rest);
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    found.push_back(
        {std::string{line.substr(first + 1, second - first - 1)}, std::string{line.substr(second + 1)}});
  }
  return found;
}

// mountinfo writes blanks and backslashes as three octal digits: "\040".
std::string unescaped(std::string_view text) {
  std::string plain;
  const auto octal = [&](std::size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '7'; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && octal(i + 1) && octal(i + 2) && octal(i + 3)) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

std::vector<Mount> mounts(const fs::path& root) {
  std::vector<Mount> found;
  const auto text = read_text(root / "proc/self/mountinfo", std::size_t{4} << 20);
  std::string_view rest = text ? std::string_view{*text} : std::string_view{};
  while (!rest.empty() && found.size() < kDeepest) {
    std::string_view line = next_line(rest);
    const std::size_t dash = line.find(" - cgroup");
    if (dash == std::string_view::npos) continue;
    std::string_view tail = line.substr(dash + 3);
    const std::string_view type = next_word(tail);
    if (type != "cgroup" && type != "cgroup2") continue;
    next_word(tail);  // the source
    for (int skipped = 0; skipped < 3; ++skipped) next_word(line);
    Mount mount{
        .version2 = type == "cgroup2", .root = {}, .point = {}, .options = std::string{next_word(tail)}};
    mount.root = unescaped(next_word(line));
    mount.point = unescaped(next_word(line));
    found.push_back(std::move(mount));
  }
  return found;
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

// Names below the mount. ".." (a group outside the namespace) ends at the mount itself.
std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty() && parts.size() < kDeepest) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (part == "..") {
      parts.clear();
    } else if (!part.empty() && part != ".") {
      parts.emplace_back(part);
    }
  }
  return parts;
}

// A container often mounts its own group as the top: its host path is then the mount's root, not a folder
// below.
std::string_view below(std::string_view path, std::string_view mount_root) {
  if (mount_root.size() > 1 && path.starts_with(mount_root) &&
      (path.size() == mount_root.size() || path[mount_root.size()] == '/'))
    path.remove_prefix(mount_root.size());
  return path;
}

CgroupChain chain(int version, const fs::path& mount, std::string_view path) {
  CgroupChain found{version, {}};
  std::vector<std::string> parts = parts_of(path);
  for (;;) {
    fs::path folder = mount;
    for (const std::string& part : parts) folder /= part;
    if (is_folder(folder)) found.folders.push_back(std::move(folder));
    if (parts.empty()) return found;
    parts.pop_back();
  }
}

CgroupChain version1(const fs::path& root, const std::vector<Mount>& mounted, const Membership& member,
                     std::string_view controller) {
  for (const Mount& mount : mounted)
    if (!mount.version2 && lists(mount.options, controller)) {
      const fs::path point = root / fs::path{mount.point}.relative_path();
      if (is_folder(point)) return chain(1, point, below(member.path, mount.root));
    }
  const fs::path top = root / "sys/fs/cgroup";
  const fs::path named = top / member.controllers;
  return chain(1, is_folder(named) ? named : top / controller, member.path);
}

CgroupChain version2(const fs::path& root, const std::vector<Mount>& mounted, std::string_view path) {
  for (const Mount& mount : mounted)
    if (mount.version2) {
      const fs::path point = root / fs::path{mount.point}.relative_path();
      if (is_folder(point)) return chain(2, point, below(path, mount.root));
    }
  const fs::path top = root / "sys/fs/cgroup";
  return chain(2, is_folder(top / "unified") ? top / "unified" : top, path);
}

std::optional<double> quota_of(int version, const fs::path& folder) {
  std::optional<std::int64_t> quota, period;
  if (version == 2) {
    const auto text = read_text(folder / "cpu.max");
    if (!text) return std::nullopt;
    std::string_view rest = *text;
    quota = parse_integer(next_word(rest));
    const std::string_view second = next_word(rest);
    period = second.empty() ? 100'000 : parse_integer(second);
  } else {
    quota = read_integer(folder / "cpu.cfs_quota_us");
    period = read_integer(folder / "cpu.cfs_period_us");
  }
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

// What can be given up at once (clean page cache) counts as available.
std::optional<std::int64_t> available_in(int version, const fs::path& folder, std::int64_t limit) {
  const auto used = read_integer(folder / (version == 2 ? "memory.current" : "memory.usage_in_bytes"));
  if (!used || *used < 0) return std::nullopt;
  const auto stat = read_text(folder / "memory.stat");
  const auto cache =
      stat ? integer_field(*stat, version == 2 ? "inactive_file" : "total_inactive_file") : std::nullopt;
  const std::int64_t reclaimable = std::clamp<std::int64_t>(cache.value_or(0), 0, *used);
  return std::max<std::int64_t>(0, limit - (*used - reclaimable));
}

}  // namespace

Cgroups find_cgroups(const fs::path& root) {
  const std::vector<Mount> mounted = mounts(root);
  std::vector<Membership> members = memberships(root);
  if (members.empty()) members.push_back({"", "/"});
  Cgroups groups;
  for (const Membership& member : members) {
    if (member.controllers.empty()) {
      const CgroupChain unified = version2(root, mounted, member.path);
      for (auto* chains : {&groups.cpu, &groups.cpuset, &groups.memory}) chains->push_back(unified);
      continue;
    }
    if (lists(member.controllers, "cpu")) groups.cpu.push_back(version1(root, mounted, member, "cpu"));
    if (lists(member.controllers, "cpuset"))
      groups.cpuset.push_back(version1(root, mounted, member, "cpuset"));
    if (lists(member.controllers, "memory"))
      groups.memory.push_back(version1(root, mounted, member, "memory"));
  }
  return groups;
}

std::optional<CpuQuota> cpu_quota(const Cgroups& groups) {
  std::optional<CpuQuota> smallest;
  for (const CgroupChain& group : groups.cpu)
    for (std::size_t i = 0; i < group.folders.size(); ++i) {
      const auto cpus = quota_of(group.version, group.folders[i]);
      if (cpus && (!smallest || *cpus < smallest->cpus)) smallest = CpuQuota{*cpus, group.folders[i], i != 0};
    }
  return smallest;
}

std::optional<CpuList> cpuset(const Cgroups& groups) {
  for (const CgroupChain& group : groups.cpuset)
    for (const fs::path& folder : group.folders)
      for (const char* file : {"cpuset.cpus.effective", "cpuset.effective_cpus", "cpuset.cpus"}) {
        const auto text = read_text(folder / file);
        auto cpus = text ? parse_cpu_list(*text) : std::nullopt;
        if (cpus && !cpus->empty()) return cpus;
      }
  return std::nullopt;
}

std::optional<MemoryLimit> memory_limit(const Cgroups& groups) {
  std::optional<MemoryLimit> smallest;
  for (const CgroupChain& group : groups.memory)
    for (const fs::path& folder : group.folders) {
      const auto bytes = read_integer(folder / (group.version == 2 ? "memory.max" : "memory.limit_in_bytes"));
      if (!bytes || *bytes <= 0 || *bytes >= kUnlimited || (smallest && *bytes >= smallest->bytes)) continue;
      smallest = MemoryLimit{*bytes, available_in(group.version, folder, *bytes)};
    }
  return smallest;
}

std::vector<fs::path> groups_with_quota(const Cgroups& groups) {
  std::vector<fs::path> folders;
  for (const CgroupChain& group : groups.cpu)
    for (const fs::path& folder : group.folders)
      if (quota_of(group.version, folder)) folders.push_back(folder);
  return folders;
}

std::optional<ThrottleCounters> throttle_counters(const fs::path& folder) {
  const auto text = read_text(folder / "cpu.stat");
  if (!text) return std::nullopt;
  const auto periods = integer_field(*text, "nr_periods");
  const auto throttled = integer_field(*text, "nr_throttled");
  if (!periods || !throttled) return std::nullopt;
  ThrottleCounters counters{*periods, *throttled, std::nullopt};
  if (const auto us = integer_field(*text, "throttled_usec")) {
    counters.throttled_s = static_cast<double>(*us) * 1e-6;
  } else if (const auto ns = integer_field(*text, "throttled_time")) {
    counters.throttled_s = static_cast<double>(*ns) * 1e-9;
  }
  return counters;
}

}  // namespace deepgap::telemetry
