#pragma once

#include <cstdint>
#include <memory>

#include "deepgap/core/error.hpp"

// Empties the CPU's caches between two calls by writing to a buffer larger than they are.
// Knows: threads, memory. Never knows: engines, clocks.
namespace deepgap::measure {

class CacheSweep {
 public:
  // A buffer of `bytes` (at least), swept by one thread on each CPU that this process may use: caches that
  // belong to one core keep what only that core can push out. Errc::unsupported when the memory cannot be
  // had.
  static Result<CacheSweep> make(std::int64_t bytes);

  CacheSweep(CacheSweep&&) noexcept;
  CacheSweep& operator=(CacheSweep&&) noexcept;
  ~CacheSweep();

  // Returns when the whole buffer was written.
  void run();

  [[nodiscard]] std::int64_t bytes() const noexcept;

 private:
  class Crew;
  explicit CacheSweep(std::unique_ptr<Crew> crew);
  std::unique_ptr<Crew> crew_;
};

}  // namespace deepgap::measure
