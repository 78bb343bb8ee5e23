#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// `deepgap` as its users meet it: a command line in a fresh folder, an exit code, stdout and stderr.
namespace deepgap::golden {

using Words = std::vector<std::string>;

struct Ended {
  int code = -1;   // absent (-1) when a signal ended it
  int signal = 0;  // that ended it, 0 = none
  std::string out, err;
};

struct Settings {
  std::filesystem::path program = {};                         // empty = the one that was built
  std::filesystem::path folder = {};                          // empty = the test's own
  std::map<std::string, std::string, std::less<>> more = {};  // environment on top of the test's own
  std::optional<std::size_t> largest_file = {};               // RLIMIT_FSIZE, in bytes
  std::optional<int> out = {}, err = {};                      // descriptors in place of files
};

// TOML: the tiny network on the null engine's CPU in short rounds, unless `top` and `measure` say otherwise.
struct StudyText {
  std::string top = {}, measure = {};
  std::string options = "latency_us = 200\n";  // of the null engine
};

// A program in the background. It is killed when this goes.
class Running {
 public:
  Running(pid_t pid, std::filesystem::path out, std::filesystem::path err);
  Running(Running&& other) noexcept;
  Running& operator=(Running&&) = delete;
  ~Running();

  void signal(int number) const;
  Ended wait();  // a program that takes longer than any test may is killed and reported
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::string said() const;            // on stderr, so far
  [[nodiscard]] std::vector<pid_t> workers() const;  // its children

 private:
  pid_t pid_;
  std::filesystem::path out_, err_;
};

// Asks again and again until it holds; false when it never did.
bool eventually(const std::function<bool()>& holds);
// Neither running nor stopped: gone, or waiting to be buried.
bool is_gone(pid_t pid);
std::string read_file(const std::filesystem::path& file);
std::filesystem::path data(std::string_view name);  // tests/data/NAME
std::filesystem::path built_program();
// Fails unless `text` is what tests/data/program/golden/NAME holds; DEEPGAP_UPDATE_GOLDEN=1 writes that file.
void expect_golden(const std::string& text, std::string_view name);
// Another file system than the machine's: until the test's process ends, and for it alone. False: not
// allowed.
bool mount_small_disk(const std::filesystem::path& folder, std::size_t bytes);
bool make_read_only(const std::filesystem::path& folder);

class Program : public ::testing::Test {
 protected:
  Program();
  ~Program() override;

  Ended run(const Words& arguments, const Settings& settings = {});
  Running start(const Words& arguments, const Settings& settings = {});
  std::filesystem::path write(const std::string& name, std::string_view text) const;
  std::filesystem::path study(const std::string& name, const StudyText& text = {}) const;
  nlohmann::json rows(const std::string& store);  // of `deepgap report --json`
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;  // holds work/ (where programs run), cache/ and what programs print
  int started_ = 0;
};

}  // namespace deepgap::golden
