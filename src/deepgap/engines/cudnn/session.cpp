#include "deepgap/engines/cudnn/session.hpp"

#include <algorithm>
#include <cmath>

#include "deepgap/engine/host_buffer.hpp"

namespace deepgap::engines::cudnn {
namespace {

Status pin(std::vector<PinnedMemory>& memories, const std::vector<TensorSpec>& specs) {
  for (const TensorSpec& spec : specs) {
    auto memory = PinnedMemory::allocate(bytes_of(spec));
    if (!memory) return std::move(memory).error();
    memories.push_back(*std::move(memory));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<engine::Session>> CudnnSession::open(std::shared_ptr<const Program> program,
                                                            int device) {
  if (auto used = use_device(device); !used) return std::move(used).error();
  auto bench = Workbench::make(*program);
  if (!bench) return std::move(bench).error();
  std::unique_ptr<CudnnSession> session{new CudnnSession{std::move(program), device, *std::move(bench)}};
  if (auto prepared = session->prepare(); !prepared) return std::move(prepared).error();
  return std::unique_ptr<engine::Session>{std::move(session)};
}

Status CudnnSession::prepare() {
  if (auto pinned = pin(inputs_, program_->network().inputs); !pinned) return pinned;
  if (auto pinned = pin(outputs_, program_->network().outputs); !pinned) return pinned;
  auto begin = make_event(), end = make_event();
  if (!begin) return std::move(begin).error();
  if (!end) return std::move(end).error();
  begin_ = *std::move(begin);
  end_ = *std::move(end);
  const cudaStream_t stream = bench_.stream();
  // Once by itself: kernels are loaded then, which a capture does not allow.
  if (auto put = program_->put(bench_.run(), stream); !put) return put;
  if (auto done = check(cudaStreamSynchronize(stream), "run the network"); !done) return done;
  auto graph = capture(stream, [&] { return program_->put(bench_.run(), stream); });
  if (!graph) return std::move(graph).error();
  graph_ = *std::move(graph);
  return check(cudaGraphUpload(graph_.get(), stream), "upload the graph");
}

// Nobody may free what the card still works on; a lost card answers at once.
CudnnSession::~CudnnSession() {
  if (use_device(device_)) static_cast<void>(cudaStreamSynchronize(bench_.stream()));
}

void CudnnSession::poison_outputs() {
  for (const PinnedMemory& memory : outputs_) engine::poison(memory.bytes());
}

Status CudnnSession::run() {
  if (auto started = start(); !started) return started;
  return wait();
}

Status CudnnSession::start() {
  const cudaStream_t stream = bench_.stream();
  cudaError_t code = cudaSetDevice(device_);
  for (std::size_t i = 0; i < inputs_.size() && code == cudaSuccess; ++i)
    code = cudaMemcpyAsync(bench_.input(i).data(), inputs_[i].bytes().data(), bench_.input(i).size(),
                           cudaMemcpyHostToDevice, stream);
  if (code == cudaSuccess) code = cudaEventRecord(begin_.get(), stream);
  if (code == cudaSuccess) code = cudaGraphLaunch(graph_.get(), stream);
  if (code == cudaSuccess) code = cudaEventRecord(end_.get(), stream);
  for (std::size_t i = 0; i < outputs_.size() && code == cudaSuccess; ++i)
    code = cudaMemcpyAsync(outputs_[i].bytes().data(), bench_.output(i).data(), bench_.output(i).size(),
                           cudaMemcpyDeviceToHost, stream);
  in_flight_ = code == cudaSuccess;
  return check(code, "start the network");
}

Status CudnnSession::wait() {
  in_flight_ = false;
  const cudaError_t code = cudaStreamSynchronize(bench_.stream());
  finished_once_ = code == cudaSuccess;
  return check(code, "run the network");
}

std::optional<std::int64_t> CudnnSession::device_ns() const {
  if (in_flight_ || !finished_once_) return std::nullopt;
  float ms = 0;
  if (cudaEventElapsedTime(&ms, begin_.get(), end_.get()) != cudaSuccess) return std::nullopt;
  return static_cast<std::int64_t>(std::llround(static_cast<double>(ms) * 1e6));
}

Status CudnnSession::evict_caches() {
  if (auto used = use_device(device_); !used) return used;
  if (sweep_.size() == 0) {
    int l2_bytes = 0;
    if (auto known =
            check(cudaDeviceGetAttribute(&l2_bytes, cudaDevAttrL2CacheSize, device_), "read the L2 size");
        !known)
      return known;
    auto memory = DeviceMemory::allocate(2 * static_cast<std::size_t>(std::max(l2_bytes, 1)),
                                         "the buffer that empties the L2 cache");
    if (!memory) return std::move(memory).error();
    sweep_ = *std::move(memory);
  }
  const cudaStream_t stream = bench_.stream();
  if (auto put = check(cudaMemsetAsync(sweep_.data(), 0, sweep_.size(), stream), "empty the L2 cache"); !put)
    return put;
  return check(cudaStreamSynchronize(stream), "empty the L2 cache");
}

}  // namespace deepgap::engines::cudnn
