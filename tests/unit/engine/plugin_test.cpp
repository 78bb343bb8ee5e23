#include "deepgap/engine/plugin.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace deepgap::engine {
namespace {

using ::testing::HasSubstr;

Error refused(const std::filesystem::path& file) {
  auto opened = LoadedPlugin::open(file);
  return opened ? Error{Errc::internal, "was opened"} : std::move(opened).error();
}

std::filesystem::path test_plugin(const std::string& name) {
  return std::filesystem::path{DEEPGAP_TEST_PLUGINS} / ("lib" + name + ".so");
}

TEST(Plugin, ThatIsMissingIsUnavailable) {
  const Error error = refused("/nowhere/libdeepgap_ghost.so");
  EXPECT_EQ(error.code(), Errc::unavailable);
  EXPECT_THAT(error.message(), HasSubstr("libdeepgap_ghost.so"));
}

TEST(Plugin, ThatIsNoLibraryIsUnavailable) {
  const auto file =
      std::filesystem::path{::testing::TempDir()} / ("libdeepgap_text_" + std::to_string(::getpid()) + ".so");
  std::ofstream{file} << "not a library";
  const Error error = refused(file);
  EXPECT_EQ(error.code(), Errc::unavailable);
  EXPECT_THAT(error.message(), HasSubstr("cannot be loaded"));
  std::filesystem::remove(file);
}

TEST(Plugin, ThatIsAnotherLibraryIsUnavailable) {
  const Error error = refused(test_plugin("deepgap_not_an_engine"));
  EXPECT_EQ(error.code(), Errc::unavailable);
  EXPECT_THAT(error.message(), HasSubstr("not a DeepGap engine"));
}

TEST(Plugin, OfAnotherContractIsUnavailableWithBothVersions) {
  const Error error = refused(test_plugin("deepgap_other_contract"));
  EXPECT_EQ(error.code(), Errc::unavailable);
  EXPECT_THAT(error.message(), HasSubstr("contract " + std::to_string(kContractVersion + 1)));
  EXPECT_THAT(error.message(), HasSubstr("has " + std::to_string(kContractVersion)));
}

}  // namespace
}  // namespace deepgap::engine
