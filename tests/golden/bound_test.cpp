#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "program.hpp"

// What limits a row, as the whole program tells it.
namespace deepgap::golden {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// This process, and all it starts, on one CPU; and somebody else who uses that CPU all the time.
class Rival {
 public:
  Rival() {
    ::sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    int cpu = 0;
    while (cpu < CPU_SETSIZE && !CPU_ISSET(cpu, &before_)) ++cpu;
    CPU_SET(cpu, &one);
    ::sched_setaffinity(0, sizeof one, &one);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      for (volatile unsigned spin = 0;;) spin = spin + 1;
    }
  }
  ~Rival() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    ::sched_setaffinity(0, sizeof before_, &before_);
  }
  Rival(const Rival&) = delete;
  Rival& operator=(const Rival&) = delete;

 private:
  cpu_set_t before_{};
  pid_t pid_ = -1;
};

using Bounds = Program;

TEST_F(Bounds, ARivalOnTheSameCpuIsSaidToContend) {
  study("s.toml", {.measure = "rounds = 3\nround_min = \"300ms\"\nround_cap = \"400ms\"\n"});
  {
    const Rival rival;
    ASSERT_EQ(run({"run", "s.toml", "-q"}).code, 0);
  }
  const auto row = rows("s.db").at(0);
  EXPECT_EQ(row.at("bound_by"), "contended");
  EXPECT_THAT(row.at("bound_evidence").get<std::string>(), StartsWith("contended: "));
  EXPECT_THAT(row.at("bound_evidence").get<std::string>(), HasSubstr("% of the CPU time went to others"));
  EXPECT_EQ(row.at("outcome"), "mistrusted");
  EXPECT_THAT(row.at("why").get<std::string>(), HasSubstr("had more than 30 % foreign CPU"));
}

}  // namespace
}  // namespace deepgap::golden
