#include "deepgap/report/warning_texts.hpp"

namespace deepgap::report {
namespace {

constexpr WarningText kTexts[] = {
    {record::kNotSteady,
     "The latency was still moving when sampling ended: the warm-up had no end that could be found, every "
     "round rose or fell in the same way, or a trend larger than the target was detected.",
     "The mean depends on when the measurement was made. The interval is widened by the trend, but a machine "
     "that never settles has no single speed.",
     "Look for a cause (heat, another program, a clock that still rises), then measure again with the strict "
     "profile or longer rounds (`round_cap_s`)."},
    {record::kTimeCapped, "The time for a round ran out before the interval was as narrow as asked.",
     "The interval is as honest as any other, only wider. Read it before comparing.",
     "Raise `round_cap_s` or `time_budget`, or accept a larger `target`."},
    {record::kImprecise, "The 95 % interval is wider than the target after all rounds.",
     "Differences smaller than the interval cannot be seen; such rows often tie with their neighbours.",
     "Quieten the machine (`deepgap doctor`), use the standard or strict profile, or give more time."},
    {record::kForeignLoad, "Other processes used CPU time on the cores that were being measured.",
     "Engines that wait for all their threads at a barrier slow down far more than the share suggests. From "
     "a few per cent on the row is not to be trusted.",
     "Stop the other programs, or give the measurement cores of its own (taskset, cpuset), and measure "
     "again."},
    {record::kThrottled, "The container's CPU quota stopped the process during sampling (cgroup cpu.max).",
     "Calls that were stopped take tens of milliseconds longer: means and above all tails are those of the "
     "quota, not of the processor.",
     "Raise or remove the quota, or set `threads` to at most quota / period."},
    {record::kFewRounds, "The case was visited in fewer than 8 rounds, as the quick profile does.",
     "A mode (a lasting other speed) that takes a third of the rounds may be unseen; `mode_limit_pct` gives "
     "the "
     "bound. Good for a first look, not for publishing.",
     "Use the standard or strict profile."},
    {record::kRareEvents,
     "Fewer than ten calls that were over three times the median carry a good part of the mean.",
     "No interval is valid on so few events: the true mean may be lower or higher. Calls rarer than 1 in "
     "samples/3 are never excluded.",
     "Give more time, and look for what stalls the calls: page faults, other programs, interrupts."},
    {record::kPercentileAbsent, "There were too few independent calls to state a percentile.",
     "The column is empty rather than wrong: the largest of a few hundred calls is not the 99.9th "
     "percentile.",
     "Take more samples (p99 needs at least 368 independent calls, p99.9 needs 3,688), or use a lower "
     "percentile."},
    {record::kTooFewSamples, "Fewer than 16 calls could be timed.",
     "There is a mean but no interval: do not compare this row with anything.",
     "Give more time, or a smaller batch or model."},
    {record::kBudgetExhausted, "The study's time budget ended before every case had all its rounds.",
     "Rows that had fewer rounds are labelled accordingly; cases without any round are skipped with this "
     "reason.",
     "Run the same command again: it resumes. Or raise `time_budget` or shorten the lists in the study."},
    {record::kEnergyAbsent, "No energy counter could be read on this machine.",
     "The energy and power columns are empty; nothing else is affected.",
     "On Linux RAPL is readable by root only unless the permissions of /sys/class/powercap are changed; "
     "virtual "
     "machines seldom have it."},
    {record::kProcessesDiffer, "The processes that ran this case differ by more than their rounds do.",
     "A process can keep another speed for its whole life (where memory lies, which plan was chosen, "
     "clocks). "
     "The interval then rests on the few processes, not on the rounds, and is wide.",
     "Use the strict profile: it starts a fresh process for every round."},
    {record::kFewSamples, "The case was called fewer than 3,000 times in all.",
     "A stall that strikes less often than once in samples/3 calls may be unseen, and so may what takes "
     "longer "
     "than a round to show. The interval holds for what was seen.",
     "Use the strict profile or raise `round_cap_s`, where slow calls that are rare matter."},
    {record::kStudyProtocol, "The row was measured by the DEEP-GAP study's protocol, not by docs/method.md.",
     "A fixed number of calls, no test for warm-up or drift, no interval; throughput is batch / median. It "
     "shows what the study would have printed here, see docs/deep-gap.md.",
     "Remove `protocol` from the study for figures to rely on."},
    {record::kPrecisionNotHonoured, "The engine ran another precision than was asked for.",
     "The row is a measurement of what ran, shown as asked→ran. Comparing it as if it were the precision "
     "asked "
     "for is wrong.",
     "Ask for the precision that ran, or use a device or engine that has the one you want."},
    {record::kSettingNotHonoured, "A setting that was read back differs from what was asked.",
     "The row measures what the engine uses, see settings_effective.",
     "Ask for a value that the engine accepts; `deepgap list engines` shows its options."},
    {record::kMoreThreadsThanCores, "More threads were asked for than this process may use cores.",
     "Threads take turns: throughput falls and the tail grows.",
     "Use `threads = [0]` (all cores there are) or fewer."},
    {record::kThreadsShareCore, "Two threads of the engine ran on the two hardware threads of one core.",
     "They share its arithmetic units: two such threads are seldom much faster than one, and slower when "
     "memory-bound.",
     "Use as many threads as physical cores, or pin the process to one hardware thread a core."},
    {record::kEngineDoubt, "The engine's adapter found a reason not to believe the compiled network.",
     "The row is mistrusted and never recommended.", "Read the reason in the `why` column."},
    {record::kDebugBuild, "DeepGap itself was built without optimisation or with assertions.",
     "What it adds to each call is larger than stated; vendor engines are not slower.",
     "`make build` (the release preset)."},
    {record::kSanitizerBuild, "DeepGap was built with a sanitizer.",
     "Memory and time are those of the sanitizer: no number is worth keeping.",
     "`make build` (the release preset)."},
    {record::kPowersaveGovernor, "The CPU frequency governor is powersave or another that scales with load.",
     "Short runs are measured while the clock still rises; results vary from run to run.",
     "`sudo cpupower frequency-set -g performance` (package linux-cpupower)."},
    {record::kTurboUnknown, "Whether the processor may exceed its nominal clock could not be read.",
     "Usually harmless: turbo makes speed depend on temperature and on how many cores are busy, and this row "
     "cannot say whether it was on.",
     "Nothing, or read it on the machine outside the container or virtual machine."},
    {record::kTooLittleMemory, "The free memory is close to what the study needs, or below it.",
     "Swapping ruins every latency, and the kernel may kill the worker (a failed row).",
     "Free memory, use smaller batches, or lower `memory_limit_mb` so that fewer cases are resident "
     "together."},
    {record::kQuotaBelowCores, "The container shows more cores than its CPU quota pays for.",
     "Engines that start a thread for every core they see are stopped by the quota within each period.",
     "Set `threads` to the quota, or give the container whole cores (cpuset) in place of a quota."},
    {record::kVirtualMachine, "A hypervisor was detected.",
     "Cores may be shared with other guests, and clocks, caches and counters may be virtual. Good for "
     "choosing "
     "a configuration on this machine, less so for statements about the processor.",
     "Nothing, or repeat at another time and see whether the results agree."},
    {record::kStoreOnNetwork, "The store is on a network file system.",
     "SQLite's locks and its write-ahead log are not reliable there: the file may be damaged.",
     "Give a path on a local disk with -o and copy the file afterwards."},
    {record::kThermalThrottling, "The CPU slowed down because it was too hot.",
     "The clock falls for seconds at a time and unevenly over the cores: means drift, and two runs differ by "
     "how warm the machine was before.",
     "Improve the cooling or lower the power limit, let the machine cool, and measure again."},
    {record::kStolenTime, "The hypervisor ran other virtual machines while this one wanted its CPUs.",
     "Stolen time looks like slow calls; engines that wait for all their threads lose far more than its "
     "share.",
     "Use a machine type with dedicated cores, or measure when the neighbours are quiet."},
    {record::kSwapInUse, "Part of the memory in use lies on disk.",
     "A call that touches such a page waits for the disk, thousands of times longer than for memory.",
     "Free memory, then `sudo swapoff -a && sudo swapon -a`."},
    {record::kDeviceThrottled,
     "The device ran at a lowered clock during some blocks of samples: heat, power or the board's supply.",
     "Those samples are kept and flagged: a board at its power limit always runs like this, and its speed is "
     "what a user gets. Heat is different: it depends on what ran before, and on the next machine it may be "
     "absent.",
     "For heat: improve the cooling, let the device cool, measure again. For power: compare only with "
     "devices at their own limit, or raise it (`nvidia-smi -pl`)."},
    {record::kVerificationFailed,
     "The engine's outputs differ from the reference by more than the precision that ran can explain.",
     "A fast wrong answer is worth nothing: the row is mistrusted.",
     "Try another engine or version, or report it to the engine's makers with the model."},
    {record::kNanInOutput, "An output holds NaN or infinity.",
     "The network overflows in this precision, or the engine is wrong. Timing of NaN arithmetic may differ "
     "too.",
     "Use bf16 in place of fp16, or check the model."},
    {record::kCheckedOnFewer,
     "The outputs of only some of the inputs of a batch were compared with the reference.",
     "Errors in the other places of the batch would go unseen.",
     "Nothing for built-in networks at usual batches; a smaller batch is checked wholly."},
    {record::kAgreementUnknown, "A reduced precision ran, and its agreement with FP32 could not be computed.",
     "The speed is known, its price is not.",
     "Have fp32 in the study's precisions, and read the reason behind the colon."},
    {record::kCalibratedOnSeeded, "INT8 ranges come from seeded, generated images, not from real ones.",
     "The speed is unaffected. The agreement with FP32 is that of generated images; on photographs it may be "
     "better or worse.",
     "Treat the agreement as a check of the arithmetic, not as the accuracy you will get."},
};

}  // namespace

std::span<const WarningText> warning_texts() noexcept { return kTexts; }

}  // namespace deepgap::report
