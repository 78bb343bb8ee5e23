#include "deepgap/telemetry/files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "deepgap/telemetry/cpu_list.hpp"
#include "fake_root.hpp"

namespace deepgap::telemetry {
namespace {

using test::FakeRoot;

TEST(ReadText, StopsAtTheLimit) {
  FakeRoot root;
  root.write("huge", std::string(1 << 20, 'x'));
  EXPECT_EQ(read_text(root.path() / "huge", 1000)->size(), 1000U);
  EXPECT_EQ(read_text(root.path() / "huge", 5 << 20)->size(), 1U << 20);
}

TEST(ReadText, IsAbsentForWhatIsNoReadableFile) {
  FakeRoot root;
  root.write("folder/file", "");
  EXPECT_EQ(read_text(root.path() / "missing"), std::nullopt);
  EXPECT_EQ(read_text(root.path() / "folder"), std::nullopt);
  EXPECT_EQ(read_text(root.path() / "folder/file"), "");
}

TEST(ReadText, DoesNotWaitForTheWriterOfAPipe) {
  FakeRoot root;
  ASSERT_EQ(::mkfifo((root.path() / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(read_text(root.path() / "pipe"), "");
}

TEST(ReadLine, GivesPrintableTextOnly) {
  FakeRoot root;
  root.write("a", "  Some\x1b[31m \xff CPU \nsecond")
      .write("blank", " \n x")
      .write("long", std::string(3000, 'y'));
  EXPECT_EQ(read_line(root.path() / "a"), "Some?[31m ? CPU");
  EXPECT_EQ(read_line(root.path() / "blank"), std::nullopt);
  EXPECT_EQ(read_line(root.path() / "long")->size(), 200U);
}

TEST(ParseInteger, TakesWholeNumbersThatFitOnly) {
  EXPECT_EQ(parse_integer(" -12\n"), -12);
  EXPECT_EQ(parse_integer("9223372036854775807"), INT64_MAX);
  for (const char* text : {"", " ", "max", "1.5", "12 kB", "0x10", "9223372036854775808", "--1", "+"})
    EXPECT_EQ(parse_integer(text), std::nullopt) << text;
}

TEST(Field, FindsTheWholeKeyOnly) {
  const std::string_view text =
      "VmHWMx:\t1 kB\nmodel\t\t: 5\nmodel name\t: A  B \nVmHWM:\t  204800 kB\nnr_periods 7\nempty:\n";
  EXPECT_EQ(field(text, "model name"), "A  B");
  EXPECT_EQ(field(text, "model"), "5");
  EXPECT_EQ(integer_field(text, "VmHWM"), 204800);
  EXPECT_EQ(integer_field(text, "nr_periods"), 7);
  EXPECT_EQ(field(text, "empty"), "");
  EXPECT_EQ(field(text, "nr"), std::nullopt);
  EXPECT_EQ(field(text, "missing"), std::nullopt);
}

TEST(CpuList, ReadsRangesAndSingles) {
  EXPECT_EQ(parse_cpu_list("0-3,8,10-11\n"), (CpuList{0, 1, 2, 3, 8, 10, 11}));
  EXPECT_EQ(parse_cpu_list("5,3,3-4"), (CpuList{3, 4, 5}));
  EXPECT_EQ(parse_cpu_list(" \n"), CpuList{});
  EXPECT_EQ(parse_cpu_list("8191"), CpuList{8191});
}

TEST(CpuList, RefusesGarbage) {
  for (const char* text :
       {"a", "1-", "-1", "3-1", "1,,2", "0-99999999", "8192", "1-2-3", "0 1", "99999999999999999999"})
    EXPECT_EQ(parse_cpu_list(text), std::nullopt) << text;
}

TEST(CpuList, WritesWhatItReads) {
  for (const char* text : {"", "0", "0,1", "0-3,8,10,11", "3,11"})
    EXPECT_EQ(to_text(*parse_cpu_list(text)), text);
}

}  // namespace
}  // namespace deepgap::telemetry
