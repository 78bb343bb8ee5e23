#include "deepgap/engines/cudnn/plan_chooser.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <optional>
#include <thread>

#include "deepgap/engines/cudnn/cuda.hpp"

namespace deepgap::engines::cudnn {
namespace {

constexpr double kTimedUs = 1000;  // of one measurement: long against the clock's half microsecond
constexpr int kMostRepeats = 20;

// What building one problem came to.
struct Built {
  const ConvProblem* problem = nullptr;
  std::vector<ConvPlan> plans;
  bool known = false;  // the cache said which, or that there is none
  Status status;
};

void build(Built& built, const CudnnHandle& handle, const ChooserOptions& options, const PlanCache& cache) {
  const auto text = cache.find(built.problem->key());
  if (text && *text == kNoPlan) {
    built.known = true;
    return;
  }
  if (const auto choice = text ? choice_from(*text) : std::nullopt;
      choice && choice->workspace_bytes <= static_cast<std::int64_t>(options.workspace_limit)) {
    if (auto plan = build_choice(handle, *built.problem, *choice); plan) {
      built.plans.push_back(*std::move(plan));
      built.known = true;
      return;
    }
  }
  auto plans = build_candidates(handle, *built.problem, options.candidates, options.workspace_limit);
  if (plans)
    built.plans = *std::move(plans);
  else
    built.status = std::move(plans).error();
}

// Every worker has a handle of its own; the work is handed out problem by problem.
Status build_all(std::vector<Built>& work, const ChooserOptions& options, const PlanCache& cache) {
  std::atomic<std::size_t> next = 0;
  const std::size_t count =
      std::clamp<std::size_t>(options.threads, 1, std::max<std::size_t>(work.size(), 1));
  std::vector<Status> ends(count);
  const auto worker = [&](std::size_t index) {
    if (ends[index] = use_device(options.device); !ends[index]) return;
    auto handle = CudnnHandle::open();
    if (!handle) {
      ends[index] = std::move(handle).error();
      return;
    }
    for (std::size_t i = next++; i < work.size(); i = next++) build(work[i], *handle, options, cache);
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < count; ++i) threads.emplace_back(worker, i);
  }
  for (Status& end : ends)
    if (!end) return std::move(end).error();
  for (Built& built : work)
    if (!built.status) return std::move(built.status).error();
  return {};
}

// Memory that any of the problems fits in, with numbers that are neither zero nor not a number in any type.
class Scratch {
 public:
  static Result<Scratch> make(const std::vector<Built>& work) {
    Sizes sizes;
    for (const Built& built : work) sizes.grow(*built.problem, built.plans);
    Scratch scratch;
    for (auto [memory, bytes] : {std::pair{&scratch.in_, sizes.in},
                                 {&scratch.weights_, sizes.weights},
                                 {&scratch.vector_, sizes.vector},
                                 {&scratch.residual_, sizes.residual},
                                 {&scratch.out_, sizes.out},
                                 {&scratch.workspace_, sizes.workspace}}) {
      auto made = DeviceMemory::allocate(bytes, "timing plans");
      if (!made) return std::move(made).error();
      *memory = *std::move(made);
      if (auto filled = check(cudaMemset(memory->data(), kPattern, bytes), "cudaMemset"); !filled)
        return std::move(filled).error();
    }
    return scratch;
  }

  [[nodiscard]] ConvOperands operands(const ConvProblem& problem) const {
    ConvOperands operands;
    operands.in = in_.data();
    operands.weights = weights_.data();
    operands.bias = operands.multiplier = operands.residual_multiplier =
        reinterpret_cast<const float*>(vector_.data());
    if (problem.residual) operands.residual = residual_.data();
    operands.out = out_.data();
    operands.workspace = workspace_.data();
    return operands;
  }

 private:
  static constexpr int kPattern = 0x38;  // f16 0.53, bf16 and f32 4.4e-5, i8 56, e4m3 1.0

  struct Sizes {
    std::size_t in = 0, weights = 0, vector = 0, residual = 0, out = 0, workspace = 0;
    void grow(const ConvProblem& p, const std::vector<ConvPlan>& plans) {
      const auto size = [](std::int64_t count, DType dtype) {
        return static_cast<std::size_t>(count) * size_of(dtype);
      };
      in = std::max(in, size(p.n * p.h * p.w * p.c, p.in));
      weights = std::max(weights, size(p.k * p.c / p.groups * p.y.kernel * p.x.kernel, p.in));
      vector = std::max(vector, size(p.k, DType::f32));
      out = std::max(out, size(p.n * p.out_h * p.out_w * p.k, p.out));
      if (p.residual) residual = std::max(residual, size(p.n * p.out_h * p.out_w * p.k, *p.residual));
      for (const ConvPlan& plan : plans)
        workspace = std::max(workspace, static_cast<std::size_t>(plan.choice().workspace_bytes));
    }
  };

