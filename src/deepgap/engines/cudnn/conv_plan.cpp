#include "deepgap/engines/cudnn/conv_plan.hpp"

#include <algorithm>
#include <cfloat>
#include <unordered_map>

#include <cudnn.h>
#include <fmt/format.h>

#include <cudnn_frontend.h>

#include "deepgap/core/text.hpp"

namespace deepgap::engines::cudnn {
namespace {

namespace fe = cudnn_frontend;
using fe::graph::Conv_fprop_attributes;
using fe::graph::Pointwise_attributes;
using fe::graph::Tensor_attributes;
using TensorPtr = std::shared_ptr<Tensor_attributes>;

enum Uid : std::int64_t { kIn = 1, kWeights, kMultiplier, kBias, kResidual, kResidualMultiplier, kOut };

Error broken(std::string_view call, const std::string& words) {
  return {Errc::engine_failure, fmt::format("cuDNN, {}: {}", call, printable(words))};
}

Error broken(std::string_view call, fe::error_t error) { return broken(call, error.get_message()); }

fe::DataType_t type_of(DType type) {
  switch (type) {
    case DType::f16: return fe::DataType_t::HALF;
    case DType::bf16: return fe::DataType_t::BFLOAT16;
    case DType::i8: return fe::DataType_t::INT8;
    case DType::f8e4m3: return fe::DataType_t::FP8_E4M3;
    case DType::i32: return fe::DataType_t::INT32;
    default: return fe::DataType_t::FLOAT;
  }
}

// The front end keeps its list of engine configurations to itself, but for this.
struct OpenGraph : fe::graph::Graph {
  fe::EngineConfigList configs() { return plans.get_barred_engine_configs(); }
};

using Dims = std::vector<std::int64_t>;
Dims nhwc_strides(const Dims& d) { return {d[1] * d[2] * d[3], 1, d[1] * d[3], d[1]}; }

// One problem as a cuDNN graph.
class GraphBuilder {
 public:
  GraphBuilder(const ConvProblem& problem, EpilogueOrder order)
      : p_{problem}, order_{order}, graph_{std::make_shared<OpenGraph>()} {}

  std::shared_ptr<OpenGraph> build() {
    const auto accumulator = p_.in == DType::i8 ? fe::DataType_t::INT32 : fe::DataType_t::FLOAT;
    graph_->set_intermediate_data_type(fe::DataType_t::FLOAT).set_compute_data_type(fe::DataType_t::FLOAT);
    const auto in = tensor(kIn, {p_.n, p_.c, p_.h, p_.w}, type_of(p_.in));
    const auto weights = tensor(kWeights, {p_.k, p_.c / p_.groups, p_.y.kernel, p_.x.kernel}, type_of(p_.in));
    auto value = graph_->conv_fprop(in, weights,
                                    Conv_fprop_attributes()
                                        .set_pre_padding({p_.y.pad_begin, p_.x.pad_begin})
                                        .set_post_padding({p_.y.pad_end, p_.x.pad_end})
                                        .set_stride({p_.y.stride, p_.x.stride})
                                        .set_dilation({p_.y.dilation, p_.x.dilation})
                                        .set_compute_data_type(accumulator));
    value->set_data_type(accumulator).set_dim(out_dims()).set_stride(nhwc_strides(out_dims()));
    if (p_.fused) value = epilogue(value);
    value->set_output(true)
        .set_uid(kOut)
        .set_data_type(p_.fused ? type_of(p_.out) : accumulator)
        .set_dim(out_dims())
        .set_stride(nhwc_strides(out_dims()));
    return graph_;
  }

 private:
  [[nodiscard]] Dims out_dims() const { return {p_.n, p_.k, p_.out_h, p_.out_w}; }

  TensorPtr tensor(std::int64_t uid, const Dims& dims, fe::DataType_t type) {
    return graph_->tensor(
        Tensor_attributes().set_uid(uid).set_dim(dims).set_stride(nhwc_strides(dims)).set_data_type(type));
  }

  TensorPtr combine(const TensorPtr& a, const TensorPtr& b, fe::PointwiseMode_t mode) {
    auto result = graph_->pointwise(
        a, b, Pointwise_attributes().set_mode(mode).set_compute_data_type(fe::DataType_t::FLOAT));
    result->set_data_type(fe::DataType_t::FLOAT);
    return result;
  }

  TensorPtr add_bias(const TensorPtr& value) {
    return combine(value, tensor(kBias, {1, p_.k, 1, 1}, fe::DataType_t::FLOAT), fe::PointwiseMode_t::ADD);
  }

  TensorPtr add_residual(const TensorPtr& value) {
    if (!p_.residual) return value;
    auto residual = tensor(kResidual, out_dims(), type_of(*p_.residual));
    if (p_.scaled)
      residual = combine(residual, tensor(kResidualMultiplier, {1, 1, 1, 1}, fe::DataType_t::FLOAT),
                         fe::PointwiseMode_t::MUL);
    return combine(value, residual, fe::PointwiseMode_t::ADD);
  }

