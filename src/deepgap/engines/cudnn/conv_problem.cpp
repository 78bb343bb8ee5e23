#include "deepgap/engines/cudnn/conv_problem.hpp"

#include <fmt/format.h>

namespace deepgap::engines::cudnn {
namespace {

std::string text(const Axis& a) {
  return fmt::format("{}s{}d{}p{}.{}", a.kernel, a.stride, a.dilation, a.pad_begin, a.pad_end);
}

}  // namespace

std::string ConvProblem::key() const {
  return fmt::format("{}{}{}>{} r={} n{}h{}w{}c{}k{} y{} x{} o{}x{} g{} {} {}", name(in), tf32 ? "t" : "",
                     scaled ? "s" : "", name(out), residual ? name(*residual) : "-", n, h, w, c, k, text(y),
                     text(x), out_h, out_w, groups, clamp ? "clamp" : "-", fused ? "fused" : "bare");
}

std::string ConvProblem::plan_key() const {
  return clamp ? fmt::format("{} {:a} {:a}", key(), clamp->lo, clamp->hi) : key();
}

}  // namespace deepgap::engines::cudnn
