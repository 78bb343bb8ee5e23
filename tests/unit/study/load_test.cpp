#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deepgap/study/study.hpp"

namespace deepgap::study {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class Load : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder); }
  void TearDown() override { fs::remove_all(folder); }

  fs::path write(const std::string& name, const std::string& text) const {
    std::ofstream{folder / name, std::ios::binary} << text;
    return folder / name;
  }
  static std::string why_not(const fs::path& file) {
    const auto study = load(file);
    return study ? "accepted" : study.error().message();
  }

  const fs::path folder =
      fs::path{::testing::TempDir()} /
      (std::string{"deepgap_study_"} + ::testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(Load, NamesAStudyAfterItsFile) {
  const auto study = load(write("mine.toml", "models = 'resnet50'"));
  ASSERT_TRUE(study) << study.error().message();
  EXPECT_EQ(study->name, "mine");
  EXPECT_EQ(study->file, folder / "mine.toml");
}

TEST_F(Load, NamesStudiesNearAMissingOne) {
  write("quick.toml", "");
  write("notes.txt", "");
  EXPECT_THAT(why_not(folder / "qiuck.toml"),
              AllOf(HasSubstr("there is no study '"), HasSubstr("did you mean 'quick.toml'?"),
                    HasSubstr("holds: quick.toml"), ::testing::Not(HasSubstr("notes"))));
}

TEST_F(Load, SaysWhenTheFolderIsMissingOrEmpty) {
  EXPECT_THAT(why_not(folder / "none/quick.toml"), HasSubstr("nor a folder '"));
  EXPECT_THAT(why_not(folder / "quick.toml"), HasSubstr("holds no .toml file"));
}

TEST_F(Load, RefusesFoldersDevicesAndHugeFiles) {
  EXPECT_THAT(why_not(folder), HasSubstr("is a folder"));
  EXPECT_THAT(why_not("/dev/zero"), HasSubstr("not a file"));
  EXPECT_THAT(why_not(write("big.toml", std::string(1'000'001, '#'))), HasSubstr("over 1 MB"));
  EXPECT_THAT(why_not(write("full.toml", std::string(1'000'000, '#'))), HasSubstr("'models' is missing"));
}

TEST_F(Load, RefusesBytesThatAreNotUtf8) {
  EXPECT_THAT(why_not(write("latin1.toml",
                            "# gr\xf6\xdf"
                            "e\nmodels = 'a'\n")),
              HasSubstr("latin1.toml:1:"));
  EXPECT_THAT(why_not(write("zeros.toml", std::string(100, '\0'))), HasSubstr("not valid TOML"));
}

TEST_F(Load, ReadsAByteOrderMark) { EXPECT_TRUE(load(write("bom.toml", "\xef\xbb\xbfmodels = 'a'\n"))); }

class ShippedStudy : public ::testing::TestWithParam<const char*> {};

TEST_P(ShippedStudy, Loads) {
  const auto study = load(fs::path{DEEPGAP_STUDIES} / GetParam());
  ASSERT_TRUE(study) << study.error().message();
  const auto cases = expand(*study, {{"openvino", {"cpu"}}});
  ASSERT_TRUE(cases) << cases.error().message();
  EXPECT_FALSE(cases->empty());
}

INSTANTIATE_TEST_SUITE_P(All, ShippedStudy, ::testing::Values("quick.toml", "deep-gap.toml", "ci.toml"));

TEST(ShippedStudies, QuickIsTwentySevenCasesInFiveMinutes) {
  const auto study = load(fs::path{DEEPGAP_STUDIES} / "quick.toml");
  ASSERT_TRUE(study) << study.error().message();
  EXPECT_EQ(study->measure.time_budget_s, 300);
  EXPECT_EQ(study->measure.profile, Profile::quick);
  EXPECT_EQ(expand(*study)->size(), 27u);
}

}  // namespace
}  // namespace deepgap::study