  DeviceMemory in_, weights_, vector_, residual_, out_, workspace_;
};

class Timer {
 public:
  static Result<Timer> make() {
    auto handle = CudnnHandle::open();
    if (!handle) return std::move(handle).error();
    auto stream = make_stream();
    if (!stream) return std::move(stream).error();
    auto begin = make_event(), end = make_event();
    if (!begin) return std::move(begin).error();
    if (!end) return std::move(end).error();
    if (auto set = handle->set_stream(stream->get()); !set) return std::move(set).error();
    return Timer{*std::move(stream), *std::move(handle), *std::move(begin), *std::move(end)};
  }

  // Microseconds of one execution; an error when the plan cannot run or be captured.
  Result<double> time(const ConvPlan& plan, const ConvOperands& operands) {
    const auto once = [&] { return plan.run(handle_, operands); };
    auto first = span_us(once);  // loads the kernels
    if (!first) return first;
    auto second = span_us(once);
    if (!second) return second;
    const int repeats = std::clamp(static_cast<int>(kTimedUs / std::max(*second, 1.0)), 1, kMostRepeats);
    auto graph = capture(stream_.get(), [&]() -> Status {
      for (int i = 0; i < repeats; ++i)
        if (auto put = once(); !put) return put;
      return {};
    });
    if (!graph) return std::move(graph).error();
    double best = std::numeric_limits<double>::max();
    for (int round = 0; round < 3; ++round) {
      auto span =
          span_us([&] { return check(cudaGraphLaunch(graph->get(), stream_.get()), "launch a graph"); });
      if (!span) return span;
      if (round > 0) best = std::min(best, *span / repeats);
    }
    return best;
  }

 private:
  Timer(Stream stream, CudnnHandle handle, Event begin, Event end)
      : stream_{std::move(stream)},
        handle_{std::move(handle)},
        begin_{std::move(begin)},
        end_{std::move(end)} {}

  template <class Work>
  Result<double> span_us(Work work) {
    if (auto put = check(cudaEventRecord(begin_.get(), stream_.get()), "record"); !put)
      return std::move(put).error();
    if (auto put = work(); !put) return std::move(put).error();
    if (auto put = check(cudaEventRecord(end_.get(), stream_.get()), "record"); !put)
      return std::move(put).error();
    if (auto done = check(cudaEventSynchronize(end_.get()), "run a plan"); !done)
      return std::move(done).error();
    float ms = 0;
    if (auto read = check(cudaEventElapsedTime(&ms, begin_.get(), end_.get()), "read events"); !read)
      return std::move(read).error();
    return static_cast<double>(ms) * 1e3;
  }

  Stream stream_;
  CudnnHandle handle_;
  Event begin_, end_;
};

// Leaves the fastest plan that runs.
void keep_fastest(Built& built, Timer& timer, const Scratch& scratch) {
  std::optional<ConvPlan> best;
  for (ConvPlan& plan : built.plans) {
    const auto us = timer.time(plan, scratch.operands(*built.problem));
    if (!us) continue;
    plan.set_measured_us(*us);
    if (!best || *us < best->choice().measured_us) best = plan;
  }
  built.plans.clear();
  if (best) built.plans.push_back(*std::move(best));
}

Status time_unknown(std::vector<Built>& work, PlanCache& cache) {
  if (std::ranges::all_of(work, &Built::known)) return {};
  const PlanCache::Turn turn = cache.take_turn();
  auto scratch = Scratch::make(work);
  if (!scratch) return std::move(scratch).error();
  auto timer = Timer::make();
  if (!timer) return std::move(timer).error();
  for (Built& built : work) {
    if (built.known) continue;
    keep_fastest(built, *timer, *scratch);
    cache.put(built.problem->key(),
              built.plans.empty() ? std::string{kNoPlan} : to_text(built.plans.front().choice()));
  }
  return {};
}

}  // namespace

Result<Plans> choose_plans(const std::vector<ConvProblem>& problems, const ChooserOptions& options,
                           PlanCache& cache) {
  std::map<std::string, const ConvProblem*> unique;
  for (const ConvProblem& problem : problems) unique.emplace(problem.plan_key(), &problem);
  std::vector<Built> work;
  for (const auto& [key, problem] : unique) work.push_back({problem, {}, false, {}});
  if (auto built = build_all(work, options, cache); !built) return std::move(built).error();
  if (auto timed = time_unknown(work, cache); !timed) return std::move(timed).error();
  Plans plans;
  for (Built& built : work)
    if (!built.plans.empty()) plans.emplace(built.problem->plan_key(), std::move(built.plans.front()));
  return plans;
}

}  // namespace deepgap::engines::cudnn
