#include "program.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <system_error>
#include <thread>
#include <utility>

namespace deepgap::golden {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// Far over what anything here takes, for machines where everything is slow.
constexpr std::chrono::seconds kPatience{90};
constexpr std::chrono::milliseconds kLook{5};

std::vector<char*> pointers(Words& words) {
  std::vector<char*> list;
  list.reserve(words.size() + 1);
  for (std::string& word : words) list.push_back(word.data());
  list.push_back(nullptr);
  return list;
}

struct Child {
  const char* program;
  const char* folder;
  char* const* argv;
  char* const* envp;
  int out, err;
  std::optional<std::size_t> largest_file;
};

// Between fork and exec.
[[noreturn]] void become(const Child& child) {
  const int null = ::open("/dev/null", O_RDONLY);
  if (::chdir(child.folder) != 0 || ::dup2(null, STDIN_FILENO) < 0 || ::dup2(child.out, STDOUT_FILENO) < 0 ||
      ::dup2(child.err, STDERR_FILENO) < 0)
    ::_exit(126);
  if (child.largest_file) {
    const rlimit limit{*child.largest_file, *child.largest_file};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(126);
  }
  ::execve(child.program, child.argv, child.envp);
  ::_exit(126);
}

int make_file(const fs::path& file) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) throw std::system_error{errno, std::generic_category(), file.string()};
  return fd;
}

fs::path fresh_folder() {
  std::string name = (fs::temp_directory_path() / "deepgap-program-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::system_error{errno, std::generic_category(), name};
  return name;
}

std::optional<pid_t> parent_of(const fs::path& process) {
  const std::string stat = read_file(process / "stat");
  const std::size_t name_end = stat.rfind(") ");
  if (name_end == std::string::npos) return std::nullopt;
  pid_t parent = 0;
  const char* begin = stat.data() + name_end + 4;  // ") S "
  if (std::from_chars(begin, stat.data() + stat.size(), parent).ec != std::errc{}) return std::nullopt;
  return parent;
}

// Mounts of this process are its own from here on.
bool own_mounts() {
  static const bool own =
      ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  return own;
}

}  // namespace

Running::Running(pid_t pid, fs::path out, fs::path err)
    : pid_{pid}, out_{std::move(out)}, err_{std::move(err)} {}

Running::Running(Running&& other) noexcept
    : pid_{std::exchange(other.pid_, -1)}, out_{std::move(other.out_)}, err_{std::move(other.err_)} {}

Running::~Running() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Running::signal(int number) const { ::kill(pid_, number); }

std::string Running::said() const { return read_file(err_); }

Ended Running::wait() {
  int status = 0;
  const bool ended = eventually([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; });
  if (!ended) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, &status, 0);
    ADD_FAILURE() << "the program did not end; it said: " << said();
  }
  pid_ = -1;
  Ended result{.code = -1, .signal = 0, .out = read_file(out_), .err = read_file(err_)};
  if (WIFEXITED(status)) result.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  return result;
}

std::vector<pid_t> Running::workers() const {
  std::vector<pid_t> children;
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator{"/proc", gone}) {
    const std::string name = entry.path().filename().string();
    pid_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc{}) continue;
    if (parent_of(entry.path()) == pid_) children.push_back(pid);
  }
  return children;
}

bool eventually(const std::function<bool()>& holds) {
  const auto deadline = Clock::now() + kPatience;
  while (!holds()) {
    if (Clock::now() > deadline) return false;
    std::this_thread::sleep_for(kLook);
  }
  return true;
}

bool is_gone(pid_t pid) {
  const std::string stat = read_file(fs::path{"/proc"} / std::to_string(pid) / "stat");
  const std::size_t name_end = stat.rfind(") ");
  return name_end == std::string::npos || stat.substr(name_end + 2, 1) == "Z" ||
         stat.substr(name_end + 2, 1) == "X";
}

