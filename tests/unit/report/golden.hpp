#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace deepgap::report::testing {

inline std::string read_file(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// The file must hold exactly `text`; with DEEPGAP_UPDATE_GOLDEN set it is written instead.
inline void expect_file(const std::filesystem::path& file, const std::string& text) {
  if (std::getenv("DEEPGAP_UPDATE_GOLDEN") != nullptr) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream out{file, std::ios::binary};
    out << text;
    ASSERT_TRUE(out.good()) << file;
    return;
  }
  EXPECT_EQ(read_file(file), text) << file
                                   << "\nDEEPGAP_UPDATE_GOLDEN=1 writes it anew; then read the difference";
}

inline std::filesystem::path golden(const std::string& name) {
  return std::filesystem::path{DEEPGAP_TEST_DATA} / "report" / name;
}

inline std::filesystem::path docs(const std::string& name) {
  return std::filesystem::path{DEEPGAP_TEST_DATA} / ".." / ".." / "docs" / name;
}

}  // namespace deepgap::report::testing
