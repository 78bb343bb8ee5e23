#include "deepgap/host/doctor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace deepgap::host {
namespace {

using testing::HasSubstr;
using testing::Not;

// A tuned, quiet server: nothing to say but good.
Machine good_machine() {
  Machine machine;
  machine.hostname = "bench1";
  machine.os = "Debian GNU/Linux 12 (bookworm)";
  machine.kernel = "6.1.0";
  machine.cpu.model = "Some CPU";
  machine.cpu.sockets = 1;
  machine.cpu.physical_cores = machine.cpu.logical_cpus = 8;
  machine.cpu.caches = {48 << 10, 2 << 20, 60 << 20};
  machine.cpu.isa = {"avx2", "avx512f"};
  machine.cpu.governor = "performance";
  machine.cpu.turbo = false;
  machine.cpu.smt = false;
  machine.cpu.thermal_throttles = 0;
  machine.memory_bytes = machine.memory_available_bytes = std::int64_t{64} << 30;
  machine.numa_nodes = 1;
  machine.limits.usable = {0, 1, 2, 3, 4, 5, 6, 7};
  machine.limits.usable_cores = 8;
  machine.build = {"GNU 12.2.0", "Release", "0123456789ab", "", true, false};
  return machine;
}

Load quiet() {
  Load load;
  load.cpu.window_s = 1;
  load.cpu.foreign_cpu_share = 0.002;
  load.cpu.steal_share = 0;
  load.thermal_throttles = 0;
  return load;
}

const Finding* find(const std::vector<Finding>& findings, std::string_view heading) {
  const auto found = std::ranges::find(findings, heading, &Finding::heading);
  return found == findings.end() ? nullptr : &*found;
}

// The finding of that heading is there and as bad as said; its cure (or none) is returned.
std::string expect(const Machine& machine, const Load& load, std::string_view heading, Severity severity) {
  const auto findings = diagnose(machine, load);
  const Finding* finding = find(findings, heading);
  EXPECT_NE(finding, nullptr) << heading;
  if (finding == nullptr) return "";
  EXPECT_EQ(finding->severity, severity) << heading;
  return finding->cure;
}

TEST(Diagnose, FindsNothingWrongWithAGoodMachine) {
  const auto findings = diagnose(good_machine(), quiet());
  EXPECT_EQ(worst(findings), Severity::ok);
  EXPECT_GE(findings.size(), 5U);
}

TEST(Diagnose, CallsABuildThatCannotMeasureUnfit) {
  Machine machine = good_machine();
  machine.build.optimised = false;
  EXPECT_EQ(expect(machine, quiet(), "debug build", Severity::unfit), "make build");
  machine.build.optimised = true;
  machine.build.assertions = true;
  EXPECT_EQ(expect(machine, quiet(), "debug build", Severity::warning), "make build");
  machine.build.sanitizer = "address";
  EXPECT_EQ(expect(machine, quiet(), "sanitizer build", Severity::unfit), "make build");
}

TEST(Diagnose, GradesForeignLoad) {
  Load load = quiet();
  load.cpu.foreign_cpu_share = 0.05;
  EXPECT_THAT(expect(good_machine(), load, "foreign load on the CPU", Severity::warning),
              HasSubstr("ps -eo"));
  load.cpu.foreign_cpu_share = 0.4;
  expect(good_machine(), load, "foreign load on the CPU", Severity::unfit);
  load.cpu.foreign_cpu_share.reset();
  expect(good_machine(), load, "foreign load on the CPU", Severity::note);
}

TEST(Diagnose, SaysNothingOfALoadThatNobodyMeasured) {
  EXPECT_EQ(find(diagnose(good_machine(), {}), "foreign load on the CPU"), nullptr);
}

TEST(Diagnose, TellsTheVirtualMachineAndWhatItsHypervisorSteals) {
  Machine machine = good_machine();
  machine.hypervisor = "KVM";
  machine.product = "Amazon EC2 c7i.large";
  expect(machine, quiet(), "virtual machine", Severity::note);
  Load load = quiet();
  load.cpu.steal_share = 0.04;
  expect(machine, load, "CPU time stolen by the hypervisor", Severity::warning);
  load.cpu.steal_share = 0.2;
  expect(machine, load, "CPU time stolen by the hypervisor", Severity::unfit);
}

TEST(Diagnose, CuresGovernorAndTurboWithTheCommandOfTheDriver) {
  Machine machine = good_machine();
  machine.cpu.governor = "powersave";
  EXPECT_THAT(expect(machine, quiet(), "powersave governor", Severity::warning),
              HasSubstr("scaling_governor"));
  machine.cpu.turbo = true;
  machine.cpu.frequency_driver = "intel_pstate";
  EXPECT_THAT(expect(machine, quiet(), "turbo on", Severity::note), HasSubstr("intel_pstate/no_turbo"));
  machine.cpu.frequency_driver = "acpi-cpufreq";
  EXPECT_THAT(expect(machine, quiet(), "turbo on", Severity::note), HasSubstr("cpufreq/boost"));
  machine.cpu.turbo.reset();
  expect(machine, quiet(), "turbo state unknown", Severity::warning);
  machine.hypervisor = "KVM";
  expect(machine, quiet(), "turbo state unknown", Severity::note);
}

TEST(Diagnose, TellsHeatNowFromHeatBefore) {
  Machine machine = good_machine();
  machine.cpu.thermal_throttles = 12;
  expect(machine, quiet(), "thermal throttling", Severity::note);
  Load load = quiet();
  load.thermal_throttles = 3;
  expect(machine, load, "thermal throttling", Severity::unfit);
}

TEST(Diagnose, WarnsOfAQuotaBelowTheCores) {
  Machine machine = good_machine();
  machine.limits.quota_cpus = 1.5;
  machine.limits.throttled = telemetry::ThrottleCounters{1000, 400, 12.5};
  EXPECT_THAT(expect(machine, quiet(), "quota below the cores seen", Severity::warning),
              HasSubstr("docker run"));
  expect(machine, quiet(), "cgroup throttled", Severity::note);
  Load load = quiet();
  load.cpu.throttled_share = 0.3;
  expect(machine, load, "cgroup throttled", Severity::unfit);
  machine.limits.quota_cpus = 8;
  EXPECT_EQ(find(diagnose(machine, quiet()), "quota below the cores seen"), nullptr);
}

TEST(Diagnose, TellsWhichCpusAreThreadsOfOneCore) {
  const auto findings =
      diagnose(inspect(DEEPGAP_TEST_DATA "/host/h01-container-cpus/v2_cpuset_two_siblings"), quiet());
  const Finding* finding = find(findings, "two threads on one core");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->severity, Severity::warning);
  EXPECT_THAT(finding->detail, HasSubstr("the two CPUs are one core's threads"));

