#include <fmt/format.h>

#include <cmath>

#include "deepgap/model/window.hpp"
#include "shapes_detail.hpp"

// Rules of convolutions, pooling and what changes the size of a picture.
namespace deepgap::model::rules {
namespace {

Shape picture(std::int64_t batch, std::int64_t channels, const Window& window) {
  Shape shape{batch, channels};
  for (const WindowAxis& axis : window) shape.push_back(axis.output);
  return shape;
}

Status check_bias(const Call& call, std::int64_t channels) {
  if (!call.has(2) || call.in(2).shape == Shape{channels}) return {};
  return contradiction(
      fmt::format("its bias has shape {}; [{}] is needed", to_string(call.in(2).shape), channels));
}

Status check_types(const Call& call) {
  for (std::size_t i = 1; i < call.inputs.size(); ++i)
    if (call.has(i) && call.in(i).dtype != call.in(0).dtype)
      return contradiction(fmt::format("its inputs differ in type ({} and {})", name(call.in(0).dtype),
                                       name(call.in(i).dtype)));
  return {};
}

Status check_channels(const Call& call, std::int64_t group, std::int64_t divided, std::int64_t other) {
  if (group >= 1 && divided % group == 0 && other % group == 0) return {};
  return contradiction(fmt::format("group {} does not divide the channels of input {} and weight {}", group,
                                   to_string(call.in(0).shape), to_string(call.in(1).shape)));
}

Result<std::vector<double>> float_list(const Call& call, std::size_t i) {
  if (call.constants[i] == nullptr || call.constants[i]->dtype != DType::f32)
    return not_supported("its scales depend on the data");
  const auto values = call.constants[i]->as<float>();
  return std::vector<double>(values.begin(), values.end());
}

Result<Outputs> scaled(const Call& call, const std::vector<double>& scales) {
  const TensorSpec& input = call.in(0);
  if (scales.size() != input.shape.size())
    return contradiction(fmt::format("{} scales for shape {}", scales.size(), to_string(input.shape)));
  Shape shape = input.shape;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const double size = std::floor(static_cast<double>(shape[i]) * scales[i]);
    if (!(size >= 1 && size <= 1e12)) return contradiction(fmt::format("a scale of {}", scales[i]));
    shape[i] = static_cast<std::int64_t>(size);
  }
  return Outputs{{input.dtype, std::move(shape)}};
}

}  // namespace

Result<Outputs> conv(const Call& call) {
  const auto window = conv_window(call.node, call.in(0).shape, call.in(1).shape);
  if (!window) return window.error();
  const std::int64_t group = call.node.int_or("group", 1);
  const Shape& input = call.in(0).shape;
  const Shape& weight = call.in(1).shape;
  if (auto ok = check_channels(call, group, input[1], weight[0]); !ok) return std::move(ok).error();
  if (input[1] / group != weight[1])
    return contradiction(fmt::format("input {} has {} channels a group, weight {} wants {}", to_string(input),
                                     input[1] / group, to_string(weight), weight[1]));
  if (auto ok = check_bias(call, weight[0]); !ok) return std::move(ok).error();
  if (auto ok = check_types(call); !ok) return std::move(ok).error();
  return Outputs{{call.in(0).dtype, picture(input[0], weight[0], *window)}};
}

Result<Outputs> conv_transpose(const Call& call) {
  const auto window = conv_transpose_window(call.node, call.in(0).shape, call.in(1).shape);
  if (!window) return window.error();
  const std::int64_t group = call.node.int_or("group", 1);
  const Shape& input = call.in(0).shape;
  const Shape& weight = call.in(1).shape;
  if (auto ok = check_channels(call, group, input[1], weight[0]); !ok) return std::move(ok).error();
  std::int64_t channels = 0;
  if (input[1] != weight[0] || __builtin_mul_overflow(weight[1], group, &channels))
    return contradiction(fmt::format("input {} does not fit weight {}", to_string(input), to_string(weight)));
  if (auto ok = check_bias(call, channels); !ok) return std::move(ok).error();
  if (auto ok = check_types(call); !ok) return std::move(ok).error();
  return Outputs{{call.in(0).dtype, picture(input[0], channels, *window)}};
}

