#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "deepgap/core/text.hpp"
#include "deepgap/host/doctor.hpp"

namespace deepgap::host {
namespace {

constexpr std::size_t kColumns = 100;
constexpr std::size_t kIndent = 11;

std::string bytes(std::int64_t count) {
  const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(count);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(units)) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.4g} {}", value, units[unit]);
}

std::string counted(int count, const char* noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

// `text` broken at blanks, every line after the first indented by kIndent.
std::string wrapped(std::string_view text) {
  std::string lines;
  std::size_t column = kIndent;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (column > kIndent && column + 1 + end > kColumns) {
      lines += '\n';
      lines.append(kIndent, ' ');
      column = kIndent;
    } else if (column > kIndent) {
      lines += ' ';
      ++column;
    }
    lines += text.substr(0, end);
    column += end;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string cpu_line(const Cpu& cpu) {
  std::vector<std::string> parts{cpu.model.value_or("unknown model")};
  if (cpu.sockets) parts.push_back(counted(*cpu.sockets, "socket"));
  if (cpu.physical_cores) parts.push_back(counted(*cpu.physical_cores, "core"));
  if (cpu.logical_cpus) parts.push_back(counted(*cpu.logical_cpus, "CPU"));
  if (cpu.mhz_now) parts.push_back(fmt::format("{:.0f} MHz now", *cpu.mhz_now));
  if (cpu.mhz_max) parts.push_back(fmt::format("{:.0f} MHz at most", *cpu.mhz_max));
  if (cpu.mhz_base) parts.push_back(fmt::format("{:.0f} MHz nominal", *cpu.mhz_base));
  return join(parts);
}

std::string cache_line(const Caches& caches) {
  std::vector<std::string> parts;
  if (caches.l1d_bytes) parts.push_back(fmt::format("L1d {}", bytes(*caches.l1d_bytes)));
  if (caches.l2_bytes) parts.push_back(fmt::format("L2 {}", bytes(*caches.l2_bytes)));
  if (caches.l3_bytes) parts.push_back(fmt::format("L3 {}", bytes(*caches.l3_bytes)));
  return join(parts);
}

std::string host_line(const Machine& machine) {
  std::vector<std::string> parts;
  if (machine.hostname) parts.push_back(*machine.hostname);
  if (machine.os) parts.push_back(*machine.os);
  if (machine.kernel) parts.push_back("kernel " + *machine.kernel);
  if (machine.hypervisor)
    parts.push_back(*machine.hypervisor == "unknown" ? "virtual machine" : "in " + *machine.hypervisor);
  if (machine.container) parts.push_back("in " + *machine.container);
  return join(parts);
}

std::string memory_line(const Machine& machine) {
  std::vector<std::string> parts;
  if (machine.memory_bytes) parts.push_back(bytes(*machine.memory_bytes));
  if (machine.memory_available_bytes) parts.push_back(bytes(*machine.memory_available_bytes) + " available");
  if (machine.limits.memory_bytes)
    parts.push_back(fmt::format("limit {} (cgroup)", bytes(*machine.limits.memory_bytes)));
  return join(parts);
}

std::string facts(const Machine& machine) {
  const std::string revision =
      machine.build.git_revision ? fmt::format(", {}", *machine.build.git_revision) : std::string{};
  std::vector<std::string> libraries;
  for (const auto& [library, version] : machine.libraries)
    libraries.push_back(printable(library + " " + version, 80));
  const std::pair<const char*, std::string> lines[] = {
      {"host", host_line(machine)},
      {"CPU", cpu_line(machine.cpu)},
      {"caches", cache_line(machine.cpu.caches)},
      {"ISA", join(machine.cpu.isa, " ")},
      {"memory", memory_line(machine)},
      {"may use", say_limit(machine)},
      {"threads", fmt::format("{} by default", default_threads(machine))},
      {"build", to_text(machine.build) + revision},
      {"with", join(libraries)},
  };
  std::string text;
  for (const auto& [label, line] : lines)
    if (!line.empty()) text += fmt::format("  {:<{}}{}\n", label, kIndent - 2, wrapped(line));
  return text;
}

std::string_view colour_of(Severity severity) {
  switch (severity) {
    case Severity::ok: return "\x1b[32m";
    case Severity::note: return "\x1b[36m";
    case Severity::warning: return "\x1b[33m";
    case Severity::unfit: return "\x1b[31m";
  }
  return "";
}

std::string verdict(std::span<const Finding> findings) {
  int warnings = 0, unfit = 0;
  for (const Finding& finding : findings) {
    warnings += finding.severity == Severity::warning ? 1 : 0;
    unfit += finding.severity == Severity::unfit ? 1 : 0;
  }
  const std::string also = warnings == 0 ? std::string{} : fmt::format(", {}", counted(warnings, "warning"));
  if (unfit > 0)
    return fmt::format("This machine is not fit to measure on: {}{}.", counted(unfit, "reason"), also);
  if (warnings > 0)
    return fmt::format("This machine is fit to measure on, with {}.", counted(warnings, "warning"));
  return "This machine is fit to measure on.";
}

std::string finding_text(const Finding& finding, bool colour) {
  const std::string label = fmt::format("{:<{}}", name(finding.severity), kIndent - 2);
  const std::string painted = colour ? std::string{colour_of(finding.severity)} + label + "\x1b[0m" : label;
  const std::string id = finding.id.empty() ? std::string{} : fmt::format(" [{}]", finding.id);
  if (finding.severity == Severity::ok)
    return "  " + painted + wrapped(finding.heading + ": " + finding.detail) + "\n";
  std::string text = "  " + painted + finding.heading + id + "\n";
  const std::string margin(kIndent, ' ');
  if (!finding.detail.empty()) text += margin + wrapped(finding.detail) + "\n";
  if (!finding.cure.empty()) text += margin + "-> " + finding.cure + "\n";  // one line, to be copied
  return text;
}

}  // namespace

std::string to_text(std::span<const Finding> findings, const Machine& machine, bool colour) {
  std::string text = verdict(findings) + "\n\n" + facts(machine) + "\n";
  for (const Finding& finding : findings) text += finding_text(finding, colour);
  return text;
}

nlohmann::json to_json(std::span<const Finding> findings, const Machine& machine) {
  nlohmann::json list = nlohmann::json::array();
  for (const Finding& finding : findings)
    list.push_back({{"severity", name(finding.severity)},
                    {"heading", finding.heading},
                    {"detail", finding.detail},
                    {"cure", finding.cure.empty() ? nlohmann::json(nullptr) : nlohmann::json(finding.cure)},
                    {"id", finding.id.empty() ? nlohmann::json(nullptr) : nlohmann::json(finding.id)}});
  return {{"verdict", name(worst(findings))}, {"machine", to_json(machine)}, {"findings", std::move(list)}};
}

}  // namespace deepgap::host
