#include <cmath>

#include "reference_detail.hpp"

namespace deepgap::model {
namespace {

// For element i of the tensor, the entry of its scale: one for all, one an entry of the axis, or one a block.
class ScaleIndex {
 public:
  explicit ScaleIndex(const Step& step) {
    const Data& x = step.in(0);
    const Data& scale = step.in(1);
    const std::int64_t block = step.opset >= 21 ? step.node.int_or("block_size", 0) : 0;
    if (scale.shape.empty() || (block == 0 && scale.size() == 1)) return;
    const std::size_t axis = positive_axis(step.node.int_or("axis", 1), x.rank());
    around_ = around_axis(x.shape, axis);
    kind_ = block == 0 ? Kind::axis : Kind::block;
    block_ = index(std::max<std::int64_t>(block, 1));
  }

  [[nodiscard]] std::size_t operator()(std::size_t i) const {
    if (kind_ == Kind::tensor) return 0;
    const std::size_t a = i / around_.inner % around_.extent;
    if (kind_ == Kind::axis) return a;
    const std::size_t blocks = (around_.extent + block_ - 1) / block_;
    return (i / around_.inner / around_.extent * blocks + a / block_) * around_.inner + i % around_.inner;
  }

 private:
  enum class Kind { tensor, axis, block };
  Kind kind_ = Kind::tensor;
  AroundAxis around_;
  std::size_t block_ = 1;
};

Status quantise(Step& step) {
  const Data& x = step.in(0);
  const Data& scale = step.in(1);
  if (!is_real(scale.dtype)) return Error{Errc::invalid_input, "the scale is not a float"};
  Data& y = step.out();
  const ScaleIndex entry{step};
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t at = entry(i);
    const double value = x.number(i) / scale.real[at];
    if (is_real(y.dtype)) {  // f8e4m3: saturates, is rounded with the output
      y.real[i] = value;
      continue;
    }
    const double zero = step.has(2) ? static_cast<double>(step.in(2).whole[at]) : 0.0;
    y.whole[i] = saturate(y.dtype, std::nearbyint(value) + zero);
  }
  return {};
}

Status dequantise(Step& step) {
  const Data& x = step.in(0);
  const Data& scale = step.in(1);
  const ScaleIndex entry{step};
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t at = entry(i);
    const double zero = step.has(2) ? step.in(2).number(at) : 0.0;
    step.out().real[i] = (x.number(i) - zero) * scale.real[at];
  }
  return {};
}

Status cast(Step& step) {
  const Data& x = step.in(0);
  Data& y = step.out();
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (is_real(y.dtype))
      y.real[i] = x.number(i);
    else if (is_real(x.dtype))
      y.whole[i] = saturate(y.dtype, x.real[i]);
    else
      y.whole[i] = wrap(y.dtype, x.whole[i]);
  }
  // To f32 rounds too: a cast is the only place where a wider type becomes one.
  if (y.dtype == DType::f32)
    for (double& value : y.real) value = static_cast<double>(static_cast<float>(value));
  return {};
}

constexpr OperationEntry kOperations[] = {
    {"Cast", cast, Accepts::anything},
    {"DequantizeLinear", dequantise, Accepts::anything},
    {"QuantizeLinear", quantise, Accepts::anything},
};

}  // namespace

std::span<const OperationEntry> quantise_operations() { return kOperations; }

}  // namespace deepgap::model
