#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "shapes_detail.hpp"
#include "topology_detail.hpp"

// An attribute of another kind than its operator's would silently be taken for absent.
namespace deepgap::model {
namespace {

enum class Kind { integer, number, text, integers };

struct Known {
  std::string_view name;
  Kind kind;
};

// Names that mean one kind in every known operator. "value" (Pad, ConstantOfShape) and "scales" are read with
// care.
constexpr std::array kKnown = {
    Known{"allowzero", Kind::integer},
    Known{"alpha", Kind::number},
    Known{"auto_pad", Kind::text},
    Known{"axes", Kind::integers},
    Known{"axis", Kind::integer},
    Known{"beta", Kind::number},
    Known{"bias", Kind::number},
    Known{"block_size", Kind::integer},
    Known{"blocksize", Kind::integer},
    Known{"ceil_mode", Kind::integer},
    Known{"count_include_pad", Kind::integer},
    Known{"dilations", Kind::integers},
    Known{"ends", Kind::integers},
    Known{"epsilon", Kind::number},
    Known{"gamma", Kind::number},
    Known{"group", Kind::integer},
    Known{"keepdims", Kind::integer},
    Known{"kernel_shape", Kind::integers},
    Known{"max", Kind::number},
    Known{"min", Kind::number},
    Known{"mode", Kind::text},
    Known{"num_outputs", Kind::integer},
    Known{"output_dtype", Kind::integer},
    Known{"output_padding", Kind::integers},
    Known{"output_shape", Kind::integers},
    Known{"pads", Kind::integers},
    Known{"perm", Kind::integers},
    Known{"select_last_index", Kind::integer},
    Known{"size", Kind::integer},
    Known{"split", Kind::integers},
    Known{"starts", Kind::integers},
    Known{"strides", Kind::integers},
    Known{"to", Kind::integer},
    Known{"transA", Kind::integer},
    Known{"transB", Kind::integer},
};

bool is(const Attribute& value, Kind kind) {
  switch (kind) {
    case Kind::integer: return std::holds_alternative<std::int64_t>(value);
    case Kind::number: return std::holds_alternative<float>(value);
    case Kind::text: return std::holds_alternative<std::string>(value);
    case Kind::integers: return std::holds_alternative<std::vector<std::int64_t>>(value);
  }
  return false;
}

}  // namespace

Status check_attributes(const Node& node) {
  for (const auto& [key, value] : node.attributes) {
    const auto known = std::ranges::find(kKnown, key, &Known::name);
    if (known != kKnown.end() && !is(value, known->kind))
      return contradiction(fmt::format("attribute {} is of the wrong kind", show(key)));
  }
  return {};
}

}  // namespace deepgap::model
