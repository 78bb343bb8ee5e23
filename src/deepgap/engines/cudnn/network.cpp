#include "deepgap/engines/cudnn/network.hpp"

namespace deepgap::engines::cudnn {
namespace {

struct UsesOf {
  Uses operator()(const InputStep& s) const { return {{}, s.out}; }
  Uses operator()(const StemStep& s) const { return {{}, s.out}; }
  Uses operator()(const ConvStep& s) const {
    Uses uses{{s.in}, s.out};
    if (s.residual) uses.reads.push_back(*s.residual);
    return uses;
  }
  Uses operator()(const PoolStep& s) const { return {{s.in}, s.out}; }
  Uses operator()(const GlobalAverageStep& s) const { return {{s.in}, s.out}; }
  Uses operator()(const AddStep& s) const { return {{s.a, s.b}, s.out}; }
  Uses operator()(const ConvertStep& s) const { return {{s.in}, s.out}; }
  Uses operator()(const ConcatStep& s) const { return {s.in, s.out}; }
  Uses operator()(const OutputStep& s) const { return {{s.in}, std::nullopt}; }
};

}  // namespace

Uses uses_of(const Step& step) { return std::visit(UsesOf{}, step); }

std::int64_t pitch_of(std::int64_t channels, DType dtype) noexcept {
  const std::int64_t vector = static_cast<std::int64_t>(16 / size_of(dtype));
  return (channels + vector - 1) / vector * vector;
}

}  // namespace deepgap::engines::cudnn
