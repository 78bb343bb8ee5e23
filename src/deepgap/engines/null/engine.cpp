#include "deepgap/engines/null/engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <span>
#include <vector>

#include "deepgap/core/text.hpp"
#include "deepgap/engines/null/behaviour.hpp"
#include "deepgap/engines/null/network.hpp"
#include "deepgap/engines/null/session.hpp"

namespace deepgap::engines::null {
namespace {

class NullModel final : public engine::Model {
 public:
  NullModel(Network network, Behaviour behaviour, engine::Effective effective, Precision precision)
      : network_{std::make_shared<const Network>(std::move(network))},
        behaviour_{std::move(behaviour)},
        effective_{std::move(effective)},
        precision_{precision} {}

  [[nodiscard]] std::span<const TensorSpec> inputs() const override { return network_->inputs(); }
  [[nodiscard]] std::span<const TensorSpec> outputs() const override { return network_->outputs(); }
  [[nodiscard]] const engine::Effective& effective() const override { return effective_; }

  Result<std::unique_ptr<engine::Session>> open() const override {
    return std::unique_ptr<engine::Session>{
        std::make_unique<NullSession>(network_, behaviour_, precision_, opened_++)};
  }

 private:
  std::shared_ptr<const Network> network_;
  Behaviour behaviour_;
  engine::Effective effective_;
  Precision precision_;
  mutable std::atomic<std::uint64_t> opened_ = 0;
};

engine::Effective effective_of(const engine::CompileOptions& options, const Behaviour& behaviour,
                               const Network& network) {
  engine::Effective effective;
  effective.precision = behaviour.runs_as.value_or(options.precision);
  effective.precision_evidence =
      behaviour.runs_as ? "the option runs_as says so" : "null pretends what was asked";
  effective.threads = options.threads == 0 ? 1 : options.threads;
  effective.streams = options.streams;
  effective.in_flight = options.streams;
  effective.call = {behaviour.copies, "spinning wait", "by the engine"};
  effective.settings["threads"] = {options.threads == 0 ? "auto" : std::to_string(options.threads),
                                   std::to_string(effective.threads)};
  effective.settings["streams"] = {std::to_string(options.streams), std::to_string(effective.streams)};
  effective.settings["hint"] = {options.hint.empty() ? "auto" : options.hint,
                                options.hint.empty() ? "latency" : options.hint};
  for (const auto& [key, value] : options.options) effective.settings[key] = {value, value};
  if (!behaviour.mistrust.empty()) effective.mistrust.push_back(behaviour.mistrust);
  if (!network.not_computed().empty()) effective.mistrust.push_back(network.not_computed());
  return effective;
}

Status fail_while_compiling(const Behaviour& behaviour) {
  if (behaviour.fail_at != 0) return {};
  perish(behaviour.fail);
  switch (behaviour.fail) {
    case Failure::unavailable:
      return Error{Errc::unavailable, "null: unavailable because it was asked to be"};
    case Failure::unsupported:
      return Error{Errc::unsupported, "null: does not support the operator Conv because it was asked not to"};
    case Failure::run: return Error{Errc::engine_failure, "null: compilation fails because it was asked to"};
    default: return {};
  }
}

}  // namespace

NullEngine::NullEngine() {
  const std::vector<Precision> precisions{Precision::fp32, Precision::tf32, Precision::fp16, Precision::bf16,
                                          Precision::int8};
  capabilities_.devices = {{"cpu", "fake processor", precisions}, {"fake:0", "fake accelerator", precisions}};
  capabilities_.int8_activations = Int8Activations::u8;
  capabilities_.asynchronous = true;
  capabilities_.threads = true;
  capabilities_.streams = true;
  capabilities_.hints = {"latency", "throughput"};
  capabilities_.options = option_texts();
}

Status NullEngine::check(const engine::CompileOptions& options) const {
  const auto device = std::ranges::find(capabilities_.devices, options.device, &engine::Device::id);
  if (device == capabilities_.devices.end())
    return Error{Errc::unavailable, fmt::format("null: device '{}' is not here (there are: cpu, fake:0)",
                                                printable(options.device))};
  if (std::ranges::find(device->precisions, options.precision) == device->precisions.end())
    return Error{Errc::unsupported,
                 fmt::format("null: {} does not run {}", device->name, deepgap::name(options.precision))};
  if (!options.hint.empty() &&
      std::ranges::find(capabilities_.hints, options.hint) == capabilities_.hints.end())
    return Error{Errc::invalid_input, fmt::format("null: hint '{}' is not one of: {}",
                                                  printable(options.hint), join(capabilities_.hints))};
  if (options.threads < 0 || options.streams < 1)
    return Error{Errc::invalid_input,
                 fmt::format("null: threads={} streams={}: threads must be 0 (all) or more, "
                             "streams 1 or more",
                             options.threads, options.streams)};
  return {};
}

Result<std::unique_ptr<engine::Model>> NullEngine::compile(const engine::ModelSource& source,
                                                           const engine::CompileOptions& options) try {
  if (auto checked = check(options); !checked) return std::move(checked).error();
  auto behaviour = parse_behaviour(options.options);
  if (!behaviour) return std::move(behaviour).error();
  if (auto failed = fail_while_compiling(*behaviour); !failed) return std::move(failed).error();
  const Precision precision = behaviour->runs_as.value_or(options.precision);
  auto network = Network::read(source, precision);
  if (!network) return std::move(network).error().in(printable(source.name));
  auto effective = effective_of(options, *behaviour, *network);
  return std::unique_ptr<engine::Model>{std::make_unique<NullModel>(
      *std::move(network), *std::move(behaviour), std::move(effective), precision)};
} catch (const std::exception& failure) {
  return Error{Errc::engine_failure, fmt::format("null: {}", failure.what())};
}

}  // namespace deepgap::engines::null
