#include "deepgap/record/warnings.hpp"

#include "deepgap/core/text.hpp"

namespace deepgap::record {
namespace {

constexpr Warning kAll[] = {
    kNotSteady,          kTimeCapped,           kImprecise,         kForeignLoad,     kThrottled,
    kFewRounds,          kRareEvents,           kPercentileAbsent,  kTooFewSamples,   kBudgetExhausted,
    kEnergyAbsent,       kProcessesDiffer,      kFewSamples,        kStudyProtocol,   kPrecisionNotHonoured,
    kSettingNotHonoured, kMoreThreadsThanCores, kThreadsShareCore,  kEngineDoubt,     kDebugBuild,
    kSanitizerBuild,     kPowersaveGovernor,    kTurboUnknown,      kTooLittleMemory, kQuotaBelowCores,
    kVirtualMachine,     kStoreOnNetwork,       kThermalThrottling, kStolenTime,      kSwapInUse,
    kDeviceThrottled,    kVerificationFailed,   kNanInOutput,       kCheckedOnFewer,  kAgreementUnknown,
    kCalibratedOnSeeded};

}  // namespace

std::span<const Warning> all_warnings() noexcept { return kAll; }

std::string warn(const Warning& warning, std::string_view detail) {
  std::string text{warning.heading};
  if (!detail.empty()) text += ": " + printable(detail);
  return text + " [" + std::string{warning.id} + "]";
}

const Warning* warning_in(std::string_view text) noexcept {
  for (const Warning& warning : kAll) {
    if (!text.starts_with(warning.heading) || !text.ends_with(']')) continue;
    const std::string_view tail = text.substr(0, text.size() - 1);
    if (tail.ends_with(warning.id)) return &warning;
  }
  return nullptr;
}

std::string anchor(const Warning& warning) {
  std::string text;
  for (const std::string_view part : {warning.id, std::string_view{" "}, warning.heading})
    for (const char c : part) {
      if (c >= 'A' && c <= 'Z')
        text += static_cast<char>(c - 'A' + 'a');
      else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')
        text += c;
      else if (c == ' ')
        text += '-';
    }
  return text;
}

}  // namespace deepgap::record
