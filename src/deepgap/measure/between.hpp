#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/engine/engine.hpp"
#include "deepgap/measure/cache_sweep.hpp"

// What is done before each call of a round, outside the timed part: another input, empty caches.
// Knows: sessions, memory. Never knows: clocks, statistics.
namespace deepgap::measure {

// As the study asks for it; neither = calls follow each other at once.
struct Conditions {
  bool cold = false;             // caches are emptied before each call
  bool fresh = false;            // another input before each call
  std::int64_t sweep_bytes = 0;  // of the buffer that empties a CPU's caches, when cold

  [[nodiscard]] bool any() const noexcept { return cold || fresh; }
};

// For one session, which must outlive it. One thread.
class Between {
 public:
  // `inputs` are the session's inputs as they are now; fresh ones are these values, each time in another
  // place. `copies`: the engine works in another memory than the host's (CallContract::copies), whose caches
  // only it can empty. Errc::unsupported where caches cannot be emptied.
  static Result<Between> make(const Conditions& conditions, engine::Session& session, std::size_t inputs,
                              bool copies);

  Status operator()();

  // What empties the caches, for the row: "134 MB written by the CPUs before each call".
  [[nodiscard]] std::optional<std::string> sweep_words() const;

 private:
  explicit Between(engine::Session& session) : session_{&session} {}
  void put_fresh_inputs();

  engine::Session* session_;
  bool evict_ = false;
  std::optional<CacheSweep> sweep_;
  std::vector<Bytes> places_;
  std::vector<std::vector<std::byte>> originals_;
  std::size_t turn_ = 0;
};

}  // namespace deepgap::measure
