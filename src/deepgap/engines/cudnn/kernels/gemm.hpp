#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "deepgap/core/error.hpp"
#include "deepgap/engines/cudnn/kernels/kernels.hpp"

// y[rows][out] = clamp(x[rows][in] * weights[out][in]^T * multiplier[out] + bias[out]) through cuBLASLt, for
// classifiers. Knows: cuBLASLt. Never knows: networks.
namespace deepgap::engines::cudnn::kernels {

struct GemmSpec {
  Element type = Element::f16;  // of x and weights
  bool tf32 = false;            // with f32: multiply in tf32
  int rows = 1, in = 1, out = 1;
  Element out_type = Element::f32;
  bool fuse_bias = false;  // run() will be given a bias and no multiplier: add it in the product's own kernel
};

struct GemmOperands {
  const void* x = nullptr;
  const void* weights = nullptr;
  void* y = nullptr;
  void* workspace = nullptr;  // workspace_bytes(), on 256 bytes
};

// run() from one thread at a time.
class GemmPlan {
 public:
  GemmPlan(GemmPlan&&) noexcept;
  GemmPlan& operator=(GemmPlan&&) noexcept;
  ~GemmPlan();

  [[nodiscard]] std::size_t workspace_bytes() const noexcept;
  [[nodiscard]] const std::string& choice() const noexcept;  // for CublasLt::plan(), one printable word
  [[nodiscard]] bool plain() const noexcept;                 // not cuBLASLt's
  [[nodiscard]] double measured_ms() const noexcept;         // when it was chosen; 0 = taken from `known`

  // Allocates nothing; may be captured in a graph. In f32, kRelu and the like cost a second small kernel.
  Status run(const GemmOperands& operands, const Epilogue& epilogue, cudaStream_t stream) const;

 private:
  friend class CublasLt;
  struct Impl;
  explicit GemmPlan(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// One library handle, shared with its plans. Belongs to the device that was current at open().
class CublasLt {
 public:
  // Errc::unavailable when cuBLASLt cannot start here.
  static Result<CublasLt> open();

  // Times the heuristics' best few on scratch memory of its own and keeps the fastest; `known`: the choice of
  // an earlier plan for the same spec, card and library, taken without timing when it is still possible.
  // Errc::unsupported when cuBLASLt has nothing for the spec on this card; `in` is a multiple of 4 for s8 and
  // of 16 for e4m3.
  Result<GemmPlan> plan(const GemmSpec& spec, std::string_view known = {}) const;

 private:
  friend class GemmPlan;
  struct Handle;
  explicit CublasLt(std::shared_ptr<Handle> handle);
  std::shared_ptr<Handle> handle_;
};

}  // namespace deepgap::engines::cudnn::kernels
