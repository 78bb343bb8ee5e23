#include "deepgap/record/row.hpp"

#include <gtest/gtest.h>

namespace deepgap::record {
namespace {

TEST(Outcome, NamesReadBack) {
  for (const Outcome outcome : {Outcome::completed, Outcome::mistrusted, Outcome::skipped, Outcome::failed})
    EXPECT_EQ(outcome_from(name(outcome)), outcome);
}

TEST(Outcome, UnknownNamesAreAbsent) {
  for (const char* text : {"", "Completed", "completed ", "ok"}) EXPECT_FALSE(outcome_from(text)) << text;
}

}  // namespace
}  // namespace deepgap::record
