#include "deepgap/host/cpu.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "deepgap/telemetry/files.hpp"
#include "deepgap/telemetry/procfs.hpp"

namespace deepgap::host {
namespace {

namespace fs = std::filesystem;
using telemetry::field;
using telemetry::read_integer;
using telemetry::read_line;
using telemetry::read_text;

// x86 "flags" and arm "Features" that inference kernels are chosen by.
constexpr std::string_view kIsa[] = {
    "sse4_2",   "avx",      "f16c",     "fma",      "avx2",        "avx_vnni",    "avx_vnni_int8", "avx_ifma",
    "avx512f",  "avx512bw", "avx512dq", "avx512vl", "avx512_vnni", "avx512_bf16", "avx512_fp16",   "amx_tile",
    "amx_int8", "amx_bf16", "amx_fp16", "asimd",    "asimdhp",     "asimddp",     "asimdfhm",      "i8mm",
    "bf16",     "sve",      "sve2",     "svei8mm",  "svebf16",     "sme",         "sme2"};

// arm's /proc/cpuinfo has numbers for names (linux arch/arm64/include/asm/cputype.h).
constexpr std::pair<std::string_view, std::string_view> kArmParts[] = {
    {"0xd0c", "Neoverse-N1"}, {"0xd40", "Neoverse-V1"}, {"0xd49", "Neoverse-N2"},
    {"0xd4f", "Neoverse-V2"}, {"0xd84", "Neoverse-V3"}, {"0xd8e", "Neoverse-N3"},
    {"0xd08", "Cortex-A72"},  {"0xd0b", "Cortex-A76"},  {"0xd42", "Cortex-A78AE"}};

std::optional<std::string> text_field(std::string_view text, std::string_view key) {
  const auto value = field(text, key);
  if (!value || value->empty()) return std::nullopt;
  return telemetry::ascii_line(*value);
}

bool has_word(std::string_view text, std::string_view word) {
  for (std::string_view next = telemetry::next_word(text); !next.empty(); next = telemetry::next_word(text))
    if (next == word) return true;
  return false;
}

std::vector<std::string> known_isa(std::string_view flags) {
  std::vector<std::string> isa;
  for (const std::string_view flag : kIsa)
    if (has_word(flags, flag)) isa.emplace_back(flag);
  return isa;
}

void read_names(std::string_view cpuinfo, Cpu& cpu) {
  cpu.model = text_field(cpuinfo, "model name");
  cpu.vendor = text_field(cpuinfo, "vendor_id");
  if (!cpu.vendor && field(cpuinfo, "CPU implementer") == std::optional<std::string_view>{"0x41"}) {
    cpu.vendor = "ARM";
    const auto part = field(cpuinfo, "CPU part");
    for (const auto& [number, name] : kArmParts)
      if (part == std::optional{number}) cpu.model = std::string{name};
  }
  if (const auto flags = field(cpuinfo, "flags")) cpu.isa = known_isa(*flags);
  if (const auto features = field(cpuinfo, "Features")) cpu.isa = known_isa(*features);
}

std::optional<std::string> common_governor(const fs::path& root, const CpuList& online) {
  std::optional<std::string> common;
  for (const int cpu : online) {
    const auto governor = read_line(root / "sys/devices/system/cpu" / ("cpu" + std::to_string(cpu)) /
                                    "cpufreq/scaling_governor");
    if (!governor) continue;
    if (common && *common != *governor) return "mixed";
    common = governor;
  }
  return common;
}

std::optional<bool> read_turbo(const fs::path& root) {
  const fs::path cpus = root / "sys/devices/system/cpu";
  if (const auto off = read_integer(cpus / "intel_pstate/no_turbo"); off && (*off == 0 || *off == 1))
    return *off == 0;
  for (const char* file : {"cpufreq/boost", "cpu0/cpufreq/boost"})
    if (const auto on = read_integer(cpus / file); on && (*on == 0 || *on == 1)) return *on == 1;
  return std::nullopt;
}

std::optional<bool> read_smt(const fs::path& root) {
  const auto active = read_integer(root / "sys/devices/system/cpu/smt/active");
  if (!active || (*active != 0 && *active != 1)) return std::nullopt;
  return *active == 1;
}

std::optional<double> khz_file(const fs::path& path) {
  const auto khz = read_integer(path);
  if (!khz || *khz <= 0) return std::nullopt;
  return static_cast<double>(*khz) / 1000;
}

std::optional<double> whole_mhz(std::string_view cpuinfo) {
  const auto mhz = field(cpuinfo, "cpu MHz");
  if (!mhz) return std::nullopt;
  const auto whole = telemetry::parse_integer(mhz->substr(0, mhz->find('.')));
  if (!whole || *whole <= 0) return std::nullopt;
  return static_cast<double>(*whole);
}

#if defined(__x86_64__)
std::optional<std::string> hypervisor_from_cpu() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & (1U << 31)) == 0) return std::nullopt;
  __cpuid(0x40000000U, a, b, c, d);
  std::array<char, 13> id{};
  std::memcpy(id.data(), &b, 4);
  std::memcpy(id.data() + 4, &c, 4);
  std::memcpy(id.data() + 8, &d, 4);
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"KVMKVMKVM", "KVM"},      {"VMwareVMware", "VMware"},     {"Microsoft Hv", "Hyper-V"},
      {"XenVMMXenVMM", "Xen"},   {"VBoxVBoxVBox", "VirtualBox"}, {"TCGTCGTCGTCG", "QEMU"},
      {"bhyve bhyve ", "bhyve"}, {"ACRNACRNACRN", "ACRN"},
  };
  for (const auto& [number, name] : kNames)
    if (number == id.data()) return std::string{name};
  return "unknown";
}
#endif

}  // namespace

