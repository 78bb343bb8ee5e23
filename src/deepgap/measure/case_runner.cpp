#include "deepgap/measure/case_runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "deepgap/core/timestamp.hpp"
#include "deepgap/measure/round_loop.hpp"
#include "deepgap/measure/round_watch.hpp"
#include "deepgap/measure/rounds.hpp"

namespace deepgap::measure {
namespace {

using Steady = std::chrono::steady_clock;

double seconds_since(Steady::time_point start) {
  return std::chrono::duration<double>(Steady::now() - start).count();
}

// Fills `into` with `from`, again and again: a batch of one sample's copies.
Status repeat_into(Bytes into, ConstBytes from, const std::string& name) {
  if (from.empty() ? !into.empty() : into.size() % from.size() != 0)
    return Error{Errc::internal,
                 fmt::format("input '{}' holds {} bytes, {} were given", name, into.size(), from.size())};
  for (std::size_t at = 0; at < into.size(); at += from.size())
    std::memcpy(into.data() + at, from.data(), from.size());
  return {};
}

}  // namespace

Result<CaseRunner> CaseRunner::compile(engine::Engine& engine, const CaseSetup& setup) {
  CaseRunner runner;
  const auto start = Steady::now();
  auto model = engine.compile(setup.source, setup.options);
  if (!model) return std::move(model).error();
  runner.model_ = *std::move(model);
  runner.compile_s_ = seconds_since(start);
  runner.batch_ = setup.batch;
  runner.conditions_ = setup.conditions;
  if (auto watch = telemetry::open_device_watch(setup.options.device); watch)
    runner.device_watch_ = *std::move(watch);
  for (int i = 0; i < std::max(1, runner.model_->effective().in_flight); ++i) {
    auto session = runner.model_->open();
    if (!session) return std::move(session).error();
    runner.sessions_.push_back(*std::move(session));
  }
  return runner;
}

Status CaseRunner::load_inputs(std::vector<Tensor> inputs) {
  if (inputs.size() != model_->inputs().size())
    return Error{Errc::engine_failure, fmt::format("the engine wants {} inputs, the network has {}",
                                                   model_->inputs().size(), inputs.size())};
  inputs_ = std::move(inputs);
  if (Status filled = fill_inputs(); !filled || !conditions_.any()) return filled;
  auto between =
      Between::make(conditions_, *sessions_.front(), inputs_.size(), model_->effective().call.copies);
  if (!between) return std::move(between).error();
  between_ = *std::move(between);
  return {};
}

std::optional<std::string> CaseRunner::sweep_words() const {
  return between_ ? between_->sweep_words() : std::nullopt;
}

Status CaseRunner::fill_inputs() {
  for (const auto& session : sessions_)
    for (std::size_t i = 0; i < inputs_.size(); ++i)
      if (auto done = repeat_into(session->input(i), inputs_[i].bytes, model_->inputs()[i].name); !done)
        return done;
  return {};
}

Status CaseRunner::first_call() {
  const auto start = Steady::now();
  auto done = sessions_.front()->run();
  first_call_ms_ = 1e3 * seconds_since(start);
  return done;
}

Result<Verdict> CaseRunner::verify(std::span<const Tensor> golden) {
  const auto specs = model_->outputs();
  if (golden.size() != specs.size())
    return Verdict{false, false,
                   fmt::format("{} outputs where the reference has {}", specs.size(), golden.size())};
  engine::Session& session = *sessions_.front();
  session.poison_outputs();
  if (auto done = session.run(); !done) return std::move(done).error();
  Verdict all{true, false, {}};
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const Verdict one =
        measure::verify(golden[i], session.output(i), specs[i].dtype, model_->effective().precision);
    all.pass = all.pass && one.pass;
    all.non_finite = all.non_finite || one.non_finite;
    if (!all.detail.empty()) all.detail += "; ";
    all.detail += specs.size() == 1 ? one.detail : fmt::format("output '{}': {}", specs[i].name, one.detail);
  }
  return all;
}

