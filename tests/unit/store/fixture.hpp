#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "deepgap/core/error.hpp"
#include "deepgap/record/round.hpp"
#include "deepgap/record/row.hpp"
#include "deepgap/store/store.hpp"

namespace deepgap::store {

// A folder of its own for every test.
class Folder : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;
  [[nodiscard]] std::filesystem::path at(const std::string& name) const { return folder_ / name; }
  [[nodiscard]] std::size_t files() const;  // how many entries the folder has

  std::filesystem::path folder_;
};

[[nodiscard]] std::string bytes_of(const std::filesystem::path& file);
void write_file(const std::filesystem::path& file, const std::string& bytes);
[[nodiscard]] record::Row full_row(const std::string& case_string);  // every field set, none to its default
[[nodiscard]] record::Round full_round(std::int64_t index);          // as full_row
[[nodiscard]] record::Round small_round(std::int64_t index,
                                        std::size_t samples = 20);  // a function of its index

// The value, or a failed test with the message.
template <class T>
T must(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().message();
    throw std::runtime_error(result.error().message());
  }
  return std::move(*result);
}
inline void must(const Status& status) { ASSERT_TRUE(status) << status.error().message(); }

}  // namespace deepgap::store
