#include "deepgap/engines/cudnn/plan_cache.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <fstream>
#include <optional>

namespace deepgap::engines::cudnn {
namespace {

namespace fs = std::filesystem;

class PlanCacheTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path{::testing::TempDir()} / ("deepgap_plans_" + std::to_string(::getpid()));
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] fs::path file() const {
    for (const auto& entry : fs::directory_iterator{folder_})
      if (entry.path().extension() != ".lock") return entry.path();
    return {};
  }
  void write(const std::string& text) const { std::ofstream{file()} << text; }

  fs::path folder_;
};

PlanChoice example() {
  PlanChoice choice;
  choice.order = EpilogueOrder::residual_first;
  choice.engine = 7;
  choice.knobs = {{2, 5}, {24, -1}};
  choice.workspace_bytes = 4096;
  choice.measured_us = 12.5;
  choice.name = "eng7_k2=5_k24=22";
  choice.tensor_cores = true;
  return choice;
}

TEST(PlanChoiceText, ComesBackAsItWas) {
  EXPECT_EQ(choice_from(to_text(example())), example());
  PlanChoice plain;
  plain.name = "eng0";
  EXPECT_EQ(choice_from(to_text(plain)), plain);
}

TEST(PlanChoiceText, ThatIsDamagedIsNoChoice) {
  for (const char* text : {"", "none", "0 1", "2 1 - 0 0 0 x", "0 -1 - 0 0 0 x", "0 1 2:3: 0 0 0 x",
                           "0 1 2 0 0 0 x", "0 1 - -5 0 0 x", "0 1 - 0 nan? 0 x", "0 1 99999:1 0 0 0 x"})
    EXPECT_FALSE(choice_from(text)) << text;
}

TEST_F(PlanCacheTest, KeepsChoicesForTheNextStart) {
  PlanCache first{folder_, "card 1"};
  first.put("a", "1");
  ASSERT_TRUE(first.save());
  EXPECT_EQ(PlanCache(folder_, "card 1").find("a"), "1");
  EXPECT_FALSE(PlanCache(folder_, "card 2").find("a"));
}

TEST_F(PlanCacheTest, AddsToWhatAnotherProcessWroteMeanwhile) {
  PlanCache one{folder_, "card"}, two{folder_, "card"};
  one.put("a", "1");
  two.put("b", "2");
  ASSERT_TRUE(one.save());
  ASSERT_TRUE(two.save());
  const PlanCache all{folder_, "card"};
  EXPECT_EQ(all.find("a"), "1");
  EXPECT_EQ(all.find("b"), "2");
}

TEST_F(PlanCacheTest, ReadsADamagedFileAsFarAsItGoes) {
  PlanCache cache{folder_, "card"};
  cache.put("a", "1");
  ASSERT_TRUE(cache.save());
  write("something else\na\t1\n");
  EXPECT_FALSE(PlanCache(folder_, "card").find("a"));
  write("deepgap cudnn plans 1\nno tab\na\t1\nb\t2");
  const PlanCache cut{folder_, "card"};
  EXPECT_EQ(cut.find("a"), "1");
  EXPECT_FALSE(cut.find("b")) << "its line was cut";
}

TEST_F(PlanCacheTest, WithoutAFolderIsForThisProcessOnly) {
  PlanCache cache;
  cache.put("a", "1");
  EXPECT_EQ(cache.find("a"), "1");
  EXPECT_TRUE(cache.save());
  EXPECT_FALSE(fs::exists(folder_));
}

TEST_F(PlanCacheTest, SaysWhatItCannotWrite) {
  std::ofstream{folder_} << "a file";
  PlanCache cache{folder_, "card"};
  cache.put("a", "1");
  const auto saved = cache.save();
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().code(), Errc::io);
}

TEST_F(PlanCacheTest, OneTimesAndTheOthersWait) {
  const PlanCache cache{folder_, "machine"};
  std::optional<PlanCache::Turn> turn = cache.take_turn();
  fs::path lock;
  for (const auto& entry : fs::directory_iterator{folder_}) lock = entry.path();
  const int other = ::open(lock.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_GE(other, 0);
  EXPECT_NE(::flock(other, LOCK_EX | LOCK_NB), 0);
  turn.reset();
  EXPECT_EQ(::flock(other, LOCK_EX | LOCK_NB), 0);
  ::close(other);
}

TEST_F(PlanCacheTest, OfThisProcessOnlyHasNoTurns) {
  const PlanCache cache;
  const auto first = cache.take_turn(), second = cache.take_turn();
  EXPECT_FALSE(fs::exists(folder_));
}

}  // namespace
}  // namespace deepgap::engines::cudnn
