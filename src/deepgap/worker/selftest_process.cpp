#include "deepgap/worker/selftest_process.hpp"

#include <memory>
#include <string>
#include <utility>

namespace deepgap::worker {
namespace {

constexpr const char* kSeedOption = "seed";

class WorkerSource final : public RoundSource {
 public:
  explicit WorkerSource(Client client) : client_{std::move(client)} {}
  Result<record::Round> round(const RoundRequest& request) override { return client_.round(request); }

 private:
  Client client_;
};

}  // namespace

Result<SideSetup> prepare_side(const study::Case& c, const Hello& engine, int threads,
                               measure::ModelCache& models) {
  auto prepared =
      models.prepare(c.model, c.precision, {engine.capabilities.int8_activations, c.calibration}, c.batch);
  if (!prepared) return std::move(prepared).error();
  auto inputs = models.sample_inputs(*prepared, 0, c.batch);
  if (!inputs) return std::move(inputs).error();
  SideSetup side;
  side.c = c;
  side.inputs = *std::move(inputs);
  CompileRequest& request = side.request;
  request.model_name = c.model;
  request.model_file = prepared->onnx.string();
  request.model_hash = prepared->hash;
  request.inputs = prepared->inputs;
  request.batch = c.batch;
  request.options.device = c.device;
  request.options.precision = c.precision;
  request.options.threads = c.threads != 0 ? c.threads : threads;
  request.options.streams = c.streams;
  request.options.hint = c.hint;
  request.options.options = c.options;
  side.own_seed = engine.capabilities.options.contains(kSeedOption) && !c.options.contains(kSeedOption);
  return side;
}

StartSource processes_of(const std::array<SideSetup, 2>& sides, const ProcessLimits& limits) {
  return [&sides, limits](std::size_t index, std::int64_t number) -> Result<std::unique_ptr<RoundSource>> {
    const SideSetup& side = sides.at(index);
    auto client = Client::start(side.c.engine, limits.timeout, limits.stop);
    if (!client) return std::move(client).error();
    CompileRequest request = side.request;
    if (side.own_seed) request.options.options[kSeedOption] = std::to_string(number + 1);
    if (auto compiled = client->compile(request, side.inputs); !compiled) return std::move(compiled).error();
    return std::unique_ptr<RoundSource>{std::make_unique<WorkerSource>(*std::move(client))};
  };
}

}  // namespace deepgap::worker
