#include "deepgap/engines/openvino/compile.hpp"

#include <algorithm>
#include <istream>
#include <streambuf>

#include <fmt/format.h>

#include <openvino/frontend/manager.hpp>
#include <openvino/runtime/properties.hpp>

#include "deepgap/core/text.hpp"
#include "deepgap/engine/refusal.hpp"
#include "deepgap/engines/openvino/translate.hpp"

namespace deepgap::engines::openvino {
namespace {

// Reads bytes in place: Core::read_model(std::string) would copy a network of 100 MB twice.
class BytesBuffer final : public std::streambuf {
 public:
  explicit BytesBuffer(ConstBytes bytes) {
    // std::streambuf wants char*; the get area is never written to.
    auto* begin = const_cast<char*>(reinterpret_cast<const char*>(bytes.data()));
    setg(begin, begin, begin + bytes.size());
  }

 protected:
  pos_type seekoff(off_type offset, std::ios_base::seekdir from, std::ios_base::openmode) override {
    const off_type size = egptr() - eback();
    const off_type base = from == std::ios_base::beg   ? 0
                          : from == std::ios_base::cur ? gptr() - eback()
                                                       : size;
    const off_type target = base + offset;
    if (target < 0 || target > size) return pos_type{off_type{-1}};
    setg(eback(), eback() + target, egptr());
    return pos_type{target};
  }
  pos_type seekpos(pos_type position, std::ios_base::openmode which) override {
    return seekoff(off_type{position}, std::ios_base::beg, which);
  }
};

Result<std::shared_ptr<ov::Model>> read(ConstBytes onnx) {
  try {
    const auto reader = ov::frontend::FrontEndManager{}.load_by_framework("onnx");
    if (!reader) return Error{Errc::unavailable, "this OpenVINO has no ONNX reader"};
    BytesBuffer buffer{onnx};
    std::istream stream{&buffer};
    const auto parsed = reader->load(&stream);
    if (!parsed) return Error{Errc::invalid_input, "OpenVINO cannot read the bytes as an ONNX model"};
    return reader->convert(parsed);
  } catch (...) {
    return translate_exception("read the ONNX model", Errc::invalid_input);
  }
}

Shape shape_of(const ov::Shape& shape) { return {shape.begin(), shape.end()}; }

const TensorSpec* spec_of(const ov::Output<ov::Node>& port, const std::vector<TensorSpec>& specs) {
  const auto& names = port.get_names();
  const auto found =
      std::ranges::find_if(specs, [&](const TensorSpec& spec) { return names.contains(spec.name); });
  return found == specs.end() ? nullptr : &*found;
}

std::string any_name(const ov::Output<ov::Node>& port) {
  const auto& names = port.get_names();
  return names.empty() ? port.get_node()->get_friendly_name() : *names.begin();
}

// The ONNX reader calls a result "<name in the file>/sink_port_0"; a tensor may have more names than that
// one.
std::string output_name(const ov::Output<ov::Node>& port) {
  std::string name = port.get_node()->get_friendly_name();
  if (const auto slash = name.rfind("/sink_port_"); slash != std::string::npos) name.erase(slash);
  return port.get_names().contains(name) ? name : any_name(port);
}

Status reshape(ov::Model& network, const engine::ModelSource& source) {
  if (network.inputs().size() != source.inputs.size())
    return Error{Errc::invalid_input, fmt::format("{}: OpenVINO sees {} inputs, {} were given", source.name,
                                                  network.inputs().size(), source.inputs.size())};
  std::map<ov::Output<ov::Node>, ov::PartialShape> shapes;
  for (const auto& port : network.inputs()) {
    const TensorSpec* spec = spec_of(port, source.inputs);
    if (spec == nullptr)
      return Error{Errc::invalid_input, fmt::format("{}: no shape was given for input '{}'", source.name,
                                                    printable(any_name(port)))};
    if (dtype_of(port.get_element_type()) != spec->dtype)
      return Error{
          Errc::invalid_input,
          fmt::format("{}: input '{}' is {} in the model, not {}", source.name, printable(spec->name),
                      port.get_element_type().get_type_name(), name(spec->dtype))};
    if (!element_count(spec->shape))
      return Error{Errc::invalid_input, fmt::format("{}: input '{}' has no usable shape {}", source.name,
                                                    printable(spec->name), to_string(spec->shape))};
    shapes[port] = ov::PartialShape{std::vector<ov::Dimension>(spec->shape.begin(), spec->shape.end())};
  }
  try {
    network.reshape(shapes);
  } catch (...) {
    return translate_exception(fmt::format("reshape {}", source.name), Errc::unsupported);
  }
  return {};
}

Result<TensorSpec> static_spec(const ov::Output<ov::Node>& port, std::string name) {
  if (port.get_partial_shape().is_dynamic())
    return Error{Errc::unsupported, fmt::format("output '{}' has no fixed shape ({})", printable(name),
                                                port.get_partial_shape().to_string())};
  const auto dtype = dtype_of(port.get_element_type());
  if (!dtype)
    return Error{Errc::unsupported, fmt::format("'{}' has the type {}, which is not measured",
                                                printable(name), port.get_element_type().get_type_name())};
  return TensorSpec{std::move(name), *dtype, shape_of(port.get_shape())};
}

constexpr std::string_view kName = "openvino";

// Absent: OpenVINO's own choice, only ever for what an int8 network leaves unquantised.
std::optional<ov::element::Type> inference_type(const engine::CompileOptions& options) {
  switch (options.precision) {
    case Precision::bf16: return ov::element::bf16;
    case Precision::fp16: return ov::element::f16;
    case Precision::int8: {
      const auto rest = options.options.find("int8_rest");
      if (rest == options.options.end()) return std::nullopt;
      return rest->second == "bf16" ? ov::element::bf16 : ov::element::f32;
    }
    default: return ov::element::f32;
  }
}

Status check(const engine::CompileOptions& options, const engine::Capabilities& capabilities) {
  const auto found = engine::find_device(kName, options.device, capabilities);
  if (!found) return found.error();
  const engine::Device* const device = *found;
  if (std::ranges::find(device->precisions, options.precision) == device->precisions.end())
    return Error{Errc::unsupported,
                 fmt::format("openvino: {} does not run {}; OpenVINO would silently compute in "
                             "another precision",
                             device->name, name(options.precision))};
  if (!options.hint.empty() &&
      std::ranges::find(capabilities.hints, options.hint) == capabilities.hints.end())
    return engine::not_one_of(kName, "hint", options.hint, capabilities.hints);
  if (options.threads < 0 || options.streams < 1)
    return Error{Errc::invalid_input,
                 fmt::format("openvino: threads={} streams={}: threads must be 0 (all) or more, "
                             "streams 1 or more",
                             options.threads, options.streams)};
  if (auto known = engine::check_option_names(kName, options, capabilities); !known) return known;
  for (const auto& [key, value] : options.options) {
    const std::vector<std::string> values =
        key == "int8_rest" ? std::vector<std::string>{"fp32", "bf16"} : std::vector<std::string>{"on", "off"};
    if (std::ranges::find(values, value) == values.end())
      return engine::not_one_of(kName, "option " + key, value, values);
    if (key == "int8_rest" &&
        std::ranges::find(device->precisions, *precision_from(value)) == device->precisions.end())
      return Error{Errc::unsupported, fmt::format("openvino: {} does not run {}", device->name, value)};
  }
  return {};
}

}  // namespace

std::map<std::string, std::string, std::less<>> option_texts() {
  return {{"pinning",
           "on | off: threads stay on their core (ENABLE_CPU_PINNING); OpenVINO's own choice when left out"},
          {"hyper_threading",
           "on | off: use both threads of a core (ENABLE_HYPER_THREADING); OpenVINO's own choice"},
          {"int8_rest",
           "fp32 | bf16: what the layers of an int8 network that are not quantised compute in; OpenVINO's "
           "own choice (the fastest of the device) when left out"}};
}

Result<ShapedModel> read_and_shape(const engine::ModelSource& source) {
  auto network = read(source.onnx);
  if (!network) return std::move(network).error();
  if (auto shaped = reshape(**network, source); !shaped) return std::move(shaped).error();
  ShapedModel model{*network, {}, {}};
  for (const auto& port : (*network)->inputs()) {
    auto spec = static_spec(port, spec_of(port, source.inputs)->name);
    if (!spec) return std::move(spec).error();
    model.inputs.push_back(*std::move(spec));
  }
  for (const auto& port : (*network)->outputs()) {
    auto spec = static_spec(port, output_name(port));
    if (!spec) return std::move(spec).error();
    model.outputs.push_back(*std::move(spec));
  }
  return model;
}

Result<Plan> plan(const engine::CompileOptions& options, const engine::Capabilities& capabilities) {
  if (auto checked = check(options, capabilities); !checked) return std::move(checked).error();
  Plan plan;
  const auto type = inference_type(options);
  plan.requested["inference_precision"] = type ? type->get_type_name() : "auto";
  if (type) plan.properties[ov::hint::inference_precision.name()] = *type;

  plan.requested["hint"] = options.hint.empty() ? "auto" : options.hint;
  if (!options.hint.empty())
    plan.properties[ov::hint::performance_mode.name()] = options.hint == "throughput"
                                                             ? ov::hint::PerformanceMode::THROUGHPUT
                                                             : ov::hint::PerformanceMode::LATENCY;
  // One stream beside the throughput hint would undo the hint: the number is then the hint's to choose.
  const bool hint_decides = options.hint == "throughput" && options.streams == 1;
  plan.requested["streams"] = hint_decides ? "auto" : std::to_string(options.streams);
  if (!hint_decides) plan.properties[ov::num_streams.name()] = ov::streams::Num{options.streams};

  plan.requested["threads"] = options.threads == 0 ? "auto" : std::to_string(options.threads);
  if (options.threads > 0) plan.properties[ov::inference_num_threads.name()] = options.threads;

  plan.requested["pinning"] = plan.requested["hyper_threading"] = "auto";
  for (const auto& [key, value] : options.options) {
    if (key == "int8_rest") continue;
    plan.requested[key] = value;
    const auto& property = key == "pinning" ? ov::hint::enable_cpu_pinning : ov::hint::enable_hyper_threading;
    plan.properties[property.name()] = value == "on";
  }
  if (!options.cache_dir.empty()) plan.properties[ov::cache_dir.name()] = options.cache_dir;
  return plan;
}

}  // namespace deepgap::engines::openvino
