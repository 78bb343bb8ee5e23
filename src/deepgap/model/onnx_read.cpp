#include "deepgap/model/onnx_read.hpp"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <system_error>

#include "deepgap/core/text.hpp"
#include "onnx_detail.hpp"

namespace deepgap::model {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostBytes = std::numeric_limits<std::int32_t>::max();  // protobuf's own limit
constexpr int kMostNesting = 64;

Error broken(std::string what) { return Error{Errc::invalid_input, std::move(what)}; }

std::string_view text_of(ConstBytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// What a file that is not ONNX probably is.
std::optional<std::string_view> other_format(std::string_view head) {
  using namespace std::string_view_literals;
  if (head.empty()) return "it is empty";
  if (head.starts_with("PK\x03\x04"sv))
    return "it is a zip archive (a PyTorch checkpoint?): export it to ONNX";
  if (head.starts_with("\x80\x02"sv))
    return "it is a Python pickle (a PyTorch checkpoint?): export it to ONNX";
  if (head.starts_with("\x89HDF"sv)) return "it is an HDF5 file (Keras?): convert it to ONNX";
  if (head.starts_with("\x1f\x8b"sv)) return "it is compressed with gzip";
  if (head.size() > 8 && head.substr(4, 4) == "TFL3")
    return "it is a TensorFlow Lite model: convert it to ONNX";
  if (head.starts_with("version https://git-lfs"sv))
    return "it is a Git LFS pointer, not the model itself: run git lfs pull";
  const auto is_text = [](char c) { return c == '\n' || c == '\r' || c == '\t' || (c >= ' ' && c <= '~'); };
  if (std::ranges::all_of(head.substr(0, 512), is_text)) return "it is a text file";
  return std::nullopt;
}

bool parse(ConstBytes bytes, onnx::ModelProto& model) {
  google::protobuf::io::CodedInputStream stream{reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                                static_cast<int>(bytes.size())};
  stream.SetRecursionLimit(kMostNesting);
  return model.ParseFromCodedStream(&stream) && stream.ConsumedEntireMessage();
}

Result<onnx::ModelProto> parse_model(ConstBytes bytes) {
  if (const auto what = other_format(text_of(bytes)))
    return broken(fmt::format("not an ONNX model: {}", *what));
  if (bytes.size() > kMostBytes)
    return broken(fmt::format("{} bytes: an ONNX file holds 2 GB at most (keep weights in external data)",
                              bytes.size()));
  onnx::ModelProto model;
  if (!parse(bytes, model))
    return broken("not a readable ONNX model: the file is damaged, cut short or of another format");
  if (!model.has_graph()) return broken("not an ONNX model: it holds no graph");
  if (model.ir_version() < 1) return broken("not an ONNX model: it has no IR version");
  return model;
}

Result<std::vector<std::byte>> load(const fs::path& file) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (!fs::exists(status)) return broken("no such file");
  if (fs::is_directory(status)) return broken("is a folder, not an ONNX file");
  if (!fs::is_regular_file(status)) return broken("not a regular file");
  const std::uint64_t size = fs::file_size(file, error);
  if (error) return Error{Errc::io, error.message()};
  if (size > kMostBytes)
    return broken(
        fmt::format("{} bytes: an ONNX file holds 2 GB at most (keep weights in external data)", size));
  std::vector<std::byte> bytes(size);
  std::ifstream in{file, std::ios::binary};
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (!in) return Error{Errc::io, "cannot be read"};
  return bytes;
}

}  // namespace

Result<Graph> read_onnx(ConstBytes bytes, const fs::path& base_folder) {
  auto model = parse_model(bytes);
  if (!model) return std::move(model).error();
  return graph_from(*model, base_folder);
}

Result<Graph> read_onnx(const fs::path& file) {
  const std::string shown = printable(file.string());
  auto bytes = load(file);
  if (!bytes) return std::move(bytes).error().in(shown);
  auto model = parse_model(*bytes);
  *bytes = std::vector<std::byte>{};  // given back: weights are not held three times
  if (!model) return std::move(model).error().in(shown);
  auto graph = graph_from(*model, file.has_parent_path() ? file.parent_path() : fs::path{"."});
  if (!graph) return std::move(graph).error().in(shown);
  return graph;
}

}  // namespace deepgap::model
