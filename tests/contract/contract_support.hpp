#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "deepgap/engine/engine.hpp"
#include "deepgap/engine/plugin.hpp"
#include "deepgap/model/graph.hpp"

// What every contract test needs: engines opened as in production, a small network, the reference's answer.
namespace deepgap::contract {

[[nodiscard]] std::vector<std::string> engine_names();  // every plug-in that was built
[[nodiscard]] std::string plugin_path(std::string_view name);

// A network with its ONNX bytes and final shapes; keep it alive while compiling.
struct Network {
  model::Graph graph;
  std::vector<std::byte> onnx;
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> outputs;

  [[nodiscard]] engine::ModelSource source() const;
};

[[nodiscard]] Network network_of(model::Graph graph, std::int64_t batch);
[[nodiscard]] Network tiny(std::int64_t batch);  // built in, batch norms folded
[[nodiscard]] Network tiny_int8(std::int64_t batch, Int8Activations scheme);
[[nodiscard]] Network tiny_fp8(std::int64_t batch);
[[nodiscard]] Network one_node(std::string op, std::string domain = "",
                               DType output = DType::f32);  // Relu, then `op`, 1x3x4x4

[[nodiscard]] std::vector<Tensor> inputs_for(const Network& network, std::uint64_t seed = 7);
[[nodiscard]] std::vector<Tensor> reference_outputs(const Network& network, std::span<const Tensor> inputs);

void load(engine::Session& session, std::span<const Tensor> inputs);
[[nodiscard]] std::vector<Tensor> outputs_of(const engine::Model& model, const engine::Session& session);

// How far `actual` is from `expected`.
struct Difference {
  bool same_shape = false;
  bool finite = false;
  double largest = 0;        // absolute
  double largest_value = 0;  // of `expected`

  [[nodiscard]] bool within(double atol, double rtol) const {
    return same_shape && finite && largest <= atol + rtol * largest_value;
  }
};
[[nodiscard]] Difference difference(const Tensor& expected, const Tensor& actual);
// Share of the largest value that a correct engine may be off by.
[[nodiscard]] double allowed(Precision precision);

std::ostream& operator<<(std::ostream& out, const Difference& difference);

// The options as they are, but for the default device: an engine without a "cpu" gets its own first one.
[[nodiscard]] engine::CompileOptions on_a_device_of(const engine::Engine& engine,
                                                    engine::CompileOptions options);

// One engine, opened once for the whole program (closing is tested by itself).
class EngineTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override;

  [[nodiscard]] engine::Engine& engine() const { return *engine_; }
  // Fails the test and returns null when compilation fails.
  [[nodiscard]] std::unique_ptr<engine::Model> compile(const Network& network,
                                                       const engine::CompileOptions& options = {}) const;
  // The code compilation is refused with; `message` is what it said.
  [[nodiscard]] std::optional<Errc> refusal(const engine::ModelSource& source,
                                            const engine::CompileOptions& options,
                                            std::string* message = nullptr) const;

 private:
  engine::Engine* engine_ = nullptr;
};

[[nodiscard]] std::unique_ptr<engine::Session> open(const engine::Model& model);

#define DEEPGAP_EVERY_ENGINE(suite)                                                                \
  INSTANTIATE_TEST_SUITE_P(Every, suite, ::testing::ValuesIn(::deepgap::contract::engine_names()), \
                           [](const auto& instance) { return instance.param; })

}  // namespace deepgap::contract
