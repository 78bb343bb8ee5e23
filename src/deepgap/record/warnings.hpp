#pragma once

#include <span>
#include <string>
#include <string_view>

// Every warning the program can print, by a stable id. Each has its heading "## <id>: <heading>" in
// docs/warnings.md, which says what happened, how much it matters and what to do.
namespace deepgap::record {

struct Warning {
  std::string_view id, heading;
  friend constexpr bool operator==(const Warning&, const Warning&) = default;
};

// W1xx: the measurement itself
inline constexpr Warning kNotSteady{"W101", "not steady"};  // label not-stationary
inline constexpr Warning kTimeCapped{"W102", "time-capped"};
inline constexpr Warning kImprecise{"W103", "imprecise"};
inline constexpr Warning kForeignLoad{"W104", "foreign load on the CPU"};
inline constexpr Warning kThrottled{"W105", "cgroup throttled"};
inline constexpr Warning kFewRounds{"W106", "few rounds"};
inline constexpr Warning kRareEvents{"W107", "rare events"};
inline constexpr Warning kPercentileAbsent{"W108", "percentile absent"};
inline constexpr Warning kTooFewSamples{"W109", "too few samples"};
inline constexpr Warning kBudgetExhausted{"W110", "time budget exhausted"};
inline constexpr Warning kEnergyAbsent{"W111", "energy absent"};
inline constexpr Warning kProcessesDiffer{"W112", "processes differ"};
inline constexpr Warning kFewSamples{"W113", "few samples"};  // label few-samples
inline constexpr Warning kStudyProtocol{"W114", "measured as the study did"};
// W2xx: what was asked against what ran
inline constexpr Warning kPrecisionNotHonoured{"W201", "precision not honoured"};
inline constexpr Warning kSettingNotHonoured{"W202", "setting not honoured"};
inline constexpr Warning kMoreThreadsThanCores{"W203", "more threads than cores"};
inline constexpr Warning kThreadsShareCore{"W204", "two threads on one core"};
inline constexpr Warning kEngineDoubt{"W205",
                                      "the engine gives reason to doubt"};  // engine::Effective::mistrust
// W3xx: the machine and the build
inline constexpr Warning kDebugBuild{"W301", "debug build"};
inline constexpr Warning kSanitizerBuild{"W302", "sanitizer build"};
inline constexpr Warning kPowersaveGovernor{"W303", "powersave governor"};
inline constexpr Warning kTurboUnknown{"W304", "turbo state unknown"};
inline constexpr Warning kTooLittleMemory{"W305", "too little memory"};
inline constexpr Warning kQuotaBelowCores{"W306", "quota below the cores seen"};
inline constexpr Warning kVirtualMachine{"W307", "virtual machine"};
inline constexpr Warning kStoreOnNetwork{"W308", "store on a network file system"};
inline constexpr Warning kThermalThrottling{"W309", "thermal throttling"};
inline constexpr Warning kStolenTime{"W310", "CPU time stolen by the hypervisor"};
inline constexpr Warning kSwapInUse{"W311", "swap in use"};
inline constexpr Warning kDeviceThrottled{"W312", "device throttled"};
// W4xx: the output and its accuracy
inline constexpr Warning kVerificationFailed{"W401", "verification failed"};
inline constexpr Warning kNanInOutput{"W402", "NaN in the output"};
inline constexpr Warning kCheckedOnFewer{"W403", "output checked on fewer samples than the batch"};
inline constexpr Warning kAgreementUnknown{"W404", "agreement unknown"};
inline constexpr Warning kCalibratedOnSeeded{"W405", "calibrated on seeded images"};

[[nodiscard]] std::span<const Warning> all_warnings() noexcept;  // in the order of their ids

// "foreign load on the CPU: 31 % of the time went to other processes [W104]"; the detail is made printable.
[[nodiscard]] std::string warn(const Warning& warning, std::string_view detail);

// The warning that a text made by warn() carries, nullptr when it carries none.
[[nodiscard]] const Warning* warning_in(std::string_view text) noexcept;

// "w104-foreign-load-on-the-cpu": what a Markdown viewer makes of the heading in docs/warnings.md.
[[nodiscard]] std::string anchor(const Warning& warning);

}  // namespace deepgap::record
