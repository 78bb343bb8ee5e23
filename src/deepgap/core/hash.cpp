#include "deepgap/core/hash.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <fmt/format.h>

namespace deepgap {

Hasher::Hasher() : state_{XXH3_createState()} { XXH3_128bits_reset(static_cast<XXH3_state_t*>(state_)); }
Hasher::~Hasher() { XXH3_freeState(static_cast<XXH3_state_t*>(state_)); }

Hasher& Hasher::add(ConstBytes bytes) {
  XXH3_128bits_update(static_cast<XXH3_state_t*>(state_), bytes.data(), bytes.size());
  return *this;
}

Hasher& Hasher::add(std::string_view text) {
  const std::uint64_t size = text.size();
  add(std::as_bytes(std::span{&size, 1}));
  return add(std::as_bytes(std::span{text}));
}

std::string Hasher::hex() const {
  const XXH128_hash_t digest = XXH3_128bits_digest(static_cast<const XXH3_state_t*>(state_));
  return fmt::format("{:016x}{:016x}", digest.high64, digest.low64);
}

std::string content_hash(ConstBytes bytes) { return Hasher{}.add(bytes).hex(); }

}  // namespace deepgap
