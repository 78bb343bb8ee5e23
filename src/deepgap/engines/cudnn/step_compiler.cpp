#include "deepgap/engines/cudnn/step_compiler.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "deepgap/engines/cudnn/fast_kernels.hpp"
#include "deepgap/engines/cudnn/kernels/stem.hpp"

// Everything but convolutions.
namespace deepgap::engines::cudnn {
namespace {

constexpr std::size_t kAlignment = 256;
constexpr const char* kOwn = "own kernel";

int whole(std::int64_t value) { return static_cast<int>(value); }  // lower() keeps sizes under 2^31

kernels::Edge edge_of(const Activation& t) {
  return {whole(t.n), whole(t.c), whole(t.h), whole(t.w), whole(t.pitch)};
}

}  // namespace

kernels::Element element_of(DType dtype) noexcept {
  switch (dtype) {
    case DType::f16: return kernels::Element::f16;
    case DType::bf16: return kernels::Element::bf16;
    case DType::i8: return kernels::Element::s8;
    case DType::f8e4m3: return kernels::Element::e4m3;
    default: return kernels::Element::f32;
  }
}

kernels::Clamp clamp_of(const std::optional<Clamp>& clamp) noexcept {
  return clamp ? kernels::Clamp{clamp->lo, clamp->hi} : kernels::kNoClamp;
}

kernels::Nhwc nhwc_of(const Activation& t) noexcept {
  return {whole(t.n), whole(t.h), whole(t.w), whole(t.pitch)};
}

std::int64_t elements(const Activation& t) noexcept { return t.n * t.h * t.w * t.pitch; }

Precision arithmetic_of(DType dtype, bool tf32) noexcept {
  switch (dtype) {
    case DType::f16: return Precision::fp16;
    case DType::bf16: return Precision::bf16;
    case DType::i8: return Precision::int8;
    case DType::f8e4m3: return Precision::fp8;
    default: return tf32 ? Precision::tf32 : Precision::fp32;
  }
}

const float* floats_at(const Run& run, const std::optional<std::size_t>& offset) noexcept {
  return offset ? reinterpret_cast<const float*>(run.constants + *offset) : nullptr;
}

std::size_t ConstantPool::add(ConstBytes bytes) {
  const std::size_t at = (bytes_.size() + kAlignment - 1) / kAlignment * kAlignment;
  bytes_.resize(at + bytes.size());
  std::ranges::copy(bytes, bytes_.begin() + static_cast<std::ptrdiff_t>(at));
  return at;
}

std::optional<std::size_t> ConstantPool::add(std::span<const float> numbers) {
  if (numbers.empty()) return std::nullopt;
  return add(std::as_bytes(numbers));
}

void StepCompiler::need_workspace(std::size_t bytes) {
  workspace_bytes_ = std::max(workspace_bytes_, (bytes + kAlignment - 1) / kAlignment * kAlignment);
}

Result<CompiledStep> StepCompiler::compile(const Step& step) {
  struct Compile {
    StepCompiler& to;
    Result<CompiledStep> operator()(const InputStep& s) const { return to.compile_input(s); }
    Result<CompiledStep> operator()(const StemStep& s) const { return to.compile_stem(s); }
    Result<CompiledStep> operator()(const ConvStep& s) const { return to.compile_conv(s); }
    Result<CompiledStep> operator()(const PoolStep& s) const { return to.compile_pool(s); }
    Result<CompiledStep> operator()(const GlobalAverageStep& s) const { return to.compile_global_average(s); }
    Result<CompiledStep> operator()(const AddStep& s) const { return to.compile_add(s); }
    Result<CompiledStep> operator()(const ConvertStep& s) const { return to.compile_convert(s); }
    Result<CompiledStep> operator()(const ConcatStep& s) const { return to.compile_concat(s); }
    Result<CompiledStep> operator()(const OutputStep& s) const { return to.compile_output(s); }
  };
  return std::visit(Compile{*this}, step);
}

Result<CompiledStep> StepCompiler::compile_input(const InputStep& step) {
  const Activation out = tensor(step.out);
  if (step.blocks) return compile_blocks(step);
  return CompiledStep{"input", kOwn, "", {}, [=, to = offset(step.out)](const Run& run, cudaStream_t stream) {
                        return check(
                            kernels::nchw_to_nhwc(run.inputs[step.index], run.arena + to,
                                                  element_of(out.dtype), out.scale, edge_of(out), stream),
                            "nchw_to_nhwc");
                      }};
}

Result<CompiledStep> StepCompiler::compile_blocks(const InputStep& step) {
  const Activation out = tensor(step.out);
  const SpaceToDepth& b = *step.blocks;
  const kernels::SpaceToDepth shape{whole(out.n), whole(b.c),   whole(b.h),   whole(b.w),   whole(out.pitch),
                                    whole(out.h), whole(out.w), whole(b.top), whole(b.left)};
  const bool half = out.dtype == DType::f16 || out.dtype == DType::bf16;
  const BlockStore store = b.whole_numbers            ? BlockStore::whole
                           : out.dtype == DType::bf16 ? BlockStore::bf16
                                                      : BlockStore::f16;
  return CompiledStep{"input, 2x2 blocks",
                      kOwn,
                      "",
                      {},
                      [=, to = offset(step.out), index = step.index](const Run& run, cudaStream_t stream) {
                        if (half)
                          return check(
                              block16(run.inputs[index], run.arena + to, store, out.scale, shape, stream),
                              "block16");
                        return check(kernels::space_to_depth(run.inputs[index], run.arena + to,
                                                             element_of(out.dtype), out.scale, shape, stream),
                                     "space_to_depth");
                      }};
}

Result<CompiledStep> StepCompiler::compile_output(const OutputStep& step) {
  const Activation in = tensor(step.in);
  return CompiledStep{
      "output", kOwn, "", {}, [=, from = offset(step.in)](const Run& run, cudaStream_t stream) {
        return check(kernels::nhwc_to_nchw(run.arena + from, element_of(in.dtype), in.scale,
                                           run.outputs[step.index], edge_of(in), stream),
                     "nhwc_to_nchw");
      }};
}

Result<CompiledStep> StepCompiler::compile_stem(const StemStep& step) {
  const Weights& weights = network_.weights[step.weights];
  const Activation out = tensor(step.out);
  const PackedConv packed = pack_conv(weights, step.in, out, 1);
  const auto multiplier = constants_.add(packed.multiplier), bias = constants_.add(packed.bias);
  const std::size_t filters =
      constants_.add(kernels::pack_stem_weights(element_of(step.in.dtype), stored_numbers(weights)));
  const kernels::Stem shape{whole(step.in.n), whole(step.in.h), whole(step.in.w), step.pool};
  return CompiledStep{
      step.name, kOwn, "", arithmetic_of(step.in.dtype, false),
      [=, to = offset(step.out), clamp = clamp_of(step.clamp), index = step.index, in_scale = step.in.scale](
          const Run& run, cudaStream_t stream) {
        const kernels::Epilogue epilogue{floats_at(run, multiplier), floats_at(run, bias), clamp, out.scale};
        return check(kernels::stem(run.inputs[index], in_scale, run.constants + filters, run.arena + to,
                                   element_of(out.dtype), epilogue, shape, stream),
                     "stem");
      }};
}

Result<CompiledStep> StepCompiler::compile_pool(const PoolStep& step) {
  const Activation in = tensor(step.in), out = tensor(step.out);
  const kernels::Pool shape{nhwc_of(in),
                            whole(out.h),
                            whole(out.w),
                            whole(step.y.kernel),
                            whole(step.x.kernel),
                            whole(step.y.stride),
                            whole(step.x.stride),
                            whole(step.y.pad_begin),
                            whole(step.x.pad_begin),
                            whole(step.y.pad_end),
                            whole(step.x.pad_end),
                            step.count_pads};
  return CompiledStep{
      step.max ? "MaxPool" : "AveragePool",
      kOwn,
      "",
      {},
      [=, from = offset(step.in), to = offset(step.out), max = step.max](const Run& run,
                                                                         cudaStream_t stream) {
        const kernels::Element type = element_of(in.dtype);
        if (max && in.dtype == DType::i8 && in.pitch % 16 == 0)
          return check(max_pool_s8(run.arena + from, run.arena + to, shape, stream), "max_pool_s8");
        return check(max ? kernels::max_pool(run.arena + from, run.arena + to, type, shape, stream)
                         : kernels::average_pool(run.arena + from, run.arena + to, type,
                                                 {in.scale, out.scale}, shape, stream),
                     "pool");
      }};
}

Result<CompiledStep> StepCompiler::compile_global_average(const GlobalAverageStep& step) {
  const Activation in = tensor(step.in), out = tensor(step.out);
  return CompiledStep{
      "GlobalAveragePool",
      kOwn,
      "",
      {},
      [=, from = offset(step.in), to = offset(step.out)](const Run& run, cudaStream_t stream) {
        return check(
            kernels::global_average_pool(run.arena + from, element_of(in.dtype), run.arena + to,
                                         element_of(out.dtype), {in.scale, out.scale}, nhwc_of(in), stream),
            "global_average_pool");
      }};
}

Result<CompiledStep> StepCompiler::compile_add(const AddStep& step) {
  const Activation a = tensor(step.a), b = tensor(step.b), out = tensor(step.out);
  return CompiledStep{
      "Add",
      kOwn,
      "",
      {},
      [=, at_a = offset(step.a), at_b = offset(step.b), to = offset(step.out), clamp = clamp_of(step.clamp)](
          const Run& run, cudaStream_t stream) {
        return check(kernels::add(run.arena + at_a, run.arena + at_b, run.arena + to, element_of(a.dtype),
                                  {a.scale, b.scale, out.scale}, clamp, elements(out), stream),
                     "add");
      }};
}

Result<CompiledStep> StepCompiler::compile_convert(const ConvertStep& step) {
  const Activation in = tensor(step.in), out = tensor(step.out);
  return CompiledStep{"Convert",
                      kOwn,
                      "",
                      {},
                      [=, from = offset(step.in), to = offset(step.out), clamp = clamp_of(step.clamp)](
                          const Run& run, cudaStream_t stream) {
                        return check(kernels::convert(run.arena + from, element_of(in.dtype), run.arena + to,
                                                      element_of(out.dtype), {in.scale, out.scale}, clamp,
                                                      elements(out), stream),
                                     "convert");
                      }};
}

Result<CompiledStep> StepCompiler::compile_concat(const ConcatStep& step) {
  struct Part {
    Activation tensor;
    std::size_t from = 0;
    kernels::ChannelSlice slice;
  };
  const Activation out = tensor(step.out);
  std::vector<Part> parts;
  std::int64_t channel = 0;
  for (const TensorId id : step.in) {
    const Activation& in = tensor(id);
    parts.push_back(
        {in, offset(id), {in.n * in.h * in.w, whole(in.pitch), whole(out.pitch), whole(channel)}});
    channel += in.c;
  }
  return CompiledStep{
      "Concat", kOwn, "", {}, [=, to = offset(step.out)](const Run& run, cudaStream_t stream) -> Status {
        for (const Part& part : parts)
          if (auto put =
                  check(kernels::copy_channels(run.arena + part.from, run.arena + to, element_of(out.dtype),
                                               {part.tensor.scale, out.scale}, part.slice, stream),
                        "copy_channels");
              !put)
            return put;
        return {};
      }};
}

}  // namespace deepgap::engines::cudnn
