#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "deepgap/engine/engine.hpp"
#include "deepgap/engine/plugin.hpp"
#include "deepgap/model/graph.hpp"

// The cudnn engine as a worker opens it, and networks to give it.
namespace deepgap::gpu {

struct OpenedEngine {
  engine::LoadedPlugin plugin;
  std::unique_ptr<engine::Engine> engine;
};
// Errc::unavailable where there is no card.
[[nodiscard]] Result<OpenedEngine> open_engine(const std::filesystem::path& plugin);

// A network at a batch: its bytes are kept for compile().
struct Subject {
  model::Graph graph;
  std::vector<std::byte> onnx;
  std::vector<TensorSpec> inputs;
  [[nodiscard]] engine::ModelSource source(const std::string& name) const {
    return {name, onnx, name, inputs};
  }
};

// A built-in network, or one of: "mobile" (depthwise convolutions, Clip, asymmetric pads), "vgg" (max-pools
// and three Gemm). Quantised for int8 (s8) and fp8, as it is for the rest.
[[nodiscard]] model::Graph network(const std::string& name, Precision precision);
[[nodiscard]] Subject at_batch(const model::Graph& graph, std::int64_t batch);
[[nodiscard]] std::vector<Tensor> inputs_for(const Subject& subject, std::uint64_t seed);

void load(engine::Session& session, std::span<const Tensor> inputs);
[[nodiscard]] std::vector<Tensor> outputs_of(const engine::Model& model, const engine::Session& session);

}  // namespace deepgap::gpu
