#include "deepgap/engines/openvino/words.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <vector>

#include "deepgap/core/text.hpp"

namespace deepgap::engines::openvino {
namespace {

// "Foo-17, com.acme.Bar" -> "Foo, com.acme.Bar": OpenVINO appends the opset.
std::string without_opsets(std::string_view list) {
  std::vector<std::string> names;
  std::istringstream parts{std::string{list}};
  for (std::string part; std::getline(parts, part, ',');) {
    part.erase(0, part.find_first_not_of(" \t"));
    part.erase(part.find_last_not_of(" \t\r") + 1);
    if (const auto dash = part.rfind('-');
        dash != std::string::npos && dash + 1 < part.size() &&
        part.find_first_not_of("0123456789", dash + 1) == std::string::npos)
      part.erase(dash);
    if (!part.empty() && std::ranges::find(names, part) == names.end()) names.push_back(part);
  }
  return join(names);
}

bool is_source_location(std::string_view line) {
  return line.starts_with("Exception from src/") || line.starts_with("FrontEnd API failed with") ||
         (line.starts_with("Check '") && line.find("failed at src/") != std::string_view::npos);
}

}  // namespace

std::optional<Precision> precision_of(std::string_view text) {
  std::string lower{text};
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "f32" || lower == "fp32") return Precision::fp32;
  if (lower == "f16" || lower == "fp16") return Precision::fp16;
  if (lower == "bf16") return Precision::bf16;
  if (lower == "i8" || lower == "u8") return Precision::int8;
  if (lower == "f8e4m3") return Precision::fp8;
  return std::nullopt;
}

std::optional<Precision> kernel_precision(std::string_view kernel) {
  const auto cut = kernel.rfind('_');
  return cut == std::string_view::npos ? std::nullopt : precision_of(kernel.substr(cut + 1));
}

std::string plain_words(std::string_view what) {
  std::istringstream lines{std::string{what}};
  std::vector<std::string> kept;
  for (std::string line; std::getline(lines, line);)
    if (!is_source_location(line) && line.find_first_not_of(" \t\r") != std::string::npos)
      kept.push_back(line);
  return printable(kept.empty() ? what : std::string_view{join(kept, " ")});
}

std::string unsupported_operators(std::string_view what) {
  for (const std::string_view lead :
       {"No conversion rule found for operations: ", "Conversion is failed for: ",
        "does not support the following ONNX operations: "}) {
    const auto at = what.find(lead);
    if (at == std::string_view::npos) continue;
    const auto list = what.substr(at + lead.size());
    return without_opsets(list.substr(0, list.find('\n')));
  }
  return {};
}

}  // namespace deepgap::engines::openvino
