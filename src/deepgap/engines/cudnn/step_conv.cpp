#include <algorithm>

#include <fmt/format.h>

#include "deepgap/core/text.hpp"
#include "deepgap/engines/cudnn/step_compiler.hpp"

// Convolutions and matrix products: which kernel, and what it is given.
namespace deepgap::engines::cudnn {
namespace {

int whole(std::int64_t value) { return static_cast<int>(value); }

std::vector<float> divided(std::vector<float> numbers, float by) {
  for (float& number : numbers) number /= by;
  return numbers;
}

// Limits of a value as limits of the stored number.
std::optional<Clamp> divided(std::optional<Clamp> clamp, float by) {
  if (clamp) *clamp = {clamp->lo / by, clamp->hi / by};
  return clamp;
}

// What a bare convolution leaves before our epilogue.
DType accumulator_of(DType in) noexcept {
  if (in == DType::i8) return DType::i32;
  return in == DType::f8e4m3 ? DType::f32 : in;
}

}  // namespace

StepCompiler::Kind StepCompiler::kind_of(const ConvStep& step) const {
  if (step.gemm) return Kind::gemm;
  const Activation& in = tensor(step.in);
  if (is_depthwise(network_.weights[step.weights], in, step.groups) && in.dtype == tensor(step.out).dtype &&
      !step.residual && step.y.dilation == 1 && step.x.dilation == 1)
    return Kind::depthwise;
  return Kind::cudnn;
}

ConvProblem StepCompiler::problem_of(const ConvStep& step) const {
  const Activation& in = tensor(step.in);
  const Activation& out = tensor(step.out);
  ConvProblem problem;
  problem.in = in.dtype;
  problem.out = out.dtype;
  if (step.residual) problem.residual = tensor(*step.residual).dtype;
  problem.n = in.n;
  problem.h = in.h;
  problem.w = in.w;
  problem.c = in.pitch;
  problem.k = out.pitch;
  problem.y = step.y;
  problem.x = step.x;
  problem.out_h = out.h;
  problem.out_w = out.w;
  problem.groups = step.groups;
  problem.clamp = divided(step.clamp, out.scale);
  problem.scaled = !network_.weights[step.weights].scales.empty();
  problem.tf32 = options_.tf32 && in.dtype == DType::f32;
  return problem;
}

namespace {

// The same convolution without what follows it.
ConvProblem bare(ConvProblem problem) {
  problem.fused = false;
  problem.out = accumulator_of(problem.in);
  problem.residual.reset();
  problem.clamp.reset();
  return problem;
}

}  // namespace

// Unfused plans are looked for only where there is no fused one.
Status StepCompiler::choose() {
  const ChooserOptions chooser{options_.device, options_.threads, options_.candidates};
  std::vector<ConvProblem> problems;
  for (const Step& step : network_.steps)
    if (const auto* conv = std::get_if<ConvStep>(&step); conv != nullptr && kind_of(*conv) == Kind::cudnn)
      problems.push_back(problem_of(*conv));
  if (options_.fusion) {
    auto chosen = choose_plans(problems, chooser, cache_);
    if (!chosen) return std::move(chosen).error();
    plans_ = *std::move(chosen);
  }
  std::vector<ConvProblem> rest;
  for (const ConvProblem& problem : problems)
    if (!plans_.contains(problem.plan_key())) rest.push_back(bare(problem));
  if (rest.empty()) return {};
  auto chosen = choose_plans(rest, chooser, cache_);
  if (!chosen) return std::move(chosen).error();
  plans_.merge(*chosen);
  return {};
}

Result<CompiledStep> StepCompiler::compile_conv(const ConvStep& step) {
  switch (kind_of(step)) {
    case Kind::depthwise: return compile_depthwise(step);
    case Kind::gemm: return compile_gemm(step);
    case Kind::cudnn: break;
  }
  const Activation& in = tensor(step.in);
  const Activation& out = tensor(step.out);
  if (step.groups != 1 && (in.pitch != in.c || out.pitch != out.c))
    return Error{
        Errc::unsupported,
        fmt::format("Conv '{}': {} groups over {} channels, which do not fill whole vectors of 16 bytes",
                    printable(step.name), step.groups, in.c)};
  const ConvProblem problem = problem_of(step);
  if (const auto plan = plans_.find(problem.plan_key()); plan != plans_.end())
    return compile_fused(step, plan->second);
  if (const auto plan = plans_.find(bare(problem).plan_key()); plan != plans_.end())
    return compile_bare(step, plan->second);
  return Error{Errc::unsupported, fmt::format("Conv '{}': cuDNN {} has no kernel for it on this card ({})",
                                              printable(step.name), cudnn_version(), problem.key())};
}

Result<CompiledStep> StepCompiler::compile_fused(const ConvStep& step, const ConvPlan& plan) {
  const Activation& in = tensor(step.in);
  const Activation& out = tensor(step.out);
  PackedConv packed = pack_conv(network_.weights[step.weights], in, out, step.groups);
  if (plan.choice().tensor_cores && in.dtype == DType::f32) round_to_tf32(packed.weights);
  const std::size_t weights = constants_.add(packed.weights);
  const auto multiplier = constants_.add(divided(packed.multiplier, out.scale));
  const auto bias = constants_.add(divided(packed.bias, out.scale));
  std::optional<std::size_t> residual, residual_multiplier;
  if (step.residual) {
    residual = offset(*step.residual);
    residual_multiplier = constants_.add(std::vector<float>{tensor(*step.residual).scale / out.scale});
  }
  need_workspace(static_cast<std::size_t>(plan.choice().workspace_bytes));
  return CompiledStep{step.name, "cuDNN", plan.choice().name,
                      arithmetic_of(in.dtype, plan.choice().tensor_cores),
                      [=, from = offset(step.in), to = offset(step.out)](const Run& run, cudaStream_t) {
                        ConvOperands operands;
                        operands.in = run.arena + from;
                        operands.weights = run.constants + weights;
                        operands.multiplier = floats_at(run, multiplier);
                        operands.bias = floats_at(run, bias);
                        if (residual) operands.residual = run.arena + *residual;
                        operands.residual_multiplier = floats_at(run, residual_multiplier);
                        operands.out = run.arena + to;
                        operands.workspace = run.workspace;
                        return plan.run(*run.handle, operands);
                      }};
}

// Convolution, then our own epilogue: f32 or s32 accumulators in the workspace behind cuDNN's own part.
Result<CompiledStep> StepCompiler::compile_bare(const ConvStep& step, const ConvPlan& plan) {
  const Activation in = tensor(step.in), out = tensor(step.out);
  if (step.residual && tensor(*step.residual).dtype != out.dtype)
    return Error{Errc::unsupported,
                 fmt::format("Conv '{}': a residual of another type than the sum needs run-time "
                             "fusion, which this card lacks",
                             printable(step.name))};
  PackedConv packed = pack_conv(network_.weights[step.weights], in, out, step.groups);
  if (plan.choice().tensor_cores && in.dtype == DType::f32) round_to_tf32(packed.weights);
  const std::size_t weights = constants_.add(packed.weights);
  const auto multiplier = constants_.add(packed.multiplier), bias = constants_.add(packed.bias);
  const DType accumulator = accumulator_of(in.dtype);
  const auto align = [](std::size_t bytes) { return (bytes + 511) / 512 * 512; };
  const std::size_t raw_at = align(static_cast<std::size_t>(plan.choice().workspace_bytes));
  const std::size_t sums_at = raw_at + align(static_cast<std::size_t>(elements(out)) * size_of(accumulator));
  const bool widen = size_of(accumulator) != sizeof(float);
  need_workspace(sums_at + (widen ? static_cast<std::size_t>(elements(out)) * sizeof(float) : 0));
  const std::optional<std::size_t> residual =
      step.residual ? std::optional{offset(*step.residual)} : std::nullopt;
  const float residual_scale = step.residual ? tensor(*step.residual).scale : 1;
  return CompiledStep{
      step.name, "cuDNN, epilogue apart", plan.choice().name,
      arithmetic_of(in.dtype, plan.choice().tensor_cores),
      [=, from = offset(step.in), to = offset(step.out), clamp = clamp_of(step.clamp)](
          const Run& run, cudaStream_t stream) -> Status {
        ConvOperands operands;
        operands.in = run.arena + from;
        operands.weights = run.constants + weights;
        operands.out = run.workspace + raw_at;
        operands.workspace = run.workspace;
        if (auto put = plan.run(*run.handle, operands); !put) return put;
        const std::byte* sums = run.workspace + raw_at;
        if (widen) {
          if (auto put =
                  check(kernels::convert(sums, element_of(accumulator), run.workspace + sums_at,
                                         kernels::Element::f32, {}, kernels::kNoClamp, elements(out), stream),
                        "convert");
              !put)
            return put;
          sums = run.workspace + sums_at;
        }
        const kernels::Epilogue epilogue{floats_at(run, multiplier), floats_at(run, bias),
                                         residual ? kernels::kNoClamp : clamp, out.scale};
        const kernels::Accumulators shape{whole(out.n * out.h * out.w), whole(out.pitch),
                                          accumulator == DType::i32};
        if (auto put =
                check(kernels::finish(sums, run.arena + to, element_of(out.dtype), epilogue, shape, stream),
                      "finish");
            !put || !residual)
          return put;
        return check(
            kernels::add(run.arena + to, run.arena + *residual, run.arena + to, element_of(out.dtype),
                         {out.scale, residual_scale, out.scale}, clamp, elements(out), stream),
            "add");
      }};
}

Result<CompiledStep> StepCompiler::compile_depthwise(const ConvStep& step) {
  const Activation in = tensor(step.in), out = tensor(step.out);
  const PackedConv packed = pack_depthwise(network_.weights[step.weights], in);
  const std::size_t weights = constants_.add(packed.weights);
  const auto multiplier = constants_.add(packed.multiplier), bias = constants_.add(packed.bias);
  const kernels::Depthwise shape{nhwc_of(in),
                                 whole(out.h),
                                 whole(out.w),
                                 whole(step.y.kernel),
                                 whole(step.x.kernel),
                                 whole(step.y.stride),
                                 whole(step.x.stride),
                                 whole(step.y.pad_begin),
                                 whole(step.x.pad_begin)};
  return CompiledStep{
      step.name, "own kernel", "", arithmetic_of(in.dtype, false),
      [=, from = offset(step.in), to = offset(step.out), clamp = clamp_of(step.clamp)](const Run& run,
                                                                                       cudaStream_t stream) {
        const kernels::Epilogue epilogue{floats_at(run, multiplier), floats_at(run, bias), clamp, out.scale};
        return check(kernels::depthwise(run.arena + from, run.constants + weights, run.arena + to,
                                        element_of(in.dtype), epilogue, shape, stream),
                     "depthwise");
      }};
}

Result<CompiledStep> StepCompiler::compile_gemm(const ConvStep& step) {
  const Activation in = tensor(step.in), out = tensor(step.out);
  if (!cublas_) {
    auto opened = kernels::CublasLt::open();
    if (!opened) return std::move(opened).error();
    cublas_ = *std::move(opened);
  }
  kernels::GemmSpec spec;
  spec.type = element_of(in.dtype);
  spec.tf32 = options_.tf32;
  spec.rows = whole(in.n);
  spec.in = whole(in.h * in.w * in.pitch);
  spec.out = whole(out.pitch);
  spec.out_type = element_of(out.dtype);
  PackedConv packed = pack_conv(network_.weights[step.weights], in, out, 1);
  if (spec.tf32 && in.dtype == DType::f32) round_to_tf32(packed.weights);
  spec.fuse_bias = packed.multiplier.empty();
  const std::string key = fmt::format("gemm {}{}>{} {}x{}x{}", name(in.dtype), spec.tf32 ? "t" : "",
                                      name(out.dtype), spec.rows, spec.in, spec.out);
  const auto known = cache_.find(key);
  auto made = cublas_->plan(spec, known ? std::string_view{*known} : std::string_view{});
  if (!made) return std::move(made).error().in(printable(step.name));
  cache_.put(key, made->choice());
  // std::function copies, a plan does not.
  const auto plan = std::make_shared<const kernels::GemmPlan>(*std::move(made));
  const std::size_t weights = constants_.add(packed.weights);
  const auto multiplier = constants_.add(packed.multiplier), bias = constants_.add(packed.bias);
  need_workspace(plan->workspace_bytes());
  const bool tf32 = spec.tf32 && !plan->plain();
  return CompiledStep{
      step.name, plan->plain() ? "own kernel" : "cuBLASLt", plan->choice(), arithmetic_of(in.dtype, tf32),
      [=, from = offset(step.in), to = offset(step.out), clamp = clamp_of(step.clamp)](const Run& run,
                                                                                       cudaStream_t stream) {
        const kernels::Epilogue epilogue{floats_at(run, multiplier), floats_at(run, bias), clamp, out.scale};
        return plan->run({run.arena + from, run.constants + weights, run.arena + to, run.workspace}, epilogue,
                         stream);
      }};
}

}  // namespace deepgap::engines::cudnn