  TensorPtr epilogue(TensorPtr value) {
    if (p_.scaled)
      value = combine(value, tensor(kMultiplier, {1, p_.k, 1, 1}, fe::DataType_t::FLOAT),
                      fe::PointwiseMode_t::MUL);
    value =
        order_ == EpilogueOrder::bias_first ? add_residual(add_bias(value)) : add_bias(add_residual(value));
    if (!p_.clamp) return value;
    auto relu = Pointwise_attributes()
                    .set_mode(fe::PointwiseMode_t::RELU_FWD)
                    .set_compute_data_type(fe::DataType_t::FLOAT);
    if (*p_.clamp != Clamp{})
      relu.set_relu_lower_clip(std::max(p_.clamp->lo, -FLT_MAX))
          .set_relu_upper_clip(std::min(p_.clamp->hi, FLT_MAX));
    return graph_->pointwise(value, relu);
  }

  const ConvProblem& p_;
  EpilogueOrder order_;
  std::shared_ptr<OpenGraph> graph_;
};

using Notes = std::vector<cudnnBackendNumericalNote_t>;

// What an engine says about its arithmetic.
Notes notes_of(const fe::ManagedOpaqueDescriptor& config) {
  Notes notes(CUDNN_NUMERICAL_NOTE_TYPE_COUNT);
  auto engine = fe::make_shared_backend_pointer(CUDNN_BACKEND_ENGINE_DESCRIPTOR);
  cudnnBackendDescriptor_t raw = engine->get_backend_descriptor();
  std::int64_t count = 0;
  if (cudnnBackendGetAttribute(config->get_backend_descriptor(), CUDNN_ATTR_ENGINECFG_ENGINE,
                               CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &count,
                               static_cast<void*>(&raw)) != CUDNN_STATUS_SUCCESS ||
      cudnnBackendGetAttribute(raw, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE,
                               CUDNN_NUMERICAL_NOTE_TYPE_COUNT, &count, notes.data()) != CUDNN_STATUS_SUCCESS)
    count = 0;
  notes.resize(static_cast<std::size_t>(count));
  return notes;
}

bool has(const Notes& notes, cudnnBackendNumericalNote_t note) {
  return std::ranges::find(notes, note) != notes.end();
}

bool on_tensor_cores(const Notes& notes) {
  return has(notes, CUDNN_NUMERICAL_NOTE_TENSOR_CORE) || has(notes, CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS);
}

// Winograd's larger tiles and FFT lose digits; true f32 also takes no tensor cores, which means tf32.
bool precise_enough(const ConvProblem& problem, const Notes& notes) {
  if (has(notes, CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_6x6) ||
      has(notes, CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_13x13) || has(notes, CUDNN_NUMERICAL_NOTE_FFT))
    return false;
  if (problem.in != DType::f32) return true;
  if (has(notes, CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION)) return false;
  return problem.tf32 == on_tensor_cores(notes);
}

cudnnHandle_t raw(const CudnnHandle& handle) { return static_cast<cudnnHandle_t>(handle.get()); }

PlanChoice choice_at(const OpenGraph& graph, EpilogueOrder order, std::int64_t index, const Notes& notes) {
  PlanChoice choice;
  choice.order = order;
  std::unordered_map<fe::KnobType_t, std::int64_t> knobs;
  static_cast<void>(graph.get_engine_and_knobs_at_index(index, choice.engine, knobs));
  for (const auto& [knob, value] : knobs) choice.knobs.emplace_back(static_cast<std::int64_t>(knob), value);
  std::ranges::sort(choice.knobs);
  static_cast<void>(graph.get_workspace_size_plan_at_index(index, choice.workspace_bytes));
  static_cast<void>(graph.get_plan_name_at_index(index, choice.name));
  choice.tensor_cores = on_tensor_cores(notes);
  return choice;
}

Result<std::shared_ptr<OpenGraph>> operation_graph(const CudnnHandle& handle, const ConvProblem& problem,
                                                   EpilogueOrder order) {
  auto graph = GraphBuilder{problem, order}.build();
  if (const auto error = graph->validate(); error.is_bad()) return broken("validate", error);
  if (const auto error = graph->build_operation_graph(raw(handle)); error.is_bad())
    return broken("build_operation_graph", error);
  return graph;
}

}  // namespace

struct ConvPlan::Impl {
  std::shared_ptr<OpenGraph> graph;
  std::int64_t index = 0;
};

namespace {

// Appends what can be built; cuDNN having nothing is no error.
Status append_candidates(std::vector<ConvPlan>& plans, const CudnnHandle& handle, const ConvProblem& problem,
                         EpilogueOrder order, std::size_t most, std::size_t workspace_limit) {
  auto graph = operation_graph(handle, problem, order);
  if (!graph) return {};  // the front end refuses what this cuDNN cannot express
  if ((*graph)->create_execution_plans({fe::HeurMode_t::A, fe::HeurMode_t::FALLBACK}).is_bad()) return {};
  const auto configs = (*graph)->configs();
  for (std::size_t i = 0; i < configs.size() && plans.size() < most; ++i) {
    const Notes notes = notes_of(configs[i]);
    const auto index = static_cast<std::int64_t>(i);
    if (!precise_enough(problem, notes) || (*graph)->build_plan_at_index(raw(handle), index).is_bad())
      continue;
    PlanChoice choice = choice_at(**graph, order, index, notes);
    if (choice.workspace_bytes > static_cast<std::int64_t>(workspace_limit)) continue;
    plans.emplace_back(std::make_shared<const ConvPlan::Impl>(*graph, index), std::move(choice));
  }
  return {};
}

}  // namespace

void CudnnHandle::Close::operator()(void* handle) const noexcept {
  static_cast<void>(cudnnDestroy(static_cast<cudnnHandle_t>(handle)));
}

Result<CudnnHandle> CudnnHandle::open() {
  cudnnHandle_t handle = nullptr;
  if (const auto status = cudnnCreate(&handle); status != CUDNN_STATUS_SUCCESS)
    return broken("cudnnCreate", cudnnGetErrorString(status));
  return CudnnHandle{handle};
}

Status CudnnHandle::set_stream(cudaStream_t stream) const {
  if (const auto status = cudnnSetStream(static_cast<cudnnHandle_t>(handle_.get()), stream);
      status != CUDNN_STATUS_SUCCESS)
    return broken("cudnnSetStream", cudnnGetErrorString(status));
  return {};
}

Status ConvPlan::run(const CudnnHandle& handle, const ConvOperands& operands) const {
  // cuDNN's table has no place for const.
  const auto plain = [](const void* pointer) { return const_cast<void*>(pointer); };
  std::unordered_map<std::int64_t, void*> table{{kIn, plain(operands.in)},
                                                {kWeights, plain(operands.weights)},
                                                {kMultiplier, plain(operands.multiplier)},
                                                {kBias, plain(operands.bias)},
                                                {kResidual, plain(operands.residual)},
                                                {kResidualMultiplier, plain(operands.residual_multiplier)},
                                                {kOut, operands.out}};
  const auto error =
      impl_->graph->execute_plan_at_index(raw(handle), table, operands.workspace, impl_->index);
  if (error.is_bad()) return broken(choice_.name, error);
  return {};
}

Result<std::vector<ConvPlan>> build_candidates(const CudnnHandle& handle, const ConvProblem& problem,
                                               std::size_t most, std::size_t workspace_limit) {
  std::vector<ConvPlan> plans;
  try {
    for (const auto order : {EpilogueOrder::bias_first, EpilogueOrder::residual_first}) {
      if (!plans.empty() || (order == EpilogueOrder::residual_first && !(problem.fused && problem.residual)))
        break;
      if (auto added = append_candidates(plans, handle, problem, order, most, workspace_limit); !added)
        return std::move(added).error();
    }
  } catch (const std::exception& thrown) {
    return broken(problem.key(), thrown.what());
  }
  return plans;
}

Result<ConvPlan> build_choice(const CudnnHandle& handle, const ConvProblem& problem,
                              const PlanChoice& choice) {
  try {
    auto graph = operation_graph(handle, problem, choice.order);
    if (!graph) return std::move(graph).error();
    std::unordered_map<fe::KnobType_t, std::int64_t> knobs;
    for (const auto& [knob, value] : choice.knobs) knobs[static_cast<fe::KnobType_t>(knob)] = value;
    if (const auto error = (*graph)->create_execution_plan(choice.engine, knobs); error.is_bad())
      return broken("create_execution_plan", error);
    const Notes notes = notes_of((*graph)->configs().at(0));
    if (!precise_enough(problem, notes)) return broken("create_execution_plan", "not precise enough");
    if (const auto error = (*graph)->build_plan_at_index(raw(handle), 0); error.is_bad())
      return broken("build_plan_at_index", error);
    PlanChoice again = choice_at(**graph, choice.order, 0, notes);
    again.measured_us = choice.measured_us;
    if (again.name.empty()) again.name = choice.name;
    return ConvPlan{std::make_shared<const ConvPlan::Impl>(*graph, 0), std::move(again)};
  } catch (const std::exception& thrown) {
    return broken(problem.key(), thrown.what());
  }
}

std::string cudnn_version() {
  const std::size_t version = cudnnGetVersion();
  return fmt::format("{}.{}.{}", version / 10000, version / 100 % 100, version % 100);
}

Status check_cudnn_version() {
  if (const std::size_t major = cudnnGetVersion() / 10000; major != CUDNN_MAJOR)
    return Error{Errc::unavailable, fmt::format("cuDNN {} was loaded, this build needs cuDNN {}: install "
                                                "nvidia-cudnn {}.x and put it first in LD_LIBRARY_PATH",
                                                cudnn_version(), CUDNN_MAJOR, CUDNN_MAJOR)};
  return {};
}

}  // namespace deepgap::engines::cudnn
