#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <utility>

#include "deepgap/core/error.hpp"

// Messages between supervisor and worker: a 4-byte little-endian length, then that many bytes of CBOR.
// Knows: framing and limits. Never knows: what the messages mean.
namespace deepgap::worker {

// No message is longer; a peer that claims more is broken or hostile.
inline constexpr std::uint32_t kMaxMessageBytes = 1U << 30U;

// One end of a connected stream socket; owns the descriptor. One thread.
class Channel {
 public:
  explicit Channel(int fd) noexcept : fd_{fd} {}
  ~Channel();
  Channel(Channel&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  Channel& operator=(Channel&& other) noexcept;

  // Blocks until all is handed to the kernel. Errc::io when the peer is gone.
  Status send(const nlohmann::json& message);

  // Waits for one whole message. Errc::io when the peer closed or sent garbage; Errc::interrupted when
  // `deadline` passed first (the stream is then in an unknown state: give the peer up).
  Result<nlohmann::json> receive(
      std::optional<std::chrono::steady_clock::time_point> deadline = std::nullopt);

  // True when a message or the end of the connection is there to be read within `patience`.
  [[nodiscard]] bool readable(std::chrono::milliseconds patience) const noexcept;

  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  Status read_exactly(std::span<std::byte> into,
                      std::optional<std::chrono::steady_clock::time_point> deadline);

  int fd_;
};

}  // namespace deepgap::worker
