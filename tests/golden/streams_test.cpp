#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "program.hpp"

// What goes where: results on stdout, everything else on stderr, colours and bars on a terminal only.
namespace deepgap::golden {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::string_view kEscape = "\x1b";

// A pipe that nobody reads: the first write into it fails.
class DeadPipe {
 public:
  DeadPipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    ::close(ends[0]);
    fd_ = ends[1];
  }
  ~DeadPipe() { ::close(fd_); }
  DeadPipe(const DeadPipe&) = delete;
  DeadPipe& operator=(const DeadPipe&) = delete;
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

// A terminal of the given width; what was written to it is read once the program has ended.
class Screen {
 public:
  explicit Screen(unsigned short columns) {
    const winsize size{.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    if (ours_ < 0 || ::grantpt(ours_) != 0 || ::unlockpt(ours_) != 0) return;
    theirs_ = ::open(::ptsname(ours_), O_RDWR | O_NOCTTY | O_CLOEXEC);
    ::ioctl(theirs_, TIOCSWINSZ, &size);
  }
  ~Screen() {
    ::close(ours_);
    ::close(theirs_);
  }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  [[nodiscard]] int fd() const { return theirs_; }
  std::string read_while(const std::function<bool()>& goes_on) {
    std::string text;
    std::array<char, 4096> part{};
    ::fcntl(ours_, F_SETFL, O_NONBLOCK);
    for (bool last = false; !last;) {
      last = !goes_on();
      for (ssize_t n = ::read(ours_, part.data(), part.size()); n > 0;
           n = ::read(ours_, part.data(), part.size()))
        text.append(part.data(), static_cast<std::size_t>(n));
      ::usleep(2000);
    }
    return text;
  }

 private:
  int ours_ = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  int theirs_ = -1;
};

class Streams : public Program {};

TEST_F(Streams, StdoutHoldsNothingButTheResult) {
  study("s.toml");
  const Ended ended = run({"run", "s.toml", "--json"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  const auto document = nlohmann::json::parse(ended.out, nullptr, false);
  ASSERT_TRUE(document.is_object()) << ended.out;
  EXPECT_EQ(document.at("rows").size(), 1U);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("0/1 cases"), HasSubstr("s.db is the store")));
  EXPECT_THAT(ended.out + ended.err, Not(HasSubstr(kEscape)));
  EXPECT_THAT(ended.out + ended.err, Not(HasSubstr("\r")));
}

TEST_F(Streams, QuietRunShowsNoProgress) {
  study("s.toml");
  const Ended ended = run({"run", "s.toml", "-q"});
  EXPECT_THAT(ended.err, Not(HasSubstr("cases")));
  EXPECT_THAT(ended.out, HasSubstr("tiny"));
}

TEST_F(Streams, FinishedRunIsShownAgainWithoutMeasuring) {
  study("s.toml");
  const Ended first = run({"run", "s.toml", "-q"});
  const Ended again = run({"run", "s.toml", "-q"});
  EXPECT_EQ(again.code, 0);
  EXPECT_EQ(again.out, first.out);
  EXPECT_EQ(run({"report", "s.db"}).out, first.out);
}

TEST_F(Streams, ReaderThatLeavesEarlyIsNoFailure) {
  study("s.toml");
  for (const char* format : {"--csv", "--json", "--markdown", "--wide"}) {
    const DeadPipe pipe;
    const Ended ended = run({"report", data("program/results.db").string(), format}, {.out = pipe.fd()});
    EXPECT_EQ(ended.signal, 0);
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.err, IsEmpty());
  }
  const DeadPipe pipe;
  const Ended ended = run({"run", "s.toml"}, {.out = pipe.fd(), .err = pipe.fd()});
  EXPECT_EQ(ended.signal, 0);
  EXPECT_EQ(ended.code, 0);
  EXPECT_FALSE(std::filesystem::exists(folder() / "s.db-lock"));
  EXPECT_EQ(rows("s.db").size(), 1U);
}

TEST_F(Streams, FullStdoutIsToldAndTheStoreIsKept) {
  study("s.toml");
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  const Ended ended = run({"run", "s.toml", "-q"}, {.out = full});
  ::close(full);
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.err, HasSubstr("cannot write to stdout"));
  EXPECT_EQ(rows("s.db").size(), 1U);
}

TEST_F(Streams, TerminalHasColourAndALineThatGoesAway) {
  study("s.toml");
  Screen screen{80};
  if (screen.fd() < 0) GTEST_SKIP() << "no pseudo-terminals here";
  Running running = start({"run", "s.toml"}, {.out = screen.fd(), .err = screen.fd()});
  const std::string seen = screen.read_while([&] { return !is_gone(running.pid()); });
  EXPECT_EQ(running.wait().code, 0);
  EXPECT_THAT(seen, AllOf(HasSubstr("\r\x1b[K"), HasSubstr("0/1 cases"), HasSubstr("\x1b[")));
  EXPECT_THAT(seen.substr(seen.rfind("\r\x1b[K")), Not(HasSubstr("1 cases")));
}

TEST_F(Streams, NoColorIsObeyed) {
  Screen screen{80};
  if (screen.fd() < 0) GTEST_SKIP() << "no pseudo-terminals here";
  Running running = start({"report", data("program/results.db").string()},
                          {.more = {{"NO_COLOR", "1"}}, .out = screen.fd()});
  const std::string seen = screen.read_while([&] { return !is_gone(running.pid()); });
  EXPECT_EQ(running.wait().code, 0);
  EXPECT_THAT(seen, AllOf(HasSubstr("tiny"), Not(HasSubstr(kEscape))));
}

}  // namespace
}  // namespace deepgap::golden