  Machine machine = good_machine();
  machine.limits.usable_cores = 4;
  expect(machine, quiet(), "hyper-threads", Severity::note);
  machine.limits.shared_cores = true;
  expect(machine, quiet(), "cores shared with others", Severity::note);
  machine.numa_nodes = 2;
  EXPECT_THAT(expect(machine, quiet(), "several memory nodes", Severity::note), HasSubstr("numactl"));
}

TEST(Diagnose, GradesMemoryAndSwap) {
  Machine machine = good_machine();
  machine.limits.memory_bytes = std::int64_t{1} << 30;
  expect(machine, quiet(), "too little memory", Severity::warning);
  machine.limits.memory_bytes = std::int64_t{300} << 20;
  expect(machine, quiet(), "too little memory", Severity::unfit);
  machine.swap_used_bytes = std::int64_t{2} << 30;
  EXPECT_THAT(expect(machine, quiet(), "swap in use", Severity::warning), HasSubstr("swapoff"));
  machine.swap_used_bytes = 4096;
  EXPECT_EQ(find(diagnose(machine, quiet()), "swap in use"), nullptr);
}

TEST(Diagnose, SplitsTheReasonOfAbsentEnergyFromItsCure) {
  Machine machine = good_machine();
  machine.energy_absent = "counters cannot be read: sudo chmod a+r /sys/x";
  EXPECT_EQ(expect(machine, quiet(), "energy absent", Severity::note), "sudo chmod a+r /sys/x");
  machine.hypervisor = "KVM";
  EXPECT_EQ(expect(machine, quiet(), "energy absent", Severity::note), "");
}

