// What was run and how it ended: the columns of identity, asked and got, outcome.
#include "deepgap/record/columns_detail.hpp"

namespace deepgap::record::detail {
namespace {

Value settings_requested(const Row& row) {
  TextMap map;
  for (const auto& [key, setting] : row.settings) map.emplace(key, setting.requested);
  return map.empty() ? Value{} : Value{std::move(map)};
}

Value settings_effective(const Row& row) {
  TextMap map;
  for (const auto& [key, setting] : row.settings) map.emplace(key, setting.effective);
  return map.empty() ? Value{} : Value{std::move(map)};
}

}  // namespace

void add_identity(std::vector<Column>& to) {
  constexpr Group kGroup = Group::identity;
  to.push_back({.name = "case",
                .group = kGroup,
                .title = "case",
                .definition = "The canonical case string: everything that decides what runs, as key=value "
                              "words. Unique within a store; `deepgap case` runs it again.",
                .get = &get<&Row::case_string>,
                .always = true});
  to.push_back(
      {.name = "run",
       .group = kGroup,
       .title = "run",
       .definition = "Id of the run that finished this case. A store that was resumed holds several.",
       .get = &get<&Row::run>});
  to.push_back({.name = "engine",
                .group = kGroup,
                .title = "engine",
                .definition = "Inference engine that executed the network, as written in studies.",
                .get = &get<&Row::engine>,
                .always = true});
  to.push_back({.name = "engine_version",
                .group = kGroup,
                .title = "version",
                .definition = "Version that the engine's own library reported when it was loaded.",
                .get = &get<&Row::engine_version>});
  to.push_back({.name = "device",
                .group = kGroup,
                .title = "device",
                .definition = "Device id within the machine: cpu, cuda:0, ...",
                .caveat = "The id says nothing about the hardware; device_name does.",
                .get = &get<&Row::device>,
                .always = true});
  to.push_back({.name = "device_name",
                .group = kGroup,
                .title = "hardware",
                .definition = "The hardware's own name, as the engine or the driver reports it.",
                .get = &get<&Row::device_name>});
  to.push_back({.name = "model",
                .group = kGroup,
                .title = "model",
                .definition = "Network: the name of a built-in one, or the path of an ONNX file.",
                .caveat = "A path says nothing about the content; model_hash does.",
                .get = &get<&Row::model>,
                .always = true});
  to.push_back({.name = "model_hash",
                .group = kGroup,
                .title = "model hash",
                .definition = "XXH3-128 of the ONNX bytes that the engine was given, quantisation included, "
                              "as 32 hexadecimal digits. Equal hash: the same network with the same weights.",
                .caveat = "Identifies content, is no protection against forgery.",
                .get = &get<&Row::model_hash>});
  to.push_back(
      {.name = "scenario",
       .group = kGroup,
       .title = "scenario",
       .definition = "Who asks when. closed: the next call starts when the previous one has returned.",
       .caveat = "A closed loop shows no queueing: latency under load is another scenario.",
       .get = &get<&Row::scenario>,
       .always = true});
  to.push_back({.name = "batch",
                .group = kGroup,
                .kind = Kind::integer,
                .unit = "inputs",
                .title = "batch",
                .definition = "Inputs (images, for a vision network) that one call processes together.",
                .get = &get<&Row::batch>,
                .always = true});
  to.push_back({.name = "threads",
                .group = kGroup,
                .kind = Kind::integer,
                .unit = "threads",
                .title = "threads",
                .definition = "CPU threads that the engine computes with: as read back from it, or as "
                              "requested when it does not say.",
                .get = &get<&Row::threads>});
  to.push_back({.name = "streams",
                .group = kGroup,
                .kind = Kind::integer,
                .unit = "streams",
                .title = "streams",
                .definition = "Execution streams that work on different calls at the same time: as read back "
                              "from the engine, or as requested when it does not say.",
                .caveat = "With more than one, throughput is not batch / latency.",
                .get = &get<&Row::streams>});
}

void add_asked_and_got(std::vector<Column>& to) {
  constexpr Group kGroup = Group::asked_and_got;
  to.push_back({.name = "precision_requested",
                .group = kGroup,
                .title = "asked",
                .definition =
                    "Arithmetic that the study asked for: fp32, tf32, fp16, bf16, int8 or fp8. int8 and "
                    "fp8 are explicit in the network (QuantizeLinear/DequantizeLinear), the same for "
                    "every engine.",
                .get = &get<&Row::precision_requested>,
                .always = true});
  to.push_back(
      {.name = "precision_effective",
       .group = kGroup,
       .title = "ran",
       .definition = "Arithmetic that most of the network's work ran in, as read back from the engine "
                     "after compilation. Absent when it cannot be read.",
       .caveat = "Compare rows by this one: engines replace precisions silently (fp16 asked of a CPU "
                 "often runs as bf16, fp32 of a GPU as tf32).",
       .get = &get<&Row::precision_effective>});
  to.push_back({.name = "settings_requested",
                .group = kGroup,
                .kind = Kind::json_object,
                .title = "settings asked",
                .definition = "Every engine setting that was asked for, as one JSON object of texts.",
                .get = &settings_requested});
  to.push_back(
      {.name = "settings_effective",
       .group = kGroup,
       .kind = Kind::json_object,
       .title = "settings got",
       .definition = "The same keys with what the engine says it uses; null where it cannot be read.",
       .caveat = "A difference from settings_requested is a finding, and a warning.",
       .get = &settings_effective});
}

void add_outcome(std::vector<Column>& to) {
  constexpr Group kGroup = Group::outcome;
  to.push_back({.name = "outcome",
                .group = kGroup,
                .title = "outcome",
                .definition =
                    "completed: measured and nothing speaks against it. mistrusted: measured, but "
                    "something does (see why); never recommended. skipped: cannot run here, so it was "
                    "not tried. failed: it was tried and broke.",
                .get = &get<&Row::outcome>,
                .allowed = {"completed", "mistrusted", "skipped", "failed"},
                .always = true});
  to.push_back(
      {.name = "why",
       .group = kGroup,
       .title = "why",
       .definition = "The reason for an outcome other than completed, in words. Absent for completed.",
       .get = &get<&Row::why>});
  to.push_back({.name = "label",
                .group = kGroup,
                .title = "label",
                .definition =
                    "What the statistics say of the series, the first that applies. too-few: under 16 "
                    "samples in fewer than 3 rounds, no interval. not-stationary: the level still moves by "
                    "more than the target, in a round, in all rounds alike or from round to round. "
                    "single-round: nothing shows how rounds differ. rare-events: a few slow "
                    "calls (over 3 medians) dominate the mean. few-rounds: fewer than 8 rounds. few-samples: "
                    "fewer than 3,000 calls, so that a stall in a thousand may be unseen. imprecise: the "
                    "interval is wider than the target. time-capped: the time ran out first. precise: "
                    "interval within the target. steady: precise, and a drift "
                    "larger than the target is excluded. fixed-count: measured by the DEEP-GAP study's "
                    "protocol, nothing "
                    "was tested.",
                .caveat = "few-rounds is the best that the quick profile can give.",
                .get = &get<&Row::label>,
                .allowed = {"steady", "precise", "imprecise", "few-rounds", "few-samples", "fixed-count",
                            "single-round", "rare-events", "not-stationary", "time-capped", "too-few"}});
  to.push_back({.name = "rounds",
                .group = kGroup,
                .kind = Kind::integer,
                .unit = "rounds",
                .title = "rounds",
                .definition =
                    "Separate visits to the case, in random order among the others, each with its own "
                    "warm-up. The spread of their means carries the intervals.",
                .get = &get<&Row::rounds>});
  to.push_back({.name = "processes",
                .group = kGroup,
                .kind = Kind::integer,
                .unit = "processes",
                .title = "processes",
                .definition =
                    "Worker processes over which the rounds were spread: each compiles and lays out "
                    "memory anew.",
                .caveat = "With 1, what differs from process to process is not in the intervals.",
                .get = &get<&Row::processes>});
  to.push_back(
      {.name = "samples",
       .group = kGroup,
       .kind = Kind::integer,
       .unit = "calls",
       .title = "samples",
       .definition = "Timed calls that the results are made of, all rounds together, warm-up not counted.",
       .caveat = "Events rarer than about 1 in samples/3 calls are not excluded (rule of three, 95 %).",
       .get = &get<&Row::samples>});
  to.push_back({.name = "warmup_samples",
                .group = kGroup,
                .kind = Kind::integer,
                .unit = "calls",
                .title = "warm-up",
                .definition = "Timed calls that were recognised as warm-up and cut, all rounds together.",
                .get = &get<&Row::warmup_samples>});
  to.push_back(
      {.name = "stopped_by",
       .group = kGroup,
       .title = "stopped by",
       .definition = "Why sampling ended: precise, time cap, planned samples, sample limit or interrupted.",
       .get = &get<&Row::stopped_by>});
}

}  // namespace deepgap::record::detail
