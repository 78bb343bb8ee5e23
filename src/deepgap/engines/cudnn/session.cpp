#include "deepgap/engines/cudnn/session.hpp"

#include <cmath>
#include <cstring>

namespace deepgap::engines::cudnn {
namespace {

// All bits set: NaN in every float type, -1 or the largest value in every integer type.
constexpr int kPoison = 0xFF;

}  // namespace

Result<std::unique_ptr<engine::Session>> CudnnSession::open(std::shared_ptr<const Program> program,
                                                            int device) {
  std::unique_ptr<CudnnSession> session{new CudnnSession{std::move(program), device}};
  if (auto prepared = session->prepare(); !prepared) return std::move(prepared).error();
  return std::unique_ptr<engine::Session>{std::move(session)};
}

Status CudnnSession::add_edges(std::vector<Edge>& edges, const std::vector<TensorSpec>& specs) {
  for (const TensorSpec& spec : specs) {
    const std::size_t bytes =
        static_cast<std::size_t>(element_count(spec.shape).value_or(0)) * size_of(spec.dtype);
    auto host = PinnedMemory::allocate(bytes);
    if (!host) return std::move(host).error();
    auto device = DeviceMemory::allocate(bytes, "inputs and outputs");
    if (!device) return std::move(device).error();
    edges.push_back({*std::move(host), *std::move(device)});
  }
  return {};
}

Status CudnnSession::prepare() {
  if (auto used = use_device(device_); !used) return used;
  if (auto added = add_edges(inputs_, program_->network().inputs); !added) return added;
  if (auto added = add_edges(outputs_, program_->network().outputs); !added) return added;
  auto arena = DeviceMemory::allocate(program_->arena_bytes(), "activations");
  if (!arena) return std::move(arena).error();
  auto workspace = DeviceMemory::allocate(program_->workspace_bytes(), "workspace");
  if (!workspace) return std::move(workspace).error();
  auto stream = make_stream();
  if (!stream) return std::move(stream).error();
  auto begin = make_event(), end = make_event();
  if (!begin) return std::move(begin).error();
  if (!end) return std::move(end).error();
  arena_ = *std::move(arena);
  workspace_ = *std::move(workspace);
  stream_ = *std::move(stream);
  begin_ = *std::move(begin);
  end_ = *std::move(end);

  Run run{arena_.data(), workspace_.data(), nullptr, {}, {}, nullptr};
  for (const Edge& edge : inputs_) run.inputs.push_back(reinterpret_cast<const float*>(edge.device.data()));
  for (const Edge& edge : outputs_) run.outputs.push_back(reinterpret_cast<float*>(edge.device.data()));
  // Once by itself: kernels are loaded then, which a capture does not allow.
  if (auto put = program_->put(run, stream_.get()); !put) return put;
  if (auto done = check(cudaStreamSynchronize(stream_.get()), "run the network"); !done) return done;
  auto graph = capture(stream_.get(), [&] { return program_->put(run, stream_.get()); });
  if (!graph) return std::move(graph).error();
  graph_ = *std::move(graph);
  return check(cudaGraphUpload(graph_.get(), stream_.get()), "upload the graph");
}

// Nobody may free what the card still works on; a lost card answers at once.
CudnnSession::~CudnnSession() {
  if (stream_ && use_device(device_)) static_cast<void>(cudaStreamSynchronize(stream_.get()));
}

void CudnnSession::poison_outputs() {
  for (const Edge& edge : outputs_) std::memset(edge.host.bytes().data(), kPoison, edge.host.bytes().size());
}

Status CudnnSession::run() {
  if (auto started = start(); !started) return started;
  return wait();
}

Status CudnnSession::start() {
  cudaError_t code = cudaSetDevice(device_);
  for (const Edge& edge : inputs_)
    if (code == cudaSuccess)
      code = cudaMemcpyAsync(edge.device.data(), edge.host.bytes().data(), edge.device.size(),
                             cudaMemcpyHostToDevice, stream_.get());
  if (code == cudaSuccess) code = cudaEventRecord(begin_.get(), stream_.get());
  if (code == cudaSuccess) code = cudaGraphLaunch(graph_.get(), stream_.get());
  if (code == cudaSuccess) code = cudaEventRecord(end_.get(), stream_.get());
  for (const Edge& edge : outputs_)
    if (code == cudaSuccess)
      code = cudaMemcpyAsync(edge.host.bytes().data(), edge.device.data(), edge.device.size(),
                             cudaMemcpyDeviceToHost, stream_.get());
  in_flight_ = code == cudaSuccess;
  return check(code, "start the network");
}

Status CudnnSession::wait() {
  in_flight_ = false;
  const cudaError_t code = cudaStreamSynchronize(stream_.get());
  finished_once_ = code == cudaSuccess;
  return check(code, "run the network");
}

std::optional<std::int64_t> CudnnSession::device_ns() const {
  if (in_flight_ || !finished_once_) return std::nullopt;
  float ms = 0;
  if (cudaEventElapsedTime(&ms, begin_.get(), end_.get()) != cudaSuccess) return std::nullopt;
  return static_cast<std::int64_t>(std::llround(static_cast<double>(ms) * 1e6));
}

}  // namespace deepgap::engines::cudnn
