#include "deepgap/engines/cudnn/kernels/gemm.hpp"

#include <cublasLt.h>
#include <fmt/format.h>

#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "deepgap/engines/cudnn/kernels/gemm_plain.hpp"

namespace deepgap::engines::cudnn::kernels {
namespace {

constexpr std::size_t kMostWorkspace = std::size_t{32} << 20, kAlignment = 256;
constexpr int kCandidates = 8, kWarmUps = 2, kRuns = 10;
constexpr std::string_view kPlain = "plain";

Error broken(std::string_view what, std::string_view why) {
  return {Errc::engine_failure, fmt::format("{}: {}", what, why)};
}
Status checked(cublasStatus_t status, std::string_view what) {
  if (status == CUBLAS_STATUS_SUCCESS) return {};
  return broken(what, cublasLtGetStatusString(status));
}
Status checked(cudaError_t status, std::string_view what) {
  if (status == cudaSuccess) return {};
  return broken(what, cudaGetErrorString(status));
}

cudaDataType_t type_of(Element type) {
  switch (type) {
    case Element::f32: return CUDA_R_32F;
    case Element::f16: return CUDA_R_16F;
    case Element::bf16: return CUDA_R_16BF;
    case Element::s8: return CUDA_R_8I;
    case Element::e4m3: return CUDA_R_8F_E4M3;
  }
  return CUDA_R_32F;
}

template <class T, cublasStatus_t (*kDestroy)(T)>
class Owned {
 public:
  Owned() = default;
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() {
    if (value_) kDestroy(value_);
  }
  T* out() { return &value_; }
  [[nodiscard]] T get() const { return value_; }

 private:
  T value_ = nullptr;
};
using Layout = Owned<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy>;

class DeviceMemory {
 public:
  DeviceMemory() = default;
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;
  ~DeviceMemory() { cudaFree(address_); }
  Status take(std::size_t bytes) {
    if (auto status = checked(cudaMalloc(&address_, bytes), "memory to time products in"); !status)
      return status;
    return checked(cudaMemset(address_, 0x11, bytes), "memory to time products in");
  }
  [[nodiscard]] void* get() const { return address_; }

 private:
  void* address_ = nullptr;
};

std::string to_word(const cublasLtMatmulAlgo_t& algorithm) {
  std::string word;
  for (const std::uint64_t part : algorithm.data) word += fmt::format("{:016x}", part);
  return word;
}
std::optional<cublasLtMatmulAlgo_t> algorithm_from(std::string_view word) {
  cublasLtMatmulAlgo_t algorithm{};
  if (word.size() != std::size(algorithm.data) * 16) return {};
  for (std::uint64_t& part : algorithm.data) {
    const std::string digits{word.substr(0, 16)};
    const char* const last = digits.data() + digits.size();
    const auto [end, bad] = std::from_chars(digits.data(), last, part, 16);
    if (bad != std::errc{} || end != last) return {};
    word.remove_prefix(16);
  }
  return algorithm;
}

}  // namespace

struct CublasLt::Handle {
  cublasLtHandle_t handle = nullptr;
  Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (handle) cublasLtDestroy(handle);
  }
};

struct GemmPlan::Impl {
  GemmSpec spec;
  std::shared_ptr<CublasLt::Handle> handle;
  Owned<cublasLtMatmulDesc_t, cublasLtMatmulDescDestroy> product;
  Layout weights, x, y;
  bool fused = false, plain = false;
  cublasLtMatmulAlgo_t algorithm{};
  std::size_t workspace = 0;  // of cuBLASLt
  std::string choice;
  double measured_ms = 0;

  [[nodiscard]] bool whole() const { return spec.type == Element::s8; }
  // The product goes to y itself, and what follows it is done there.
  [[nodiscard]] bool in_place() const { return !whole() && spec.out_type == Element::f32; }
  [[nodiscard]] std::size_t accumulator_bytes() const {
    const std::size_t bytes =
        std::size_t{4} * static_cast<std::size_t>(spec.rows) * static_cast<std::size_t>(spec.out);
    return (bytes + kAlignment - 1) / kAlignment * kAlignment;
  }

