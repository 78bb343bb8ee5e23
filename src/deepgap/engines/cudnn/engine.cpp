#include "deepgap/engines/cudnn/engine.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>

#include <fmt/format.h>

#include "deepgap/core/text.hpp"
#include "deepgap/engines/cudnn/architecture.hpp"
#include "deepgap/engines/cudnn/conv_plan.hpp"
#include "deepgap/engines/cudnn/cuda.hpp"
#include "deepgap/engines/cudnn/effective.hpp"
#include "deepgap/engines/cudnn/kernels/stem.hpp"
#include "deepgap/engines/cudnn/lower.hpp"
#include "deepgap/engines/cudnn/profile.hpp"
#include "deepgap/engines/cudnn/program.hpp"
#include "deepgap/engines/cudnn/request.hpp"
#include "deepgap/engines/cudnn/session.hpp"
#include "deepgap/engines/cudnn/space_to_depth.hpp"
#include "deepgap/engines/cudnn/stem.hpp"
#include "deepgap/engines/cudnn/step_compiler.hpp"

namespace deepgap::engines::cudnn {
namespace {

class CudnnModel final : public engine::Model {
 public:
  CudnnModel(std::shared_ptr<const Program> program, int device, engine::Effective effective)
      : program_{std::move(program)}, device_{device}, effective_{std::move(effective)} {}

  [[nodiscard]] std::span<const TensorSpec> inputs() const override { return program_->network().inputs; }
  [[nodiscard]] std::span<const TensorSpec> outputs() const override { return program_->network().outputs; }
  [[nodiscard]] const engine::Effective& effective() const override { return effective_; }
  Result<std::unique_ptr<engine::Session>> open() const override {
    return CudnnSession::open(program_, device_);
  }

 private:
  std::shared_ptr<const Program> program_;  // shared with sessions, which capture from it
  int device_;
  engine::Effective effective_;
};

engine::Setting setting(const std::string& both) { return {both, both}; }

engine::Effective effective_of(const Program& program, const Request& request) {
  engine::Effective effective;
  std::vector<Arithmetic> layers;
  for (const CompiledStep& step : program.steps())
    if (step.arithmetic) layers.push_back({*step.arithmetic, step.how});
  Evidence evidence = evidence_of(layers);
  effective.precision = evidence.precision;
  effective.precision_evidence = std::move(evidence.sentence);
  effective.streams = request.streams;
  effective.in_flight = request.in_flight;
  effective.call = {true, "spinning wait", "graph replay"};
  const std::size_t session_bytes = program.arena_bytes() + program.workspace_bytes();
  const double mb = static_cast<double>(program.constant_bytes() +
                                        session_bytes * static_cast<std::size_t>(request.in_flight)) /
                    1e6;
  effective.settings["device_memory_mb"] = {"auto", fmt::format("{:.1f}", mb)};
  effective.settings["streams"] = setting(std::to_string(request.streams));
  effective.settings["candidates"] = setting(std::to_string(request.candidates));
  effective.settings["hint"] = {request.hint.empty() ? "auto" : request.hint,
                                request.hint.empty() ? "latency" : request.hint};
  effective.settings["layout"] = {"auto", "NHWC"};
  return effective;
}

// $DEEPGAP_CACHE_DIR, $XDG_CACHE_HOME/deepgap or ~/.cache/deepgap; none when there is no home.
std::filesystem::path default_cache() {
  for (const auto& [variable, below] :
       {std::pair{"DEEPGAP_CACHE_DIR", ""}, {"XDG_CACHE_HOME", "deepgap"}, {"HOME", ".cache/deepgap"}})
    if (const char* folder = std::getenv(variable); folder != nullptr && *folder != '\0')
      return std::filesystem::path{folder} / below / "plans";
  return {};
}

Status write_layer_times(const Program& program, const std::string& file) {
  auto table = layer_times(program);
  if (!table) return std::move(table).error();
  std::ofstream out{file};
  out << *table;
  out.close();
  if (!out) return Error{Errc::io, fmt::format("cannot write {}", printable(file))};
  return {};
}

}  // namespace

CudnnEngine::CudnnEngine(std::vector<Card> cards) : cards_{std::move(cards)} {
  capabilities_.devices = devices_of(cards_);
  capabilities_.int8_activations = Int8Activations::s8;
  capabilities_.asynchronous = true;
  capabilities_.streams = true;
  capabilities_.hints = {"latency", "throughput"};
  capabilities_.operators = lowered_operators();
  capabilities_.options = {
      {"candidates",
       fmt::format("1 to {}: how many of cuDNN's plans are timed for each convolution ({} when left out)",
                   kMostCandidates, kDefaultCandidates)},
      {"layer_times", "a file that gets the time of every step of the network, as CSV"}};
}

Result<std::unique_ptr<engine::Engine>> CudnnEngine::create() {
  auto cards = find_cards();
  if (!cards) return std::move(cards).error();
  if (auto fine = check_cudnn_version(); !fine) return std::move(fine).error();
  std::unique_ptr<CudnnEngine> created{new CudnnEngine{*std::move(cards)}};
  if (created->capabilities_.devices.empty())
    return Error{Errc::unavailable,
                 fmt::format("{} is older than what cuDNN {} has kernels for (compute capability "
                             "7.5 and later)",
                             created->cards_.front().name, cudnn_version())};
  return std::unique_ptr<engine::Engine>{std::move(created)};
}

std::string CudnnEngine::version() const { return cudnn_version(); }

Result<std::unique_ptr<engine::Model>> CudnnEngine::compile(const engine::ModelSource& source,
                                                            const engine::CompileOptions& options) {
  auto request = read_request(options, capabilities_);
  if (!request) return std::move(request).error();
  auto network = read_network(source, request->precision);
  if (!network) return std::move(network).error().in(printable(source.name));
  const auto card = std::ranges::find(cards_, request->device,
                                      [](const Card& c) { return fmt::format("cuda:{}", c.index); });
  // Waiting without giving up the core: what a latency is measured with.
  if (auto ready = check(cudaInitDevice(card->index, cudaDeviceScheduleSpin, cudaInitDeviceFlagsAreValid),
                         "cudaInitDevice");
      !ready)
    return std::move(ready).error();
  if (auto used = use_device(card->index); !used) return std::move(used).error();
  fuse_stem(*network, [&](DType dtype) { return kernels::stem_runs(element_of(dtype), card->capability); });
  fold_first_convolution(*network, architecture_of(card->capability)->runtime_fusion);

  PlanCache cache;
  const std::filesystem::path folder{options.cache_dir.empty() ? default_cache()
                                                               : std::filesystem::path{options.cache_dir}};
  if (folder.is_absolute()) cache = PlanCache{folder, fingerprint(*card)};
  ProgramOptions how;
  how.device = card->index;
  how.capability = card->capability;
  how.tf32 = request->precision == Precision::tf32;
  how.fusion = architecture_of(card->capability)->runtime_fusion;
  how.threads = request->threads;
  how.candidates = request->candidates;
  auto program = Program::compile(*std::move(network), how, cache);
  if (!program) return std::move(program).error().in(printable(source.name));
  static_cast<void>(cache.save());  // a choice that cannot be kept is made again
  std::shared_ptr<const Program> shared = *std::move(program);
  if (!request->layer_times.empty())
    if (auto written = write_layer_times(*shared, request->layer_times); !written)
      return std::move(written).error();
  auto effective = effective_of(*shared, *request);
  return std::unique_ptr<engine::Model>{
      std::make_unique<CudnnModel>(std::move(shared), card->index, std::move(effective))};
}

}  // namespace deepgap::engines::cudnn
