#include "deepgap/worker/channel.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <vector>

namespace deepgap::worker {
namespace {

using Deadline = std::optional<std::chrono::steady_clock::time_point>;

int poll_timeout_ms(const Deadline& deadline) {
  if (!deadline) return -1;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

Error system_error(const char* call) {
  return Error{Errc::io, fmt::format("{}: {}", call, std::strerror(errno))};
}

}  // namespace

Channel::~Channel() {
  if (fd_ >= 0) ::close(fd_);
}

Channel& Channel::operator=(Channel&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Status Channel::send(const nlohmann::json& message) {
  const std::vector<std::uint8_t> body = nlohmann::json::to_cbor(message);
  if (body.size() > kMaxMessageBytes)
    return Error{Errc::internal, fmt::format("a message of {} bytes is over the limit", body.size())};
  const auto size = static_cast<std::uint32_t>(body.size());
  std::vector<std::uint8_t> frame;
  frame.reserve(body.size() + 4);
  for (unsigned shift = 0; shift < 32; shift += 8) frame.push_back(static_cast<std::uint8_t>(size >> shift));
  frame.insert(frame.end(), body.begin(), body.end());
  for (std::size_t sent = 0; sent < frame.size();) {
    const ssize_t n = ::send(fd_, frame.data() + sent, frame.size() - sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("send");
    sent += static_cast<std::size_t>(n);
  }
  return {};
}

bool Channel::readable(std::chrono::milliseconds patience) const noexcept {
  pollfd ready{.fd = fd_, .events = POLLIN, .revents = 0};
  return ::poll(&ready, 1, static_cast<int>(patience.count())) > 0;
}

Status Channel::read_exactly(std::span<std::byte> into, Deadline deadline) {
  for (std::size_t got = 0; got < into.size();) {
    pollfd ready{.fd = fd_, .events = POLLIN, .revents = 0};
    const int n_ready = ::poll(&ready, 1, poll_timeout_ms(deadline));
    if (n_ready < 0 && errno != EINTR) return system_error("poll");
    if (n_ready <= 0) {
      if (deadline && std::chrono::steady_clock::now() >= *deadline)
        return Error{Errc::interrupted, "no answer in time"};
      continue;
    }
    const ssize_t n = ::recv(fd_, into.data() + got, into.size() - got, 0);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n < 0) return system_error("recv");
    if (n == 0) return Error{Errc::io, "the other side closed the connection"};
    got += static_cast<std::size_t>(n);
  }
  return {};
}

Result<nlohmann::json> Channel::receive(Deadline deadline) {
  std::array<std::byte, 4> header{};
  if (auto read = read_exactly(header, deadline); !read) return std::move(read).error();
  std::uint32_t size = 0;
  for (std::size_t i = 0; i < header.size(); ++i)
    size |= std::to_integer<std::uint32_t>(header[i]) << (8 * i);
  if (size > kMaxMessageBytes)
    return Error{Errc::io, fmt::format("the other side announced a message of {} bytes", size)};
  // Grown as data comes, so that a false length costs no memory.
  std::vector<std::byte> body;
  constexpr std::size_t kChunk = std::size_t{1} << 24U;
  while (body.size() < size) {
    const std::size_t begin = body.size();
    body.resize(std::min<std::size_t>(size, begin + kChunk));
    if (auto read = read_exactly(std::span{body}.subspan(begin), deadline); !read)
      return std::move(read).error();
  }
  auto message = nlohmann::json::from_cbor(reinterpret_cast<const std::uint8_t*>(body.data()),
                                           reinterpret_cast<const std::uint8_t*>(body.data()) + body.size(),
                                           true, false);
  if (message.is_discarded()) return Error{Errc::io, "the other side sent what is not CBOR"};
  return message;
}

}  // namespace deepgap::worker