  Status describe();
  Status multiply(const GemmOperands& operands, void* accumulators, void* scratch, cudaStream_t stream) const;
  Result<double> time(const GemmOperands& operands, void* scratch, cudaStream_t stream) const;
  Result<std::vector<cublasLtMatmulHeuristicResult_t>> candidates() const;
  Status choose();
  bool take(std::string_view known);
};

// In cuBLASLt's column-major words: y (out x rows) = weights^T (out x in) * x (in x rows).
Status GemmPlan::Impl::describe() {
  const bool tf32 = spec.type == Element::f32 && spec.tf32;
  const auto compute = whole() ? CUBLAS_COMPUTE_32I
                       : tf32  ? CUBLAS_COMPUTE_32F_FAST_TF32
                               : CUBLAS_COMPUTE_32F;
  const auto accumulator = whole() ? CUDA_R_32I : CUDA_R_32F;
  const auto rows = static_cast<std::uint64_t>(spec.rows), in = static_cast<std::uint64_t>(spec.in),
             out = static_cast<std::uint64_t>(spec.out);
  const cublasOperation_t transposed = CUBLAS_OP_T;
  const cublasLtEpilogue_t bias = CUBLASLT_EPILOGUE_BIAS;
  cublasStatus_t status = cublasLtMatmulDescCreate(product.out(), compute, accumulator);
  const auto step = [&](cublasStatus_t next) {
    if (status == CUBLAS_STATUS_SUCCESS) status = next;
  };
  if (status != CUBLAS_STATUS_SUCCESS) return checked(status, "describe a product");
  step(cublasLtMatmulDescSetAttribute(product.get(), CUBLASLT_MATMUL_DESC_TRANSA, &transposed,
                                      sizeof transposed));
  if (fused)
    step(cublasLtMatmulDescSetAttribute(product.get(), CUBLASLT_MATMUL_DESC_EPILOGUE, &bias, sizeof bias));
  step(cublasLtMatrixLayoutCreate(weights.out(), type_of(spec.type), in, out, spec.in));
  step(cublasLtMatrixLayoutCreate(x.out(), type_of(spec.type), in, rows, spec.in));
  step(cublasLtMatrixLayoutCreate(y.out(), accumulator, out, rows, spec.out));
  return checked(status, "describe a product");
}

Result<std::vector<cublasLtMatmulHeuristicResult_t>> GemmPlan::Impl::candidates() const {
  Owned<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceDestroy> preference;
  if (auto status = checked(cublasLtMatmulPreferenceCreate(preference.out()), "ask cuBLASLt"); !status)
    return std::move(status).error();
  const std::size_t most = kMostWorkspace;
  cublasLtMatmulPreferenceSetAttribute(preference.get(), CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &most,
                                       sizeof most);
  std::vector<cublasLtMatmulHeuristicResult_t> found(kCandidates);
  int count = 0;
  const auto status =
      cublasLtMatmulAlgoGetHeuristic(handle->handle, product.get(), weights.get(), x.get(), y.get(), y.get(),
                                     preference.get(), kCandidates, found.data(), &count);
  if (status != CUBLAS_STATUS_SUCCESS) count = 0;  // it has nothing for this shape
  found.resize(static_cast<std::size_t>(count));
  std::erase_if(found, [](const auto& one) { return one.state != CUBLAS_STATUS_SUCCESS; });
  return found;
}

