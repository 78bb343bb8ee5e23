#include "deepgap/model/batch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "deepgap/core/text.hpp"
#include "deepgap/model/shapes.hpp"

namespace deepgap::model {
namespace {

// What the file fixes: the first dimension of its first input that has one.
std::int64_t fixed_batch(const Graph& graph) {
  for (const Value& input : graph.inputs)
    if (!input.shape.empty()) return input.shape[0];
  return 1;
}

BatchPlan plan_from(const Graph& graph, const ValueSpecs& specs, std::int64_t batch) {
  BatchPlan plan{batch, !graph.dynamic_batch(), {}, {}};
  for (const Value& input : graph.inputs) plan.inputs.push_back(specs.find(input.name)->second);
  for (const Value& output : graph.outputs) plan.outputs.push_back(specs.find(output.name)->second);
  return plan;
}

bool carries(const TensorSpec& spec, std::int64_t batch) {
  return !spec.shape.empty() && spec.shape[0] == batch;
}

// An output that has one shape at any batch (anchors, a table) says nothing, as long as another output
// carries the batch; one whose shape follows the batch elsewhere has mixed samples.
Status check_outputs(const BatchPlan& plan, const ValueSpecs& at_another_batch) {
  bool carried = false;
  for (const TensorSpec& output : plan.outputs) {
    const bool constant = at_another_batch.find(output.name)->second.shape == output.shape;
    const bool here = !constant && carries(output, plan.batch);
    carried = carried || here;
    if (here || constant) continue;
    return Error{
        Errc::unsupported,
        fmt::format("the model does not compute a batch of {}: its output '{}' has shape {}, whose first "
                    "dimension is not the batch (samples are folded into another dimension)",
                    plan.batch, printable(output.name, 120), to_string(output.shape))};
  }
  if (carried) return {};
  return Error{Errc::unsupported,
               fmt::format("the model does not compute a batch of {}: none of its outputs has the "
                           "batch as its first dimension",
                           plan.batch)};
}

Result<ValueSpecs> infer_or_explain(const Graph& graph, std::int64_t batch) {
  auto specs = infer_shapes(graph, batch);
  if (specs || !graph.dynamic_batch() || specs.error().code() != Errc::invalid_input) return specs;
  for (const std::int64_t other : {std::int64_t{1}, std::int64_t{2}, 2 * batch})
    if (infer_shapes(graph, other))
      return Error{Errc::unsupported, fmt::format("the model cannot run at batch {} (it can at {}): {}",
                                                  batch, other, specs.error().message())};
  return specs;
}

}  // namespace

Result<BatchPlan> plan_batch(const Graph& graph, std::int64_t requested) {
  if (requested < 1 || requested > std::int64_t{1} << 30)
    return Error{Errc::invalid_input, fmt::format("batch {}: a batch is 1 or more", requested)};
  if (graph.inputs.empty())
    return Error{Errc::unsupported, "the model has no input: there is nothing to measure"};
  if (!graph.dynamic_batch() && fixed_batch(graph) != requested)
    return Error{Errc::unsupported, fmt::format("the model's batch is fixed at {}; {} was asked",
                                                fixed_batch(graph), requested)};
  const auto specs = infer_or_explain(graph, requested);
  if (!specs) return specs.error();
  BatchPlan plan = plan_from(graph, *specs, requested);
  if (plan.fixed || requested == 1) return plan;
  auto other = infer_shapes(graph, 1);
  if (!other) other = infer_or_explain(graph, 2 * requested);
  if (!other) return std::move(other).error();
  if (auto ok = check_outputs(plan, *other); !ok) return std::move(ok).error();
  return plan;
}

}  // namespace deepgap::model
