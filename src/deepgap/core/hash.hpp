#pragma once

#include <string>

#include "deepgap/core/types.hpp"

// Content identity: XXH3, 128 bits, as 32 hexadecimal digits (xxHash, https://xxhash.com). Not cryptographic.
namespace deepgap {

class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;
  Hasher& add(ConstBytes bytes);
  Hasher& add(std::string_view text);  // length first, so that ("ab","c") differs from ("a","bc")
  [[nodiscard]] std::string hex() const;

 private:
  void* state_;  // XXH3_state_t, allocated aligned by the library
};

[[nodiscard]] std::string content_hash(ConstBytes bytes);

}  // namespace deepgap
