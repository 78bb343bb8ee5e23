#include <gtest/gtest.h>

#include <cstdint>

#include "deepgap/model/batch.hpp"
#include "deepgap/model/fold.hpp"
#include "deepgap/model/onnx_read.hpp"
#include "deepgap/model/onnx_write.hpp"
#include "files.hpp"

// Damaged files: whatever comes out, it is a Result. Run under AddressSanitizer to mean most.
namespace deepgap::model {
namespace {

// Everything that happens to a model before an engine sees it.
bool survives(ConstBytes bytes, const std::filesystem::path& folder) {
  auto graph = read_onnx(bytes, folder);
  if (!graph) return !graph.error().message().empty();
  const auto plan = plan_batch(*graph, 2);
  if (!plan && plan.error().message().empty()) return false;
  fold_batchnorm(*graph);
  strip_noops(*graph);
  const auto written = write_onnx(*graph);
  return written || !written.error().message().empty();
}

// splitmix64: the same mutations on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_{seed} {}
  std::size_t below(std::size_t limit) {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return static_cast<std::size_t>((z ^ (z >> 31)) % limit);
  }

 private:
  std::uint64_t state_;
};

void mutate(std::vector<std::byte>& bytes, Random& random) {
  const std::size_t at = random.below(bytes.size());
  const auto value = static_cast<std::byte>(random.below(256));
  switch (random.below(5)) {
    case 0: bytes[at] ^= static_cast<std::byte>(1U << random.below(8)); break;
    case 1: bytes[at] = value; break;
    case 2: bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), value); break;
    case 3: bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(at)); break;
    default: {  // an interesting varint: large lengths and negative numbers
      const std::size_t count = std::min<std::size_t>(bytes.size() - at, 1 + random.below(9));
      for (std::size_t i = 0; i < count; ++i) bytes[at + i] = std::byte{0xff};
    }
  }
}

TEST(DamagedModel, CutShortAnywhereIsAnErrorAndNotACrash) {
  for (const auto& file : all_models()) {
    SCOPED_TRACE(file);
    const auto bytes = bytes_of(file);
    for (std::size_t i = 0; i < 50; ++i)
      EXPECT_TRUE(survives(ConstBytes{bytes}.first(bytes.size() * i / 50), file.parent_path()));
    EXPECT_FALSE(read_onnx(ConstBytes{bytes}.first(bytes.size() - 1), file.parent_path()));
  }
}

TEST(DamagedModel, WithChangedBytesNeverCrashes) {
  Random random{20260711};
  for (const auto& file : all_models()) {
    SCOPED_TRACE(file);
    const auto original = bytes_of(file);
    for (int round = 0; round < 200; ++round) {
      auto bytes = original;
      for (std::size_t i = 0; i <= random.below(3); ++i) mutate(bytes, random);
      EXPECT_TRUE(survives(bytes, file.parent_path()));
    }
  }
}

}  // namespace
}  // namespace deepgap::model
