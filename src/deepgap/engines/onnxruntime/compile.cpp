#include "deepgap/engines/onnxruntime/compile.hpp"

#include <algorithm>
#include <iterator>
#include <system_error>

#include <fmt/format.h>

#include "deepgap/core/text.hpp"
#include "deepgap/engines/onnxruntime/describe.hpp"
#include "deepgap/engines/onnxruntime/optimised.hpp"
#include "deepgap/engines/onnxruntime/scratch.hpp"
#include "deepgap/engines/onnxruntime/session_options.hpp"
#include "deepgap/engines/onnxruntime/types.hpp"

namespace deepgap::engines::onnxruntime {
namespace {

std::string type_name(ONNXTensorElementDataType type) {
  const auto dtype = dtype_of(type);
  return dtype ? std::string{name(*dtype)} : fmt::format("of ONNX element type {}", static_cast<int>(type));
}

Status check_shape(const Port& port, const TensorSpec& spec) {
  if (!element_count(spec.shape))
    return Error{Errc::invalid_input, fmt::format("input '{}' has no usable shape {}", printable(spec.name),
                                                  to_string(spec.shape))};
  const bool fits = std::ranges::equal(port.shape, spec.shape, [](std::int64_t in_file, std::int64_t given) {
    return in_file < 0 || in_file == given;
  });
  if (fits) return {};
  return Error{Errc::invalid_input, fmt::format("input '{}' is {} in the model, not {}", printable(spec.name),
                                                to_string(port.shape), to_string(spec.shape))};
}

// The inputs in the order of the file, each as it was given.
Result<std::vector<TensorSpec>> match_inputs(const std::vector<Port>& ports,
                                             const std::vector<TensorSpec>& given) {
  if (ports.size() != given.size())
    return Error{Errc::invalid_input,
                 fmt::format("ONNX Runtime sees {} inputs, {} were given", ports.size(), given.size())};
  std::vector<TensorSpec> inputs;
  for (const Port& port : ports) {
    const auto spec = std::ranges::find(given, port.name, &TensorSpec::name);
    if (spec == given.end())
      return Error{Errc::invalid_input,
                   fmt::format("no shape was given for input '{}'", printable(port.name))};
    if (dtype_of(port.type) != spec->dtype)
      return Error{Errc::invalid_input,
                   fmt::format("input '{}' is {} in the model, not {}", printable(spec->name),
                               type_name(port.type), name(spec->dtype))};
    if (auto fits = check_shape(port, *spec); !fits) return std::move(fits).error();
    inputs.push_back(*spec);
  }
  return inputs;
}

// Older libraries put the batch into the inputs only when they optimise nothing.
void settle_batch(std::vector<Port>& ports, std::optional<std::int64_t> batch) {
  for (Port& port : ports)
    for (std::size_t i = 0; i < port.shape.size(); ++i)
      if (batch && port.shape[i] < 0 && port.symbols[i] == kBatchName) port.shape[i] = *batch;
}

Result<std::vector<TensorSpec>> fixed_outputs(const std::vector<Port>& ports) {
  std::vector<TensorSpec> outputs;
  for (const Port& port : ports) {
    const auto dtype = dtype_of(port.type);
    if (!dtype)
      return Error{Errc::unsupported, fmt::format("'{}' is {}, which is not measured", printable(port.name),
                                                  type_name(port.type))};
    if (!element_count(port.shape))
      return Error{Errc::unsupported, fmt::format("output '{}' has no fixed shape ({})", printable(port.name),
                                                  to_string(port.shape))};
    outputs.push_back({port.name, *dtype, port.shape});
  }
  return outputs;
}

int threads_of_this_process() {
  std::error_code failed;
  const std::filesystem::directory_iterator tasks{"/proc/self/task", failed};
  return failed ? 0 : static_cast<int>(std::distance(begin(tasks), end(tasks)));
}

struct Opened {
  Handle<OrtSession> session;
  int threads_started = 0;
  std::optional<std::string> spinning;
};

Result<Opened> create(const Runtime& runtime, const engine::ModelSource& source, const Request& request,
                      const std::optional<std::filesystem::path>& save_to) {
  const OrtApi& api = runtime.api();
  const auto options = session_options(runtime, source, request, save_to);
  if (!options) return options.error();
  OrtSession* session = nullptr;
  const int before = threads_of_this_process();
  auto created = check(api,
                       api.CreateSessionFromArray(runtime.environment.get(), source.onnx.data(),
                                                  source.onnx.size(), options->get(), &session),
                       "compile the network", Errc::engine_failure);
  if (!created) return std::move(created).error();
  const int started = threads_of_this_process() - before;
  const auto spinning = config_entry(api, **options, kAllowSpinning);
  return Opened{{session, {api.ReleaseSession}},
                started,
                spinning ? std::optional<std::string>{*spinning == "1" ? "on" : "off"} : std::nullopt};
}

struct Saved {
  Opened opened;
  Arithmetic arithmetic;
};

// The optimised network is the only witness of what will run. A disk that does not take it costs the witness,
// not the case.
Result<Saved> create_and_look(const Runtime& runtime, const engine::ModelSource& source,
                              const Request& request) {
  const auto folder = ScratchFolder::make();
  if (folder) {
    const auto file = folder->path() / "optimised.onnx";
    auto opened = create(runtime, source, request, file);
    if (opened) return Saved{*std::move(opened), arithmetic_of(file)};
    if (opened.error().code() != Errc::engine_failure) return std::move(opened).error();
  }
  auto opened = create(runtime, source, request, std::nullopt);
  if (!opened) return std::move(opened).error();
  return Saved{*std::move(opened),
               {std::nullopt, "the temporary folder did not take the network that ONNX Runtime optimised"}};
}

engine::Effective effective_of(const Request& request, const Saved& saved) {
  engine::Effective effective;
  effective.precision = saved.arithmetic.precision;
  effective.precision_evidence = saved.arithmetic.evidence;
  // On the card the operators are the same in both: the provider was told which one to use.
  if (request.precision == Precision::tf32 && effective.precision == Precision::fp32)
    effective.precision = Precision::tf32;
  effective.call = {request.device != "cpu", "the call returns", "by the engine"};
  effective.settings = request.settings;
  effective.settings["spinning"].effective = saved.opened.spinning;
  effective.threads = saved.opened.threads_started + 1;  // the calling thread works too
  effective.settings["threads"].effective = std::to_string(effective.threads);
  return effective;
}

}  // namespace

Result<Compiled> compile(const Runtime& runtime, const engine::ModelSource& source, const Request& request) {
  auto saved = create_and_look(runtime, source, request);
  if (!saved) return std::move(saved).error();
  auto ports = ports_of(runtime, *saved->opened.session);
  if (!ports) return ports.error();
  auto inputs = match_inputs(ports->inputs, source.inputs);
  if (!inputs) return std::move(inputs).error();
  settle_batch(ports->outputs, batch_of(source));
  auto outputs = fixed_outputs(ports->outputs);
  if (!outputs) return std::move(outputs).error();
  auto effective = effective_of(request, *saved);
  return Compiled{std::move(saved->opened.session), *std::move(inputs), *std::move(outputs),
                  std::move(effective)};
}

}  // namespace deepgap::engines::onnxruntime