Cpu read_cpu(const fs::path& root, const CpuList& online) {
  Cpu cpu;
#if defined(__x86_64__)
  cpu.architecture = "x86_64";
#elif defined(__aarch64__)
  cpu.architecture = "aarch64";
#else
  cpu.architecture = "other";
#endif
  const auto cpuinfo = read_text(root / "proc/cpuinfo", std::size_t{4} << 20);
  if (cpuinfo) read_names(*cpuinfo, cpu);
  if (!online.empty()) cpu.logical_cpus = static_cast<int>(online.size());
  const fs::path first =
      root / "sys/devices/system/cpu" / ("cpu" + std::to_string(online.empty() ? 0 : online[0]));
  cpu.mhz_now = telemetry::current_mhz(root, online);
  cpu.mhz_max = khz_file(first / "cpufreq/cpuinfo_max_freq");
  cpu.mhz_base = khz_file(first / "cpufreq/base_frequency");
  // Where the clock cannot be read the kernel shows the time stamp counter's rate: the nominal clock.
  if (!cpu.mhz_now && !cpu.mhz_base && cpuinfo) cpu.mhz_base = whole_mhz(*cpuinfo);
  cpu.governor = common_governor(root, online);
  cpu.frequency_driver = read_line(first / "cpufreq/scaling_driver");
  cpu.turbo = read_turbo(root);
  cpu.smt = read_smt(root);
  cpu.thermal_throttles = telemetry::thermal_throttle_count(root);
  return cpu;
}

std::optional<std::string> read_hypervisor(const fs::path& root) {
#if defined(__x86_64__)
  if (root == "/")
    if (auto name = hypervisor_from_cpu()) return name;
#endif
  if (const auto type = read_line(root / "sys/hypervisor/type"); type && *type == "xen") return "Xen";
  const auto cpuinfo = read_text(root / "proc/cpuinfo");
  const auto flags = cpuinfo ? field(*cpuinfo, "flags") : std::nullopt;
  if (flags && has_word(*flags, "hypervisor")) return "unknown";
  return std::nullopt;
}

}  // namespace deepgap::host