Status GemmPlan::Impl::multiply(const GemmOperands& operands, void* accumulators, void* scratch,
                                cudaStream_t stream) const {
  if (plain)
    return checked(plain_gemm(operands.x, operands.weights, accumulators, spec.type,
                              {.rows = spec.rows, .in = spec.in, .out = spec.out}, stream),
                   "multiply");
  const float one = 1, zero = 0;
  const std::int32_t whole_one = 1, whole_zero = 0;
  const void* alpha = whole() ? static_cast<const void*>(&whole_one) : &one;
  const void* beta = whole() ? static_cast<const void*>(&whole_zero) : &zero;
  return checked(cublasLtMatmul(handle->handle, product.get(), alpha, operands.weights, weights.get(),
                                operands.x, x.get(), beta, accumulators, y.get(), accumulators, y.get(),
                                &algorithm, scratch, workspace, stream),
                 "multiply");
}

Result<double> GemmPlan::Impl::time(const GemmOperands& operands, void* scratch, cudaStream_t stream) const {
  struct Event {
    cudaEvent_t event = nullptr;
    Event() { cudaEventCreate(&event); }
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
    ~Event() { cudaEventDestroy(event); }
  } begin, end;
  for (int i = -kWarmUps; i < kRuns; ++i) {
    if (i == 0) cudaEventRecord(begin.event, stream);
    if (auto status = multiply(operands, operands.y, scratch, stream); !status)
      return std::move(status).error();
  }
  cudaEventRecord(end.event, stream);
  if (auto status = checked(cudaEventSynchronize(end.event), "time a product"); !status)
    return std::move(status).error();
  float ms = 0;
  if (auto status = checked(cudaEventElapsedTime(&ms, begin.event, end.event), "time a product"); !status)
    return std::move(status).error();
  return static_cast<double>(ms) / kRuns;
}

Status GemmPlan::Impl::choose() {
  auto found = candidates();
  if (!found) return std::move(found).error();
  if (found->empty()) return {};
  const auto size = [](int a, int b) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); };
  DeviceMemory left, right, sums, bias, scratch;
  for (auto& [memory, bytes] : {std::pair{&left, size(spec.rows, spec.in) * size_of(spec.type)},
                                std::pair{&right, size(spec.out, spec.in) * size_of(spec.type)},
                                std::pair{&sums, accumulator_bytes()}, std::pair{&bias, size(spec.out, 4)},
                                std::pair{&scratch, kMostWorkspace}})
    if (auto status = memory->take(bytes); !status) return status;
  const void* address = bias.get();
  if (fused)
    cublasLtMatmulDescSetAttribute(product.get(), CUBLASLT_MATMUL_DESC_BIAS_POINTER,
                                   static_cast<const void*>(&address), sizeof address);
  cudaStream_t stream = nullptr;
  if (auto status = checked(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "time products");
      !status)
    return status;
  cudaDeviceSynchronize();  // the fills above
  double best = std::numeric_limits<double>::infinity();
  cublasLtMatmulAlgo_t fastest{};
  std::size_t fastest_workspace = 0;
  for (const auto& one : *found) {
    algorithm = one.algo;
    workspace = one.workspaceSize;
    const auto ms = time({left.get(), right.get(), sums.get(), nullptr}, scratch.get(), stream);
    if (!ms || *ms >= best) continue;
    best = *ms;
    fastest = one.algo;
    fastest_workspace = one.workspaceSize;
  }
  cudaStreamDestroy(stream);
  if (best == std::numeric_limits<double>::infinity()) return {};
  algorithm = fastest;
  workspace = fastest_workspace;
  measured_ms = best;
  choice = (fused ? "b" : "p") + to_word(algorithm);
  return {};
}

// Whether `known` is still possible here; then it is the choice.
bool GemmPlan::Impl::take(std::string_view known) {
  if (known.empty() || known[0] != (fused ? 'b' : 'p')) return false;
  const auto read = algorithm_from(known.substr(1));
  if (!read) return false;
  cublasLtMatmulHeuristicResult_t result{};
  const auto status = cublasLtMatmulAlgoCheck(handle->handle, product.get(), weights.get(), x.get(), y.get(),
                                              y.get(), &*read, &result);
  if (status != CUBLAS_STATUS_SUCCESS || result.workspaceSize > kMostWorkspace) return false;
  algorithm = *read;
  workspace = result.workspaceSize;
  choice = known;
  return true;
}

