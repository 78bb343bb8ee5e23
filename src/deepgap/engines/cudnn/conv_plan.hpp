#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/engines/cudnn/conv_problem.hpp"

// Convolutions through cuDNN's graphs. Knows: cuDNN (conv_plan.cpp alone includes its headers). Never knows:
// networks, memory planning, which plan is the best.
namespace deepgap::engines::cudnn {

// All in device memory. What the problem does not have stays null.
struct ConvOperands {
  const void* in = nullptr;
  const void* weights = nullptr;      // [k][r][s][c / groups]
  const float* multiplier = nullptr;  // [k], for scaled problems
  const float* bias = nullptr;        // [k]
  const void* residual = nullptr;
  const float* residual_multiplier = nullptr;  // [1], for scaled problems
  void* out = nullptr;
  void* workspace = nullptr;
};

// A cuDNN handle of the device that was current when it was made. One thread at a time.
class CudnnHandle {
 public:
  static Result<CudnnHandle> open();
  CudnnHandle(CudnnHandle&&) noexcept = default;
  CudnnHandle& operator=(CudnnHandle&&) noexcept = default;
  ~CudnnHandle() = default;

  [[nodiscard]] Status set_stream(cudaStream_t stream) const;
  [[nodiscard]] void* get() const noexcept { return handle_.get(); }

 private:
  struct Close {
    void operator()(void* handle) const noexcept;
  };
  explicit CudnnHandle(void* handle) : handle_{handle} {}
  std::unique_ptr<void, Close> handle_;
};

// Built for one problem; immutable. Outlives every CUDA graph that it was captured in.
class ConvPlan {
 public:
  struct Impl;
  explicit ConvPlan(std::shared_ptr<const Impl> impl, PlanChoice choice)
      : impl_{std::move(impl)}, choice_{std::move(choice)} {}

  [[nodiscard]] const PlanChoice& choice() const noexcept { return choice_; }
  void set_measured_us(double us) noexcept { choice_.measured_us = us; }
  // Puts the work on the handle's stream; may be captured. Allocates host memory: never part of a timed call.
  [[nodiscard]] Status run(const CudnnHandle& handle, const ConvOperands& operands) const;

 private:
  std::shared_ptr<const Impl> impl_;
  PlanChoice choice_;
};

// The heuristics' first `most` plans that can be built and need at most `workspace_limit` bytes, best first.
// Empty when cuDNN has none for this problem on this card. f32 without tf32 gets no plan that multiplies in
// less than f32. `handle` belongs to the calling thread.
[[nodiscard]] Result<std::vector<ConvPlan>> build_candidates(const CudnnHandle& handle,
                                                             const ConvProblem& problem, std::size_t most,
                                                             std::size_t workspace_limit);

// The plan of an earlier choice again.
[[nodiscard]] Result<ConvPlan> build_choice(const CudnnHandle& handle, const ConvProblem& problem,
                                            const PlanChoice& choice);

// "9.19.0" of the library that was loaded; absent when its major version is not the one we were built with.
[[nodiscard]] std::string cudnn_version();
[[nodiscard]] Status check_cudnn_version();

}  // namespace deepgap::engines::cudnn
