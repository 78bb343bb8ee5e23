#include "deepgap/engines/cudnn/plan_cache.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include <charconv>
#include <fstream>
#include <sstream>
#include <vector>

#include <fmt/format.h>

#include "deepgap/core/hash.hpp"
#include "deepgap/core/text.hpp"

namespace deepgap::engines::cudnn {
namespace {

constexpr std::string_view kHeader = "deepgap cudnn plans 1";
constexpr std::size_t kMostBytes = 64U << 20U;
constexpr std::size_t kMostKnobs = 64;

// "a b c" cut at single spaces; the last part takes the rest.
std::vector<std::string_view> cut(std::string_view text, std::size_t parts) {
  std::vector<std::string_view> result;
  while (result.size() + 1 < parts) {
    const std::size_t at = text.find(' ');
    if (at == std::string_view::npos) break;
    result.push_back(text.substr(0, at));
    text.remove_prefix(at + 1);
  }
  result.push_back(text);
  return result;
}

template <class T>
bool number(std::string_view text, T& value) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failed == std::errc{} && end == text.data() + text.size();
}

bool read_knobs(std::string_view text, PlanChoice& choice) {
  while (!text.empty() && text != "-") {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view pair = text.substr(0, comma);
    const std::size_t colon = pair.find(':');
    std::pair<std::int64_t, std::int64_t> knob;
    if (colon == std::string_view::npos || choice.knobs.size() == kMostKnobs ||
        !number(pair.substr(0, colon), knob.first) || !number(pair.substr(colon + 1), knob.second) ||
        knob.first < 0 || knob.first > 1000)
      return false;
    choice.knobs.push_back(knob);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return true;
}

}  // namespace

std::string to_text(const PlanChoice& choice) {
  std::string knobs;
  for (const auto& [knob, value] : choice.knobs)
    knobs += fmt::format("{}{}:{}", knobs.empty() ? "" : ",", knob, value);
  return fmt::format("{} {} {} {} {:.3f} {} {}", choice.order == EpilogueOrder::bias_first ? 0 : 1,
                     choice.engine, knobs.empty() ? "-" : knobs, choice.workspace_bytes, choice.measured_us,
                     choice.tensor_cores ? 1 : 0, choice.name.empty() ? "?" : choice.name);
}

std::optional<PlanChoice> choice_from(std::string_view text) {
  const auto parts = cut(text, 7);
  PlanChoice choice;
  int order = 0, tensor_cores = 0;
  if (parts.size() != 7 || !number(parts[0], order) || !number(parts[1], choice.engine) ||
      !read_knobs(parts[2], choice) || !number(parts[3], choice.workspace_bytes) ||
      !number(parts[4], choice.measured_us) || !number(parts[5], tensor_cores))
    return std::nullopt;
  if (order < 0 || order > 1 || choice.engine < 0 || choice.engine > 1'000'000 || choice.workspace_bytes < 0)
    return std::nullopt;
  choice.order = order == 0 ? EpilogueOrder::bias_first : EpilogueOrder::residual_first;
  choice.tensor_cores = tensor_cores != 0;
  choice.name = printable(parts[6], 200);
  return choice;
}

PlanCache::PlanCache(const std::filesystem::path& folder, std::string_view machine)
    : file_{folder / fmt::format("cudnn-{}.plans", Hasher{}.add(machine).hex())} {
  entries_ = read();
}

PlanCache::Entries PlanCache::read() const {
  Entries entries;
  std::error_code failed;
  if (const auto size = std::filesystem::file_size(file_, failed); failed || size > kMostBytes)
    return entries;
  std::ifstream in{file_};
  std::string line;
  if (!std::getline(in, line) || line != kHeader) return entries;
  while (std::getline(in, line)) {
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos || in.eof()) continue;  // a last line without its end was cut
    entries.insert_or_assign(line.substr(0, tab), line.substr(tab + 1));
  }
  return entries;
}

std::optional<std::string> PlanCache::find(std::string_view key) const {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return std::nullopt;
  return found->second;
}

PlanCache::Turn::~Turn() {
  if (fd_ >= 0) ::close(fd_);  // lets the next one in
}

PlanCache::Turn PlanCache::take_turn() const {
  if (file_.empty()) return {};
  std::error_code failed;
  std::filesystem::create_directories(file_.parent_path(), failed);
  const int fd = ::open((file_.string() + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return {};
  while (::flock(fd, LOCK_EX) != 0 && errno == EINTR) {
  }
  return Turn{fd};
}

void PlanCache::put(std::string key, std::string value) {
  auto& known = entries_[key];
  if (known == value) return;
  known = value;
  fresh_.insert_or_assign(std::move(key), std::move(value));
}

Status PlanCache::save() {
  if (file_.empty() || fresh_.empty()) return {};
  const Turn turn = take_turn();
  Entries all = read();
  for (const auto& [key, value] : fresh_) all.insert_or_assign(key, value);
  const std::filesystem::path part = fmt::format("{}.{}.part", file_.string(), ::getpid());
  std::error_code failed;
  std::filesystem::create_directories(file_.parent_path(), failed);
  std::ofstream out{part};
  out << kHeader << '\n';
  for (const auto& [key, value] : all) out << key << '\t' << value << '\n';
  out.close();
  if (out) std::filesystem::rename(part, file_, failed);
  if (!out || failed) {
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
    return Error{Errc::io, fmt::format("cannot write {}", file_.string())};
  }
  fresh_.clear();
  return {};
}

}  // namespace deepgap::engines::cudnn