GemmPlan::GemmPlan(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
GemmPlan::GemmPlan(GemmPlan&&) noexcept = default;
GemmPlan& GemmPlan::operator=(GemmPlan&&) noexcept = default;
GemmPlan::~GemmPlan() = default;

std::size_t GemmPlan::workspace_bytes() const noexcept {
  return impl_->workspace + (impl_->in_place() ? 0 : impl_->accumulator_bytes());
}
const std::string& GemmPlan::choice() const noexcept { return impl_->choice; }
bool GemmPlan::plain() const noexcept { return impl_->plain; }
double GemmPlan::measured_ms() const noexcept { return impl_->measured_ms; }

Status GemmPlan::run(const GemmOperands& operands, const Epilogue& epilogue, cudaStream_t stream) const {
  const auto& plan = *impl_;
  void* const accumulators = plan.in_place() ? operands.y : operands.workspace;
  void* const scratch =
      static_cast<std::byte*>(operands.workspace) + (plan.in_place() ? 0 : plan.accumulator_bytes());
  Epilogue rest = epilogue;
  if (plan.fused) {
    if (!epilogue.bias || epilogue.multiplier)
      return Error{Errc::internal,
                   "a product planned with its bias was run without one or with a multiplier"};
    cublasLtMatmulDescSetAttribute(plan.product.get(), CUBLASLT_MATMUL_DESC_BIAS_POINTER,
                                   static_cast<const void*>(&epilogue.bias), sizeof epilogue.bias);
    rest.bias = nullptr;
  }
  if (auto status = plan.multiply(operands, accumulators, scratch, stream); !status) return status;
  const bool nothing_follows = plan.in_place() && !rest.bias && !rest.multiplier && rest.scale == 1 &&
                               rest.clamp.low == kNoClamp.low && rest.clamp.high == kNoClamp.high;
  if (nothing_follows) return {};
  return checked(finish(accumulators, operands.y, plan.spec.out_type, rest,
                        {.rows = plan.spec.rows, .columns = plan.spec.out, .s32 = plan.whole()}, stream),
                 "finish a product");
}

CublasLt::CublasLt(std::shared_ptr<Handle> handle) : handle_{std::move(handle)} {}

Result<CublasLt> CublasLt::open() {
  auto handle = std::make_shared<Handle>();
  if (const auto status = cublasLtCreate(&handle->handle); status != CUBLAS_STATUS_SUCCESS)
    return Error{Errc::unavailable,
                 fmt::format("cuBLASLt cannot start ({}); see what `deepgap doctor` says about the GPU",
                             cublasLtGetStatusString(status))};
  return CublasLt{std::move(handle)};
}

Result<GemmPlan> CublasLt::plan(const GemmSpec& spec, std::string_view known) const {
  if (spec.rows < 1 || spec.in < 1 || spec.out < 1)
    return Error{Errc::internal, fmt::format("no product of {} x {} x {}", spec.rows, spec.in, spec.out)};
  const bool fusible = spec.fuse_bias && spec.type != Element::s8;
  for (const bool fused : {true, false}) {
    if (fused && !fusible) continue;
    auto impl = std::make_unique<GemmPlan::Impl>();
    impl->spec = spec;
    impl->handle = handle_;
    impl->fused = fused;
    if (known != kPlain) {
      if (auto status = impl->describe(); !status) return std::move(status).error();
      if (!impl->take(known))
        if (auto status = impl->choose(); !status) return std::move(status).error();
    }
    if (impl->choice.empty() && fused) continue;
    impl->plain = impl->choice.empty();
    if (impl->plain) impl->choice = kPlain;
    return GemmPlan{std::move(impl)};
  }
  return Error{Errc::internal, "no plan for a product"};  // the loop's second turn returns
}

}  // namespace deepgap::engines::cudnn::kernels