std::string read_file(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

fs::path data(std::string_view name) { return fs::path{DEEPGAP_TEST_DATA} / name; }

fs::path built_program() { return DEEPGAP_PROGRAM; }

void expect_golden(const std::string& text, std::string_view name) {
  const fs::path file = data("program/golden") / name;
  if (::getenv("DEEPGAP_UPDATE_GOLDEN") != nullptr) {
    std::ofstream{file, std::ios::binary} << text;
    return;
  }
  EXPECT_EQ(text, read_file(file))
      << "if this is as it should be now: DEEPGAP_UPDATE_GOLDEN=1 and run the test again";
}

bool mount_small_disk(const fs::path& folder, std::size_t bytes) {
  const std::string options = "size=" + std::to_string(bytes);
  return own_mounts() && ::mount("none", folder.c_str(), "tmpfs", 0, options.c_str()) == 0;
}

bool make_read_only(const fs::path& folder) {
  if (::geteuid() != 0) return ::chmod(folder.c_str(), 0555) == 0;
  return own_mounts() && ::mount(folder.c_str(), folder.c_str(), nullptr, MS_BIND, nullptr) == 0 &&
         ::mount("none", folder.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr) == 0;
}

Program::Program() : folder_{fresh_folder()} {
  // `folder_` itself is where programs run; what the harness keeps lies beside it.
  fs::create_directory(folder_ / "work");
  fs::create_directory(folder_ / "printed");
  folder_ /= "work";
}

Program::~Program() {
  std::error_code failed;
  ::umount2(folder_.c_str(), MNT_DETACH);
  for (const auto& entry : fs::directory_iterator{folder_, failed}) {
    ::umount2(entry.path().c_str(), MNT_DETACH);
    ::chmod(entry.path().c_str(), 0755);
  }
  fs::remove_all(folder_.parent_path(), failed);
}

Running Program::start(const Words& arguments, const Settings& settings) {
  const std::string program = (settings.program.empty() ? built_program() : settings.program).string();
  const std::string folder = (settings.folder.empty() ? folder_ : settings.folder).string();
  Words words{program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::map<std::string, std::string, std::less<>> environment{
      {"ASAN_OPTIONS", "handle_segv=0"},  // a crash is a crash in every build
      {"DEEPGAP_CACHE_DIR", (folder_.parent_path() / "cache").string()},
      {"HOME", folder_.parent_path().string()},
      {"LC_ALL", "C.UTF-8"},
      {"PATH", "/usr/bin:/bin"},
      {"TERM", "xterm-256color"}};
  for (const auto& [key, value] : settings.more) environment[key] = value;
  Words settings_list;
  for (const auto& [key, value] : environment) settings_list.push_back(key + "=" + value);

  const fs::path printed = folder_.parent_path() / "printed" / std::to_string(++started_);
  const fs::path out = printed.string() + ".out";
  const fs::path err = printed.string() + ".err";
  const int out_fd = settings.out ? *settings.out : make_file(out);
  const int err_fd = settings.err ? *settings.err : make_file(err);
  const std::vector<char*> argv = pointers(words);
  const std::vector<char*> envp = pointers(settings_list);
  const Child child{program.c_str(), folder.c_str(), argv.data(),          envp.data(),
                    out_fd,          err_fd,         settings.largest_file};
  const pid_t pid = ::fork();
  if (pid == 0) become(child);
  if (!settings.out) ::close(out_fd);
  if (!settings.err) ::close(err_fd);
  if (pid < 0) throw std::system_error{errno, std::generic_category(), "fork"};
  return {pid, out, err};
}

Ended Program::run(const Words& arguments, const Settings& settings) {
  return start(arguments, settings).wait();
}

fs::path Program::write(const std::string& name, std::string_view text) const {
  const fs::path file = folder_ / name;
  fs::create_directories(file.parent_path());
  std::ofstream out{file, std::ios::binary};
  out << text;
  out.close();
  EXPECT_TRUE(out) << file;
  return file;
}

fs::path Program::study(const std::string& name, const StudyText& given) const {
  const auto unless = [](const std::string& text, std::string_view key, std::string_view value) {
    const bool there =
        text.starts_with(std::string{key} + " =") || text.find("\n" + std::string{key} + " =") != text.npos;
    return there ? std::string{} : std::string{key} + " = " + std::string{value} + "\n";
  };
  std::string text = unless(given.top, "models", R"("tiny")") + unless(given.top, "engines", R"("null")") +
                     unless(given.top, "devices", R"("cpu")") + given.top + "\n[measure]\n";
  if (given.measure.find("protocol =") == std::string::npos)
    text += unless(given.measure, "profile", R"("quick")") + unless(given.measure, "rounds", "3") +
            unless(given.measure, "round_min", "0.01") + unless(given.measure, "round_cap", R"("40ms")");
  return write(name, text + given.measure + "\n[engine.null]\n" + given.options);
}

nlohmann::json Program::rows(const std::string& store) {
  const Ended report = run({"report", store, "--json"});
  EXPECT_EQ(report.code, 0) << report.err;
  const auto document = nlohmann::json::parse(report.out, nullptr, false);
  EXPECT_FALSE(document.is_discarded()) << report.out;
  return document.is_object() ? document.value("rows", nlohmann::json::array()) : nlohmann::json::array();
}

}  // namespace deepgap::golden
