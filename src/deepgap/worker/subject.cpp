#include "deepgap/worker/subject.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "deepgap/core/timestamp.hpp"
#include "deepgap/measure/rounds.hpp"
#include "deepgap/measure/study_protocol.hpp"
#include "deepgap/record/contract.hpp"
#include "deepgap/record/warnings.hpp"
#include "deepgap/worker/judge.hpp"
#include "deepgap/worker/windows.hpp"

namespace deepgap::worker {
namespace {

// Resident memory of an engine with an empty network, and copies of the weights it keeps while compiling.
constexpr double kEngineMb = 160;
constexpr double kWeightCopies = 3;
// Of a device: a process with its libraries, and what of all activations is alive at once.
constexpr double kDeviceContextMb = 700;
constexpr double kLiveShare = 0.4;

record::Row base_row(const PlannedCase& planned, const EngineState& engine, const RunContext& context) {
  const study::Case& c = planned.c;
  record::Row row;
  row.case_string = planned.key;
  row.run = context.run_id;
  row.engine = c.engine;
  row.device = c.device;
  row.model = c.model;
  row.scenario = c.scenario;
  row.batch = c.batch;
  if (c.threads != 0) row.threads = c.threads;
  row.streams = c.streams;
  row.precision_requested = name(c.precision);
  row.host = context.host;
  row.git_revision = context.git_revision;
  row.build = context.build;
  row.started_at = rfc3339(std::chrono::system_clock::now());
  if (engine.hello) {
    row.engine_version = engine.hello->version;
    for (const engine::Device& device : engine.hello->capabilities.devices)
      if (device.id == c.device) row.device_name = device.name;
  }
  return row;
}

measure::Conditions conditions_of(const study::Case& c, std::int64_t sweep_bytes) {
  return {.cold = c.cache == "cold", .fresh = c.inputs == "fresh", .sweep_bytes = sweep_bytes};
}

record::Contract contract_of(const study::Case& c, const engine::Effective& effective) {
  record::Contract contract;
  // An engine that says nothing of its calls cannot have told that it copies nothing.
  if (!effective.call.sync.empty()) contract.copies = effective.call.copies;
  contract.sync = record::contract_word(effective.call.sync);
  contract.launch = record::contract_word(effective.call.launch);
  const measure::Conditions conditions = conditions_of(c, 0);
  if (conditions.cold) contract.cache = record::Cache::cold;
  if (conditions.fresh) contract.inputs = record::Inputs::fresh;
  const bool one_by_one = conditions.any() || c.protocol != "method";
  contract.depth = one_by_one ? 1 : std::max(1, effective.in_flight);
  contract.batch = c.batch;
  return contract;
}

}  // namespace

Subject::Subject(const PlannedCase& planned, const EngineState& engine, const RunContext& context,
                 record::Journal& journal)
    : planned_{&planned},
      engine_{&engine},
      context_{&context},
      journal_{&journal},
      row_{base_row(planned, engine, context)} {}

void Subject::end(const Error& error) {
  if (ended_) return;
  ended_ = true;
  client_.reset();
  row_.outcome = error.code() == Errc::unsupported ? record::Outcome::skipped : record::Outcome::failed;
  row_.why = error.message();
}

void Subject::lost(const Error& error) {
  fatal_ = error;
  end(error);
}

void Subject::prepare(measure::ModelCache& models) {
  const study::Case& c = planned_->c;
  const Int8Activations scheme =
      engine_->hello ? engine_->hello->capabilities.int8_activations : Int8Activations::u8;
  auto prepared = models.prepare(c.model, c.precision, {scheme, c.calibration}, c.batch);
  if (!prepared) return end(std::move(prepared).error());
  model_ = *std::move(prepared);
  row_.model_hash = model_->hash;
  if (!model_->scheme.empty()) {
    row_.settings["int8_activations"] = {model_->scheme, std::nullopt};
    row_.settings["calibration"] = {c.calibration, c.calibration};
  }
  auto golden = models.golden(*model_, *journal_);
  if (!golden) return golden.error().code() == Errc::io ? lost(golden.error()) : end(golden.error());
  golden_ = *std::move(golden);
  const auto keep = [this](record::Round round) { rounds_.add(std::move(round)); };
  if (auto read = journal_->each_round(key(), keep); !read) return lost(read.error());
}

double Subject::memory_estimate_mb() const {
  if (!model_) return kEngineMb;
  return kEngineMb + (kWeightCopies * model_->parameter_bytes + model_->activation_bytes) / 1e6;
}

double Subject::device_memory_mb() const {
  if (engine_->hello)
    for (const engine::Device& device : engine_->hello->capabilities.devices)
      if (device.id == planned_->c.device) return device.memory_mb;
  return 0;
}

double Subject::device_memory_estimate_mb() const {
  if (!model_ || device_memory_mb() <= 0) return 0;
  return kDeviceContextMb + (model_->parameter_bytes + kLiveShare * model_->activation_bytes) / 1e6;
}

void Subject::start(std::int64_t process) {
  if (!runs_in(process)) retire();
  launch(process);
  make_ready();
}

void Subject::launch(std::int64_t process) {
  if (!alive() || runs_in(process)) return;
  auto client = Client::spawn(Client::Seconds{context_->measure.case_timeout_s}, context_->stop);
  if (!client) return end(std::move(client).error());
  client_.emplace(*std::move(client));
  process_ = process;
  launched_ = true;
}

void Subject::make_ready() {
  if (!alive() || !std::exchange(launched_, false)) return;
  if (auto ready = compile_in_worker(); !ready) end(std::move(ready).error());
}

Status Subject::compile_in_worker() {
  const study::Case& c = planned_->c;
  if (auto greeted = client_->greet(c.engine); !greeted) return greeted;
  CompileRequest request;
  request.model_name = c.model;
  request.model_file = model_->onnx.string();
  request.model_hash = model_->hash;
  request.inputs = model_->inputs;
  request.batch = c.batch;
  request.options.device = c.device;
  request.options.precision = c.precision;
  request.options.threads = c.threads != 0 ? c.threads : context_->cores;
  request.options.streams = c.streams;
  request.options.hint = c.hint;
  request.options.options = c.options;
  request.conditions = conditions_of(c, context_->sweep_bytes);
  auto reply = client_->compile(request, golden_->inputs);
  if (!reply) return std::move(reply).error();
  if (process_ == 0 || !row_.compile_s) {
    row_.compile_s = reply->compile_s;
    row_.first_call_ms = reply->first_call_ms;
  }
  describe_effective(*reply);
  check_shapes(reply->outputs);
  return check_output();
}

void Subject::describe_effective(const CompileReply& reply) {
  const engine::Effective& effective = reply.effective;
  row_.precision_effective.reset();
  if (effective.precision) row_.precision_effective = name(*effective.precision);
  if (effective.threads > 0) row_.threads = effective.threads;
  row_.streams = effective.streams;
  for (const auto& [key, setting] : effective.settings)
    row_.settings[key] = {setting.requested, setting.effective};
  if (!effective.precision_evidence.empty())
    row_.settings["precision"] = {row_.precision_requested, effective.precision_evidence};
  row_.contract = record::to_text(contract_of(planned_->c, effective));
  if (reply.sweep) row_.settings["cache_emptied"] = {"auto", reply.sweep};
  for (const std::string& reason : effective.mistrust) doubt(reason);
}

void Subject::doubt(std::string sentence) {
  if (std::ranges::find(doubts_, sentence) == doubts_.end()) doubts_.push_back(std::move(sentence));
}

// An engine that makes another number of values can still agree on those that it makes.
void Subject::check_shapes(const std::vector<TensorSpec>& outputs) {
  for (std::size_t i = 0; i < outputs.size() && i < model_->outputs.size(); ++i)
    if (outputs[i].shape != model_->outputs[i].shape)
      doubt(record::warn(
          record::kVerificationFailed,
          fmt::format("output '{}' has the shape {}, the network says {}", model_->outputs[i].name,
                      to_string(outputs[i].shape), to_string(model_->outputs[i].shape))));
}

Status Subject::check_output() {
  if (golden_->outputs.empty()) {
    row_.verified_detail = golden_->absent;
    return {};
  }
  auto verdict = client_->verify(golden_->outputs);
  if (!verdict) return std::move(verdict).error();
  if (row_.verified == "fail" && verdict->pass) return {};  // wrong once is wrong
  row_.verified = verdict->pass ? "pass" : "fail";
  row_.verified_detail = verdict->detail;
  if (verdict->pass) return {};
  const auto& heading = verdict->non_finite ? record::kNanInOutput : record::kVerificationFailed;
  doubt(record::warn(heading, verdict->detail));
  return {};
}

std::string outputs_key(std::string_view case_key, std::string_view model_hash) {
  return fmt::format("outputs/{}/{}", case_key, model_hash);
}

std::string Subject::outputs_key() const {
  return worker::outputs_key(key(), model_ ? model_->hash : std::string{});
}

void Subject::collect_outputs(measure::ModelCache& models, std::int64_t count) {
  if (!alive() || !client_ || !model_->batched) return;
  auto kept = journal_->tensors(outputs_key());
  if (kept && kept->has_value()) return;
  auto inputs = models.sample_inputs(*model_, 0, count);
  if (!inputs) return;  // no samples can be made for this network: agreement stays absent
  auto outputs = client_->outputs_for(*inputs, count);
  if (!outputs) {
    if (outputs.error().code() != Errc::unsupported) end(std::move(outputs).error());
    return;
  }
  if (auto put = journal_->put_tensors(outputs_key(), {*std::move(outputs)}); !put) lost(put.error());
}

bool Subject::has_round(std::int64_t index) const {
  return std::ranges::any_of(rounds_.all(), [index](const record::Round& r) {
    return r.index == index && r.stopped_by != "interrupted";
  });
}

void Subject::round(std::int64_t index, const RoundBudget& budget) {
  if (!alive() || has_round(index)) return;
  start(process_of(index, budget.rounds, budget.processes));
  if (!alive()) return;
  RoundRequest request = round_request(budget);
  request.index = index;
  request.process = process_;
  request.target = context_->measure.target;
  request.stop_on = context_->measure.stop_on;
  // The first believable round of a stage fixes the sample count of its later ones (docs/method.md).
  const auto stage = std::ranges::partition_point(
      rounds_.all(), [&](const record::Round& r) { return r.index < budget.stage_first; });
  if (!request.planned_samples)
    request.planned_samples = measure::planned_samples({stage, rounds_.all().end()});
  auto round = client_->round(request);
  if (!round) {
    return end(std::move(round).error().in(
        fmt::format("round {} of {} ({} kept)", index + 1, budget.rounds, rounds_.all().size())));
  }
  if (auto added = journal_->add_round(key(), *round); !added) return lost(added.error());
  rounds_.add(*std::move(round));
}

void Subject::retire() {
  if (!client_) return;
  // Once more at the end: an engine may go wrong while it is timed.
  if (alive() && !launched_ && !rounds_.all().empty())
    if (auto checked = check_output(); !checked) return end(std::move(checked).error());
  launched_ = false;
  if (const auto peak = client_->peak_memory_mb())
    row_.host_memory_peak_mb = std::max(row_.host_memory_peak_mb.value_or(0), *peak);
  client_.reset();
}

record::Row Subject::finish(const RoundBudget& budget) {
  record::Row row = row_;
  if (!rounds_.all().empty()) {
    stats::Params params;
    params.target = context_->measure.target;
    params.level_seq = budget.level;
    params.session.emplace();
    if (budget.study_protocol)
      measure::fill_as_the_study(row, rounds_.all(), planned_->c.batch);
    else
      measure::fill_statistics(row, rounds_.all(), planned_->c.batch, params, rounds_.sketches());
    double duration_s = 0;
    for (const record::Round& round : rounds_.all()) duration_s += round.duration_s;
    row.duration_s = duration_s;
  }
  if (!ended_) judge(row, rounds_.all(), doubts_, *context_);
  return row;
}

}  // namespace deepgap::worker
