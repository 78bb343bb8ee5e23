#pragma once

#include <optional>
#include <span>
#include <string>

#include "deepgap/core/types.hpp"

// Is the output right? Compared with the double-precision reference, before anything is timed.
namespace deepgap::measure {

// Largest error allowed, as a share of the largest absolute golden value. INT8 and FP8 are compared with the
// quantised network run by the reference, so what is allowed is rounding at the quantisation steps.
[[nodiscard]] double tolerance(std::optional<Precision> effective) noexcept;

struct Verdict {
  bool pass = false;
  bool non_finite = false;  // NaN or infinity where the reference is finite
  std::string detail;       // "largest error 3.1e-06 of the largest value, 1e-04 allowed"
};

// One output. `golden` may hold fewer samples than `actual`: then `actual` repeats them (sample k is compared
// with golden sample k mod G), so actual's size must be a multiple. Integers and booleans must be equal
// exactly.
[[nodiscard]] Verdict verify(const Tensor& golden, ConstBytes actual, DType actual_type,
                             std::optional<Precision> effective);

// Element `index` as a double, whatever the type.
[[nodiscard]] double element(ConstBytes bytes, DType type, std::size_t index);

}  // namespace deepgap::measure
