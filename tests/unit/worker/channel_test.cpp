#include "deepgap/worker/channel.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>

namespace deepgap::worker {
namespace {

using nlohmann::json;

struct Pair {
  Pair() {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds.data()), 0);
    a.emplace(fds[0]);
    b.emplace(fds[1]);
  }
  std::optional<Channel> a, b;
};

void write_raw(const Channel& channel, const std::string& bytes) {
  ASSERT_EQ(::write(channel.fd(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
}

TEST(Channel, CarriesMessagesInOrder) {
  Pair pair;
  ASSERT_TRUE(pair.a->send({{"do", "one"}}));
  ASSERT_TRUE(pair.a->send(json::array({1, 2, nullptr})));
  EXPECT_EQ(*pair.b->receive(), (json{{"do", "one"}}));
  EXPECT_EQ(*pair.b->receive(), json::array({1, 2, nullptr}));
}

TEST(Channel, CarriesMessagesLargerThanTheSocketBuffer) {
  Pair pair;
  const json message = json::binary(std::vector<std::uint8_t>(std::size_t{40} << 20U, 7));
  std::jthread sender{[&] { EXPECT_TRUE(pair.a->send(message)); }};
  auto received = pair.b->receive();
  ASSERT_TRUE(received);
  EXPECT_EQ(*received, message);
}

TEST(Channel, TellsWhenTheOtherSideIsGone) {
  Pair pair;
  pair.a.reset();
  auto received = pair.b->receive();
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code(), Errc::io);
  EXPECT_FALSE(pair.b->send({1}));
}

TEST(Channel, GivesUpAtTheDeadline) {
  Pair pair;
  auto received = pair.b->receive(std::chrono::steady_clock::now());
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code(), Errc::interrupted);
}

TEST(Channel, RefusesALengthOverTheLimitWithoutTakingMemory) {
  Pair pair;
  write_raw(*pair.a, std::string{"\xff\xff\xff\xff", 4});
  auto received = pair.b->receive();
  ASSERT_FALSE(received);
  EXPECT_NE(received.error().message().find("4294967295"), std::string::npos);
}

TEST(Channel, RefusesWhatIsNotCbor) {
  Pair pair;
  write_raw(*pair.a, std::string{"\x02\x00\x00\x00\xff\xff", 6});
  EXPECT_FALSE(pair.b->receive());
}

TEST(Channel, AMessageCutShortIsAnError) {
  Pair pair;
  write_raw(*pair.a, std::string{"\x08\x00\x00\x00\x83", 5});
  pair.a.reset();
  EXPECT_FALSE(pair.b->receive());
}

}  // namespace
}  // namespace deepgap::worker
