#include "deepgap/engines/cudnn/profile.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "deepgap/core/text.hpp"
#include "deepgap/engines/cudnn/cuda.hpp"
#include "deepgap/engines/cudnn/workbench.hpp"

namespace deepgap::engines::cudnn {
namespace {

constexpr int kRepeats = 20, kRounds = 4;

Result<double> step_us(const Program& program, const Workbench& bench, std::size_t index, cudaEvent_t begin,
                       cudaEvent_t end) {
  auto graph = capture(bench.stream(), [&]() -> Status {
    for (int i = 0; i < kRepeats; ++i)
      if (auto put = program.put_step(index, bench.run(), bench.stream()); !put) return put;
    return {};
  });
  if (!graph) return std::move(graph).error();
  double best = std::numeric_limits<double>::max();
  for (int round = 0; round < kRounds; ++round) {
    cudaError_t code = cudaEventRecord(begin, bench.stream());
    if (code == cudaSuccess) code = cudaGraphLaunch(graph->get(), bench.stream());
    if (code == cudaSuccess) code = cudaEventRecord(end, bench.stream());
    if (code == cudaSuccess) code = cudaEventSynchronize(end);
    float ms = 0;
    if (code == cudaSuccess) code = cudaEventElapsedTime(&ms, begin, end);
    if (auto done = check(code, "time a step"); !done) return std::move(done).error();
    if (round > 0) best = std::min(best, static_cast<double>(ms) * 1e3 / kRepeats);
  }
  return best;
}

}  // namespace

Result<std::string> layer_times(const Program& program) {
  auto bench = Workbench::make(program);
  if (!bench) return std::move(bench).error();
  auto begin = make_event(), end = make_event();
  if (!begin) return std::move(begin).error();
  if (!end) return std::move(end).error();
  if (auto put = program.put(bench->run(), bench->stream()); !put) return std::move(put).error();
  std::vector<double> times;
  double sum = 0;
  for (std::size_t i = 0; i < program.steps().size(); ++i) {
    const auto us = step_us(program, *bench, i, begin->get(), end->get());
    if (!us) return us.error();
    times.push_back(*us);
    sum += *us;
  }
  std::string table = "us,share,step,how,kernel\n";
  for (std::size_t i = 0; i < times.size(); ++i) {
    const CompiledStep& step = program.steps()[i];
    table += fmt::format("{:.2f},{:.3f},{},{},{}\n", times[i], times[i] / sum, printable(step.name, 80),
                         step.how, step.kernel);
  }
  return table + fmt::format("{:.2f},1,sum,,\n", sum);
}

}  // namespace deepgap::engines::cudnn
