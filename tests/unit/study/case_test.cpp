#include "deepgap/study/case.hpp"

#include <algorithm>
#include <iterator>
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace deepgap::study {
namespace {

using ::testing::HasSubstr;

Case example() {
  Case c;
  c.engine = "openvino";
  c.model = "resnet50";
  c.precision = Precision::int8;
  c.batch = 32;
  c.threads = 2;
  return c;
}

std::string why_not(std::string_view text) {
  const auto c = parse_case(text);
  return c ? "accepted: " + canonical(*c) : c.error().message();
}

TEST(Canonical, WritesTheKeysInTheirOrder) {
  EXPECT_EQ(canonical(example()),
            "engine=openvino device=cpu model=resnet50 precision=int8 batch=32 threads=2 streams=1");
}

TEST(Canonical, ShowsHintCalibrationAndOptionsOnlyWhenSet) {
  Case c = example();
  c.hint = "latency";
  c.calibration = "percentile";
  c.options = {{"law", "normal"}, {"seed", "3"}};
  c.engine = "null";
  EXPECT_THAT(canonical(c),
              HasSubstr(" streams=1 hint=latency calibration=percentile null.law=normal null.seed=3"));
}

TEST(Canonical, QuotesOddNamesSoThatAShellAndATerminalSurviveThem) {
  Case c = example();
  c.model = "a 'b' \"c\"\\\x1b[31m\xff.onnx";
  EXPECT_THAT(canonical(c), HasSubstr(R"(model="a \x27b\x27 \"c\"\\\x1b[31m\xff.onnx")"));
  c.model = "größe=1.onnx";
  EXPECT_THAT(canonical(c), HasSubstr(" model=größe=1.onnx "));
}

TEST(Canonical, IsPrintableUtf8EvenForBytesThatAreNot) {
  Case c = example();
  c.model = "\xc0\xaf\xed\xa0\x80\xc2\x9b\xf5";
  const std::string text = canonical(c);
  EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char byte) { return byte >= 0x20 && byte < 0x7f; }))
      << text;
  EXPECT_EQ(*parse_case(text), c);
}

// Odd on purpose: what a quoting rule forgets is found by mixing its own characters.
std::string random_text(std::mt19937& random) {
  static const std::string pieces[] = {"a",
                                       "Z9",
                                       "\"",
                                       "\\",
                                       "'",
                                       " ",
                                       "=",
                                       "\n",
                                       "\t",
                                       "\x01",
                                       "é",
                                       "界",
                                       "😀",
                                       ".",
                                       "/",
                                       "#",
                                       "$",
                                       "`",
                                       "x",
                                       "\\x41",
                                       "\xff",
                                       "\xc3",
                                       std::string(1, '\0')};
  std::string text;
  for (auto left = random() % 8 + 1; left > 0; --left) text += pieces[random() % std::size(pieces)];
  return text;
}

TEST(Canonical, ReadsBackEveryCaseExactly) {
  std::mt19937 random{20'240'607};
  const std::string hints[] = {"", "latency", "throughput"};
  for (int i = 0; i < 20'000; ++i) {
    Case c;
    c.engine = i % 2 == 0 ? "null" : "tensorrt-10_2";
    c.device = random_text(random);
    c.model = random_text(random);
    c.precision = kAllPrecisions[random() % std::size(kAllPrecisions)];
    c.batch = static_cast<std::int64_t>(random() % kMaxBatch) + 1;
    c.threads = static_cast<int>(random() % 100);
    c.streams = static_cast<int>(random() % 100) + 1;
    c.hint = hints[random() % 3];
    c.calibration = random() % 2 == 0 ? "minmax" : "percentile";
    for (auto left = random() % 3; left > 0; --left) c.options[random_text(random)] = random_text(random);
    const std::string text = canonical(c);
    const auto again = parse_case(text);
    ASSERT_TRUE(again) << text << ": " << again.error().message();
    ASSERT_EQ(*again, c) << text;
    ASSERT_EQ(canonical(*again), text);
  }
}

TEST(ParseCase, TakesKeysInAnyOrderAndFillsDefaults) {
  const auto c = parse_case("  null.law=fixed model=resnet18\tengine=null  ");
  ASSERT_TRUE(c) << c.error().message();
  Case expected;
  expected.engine = "null";
  expected.model = "resnet18";
  expected.options["law"] = "fixed";
  EXPECT_EQ(*c, expected);
}

