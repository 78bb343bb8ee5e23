#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "deepgap/core/error.hpp"
#include "deepgap/engines/cudnn/conv_problem.hpp"

// Which plan was the fastest, kept on disk so that a second start does not time again. A cache is never
// trusted: what cannot be read is as if it were not there, and a plan that cannot be built again is chosen
// anew.
namespace deepgap::engines::cudnn {

class PlanCache {
 public:
  PlanCache() = default;  // of this process only
  // One file in `folder` for each `machine` (card, driver, libraries: what choices depend on).
  PlanCache(const std::filesystem::path& folder, std::string_view machine);

  [[nodiscard]] std::optional<std::string> find(std::string_view key) const;
  void put(std::string key, std::string value);
  // Held while plans are timed: workers that start together must not time on one card at once. Waits for the
  // others; a cache of this process only, or a folder that cannot be written, excludes nobody.
  class Turn {
   public:
    Turn() = default;
    explicit Turn(int fd) noexcept : fd_{fd} {}
    Turn(Turn&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    Turn& operator=(Turn&&) = delete;
    ~Turn();

   private:
    int fd_ = -1;
  };
  [[nodiscard]] Turn take_turn() const;

  // Adds what is new to what the file holds by now; does nothing when nothing is new.
  [[nodiscard]] Status save();

 private:
  using Entries = std::map<std::string, std::string, std::less<>>;
  [[nodiscard]] Entries read() const;

  std::filesystem::path file_;
  Entries entries_;
  Entries fresh_;
};

[[nodiscard]] std::string to_text(const PlanChoice& choice);
[[nodiscard]] std::optional<PlanChoice> choice_from(std::string_view text);

// cuDNN has nothing for the problem on this machine: worth keeping too.
inline constexpr std::string_view kNoPlan = "none";

}  // namespace deepgap::engines::cudnn