Result<Tensor> CaseRunner::outputs_for(std::span<const Tensor> inputs, std::int64_t count) {
  const TensorSpec& spec = model_->outputs().front();
  if (spec.shape.empty() || spec.shape[0] != batch_ || count <= 0)
    return Error{Errc::unsupported, "the first output does not have the batch as its first dimension"};
  engine::Session& session = *sessions_.front();
  Shape shape = spec.shape;
  shape[0] = count;
  Tensor all = make_tensor(spec.dtype, shape);
  const std::size_t item = all.bytes.size() / static_cast<std::size_t>(count);
  for (std::int64_t first = 0; first < count; first += batch_) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::size_t sample = inputs[i].bytes.size() / static_cast<std::size_t>(count);
      const Bytes into = session.input(i);
      if (sample * static_cast<std::size_t>(batch_) != into.size())
        return Error{Errc::unsupported, "an input does not have the batch as its first dimension"};
      for (std::int64_t k = 0; k < batch_; ++k) {
        const auto from = static_cast<std::size_t>((first + k) % count);
        std::memcpy(into.data() + static_cast<std::size_t>(k) * sample,
                    inputs[i].bytes.data() + from * sample, sample);
      }
    }
    if (auto done = session.run(); !done) return std::move(done).error();
    const auto kept = static_cast<std::size_t>(std::min(batch_, count - first));
    std::memcpy(all.bytes.data() + static_cast<std::size_t>(first) * item, session.output(0).data(),
                kept * item);
  }
  if (auto done = fill_inputs(); !done) return std::move(done).error();  // what is timed stays the same
  return all;
}

// Calls apart from the timed ones, so that asking the device costs these nothing.
Result<std::optional<double>> CaseRunner::device_mean_s(double longest_s) {
  constexpr int kCalls = 50;
  engine::Session& session = *sessions_.front();
  if (!session.device_ns()) return std::optional<double>{};
  const auto start = Steady::now();
  double sum_s = 0;
  int calls = 0;
  while (calls < kCalls && (calls == 0 || seconds_since(start) < longest_s)) {
    if (between_)
      if (auto ready = (*between_)(); !ready) return std::move(ready).error();
    if (auto done = session.run(); !done) return std::move(done).error().in("call for the device's clock");
    const auto ns = session.device_ns();
    if (!ns) break;
    sum_s += static_cast<double>(*ns) * 1e-9;
    ++calls;
  }
  if (calls == 0) return std::optional<double>{};
  return std::optional<double>{sum_s / calls};
}

Status CaseRunner::add_pipelined(const RoundSpec& spec, const std::atomic<bool>& stop, record::Round& round) {
  auto series = measure::run_round(spec, sessions_, stop, {});
  if (!series) return std::move(series).error();
  const bool whole = series->result.stopped_by != stats::StoppedBy::interrupted;
  const record::Round pipelined = to_record(*std::move(series));
  round.in_flight = pipelined.in_flight;
  if (!whole) return {};
  round.pipelined_per_s = pipelined.throughput_per_s;
  round.pipelined_samples = pipelined.samples - pipelined.warmup_samples;
  if (pipelined.half_s) round.pipelined_half = *pipelined.half_s / pipelined.mean_s;
  return {};
}

Result<record::Round> CaseRunner::run_round(const RoundTask& task, const std::atomic<bool>& stop) {
  RoundSpec spec;
  spec.params = task.params;
  spec.planned_samples = task.planned_samples;
  Manner manner{.between = between_ ? &*between_ : nullptr};
  if (task.study_warmups) {
    spec.warmup_calls = *task.study_warmups;
    spec.warmup_s = 0;
    manner.device_clock = true;
  }
  const std::string started_at = rfc3339_ms(std::chrono::system_clock::now());
  const auto start = Steady::now();
  RoundWatch watch{device_watch_.get()};
  auto series = measure::run_round(
      spec, std::span{sessions_}.first(1), stop,
      [&watch](std::int64_t first, std::int64_t samples) { watch.end_block(first, samples); }, manner);
  if (!series) return std::move(series).error();
  record::Round round = to_record(*std::move(series));
  watch.finish(round);
  const double timed_s = seconds_since(start);
  if (!stop.load(std::memory_order_relaxed)) {
    auto device = device_mean_s(spec.params.t_cap_s / 10);
    if (!device) return std::move(device).error();
    round.device_mean_s = *device;
  }
  if (between_) {
    if (auto filled = fill_inputs(); !filled)
      return std::move(filled).error();  // as they were: what is verified
  } else if (sessions_.size() > 1 && !task.study_warmups && !stop.load(std::memory_order_relaxed)) {
    spec.planned_samples.reset();
    if (auto added = add_pipelined(spec, stop, round); !added) return std::move(added).error();
  }
  round.index = task.index;
  round.process = task.process;
  round.started_at = started_at;
  round.duration_s = timed_s;
  return round;
}

}  // namespace deepgap::measure