Result<Outputs> pool(const Call& call) {
  const auto window = pool_window(call.node, call.in(0).shape);
  if (!window) return window.error();
  const Shape shape = picture(call.in(0).shape[0], call.in(0).shape[1], *window);
  Outputs outputs{{call.in(0).dtype, shape}};
  if (call.node.op == "MaxPool") outputs.push_back({DType::i64, shape});
  return outputs;
}

Result<Outputs> global_pool(const Call& call) {
  if (auto ok = need_rank(call, 0, 3); !ok) return std::move(ok).error();
  Shape shape = call.in(0).shape;
  for (std::size_t i = 2; i < shape.size(); ++i) {
    if (shape[i] == 0) return contradiction("an empty spatial dimension");
    shape[i] = 1;
  }
  return Outputs{{call.in(0).dtype, std::move(shape)}};
}

// Inputs: Upsample 7 by attribute; Upsample 9, Resize 10: X, scales; Resize 11: X, roi, scales, sizes.
Result<Outputs> resize(const Call& call) {
  if (call.node.attributes.contains("axes")) return not_supported("Resize of some axes only");
  if (call.node.string_or("keep_aspect_ratio_policy", "stretch") != "stretch")
    return not_supported("Resize that keeps the aspect ratio");
  const bool modern = call.node.op == "Resize" && call.opset >= 11;
  if (call.node.op == "Upsample" && call.opset < 9) {
    const auto it = call.node.attributes.find("scales");
    const auto* scales =
        it == call.node.attributes.end() ? nullptr : std::get_if<std::vector<float>>(&it->second);
    if (scales == nullptr) return contradiction("it has no scales");
    return scaled(call, {scales->begin(), scales->end()});
  }
  if (modern && call.has(3)) {
    auto sizes = call.list("sizes", 3);
    if (!sizes) return std::move(sizes).error();
    if ((*sizes)->size() != call.in(0).shape.size())
      return contradiction("its sizes do not fit its input's rank");
    for (const std::int64_t size : **sizes)
      if (size < 1) return contradiction(fmt::format("a size of {}", size));
    return Outputs{{call.in(0).dtype, **std::move(sizes)}};
  }
  const std::size_t at = modern ? 2 : 1;
  if (!call.has(at)) return contradiction("it has neither scales nor sizes");
  const auto scales = float_list(call, at);
  if (!scales) return scales.error();
  return scaled(call, *scales);
}

Result<Outputs> depth_to_space(const Call& call) {
  const std::int64_t block = call.node.int_or("blocksize", 0);
  const Shape& in = call.in(0).shape;
  if (in.size() != 4 || block < 1 || block > 4096 || in[1] % (block * block) != 0)
    return contradiction(fmt::format("blocks of {} do not fit {}", block, to_string(in)));
  return Outputs{{call.in(0).dtype, {in[0], in[1] / (block * block), in[2] * block, in[3] * block}}};
}

Result<Outputs> space_to_depth(const Call& call) {
  const std::int64_t block = call.node.int_or("blocksize", 0);
  const Shape& in = call.in(0).shape;
  if (in.size() != 4 || block < 1 || block > 4096 || in[2] % block != 0 || in[3] % block != 0)
    return contradiction(fmt::format("blocks of {} do not fit {}", block, to_string(in)));
  if (call.node.string_or("mode", "DCR") != "DCR")
    return not_supported("SpaceToDepth in another mode than DCR");
  return Outputs{{call.in(0).dtype, {in[0], in[1] * block * block, in[2] / block, in[3] / block}}};
}

}  // namespace deepgap::model::rules
