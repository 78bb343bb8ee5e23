#include <algorithm>
#include <array>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "deepgap/core/text.hpp"
#include "deepgap/study/study.hpp"

namespace deepgap::study {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestFile = 1'000'000;
constexpr std::size_t kMostNamesShown = 10;

// The studies beside a file that is not there, in alphabetical order.
std::vector<std::string> studies_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code failed;
  for (fs::directory_iterator entry{folder, failed}, end; !failed && entry != end; entry.increment(failed))
    if (entry->path().extension() == ".toml") names.push_back(entry->path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

Error missing(const fs::path& file) {
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path{"."};
  std::string text = fmt::format("there is no study '{}'", printable(file.string()));
  std::error_code failed;
  if (!fs::is_directory(folder, failed))
    return {Errc::invalid_input, fmt::format("{}, nor a folder '{}'", text, printable(folder.string()))};
  std::vector<std::string> names = studies_in(folder);
  if (names.empty())
    return {Errc::invalid_input,
            fmt::format("{}; '{}' holds no .toml file", text, printable(folder.string()))};
  const std::string hint = did_you_mean(file.filename().string(), names);
  const std::size_t all = names.size();
  names.resize(std::min(all, kMostNamesShown));
  return {Errc::invalid_input, fmt::format("{};{} '{}' holds: {}{}", text, hint, printable(folder.string()),
                                           printable(join(names)), all > kMostNamesShown ? ", ..." : "")};
}

}  // namespace

Result<Study> load(const fs::path& file) {
  std::error_code failed;
  const fs::file_status status = fs::status(file, failed);
  if (status.type() == fs::file_type::not_found) return missing(file);
  const std::string shown = printable(file.string());
  if (status.type() == fs::file_type::directory)
    return Error{Errc::invalid_input, fmt::format("'{}' is a folder; give one of its .toml files", shown)};
  if (status.type() != fs::file_type::regular)
    return Error{Errc::invalid_input, fmt::format("'{}' cannot be read as a study: {}", shown,
                                                  failed ? failed.message() : "not a file")};
  std::ifstream stream{file, std::ios::binary};
  std::string text(kLargestFile + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!stream.is_open() || stream.bad())
    return Error{Errc::io, fmt::format("'{}' cannot be read; check its permissions", shown)};
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > kLargestFile)
    return Error{Errc::invalid_input, fmt::format("'{}' is over 1 MB; a study is a short text file", shown)};
  return parse(text, file);
}

}  // namespace deepgap::study
