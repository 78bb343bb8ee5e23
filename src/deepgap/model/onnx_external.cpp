#include <fmt/format.h>

#include <fstream>
#include <system_error>

#include "onnx_detail.hpp"
#include "topology_detail.hpp"

namespace deepgap::model {
namespace {

namespace fs = std::filesystem;

bool leads_outside(const fs::path& relative) {
  if (relative.empty() || relative.is_absolute() || relative.has_root_path()) return true;
  for (const fs::path& part : relative)
    if (part == "..") return true;
  return false;
}

// Resolves symlinks in both, then asks whether one lies in the other.
bool lies_in(const fs::path& file, const fs::path& folder) {
  const fs::path relative = file.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

Error refused(std::string_view tensor, std::string_view location, std::string_view why) {
  return Error{Errc::invalid_input,
               fmt::format("tensor {} keeps its data in {}: {}", show(tensor), show(location), why)};
}

Result<fs::path> locate(const ExternalData& where, const fs::path& folder, std::string_view tensor) {
  if (folder.empty())
    return refused(tensor, where.location, "a model given without its folder must be complete in itself");
  if (where.location.find('\0') != std::string::npos || leads_outside(fs::path{where.location}))
    return refused(tensor, where.location,
                   "a location must be relative to the model and stay in the model's folder");
  std::error_code error;
  const fs::path base = fs::canonical(folder, error);
  if (error) return refused(tensor, where.location, "the model's folder cannot be read");
  fs::path file = fs::canonical(base / where.location, error);
  if (error)
    return refused(tensor, where.location, fmt::format("the file cannot be read ({})", error.message()));
  if (!lies_in(file, base)) return refused(tensor, where.location, "a link leads out of the model's folder");
  if (!fs::is_regular_file(file, error)) return refused(tensor, where.location, "not a regular file");
  return file;
}

}  // namespace

Result<std::vector<std::byte>> read_external(const ExternalData& where, const fs::path& folder,
                                             std::string_view tensor, std::uint64_t expected) {
  auto file = locate(where, folder, tensor);
  if (!file)
    return Error{file.error().code(),
                 fmt::format("{} (offset {}, length {}, file size unknown)", file.error().message(),
                             where.offset, where.length.value_or(expected))};
  std::error_code error;
  const std::uint64_t size = fs::file_size(*file, error);
  const std::uint64_t length = where.length.value_or(expected);
  const auto misfit = [&](std::string_view why) {
    return refused(tensor, where.location,
                   fmt::format("{} (offset {}, length {}, file size {})", why, where.offset, length, size));
  };
  if (error) return refused(tensor, where.location, error.message());
  if (length != expected) return misfit(fmt::format("the tensor's shape needs {} bytes", expected));
  if (where.offset > size || length > size - where.offset)
    return misfit("the data would end beyond the file");
  std::vector<std::byte> bytes(length);
  std::ifstream in{*file, std::ios::binary};
  in.seekg(static_cast<std::streamoff>(where.offset));
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(length));
  if (!in) return misfit("reading failed");
  return bytes;
}

}  // namespace deepgap::model