TEST(ParseCase, NamesTheNearestSpelling) {
  EXPECT_THAT(why_not("engine=openvino model=resnet50 bacth=4"),
              HasSubstr("unknown key 'bacth'; did you mean 'batch'? allowed: engine, device, model"));
  EXPECT_THAT(why_not("engine=openvino model=resnet50 precision=FP16"),
              HasSubstr("precision: 'FP16' is given; did you mean 'fp16'? allowed: fp32, tf32, fp16"));
  EXPECT_THAT(why_not("engine=OpenVINO model=resnet50"), HasSubstr("did you mean 'openvino'?"));
}

TEST(ParseCase, RefusesNumbersOutOfRange) {
  for (const std::string number :
       {"0", "-1", "1048577", "4x", "", "99999999999999999999", "1.5", "+4", "0x10"})
    EXPECT_THAT(why_not("engine=null model=m batch=" + (number.empty() ? "\"\"" : number)),
                HasSubstr("batch: '" + number + "' is given; allowed: a whole number from 1 to 1048576"));
  EXPECT_THAT(why_not("engine=null model=m threads=-1"), HasSubstr("threads: '-1'"));
  EXPECT_THAT(why_not("engine=null model=m streams=0"), HasSubstr("streams: '0'"));
}

TEST(ParseCase, RefusesWhatIsMissingOrDoubled) {
  EXPECT_THAT(why_not(""), HasSubstr("'engine' is missing; a case looks like 'engine=openvino"));
  EXPECT_THAT(why_not("engine=null"), HasSubstr("'model' is missing"));
  EXPECT_THAT(why_not("engine=null model="), HasSubstr("model: is empty"));
  EXPECT_THAT(why_not("engine=null model=a model=b"), HasSubstr("'model' is given twice"));
  EXPECT_THAT(why_not("engine=null model=a null.x=1 null.x=2"), HasSubstr("'null.x' is given twice"));
}

TEST(ParseCase, RefusesOptionsOfAnotherEngine) {
  EXPECT_THAT(why_not("engine=openvino model=a null.law=1"), HasSubstr("unknown key 'null.law'"));
  EXPECT_THAT(why_not("engine=null model=a null.=1"), HasSubstr("unknown key 'null.'"));
}

TEST(ParseCase, RefusesBrokenQuoting) {
  EXPECT_THAT(why_not("engine=null model=\"a"), HasSubstr("model: a quoted value has no closing quote"));
  EXPECT_THAT(why_not("engine=null model=\"a\\q\""), HasSubstr("unknown escape"));
  EXPECT_THAT(why_not("engine=null model=\"a\\x4"), HasSubstr("unknown escape"));
  EXPECT_THAT(why_not("engine=null model=\"a\"b"), HasSubstr("space is missing"));
  EXPECT_THAT(why_not("engine=null model=a\"b"), HasSubstr("quote the whole value"));
  EXPECT_THAT(why_not("resnet50"), HasSubstr("'resnet50' has no '='"));
  EXPECT_THAT(why_not("engine=null model=\""), HasSubstr("no closing quote"));
  EXPECT_THAT(why_not("engine=null model=\"\\"), HasSubstr("unknown escape"));
}

TEST(ParseCase, RefusesAnEngineThatWouldNameAFileElsewhere) {
  EXPECT_THAT(why_not("engine=../../tmp/x model=a"), HasSubstr("an engine's name is lower-case letters"));
}

TEST(ParseCase, NeverBreaksOnRandomText) {
  std::mt19937 random{7};
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i)
    accepted += parse_case("engine=null model=" + random_text(random) + random_text(random)) ? 1 : 0;
  EXPECT_GT(accepted, 0);
  EXPECT_LT(accepted, 20'000);
}

TEST(IsPath, TellsFilesFromBuiltInNames) {
  EXPECT_TRUE(is_path("net.onnx"));
  EXPECT_TRUE(is_path("./net"));
  EXPECT_FALSE(is_path("resnet50"));
}

}  // namespace
}  // namespace deepgap::study
