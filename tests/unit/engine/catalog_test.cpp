#include "deepgap/engine/catalog.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

namespace deepgap::engine {
namespace {

namespace fs = std::filesystem;

class PluginFile : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ =
        fs::path{::testing::TempDir()} / ("deepgap_plugin_file_" + std::to_string(::getpid()) + test->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "one");
    fs::create_directories(folder_ / "two");
  }
  void TearDown() override {
    ::unsetenv("DEEPGAP_PLUGIN_PATH");
    fs::remove_all(folder_);
  }
  void search(const std::string& folders) { ::setenv("DEEPGAP_PLUGIN_PATH", folders.c_str(), 1); }

  fs::path folder_;
};

TEST(Catalog, NamesAreUniqueAndEveryEntrySaysHowToGetIt) {
  std::set<std::string_view> names;
  for (const CatalogEntry& entry : catalog()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_FALSE(entry.what.empty());
    EXPECT_FALSE(entry.install.empty());
    EXPECT_EQ(find(entry.name), &entry);
  }
}

TEST(Catalog, OnlyTheFakeIsLeftOutOfAuto) {
  for (const CatalogEntry& entry : catalog()) EXPECT_EQ(entry.fake, entry.name == "null") << entry.name;
}

TEST(Catalog, DoesNotFindWhatIsNotThere) { EXPECT_EQ(find("tensorflow"), nullptr); }

TEST_F(PluginFile, IsTheFirstInTheFoldersOfThePath) {
  std::ofstream{folder_ / "two" / "libdeepgap_x.so"} << "x";
  search((folder_ / "one").string() + ":" + (folder_ / "two").string());
  EXPECT_EQ(plugin_file("x"), folder_ / "two" / "libdeepgap_x.so");
  std::ofstream{folder_ / "one" / "libdeepgap_x.so"} << "x";
  EXPECT_EQ(plugin_file("x"), folder_ / "one" / "libdeepgap_x.so");
}

TEST_F(PluginFile, IsAbsentWhenNoFolderHasIt) {
  search("::" + (folder_ / "one").string() + ":/nowhere");
  EXPECT_EQ(plugin_file("x"), std::nullopt);
}

TEST_F(PluginFile, IsNotAFolderOfThatName) {
  fs::create_directories(folder_ / "one" / "libdeepgap_x.so");
  search((folder_ / "one").string());
  EXPECT_EQ(plugin_file("x"), std::nullopt);
}

}  // namespace
}  // namespace deepgap::engine
