#include "deepgap/worker/process.hpp"

#include <gmock/gmock.h>
#include <signal.h>

namespace deepgap::worker {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr milliseconds kPatience{10'000};

Process shell(const std::string& script) {
  auto process = Process::spawn("/bin/sh", {"-c", script});
  EXPECT_TRUE(process);
  return *std::move(process);
}

TEST(Process, TellsAnExitCode) {
  Process process = shell("exit 3");
  const Exit exit = process.wait(kPatience);
  EXPECT_EQ(exit.reason, "exited with code 3");
  EXPECT_FALSE(exit.by_kill_signal);
}

TEST(Process, TellsASignalByNameAndASigkillApart) {
  Process crash = shell("kill -SEGV $$");
  EXPECT_EQ(crash.wait(kPatience).reason, "killed by signal 11 (Segmentation fault)");
  Process killed = shell("kill -KILL $$");
  EXPECT_TRUE(killed.wait(kPatience).by_kill_signal);
}

TEST(Process, ARequestToStopDoesNotEndAChildThatIsStillStarting) {
  Process process = shell("kill -USR1 $$; exit 5");
  process.signal(SIGUSR1);
  EXPECT_EQ(process.wait(kPatience).reason, "exited with code 5");
}

TEST(Process, KeepsTheEndOfWhatTheChildSaidWithoutControlCharacters) {
  Process process = shell("printf 'out\\033[31m'; echo oops >&2; exit 1");
  process.wait(kPatience);
  EXPECT_EQ(process.output(), "out?[31moops");
}

TEST(Process, AProgramThatIsNotThereExitsWith127) {
  auto process = Process::spawn("/nowhere/at-all", {});
  ASSERT_TRUE(process);
  EXPECT_EQ(process->wait(kPatience).reason, "exited with code 127");
}

TEST(Process, TheChildSeesTheChannelAsDescriptorThreeAndItsEndWhenWeGo) {
  Process process = shell("head -c 1 <&3 >/dev/null; echo closed");
  process.channel() = Channel{-1};
  EXPECT_EQ(process.wait(kPatience).reason, "exited with code 0");
  EXPECT_THAT(process.output(), HasSubstr("closed"));
}

TEST(Process, IsKilledAndReapedWhenItsOwnerGoes) {
  pid_t pid = 0;
  {
    const Process process = shell("sleep 1000");
    pid = process.pid();
    ASSERT_EQ(::kill(pid, 0), 0);
  }
  EXPECT_EQ(::kill(pid, 0), -1);
}

}  // namespace
}  // namespace deepgap::worker
