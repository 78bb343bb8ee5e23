#include "deepgap/engines/cudnn/workbench.hpp"

namespace deepgap::engines::cudnn {
namespace {

Status allocate(std::vector<DeviceMemory>& memories, const std::vector<TensorSpec>& specs) {
  for (const TensorSpec& spec : specs) {
    auto memory = DeviceMemory::allocate(bytes_of(spec), "inputs and outputs");
    if (!memory) return std::move(memory).error();
    memories.push_back(*std::move(memory));
  }
  return {};
}

}  // namespace

Result<Workbench> Workbench::make(const Program& program) {
  Workbench bench;
  if (auto added = allocate(bench.inputs_, program.network().inputs); !added) return std::move(added).error();
  if (auto added = allocate(bench.outputs_, program.network().outputs); !added)
    return std::move(added).error();
  auto arena = DeviceMemory::allocate(program.arena_bytes(), "activations");
  if (!arena) return std::move(arena).error();
  auto workspace = DeviceMemory::allocate(program.workspace_bytes(), "workspace");
  if (!workspace) return std::move(workspace).error();
  auto stream = make_stream();
  if (!stream) return std::move(stream).error();
  bench.arena_ = *std::move(arena);
  bench.workspace_ = *std::move(workspace);
  bench.stream_ = *std::move(stream);
  bench.run_.arena = bench.arena_.data();
  bench.run_.workspace = bench.workspace_.data();
  for (const DeviceMemory& memory : bench.inputs_)
    bench.run_.inputs.push_back(reinterpret_cast<const float*>(memory.data()));
  for (const DeviceMemory& memory : bench.outputs_)
    bench.run_.outputs.push_back(reinterpret_cast<float*>(memory.data()));
  return bench;
}

}  // namespace deepgap::engines::cudnn
