#pragma once

#include "deepgap/core/error.hpp"

namespace deepgap::cli {

// Stable: scripts depend on them (README, docs).
inline constexpr int kDone = 0;
inline constexpr int kFailedOrRegressed = 1;
inline constexpr int kUsage = 2;
inline constexpr int kUnavailable = 3;
inline constexpr int kNothing = 4;
inline constexpr int kOurBug = 70;
inline constexpr int kInterrupted = 130;

[[nodiscard]] constexpr int exit_code(Errc code) noexcept {
  switch (code) {
    case Errc::invalid_input: return kUsage;
    case Errc::unavailable: return kUnavailable;
    case Errc::unsupported: return kNothing;
    case Errc::engine_failure:
    case Errc::io: return kFailedOrRegressed;
    case Errc::interrupted: return kInterrupted;
    case Errc::internal: return kOurBug;
  }
  return kOurBug;
}

}  // namespace deepgap::cli
