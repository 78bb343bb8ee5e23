#include "deepgap/host/build.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace deepgap::host {
namespace {

TEST(Build, NamesTheCompilerAndARevisionThatIsAbsentRatherThanEmpty) {
  const Build build = this_build();
  EXPECT_THAT(build.compiler, testing::MatchesRegex("(GNU|Clang|AppleClang) [0-9.]+"));
  if (build.git_revision) {
    EXPECT_THAT(*build.git_revision, testing::MatchesRegex("[0-9a-f]{12,40}(-dirty)?"));
  }
#if defined(NDEBUG)
  EXPECT_FALSE(build.assertions);
#else
  EXPECT_TRUE(build.assertions);
#endif
}

TEST(Build, TextNamesWhatSpoilsAMeasurement) {
  EXPECT_EQ(to_text({.compiler = "GNU 12.2.0",
                     .type = "Release",
                     .git_revision = "0123456789ab",
                     .sanitizer = "",
                     .optimised = true}),
            "Release GNU 12.2.0");
  EXPECT_EQ(to_text({.compiler = "Clang 19.1.7",
                     .type = "",
                     .git_revision = std::nullopt,
                     .sanitizer = "thread",
                     .assertions = true}),
            "no build type Clang 19.1.7, not optimised, assertions, sanitizer thread");
}

}  // namespace
}  // namespace deepgap::host
