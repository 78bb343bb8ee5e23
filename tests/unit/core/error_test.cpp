#include "deepgap/core/error.hpp"

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace deepgap {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return Error{Errc::invalid_input, "odd"};
  return number / 2;
}

TEST(Error, PutsTheOutermostContextFirst) {
  const Error error = Error{Errc::io, "data ends early"}.in("read tensor w").in("load net.onnx");
  EXPECT_EQ(error.message(), "load net.onnx: read tensor w: data ends early");
  EXPECT_EQ(error.code(), Errc::io);
}

TEST(Error, RemembersWhereItWasMade) {
  const auto line = std::source_location::current().line() + 1;
  const Error error{Errc::internal, "x"};
  EXPECT_EQ(error.where().line(), line);
}

TEST(Error, NamesEveryCategoryDifferently) {
  EXPECT_EQ(name(Errc::invalid_input), "invalid input");
  EXPECT_EQ(name(Errc::unavailable), "unavailable");
  EXPECT_NE(name(Errc::engine_failure), name(Errc::internal));
}

TEST(Result, HoldsAValueOrAnError) {
  EXPECT_EQ(*half(4), 2);
  const auto failed = half(3);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message(), "odd");
}

TEST(Result, CarriesMoveOnlyValues) {
  Result<std::unique_ptr<int>> result{std::make_unique<int>(7)};
  ASSERT_TRUE(result);
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 7);
}

TEST(Status, IsGoodUnlessGivenAnError) {
  EXPECT_TRUE(Status{});
  EXPECT_FALSE((Status{Error{Errc::io, "full"}}));
}

}  // namespace
}  // namespace deepgap
