#include "deepgap/engines/cudnn/program.hpp"

#include "deepgap/engines/cudnn/step_compiler.hpp"

namespace deepgap::engines::cudnn {

Result<std::unique_ptr<const Program>> Program::compile(Network network, const ProgramOptions& options,
                                                        PlanCache& cache) {
  std::unique_ptr<Program> program{new Program};
  program->network_ = std::move(network);
  program->arena_ = plan_arena(program->network_);
  StepCompiler compiler{program->network_, program->arena_, options, cache};
  if (auto chosen = compiler.choose(); !chosen) return std::move(chosen).error();
  for (const Step& step : program->network_.steps) {
    auto compiled = compiler.compile(step);
    if (!compiled) return std::move(compiled).error();
    program->steps_.push_back(*std::move(compiled));
  }
  program->workspace_bytes_ = compiler.workspace_bytes();
  auto constants = DeviceMemory::copy_of(compiler.constants().bytes(), "weights");
  if (!constants) return std::move(constants).error();
  program->constants_ = *std::move(constants);
  auto handle = CudnnHandle::open();
  if (!handle) return std::move(handle).error();
  program->handle_ = *std::move(handle);
  program->network_.weights.clear();  // they are on the card
  return std::unique_ptr<const Program>{std::move(program)};
}

Status Program::put(Run run, cudaStream_t stream) const {
  return put_steps(0, steps_.size(), std::move(run), stream);
}

Status Program::put_step(std::size_t index, Run run, cudaStream_t stream) const {
  return put_steps(index, index + 1, std::move(run), stream);
}

Status Program::put_steps(std::size_t first, std::size_t last, Run run, cudaStream_t stream) const {
  const std::scoped_lock lock{handle_mutex_};
  if (auto set = handle_->set_stream(stream); !set) return set;
  run.handle = &*handle_;
  run.constants = constants_.data();
  for (std::size_t i = first; i < last; ++i)
    if (auto put = steps_[i].put(run, stream); !put) return std::move(put).error().in(steps_[i].name);
  return {};
}

}  // namespace deepgap::engines::cudnn
