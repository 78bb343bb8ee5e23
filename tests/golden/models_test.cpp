#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deepgap/model/graph.hpp"
#include "deepgap/model/onnx_write.hpp"
#include "program.hpp"

// A user's own ONNX file: found from anywhere, refused by name when it is not good.
namespace deepgap::golden {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int kUsage = 2;
constexpr int kNothing = 4;

class Models : public Program {
 protected:
  std::string models(const fs::path& file) { return "models = [\"" + file.string() + "\"]\n"; }
  // in -> `op` -> out
  void write_network(const std::string& name, const std::string& op, const std::string& domain) {
    model::Graph graph;
    graph.inputs = {{"in", DType::f32, {1, 4}}};
    graph.outputs = {{"out", DType::f32, {1, 4}}};
    graph.nodes.push_back({"n", op, domain, {"in"}, {"out"}, {}});
    if (!domain.empty()) graph.other_opsets[domain] = 1;
    const Status written = model::write_onnx(graph, folder() / name);
    ASSERT_TRUE(written) << written.error().message();
  }
};

TEST_F(Models, DamagedFileIsRefusedByNameAndLeavesNoStore) {
  const std::string good = read_file(data("models/m02-ir3-opset9/ir3.onnx"));
  write("cut.onnx", std::string_view{good}.substr(0, good.size() / 2));
  write("empty.onnx", "");
  write("page.onnx", "<!DOCTYPE html><html><body>404</body></html>\n");
  fs::create_directory(folder() / "folder.onnx");
  fs::create_symlink("loop.onnx", folder() / "loop.onnx");
  for (const char* name : {"cut.onnx", "empty.onnx", "page.onnx", "folder.onnx", "gone.onnx", "loop.onnx"}) {
    study("s.toml", {.top = models(name)});
    const Ended ended = run({"run", "s.toml"});
    EXPECT_EQ(ended.code, kUsage) << name << ": " << ended.err;
    EXPECT_THAT(ended.err, HasSubstr(name));
    EXPECT_THAT(ended.out, IsEmpty());
    EXPECT_FALSE(fs::exists(folder() / "s.db"));
  }
}

TEST_F(Models, DamagedFileIsASkipInThePlan) {
  write("page.onnx", "<!DOCTYPE html>");
  study("s.toml", {.top = "models = [\"tiny\", \"page.onnx\"]\n"});
  const Ended plan = run({"plan", "s.toml"});
  EXPECT_EQ(plan.code, 0) << plan.err;
  EXPECT_THAT(plan.out, AllOf(HasSubstr("skipped: page.onnx"), HasSubstr("2 cases, 1 skipped")));
}

TEST_F(Models, UnsupportedOperatorIsASkipThatNamesIt) {
  write_network("odd.onnx", "Frobnicate", "com.example");
  write_network("rare.onnx", "Einsum", "");
  study("s.toml", {.top = "models = [\"tiny\", \"odd.onnx\", \"rare.onnx\"]\n"});
  const Ended ended = run({"run", "s.toml", "-q"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  const auto rows = this->rows("s.db");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_GT(rows[0].at("samples"), 0);
  for (const std::size_t i : {1U, 2U}) EXPECT_EQ(rows[i].at("outcome"), "skipped") << rows[i].dump(1);
  EXPECT_THAT(rows[1].at("why").get<std::string>(), HasSubstr("Frobnicate"));
  EXPECT_THAT(rows[2].at("why").get<std::string>(), HasSubstr("Einsum"));
}

TEST_F(Models, NothingButUnsupportedOperatorsIsNothingMeasured) {
  write_network("odd.onnx", "Frobnicate", "com.example");
  study("s.toml", {.top = models("odd.onnx")});
  EXPECT_EQ(run({"run", "s.toml", "-q"}).code, kNothing);
}

TEST_F(Models, FixedBatchIsASkipForOtherBatches) {
  study("s.toml",
        {.top = models(data("models/m10-reshape-batch/fixed_batch_one.onnx")) + "batches = [1, 2]\n"});
  EXPECT_EQ(run({"run", "s.toml", "-q"}).code, 0);
  const auto rows = this->rows("s.db");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].at("verified"), "pass") << rows[0].dump(1);
  EXPECT_EQ(rows[1].at("outcome"), "skipped") << rows[1].dump(1);
  EXPECT_THAT(rows[1].at("why").get<std::string>(), AllOf(HasSubstr("fixed at 1"), HasSubstr("2 was asked")));
}

TEST_F(Models, WeightsBesideTheModelAreFoundFromAnyFolder) {
  fs::copy(data("models/m01-external-data"), folder() / "nets", fs::copy_options::recursive);
  const fs::path good = folder() / "nets/model/good.onnx";
  const fs::path relative = study("studies here/relative.toml", {.top = models("../nets/model/good.onnx")});
  const fs::path absolute = study("absolute.toml", {.top = models(good)});
  const std::string from_root = fs::relative(relative, "/").string();
  const std::string store = (folder() / "s.db").string();
  const auto expect_verified = [&](const Words& arguments, const fs::path& from) {
    fs::remove(store);
    const Ended ended = run(arguments, {.folder = from});
    EXPECT_EQ(ended.code, 0) << ended.err;
    const auto rows = this->rows(store);
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].at("verified"), "pass") << rows[0].dump(1);
  };
  expect_verified({"run", from_root, "-q", "-o", store}, "/");
  expect_verified({"run", "relative.toml", "-q", "-o", store}, folder() / "studies here");
  expect_verified({"run", absolute.string(), "-q", "-o", store}, "/");
  const std::string from_nets = "engine=null model=model/good.onnx null.latency_us=200";
  expect_verified({"case", from_nets, "-q", "-o", store, "--profile", "quick"}, folder() / "nets");
}

TEST_F(Models, NewWeightsBesideTheModelAreAnotherModel) {
  fs::copy(data("models/m01-external-data"), folder() / "nets", fs::copy_options::recursive);
  const fs::path weights = folder() / "nets/model/weight files/w.bin";
  fs::permissions(weights, fs::perms::owner_write, fs::perm_options::add);
  study("s.toml", {.top = models("nets/model/good.onnx")});
  EXPECT_EQ(run({"run", "s.toml", "-q", "-o", "one.db"}).code, 0);
  std::string bytes = read_file(weights);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  write("nets/model/weight files/w.bin", bytes);
  EXPECT_EQ(run({"run", "s.toml", "-q", "-o", "two.db"}).code, 0);
  EXPECT_NE(rows("one.db").at(0).at("model_hash"), rows("two.db").at(0).at("model_hash"));
}

TEST_F(Models, WeightsElsewhereAreRefusedByName) {
  for (const auto& [name, why] : std::map<std::string, std::string>{{"traversal", "outside.bin"},
                                                                    {"absolute", "/etc/hostname"},
                                                                    {"beyond_end", "w.bin"},
                                                                    {"missing", "none.bin"}}) {
    const fs::path file = data("models/m01-external-data/model") / (name + ".onnx");
    study(name + ".toml", {.top = models(file)});
    const Ended ended = run({"run", name + ".toml"});
    EXPECT_EQ(ended.code, kUsage) << name << ": " << ended.err;
    EXPECT_THAT(ended.err, AllOf(HasSubstr(name + ".onnx"), HasSubstr(why)));
    EXPECT_FALSE(fs::exists(folder() / (name + ".db")));
  }
}

}  // namespace
}  // namespace deepgap::golden
