#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "deepgap/engines/cudnn/kernels/gemm.hpp"
#include "deepgap/engines/cudnn/kernels/kernels.hpp"
#include "deepgap/engines/cudnn/pack.hpp"
#include "deepgap/engines/cudnn/plan_chooser.hpp"
#include "deepgap/engines/cudnn/program.hpp"

// From a step to what puts it on a stream.
namespace deepgap::engines::cudnn {

// Constants of all steps, gathered on the host for one copy to the card.
class ConstantPool {
 public:
  std::size_t add(ConstBytes bytes);
  std::optional<std::size_t> add(std::span<const float> numbers);  // absent when there are none
  [[nodiscard]] ConstBytes bytes() const noexcept { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

class StepCompiler {
 public:
  StepCompiler(const Network& network, const ArenaPlan& arena, const ProgramOptions& options,
               PlanCache& cache)
      : network_{network}, arena_{arena}, options_{options}, cache_{cache} {}

  // Chooses every plan; compile() needs them.
  Status choose();
  Result<CompiledStep> compile(const Step& step);

  [[nodiscard]] const ConstantPool& constants() const noexcept { return constants_; }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept { return workspace_bytes_; }

 private:
  enum class Kind { cudnn, depthwise, gemm };
  [[nodiscard]] Kind kind_of(const ConvStep& step) const;
  [[nodiscard]] ConvProblem problem_of(const ConvStep& step) const;
  [[nodiscard]] const Activation& tensor(TensorId id) const { return network_.tensors[id]; }
  [[nodiscard]] std::size_t offset(TensorId id) const { return arena_.offsets[id]; }
  void need_workspace(std::size_t bytes);

  Result<CompiledStep> compile_input(const InputStep& step);
  Result<CompiledStep> compile_blocks(const InputStep& step);
  Result<CompiledStep> compile_stem(const StemStep& step);
  Result<CompiledStep> compile_conv(const ConvStep& step);
  Result<CompiledStep> compile_depthwise(const ConvStep& step);
  Result<CompiledStep> compile_gemm(const ConvStep& step);
  Result<CompiledStep> compile_fused(const ConvStep& step, const ConvPlan& plan);
  Result<CompiledStep> compile_bare(const ConvStep& step, const ConvPlan& plan);
  Result<CompiledStep> compile_pool(const PoolStep& step);
  Result<CompiledStep> compile_global_average(const GlobalAverageStep& step);
  Result<CompiledStep> compile_add(const AddStep& step);
  Result<CompiledStep> compile_convert(const ConvertStep& step);
  Result<CompiledStep> compile_concat(const ConcatStep& step);
  Result<CompiledStep> compile_output(const OutputStep& step);

  const Network& network_;
  const ArenaPlan& arena_;
  const ProgramOptions& options_;
  PlanCache& cache_;
  ConstantPool constants_;
  Plans plans_;
  std::optional<kernels::CublasLt> cublas_;
  std::size_t workspace_bytes_ = 0;
};

// The words between our types and the kernels'.
[[nodiscard]] kernels::Element element_of(DType dtype) noexcept;
[[nodiscard]] kernels::Clamp clamp_of(const std::optional<Clamp>& clamp) noexcept;
[[nodiscard]] kernels::Nhwc nhwc_of(const Activation& tensor) noexcept;
[[nodiscard]] std::int64_t elements(const Activation& tensor) noexcept;
[[nodiscard]] Precision arithmetic_of(DType dtype, bool tf32) noexcept;
[[nodiscard]] const float* floats_at(const Run& run, const std::optional<std::size_t>& offset) noexcept;

}  // namespace deepgap::engines::cudnn
