#include "reference_detail.hpp"

namespace deepgap::model {
namespace {

struct Product {
  std::size_t rows = 0, inner = 0, columns = 0;
};

// out[rows][columns] += a[rows][inner] * b[inner][columns]; every element sums in the order of `inner`.
template <class T>
void multiply(const T* a, const T* b, T* out, const Product& p, int threads) {
  in_parallel(p.rows, threads, [&](std::size_t first, std::size_t last) {
    for (std::size_t r = first; r < last; ++r)
      for (std::size_t k = 0; k < p.inner; ++k) {
        const T factor = a[r * p.inner + k];
        for (std::size_t c = 0; c < p.columns; ++c) out[r * p.columns + c] += factor * b[k * p.columns + c];
      }
  });
}

std::vector<double> transposed(const std::vector<double>& values, std::size_t rows, std::size_t columns) {
  std::vector<double> out(values.size());
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c) out[c * rows + r] = values[r * columns + c];
  return out;
}

Status gemm(Step& step) {
  const Data& a = step.in(0);
  const Data& b = step.in(1);
  const Node& node = step.node;
  const bool flip_a = node.int_or("transA", 0) != 0;
  const bool flip_b = node.int_or("transB", 0) != 0;
  const auto alpha = static_cast<double>(node.float_or("alpha", 1));
  const auto beta = static_cast<double>(node.float_or("beta", 1));
  Data& y = step.out();
  const Product p{index(y.shape[0]), index(a.shape[flip_a ? 0 : 1]), index(y.shape[1])};
  const auto left = flip_a ? transposed(a.real, p.inner, p.rows) : a.real;
  const auto right = flip_b ? transposed(b.real, p.columns, p.inner) : b.real;
  multiply(left.data(), right.data(), y.real.data(), p, step.threads);
  for (double& value : y.real) value *= alpha;
  if (!step.has(2)) return {};
  const auto from = broadcast_index(step.in(2).shape, y.shape);
  for (std::size_t i = 0; i < from.size(); ++i) y.real[i] += beta * step.in(2).real[from[i]];
  return {};
}

// A one-dimensional operand is a row (left) or a column (right); the dimensions before the last two
// broadcast.
Status mat_mul(Step& step) {
  const Data& a = step.in(0);
  const Data& b = step.in(1);
  Shape left = a.shape, right = b.shape;
  if (left.size() == 1) left.insert(left.begin(), 1);
  if (right.size() == 1) right.push_back(1);
  const Product p{index(left[left.size() - 2]), index(left.back()), index(right.back())};

  Shape batch = step.out().shape;
  batch.resize(std::max(left.size(), right.size()) - 2);
  const auto from_a = broadcast_index(std::span{left}.first(left.size() - 2), batch);
  const auto from_b = broadcast_index(std::span{right}.first(right.size() - 2), batch);
  Data& y = step.out();
  for (std::size_t i = 0; i < from_a.size(); ++i) {
    const std::size_t at_a = from_a[i] * p.rows * p.inner, at_b = from_b[i] * p.inner * p.columns;
    const std::size_t at = i * p.rows * p.columns;
    if (is_real(a.dtype)) {
      multiply(a.real.data() + at_a, b.real.data() + at_b, y.real.data() + at, p, step.threads);
    } else {
      const auto* u = reinterpret_cast<const std::uint64_t*>(a.whole.data()) + at_a;  // wraps, as integers do
      const auto* v = reinterpret_cast<const std::uint64_t*>(b.whole.data()) + at_b;
      multiply(u, v, reinterpret_cast<std::uint64_t*>(y.whole.data()) + at, p, step.threads);
    }
  }
  return {};
}

constexpr OperationEntry kOperations[] = {{"Gemm", gemm}, {"MatMul", mat_mul, Accepts::anything}};

}  // namespace

std::span<const OperationEntry> matrix_operations() { return kOperations; }

}  // namespace deepgap::model