TEST(Diagnose, PutsTheWorstFirst) {
  Machine machine = good_machine();
  machine.cpu.governor = "powersave";
  machine.build.sanitizer = "thread";
  machine.energy_absent = "none";
  const auto findings = diagnose(machine, quiet());
  EXPECT_TRUE(std::ranges::is_sorted(findings, std::ranges::greater{}, &Finding::severity));
  EXPECT_EQ(findings.front().heading, "sanitizer build");
}

TEST(LoadBetween, CountsHeatInTheWindow) {
  LoadSnapshot a, b;
  EXPECT_EQ(load_between(a, b).thermal_throttles, std::nullopt);
  a.thermal_throttles = 5;
  b.thermal_throttles = 8;
  EXPECT_EQ(load_between(a, b).thermal_throttles, 3);
}

// A laptop that is anything but fit, on one page. To accept a new text: DEEPGAP_UPDATE_GOLDEN=1 and run this.
void expect_golden(const std::string& text, const std::string& name) {
  const std::string path = std::string{DEEPGAP_TEST_DATA "/host/golden/"} + name;
  if (std::getenv("DEEPGAP_UPDATE_GOLDEN") != nullptr) std::ofstream{path} << text;
  std::stringstream golden;
  golden << std::ifstream{path}.rdbuf();
  EXPECT_EQ(text, golden.str());
}

TEST(DoctorText, OfAGoodMachine) {
  const Machine machine = good_machine();
  expect_golden(to_text(diagnose(machine, quiet()), machine, false), "doctor_good.txt");
}

TEST(DoctorText, OfAnUnfitMachine) {
  Machine machine = inspect(DEEPGAP_TEST_DATA "/host/two_sockets");
  machine.build = {"GNU 12.2.0", "Debug", "0123456789ab-dirty", "", false, true};
  machine.limits.quota_cpus = 1.5;
  machine.libraries["openvino"] = "2026.4.1";
  Load load = quiet();
  load.cpu.foreign_cpu_share = 0.31;
  load.cpu.steal_share = 0.02;
  const std::string text = to_text(diagnose(machine, load), machine, false);
  expect_golden(text, "doctor_unfit.txt");
}

TEST(DoctorText, FitsAHundredColumnsExceptForCommands) {
  Machine machine = good_machine();
  machine.cpu.isa.assign(60, "avx512_something");
  machine.hypervisor = "KVM";
  machine.cpu.turbo = true;
  std::istringstream lines{to_text(diagnose(machine, quiet()), machine, false)};
  for (std::string line; std::getline(lines, line);) {
    const bool command = line.find("-> ") != std::string::npos;
    EXPECT_TRUE(command || line.size() <= 100U) << line;
  }
}

TEST(DoctorText, HasEscapeSequencesOnlyInColour) {
  const Machine machine = good_machine();
  const auto findings = diagnose(machine, quiet());
  EXPECT_THAT(to_text(findings, machine, false), Not(HasSubstr("\x1b")));
  EXPECT_THAT(to_text(findings, machine, true), HasSubstr("\x1b[32mok"));
}

TEST(DoctorJson, HoldsVerdictMachineAndFindings) {
  Machine machine = good_machine();
  machine.cpu.governor = "powersave";
  const auto findings = diagnose(machine, quiet());
  const nlohmann::json json = to_json(findings, machine);
  EXPECT_EQ(json["verdict"], "warning");
  EXPECT_EQ(json["machine"]["hostname"], "bench1");
  ASSERT_EQ(json["findings"].size(), findings.size());
  EXPECT_EQ(json["findings"][0]["id"], "W303");
  EXPECT_TRUE(json["findings"].back()["cure"].is_null());
}

}  // namespace
}  // namespace deepgap::host
