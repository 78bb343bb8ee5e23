#include "deepgap/measure/prepare.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <utility>

#include "deepgap/core/hash.hpp"
#include "deepgap/model/batch.hpp"
#include "deepgap/model/builders.hpp"
#include "deepgap/model/cost.hpp"
#include "deepgap/model/fold.hpp"
#include "deepgap/model/inputs.hpp"
#include "deepgap/model/onnx_read.hpp"
#include "deepgap/model/onnx_write.hpp"
#include "deepgap/model/quantise.hpp"
#include "deepgap/model/reference.hpp"
#include "deepgap/model/shapes.hpp"

namespace deepgap::measure {
namespace {

// A golden output of the whole batch costs this much at most; beyond it one sample is checked in every place.
constexpr double kWholeBatchMacs = 1e9;
// Calibration samples come from here on, golden samples from 0, agreement samples from 1,000,000 on.
constexpr std::int64_t kCalibrationFirst = 500'000;
constexpr std::int64_t kAgreementFirst = 1'000'000;

bool is_builtin(const std::string& model) {
  const auto names = model::builtin_models();
  return std::ranges::find(names, model) != names.end();
}

// Readers never see half a file: written beside and renamed.
Status write_whole(const std::filesystem::path& file, ConstBytes bytes) {
  std::error_code failed;
  std::filesystem::create_directories(file.parent_path(), failed);
  const std::filesystem::path part = fmt::format("{}.{}.part", file.string(), ::getpid());
  std::ofstream out{part, std::ios::binary};
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (out) std::filesystem::rename(part, file, failed);
  if (out && !failed) return {};
  std::filesystem::remove(part, failed);
  return Error{Errc::io, fmt::format("cannot write {} (disk full or read-only?); choose another folder with "
                                     "DEEPGAP_CACHE_DIR",
                                     file.string())};
}

Result<model::Graph> load_graph(const std::string& model, std::uint64_t seed) {
  if (is_builtin(model)) return model::build(model, seed);
  if (!model.ends_with(".onnx")) {
    const auto names = model::builtin_models();
    return Error{Errc::invalid_input,
                 fmt::format("unknown model '{}'; built in: {}; or a path ending in .onnx", model,
                             fmt::join(names, ", "))};
  }
  return model::read_onnx(std::filesystem::path{model});
}

std::string_view scheme_of(const Quantisation& how) { return how.e4m3 ? "e4m3" : name(how.activations); }

bool has_quantise_nodes(const model::Graph& graph) {
  return std::ranges::any_of(graph.nodes, [](const model::Node& node) {
    return node.op == "QuantizeLinear" || node.op == "DequantizeLinear";
  });
}

// `count` seeded samples from `first` on, as one batch of inputs.
Result<std::vector<Tensor>> samples_of(const model::Graph& graph, std::int64_t count, std::uint64_t seed,
                                       std::int64_t first) {
  auto shapes = model::infer_shapes(graph, count);
  if (!shapes) return std::move(shapes).error();
  std::vector<TensorSpec> specs;
  for (const model::Value& input : graph.inputs) specs.push_back(shapes->at(input.name));
  return model::seeded_inputs(graph, specs, seed, first);
}

// Shapes come from the file: nobody may make us allocate what is not there.
Status fits(const model::Graph& graph, std::int64_t batch, double limit_bytes) {
  auto cost = model::cost(graph, batch);
  if (!cost) return std::move(cost).error();
  const double needed = cost->parameter_bytes + cost->activation_bytes;
  if (needed <= limit_bytes) return {};
  return Error{Errc::unsupported, fmt::format("its tensors need {:.3g} GB at batch {}, {:.3g} GB may be used",
                                              needed / 1e9, batch, limit_bytes / 1e9)};
}

}  // namespace

struct ModelCache::Network {
  model::Graph graph;
  std::filesystem::path onnx;
  std::string hash;
};

ModelCache::ModelCache(PrepareOptions options) : options_{std::move(options)} {}
ModelCache::~ModelCache() = default;

Result<const ModelCache::Network*> ModelCache::float_network(const std::string& model) {
  if (const auto it = networks_.find(model); it != networks_.end()) return it->second.get();
  auto graph = load_graph(model, options_.seed);
  if (!graph) return std::move(graph).error();
  if (is_builtin(model)) model::fold_batchnorm(*graph);  // a user's file runs as it was written
  auto bytes = model::write_onnx(*graph);
  if (!bytes) return std::move(bytes).error();
  auto built = std::make_unique<Network>();
  built->hash = content_hash(*bytes);
  built->onnx = options_.cache_folder / "models" / (built->hash + ".onnx");
  built->graph = *std::move(graph);
  if (!std::filesystem::exists(built->onnx))
    if (auto written = write_whole(built->onnx, *bytes); !written) return std::move(written).error();
  return networks_.emplace(model, std::move(built)).first->second.get();
}

Result<const ModelCache::Network*> ModelCache::quantised_network(const std::string& model,
                                                                 const Quantisation& how) {
  auto base = float_network(model);
  if (!base) return std::move(base).error();
  if (has_quantise_nodes((*base)->graph)) return *base;  // the user quantised it already
  const std::string key = fmt::format("{}\n{}\n{}", model, scheme_of(how), how.calibration);
  if (const auto it = networks_.find(key); it != networks_.end()) return it->second.get();

  const std::string id =
      Hasher{}
          .add((*base)->hash)
          .add(scheme_of(how))
          .add(how.calibration)
          .add(fmt::format("{} {} {}", options_.calibration_images, options_.seed, model::kQuantiserVersion))
          .hex();
  auto built = std::make_unique<Network>();
  built->onnx = options_.cache_folder / "models" / (id + (how.e4m3 ? ".fp8.onnx" : ".int8.onnx"));
  if (auto kept = model::read_onnx(built->onnx); kept) {
    built->graph = *std::move(kept);
  } else {
    model::Graph folded = (*base)->graph;
    model::fold_batchnorm(folded);
    std::vector<std::vector<Tensor>> samples;
    for (int i = 0; i < options_.calibration_images; ++i) {
      auto inputs = samples_of(folded, 1, options_.seed, kCalibrationFirst + i);
      if (!inputs) return std::move(inputs).error();
      samples.push_back(*std::move(inputs));
    }
    model::QuantiseOptions quantise;
    quantise.activations = how.activations;
    if (how.e4m3) quantise.format = model::QuantiseOptions::Format::e4m3;
    quantise.method = how.calibration == "percentile" ? model::QuantiseOptions::Method::percentile
                                                      : model::QuantiseOptions::Method::minmax;
    auto graph = model::quantise(folded, quantise, samples);
    if (!graph) return std::move(graph).error();
    built->graph = *std::move(graph);
    auto bytes = model::write_onnx(built->graph);
    if (!bytes) return std::move(bytes).error();
    if (auto written = write_whole(built->onnx, *bytes); !written) return std::move(written).error();
  }
  built->hash = id;
  return networks_.emplace(key, std::move(built)).first->second.get();
}

Result<const ModelCache::Network*> ModelCache::network(const std::string& model, bool quantised,
                                                       const Quantisation& how) {
  return quantised ? quantised_network(model, how) : float_network(model);
}

Result<PreparedModel> ModelCache::prepare(const std::string& model, Precision precision,
                                          const Quantisation& quantisation, std::int64_t batch) {
  const bool quantised = precision == Precision::int8 || precision == Precision::fp8;
  auto base = float_network(model);
  if (!base) return std::move(base).error();
  if (auto planned = model::plan_batch((*base)->graph, batch); !planned) return std::move(planned).error();
  if (auto fit = fits((*base)->graph, batch, options_.memory_limit_bytes); !fit)
    return std::move(fit).error();
  Quantisation how = quantisation;
  how.e4m3 = precision == Precision::fp8;
  auto found = network(model, quantised, how);
  if (!found) return std::move(found).error();
  const model::Graph& graph = (*found)->graph;
  auto shapes = model::infer_shapes(graph, batch);
  if (!shapes) return std::move(shapes).error();

  PreparedModel prepared;
  prepared.name = model;
  prepared.hash = (*found)->hash;
  prepared.onnx = (*found)->onnx;
  prepared.scheme = quantised ? std::string{scheme_of(how)} : std::string{};
  prepared.batch = batch;
  for (const model::Value& input : graph.inputs) prepared.inputs.push_back(shapes->at(input.name));
  for (const model::Value& output : graph.outputs) prepared.outputs.push_back(shapes->at(output.name));
  prepared.batched = std::ranges::all_of(prepared.outputs, [batch](const TensorSpec& output) {
    return !output.shape.empty() && output.shape[0] == batch;
  });
  if (const auto cost = model::cost(graph, batch); cost) {
    prepared.macs = cost->macs;
    prepared.parameter_bytes = cost->parameter_bytes;
    prepared.activation_bytes = cost->activation_bytes;
  }
  return prepared;
}

Result<Golden> ModelCache::golden(const PreparedModel& prepared, record::Journal& journal) {
  const auto it =
      std::ranges::find_if(networks_, [&](const auto& entry) { return entry.second->hash == prepared.hash; });
  if (it == networks_.end()) return Error{Errc::internal, "golden() of a model that was not prepared"};
  const model::Graph& graph = it->second->graph;
  const bool whole = !graph.dynamic_batch() || !prepared.batched || prepared.macs <= kWholeBatchMacs;
  Golden golden;
  golden.samples = whole ? prepared.batch : 1;

  auto inputs = samples_of(graph, golden.samples, options_.seed, 0);
  if (!inputs) return std::move(inputs).error();
  golden.inputs = *std::move(inputs);

  const std::string key = fmt::format("golden/{}/{}/{}", prepared.hash, golden.samples, options_.seed);
  auto kept = journal.tensors(key);
  if (!kept) return std::move(kept).error();
  if (kept->has_value()) {
    golden.outputs = **std::move(kept);
    return golden;
  }
  auto outputs = model::run_reference(graph, golden.inputs);
  if (!outputs) {
    golden.absent = outputs.error().message();
    return golden;
  }
  golden.outputs = *std::move(outputs);
  if (auto put = journal.put_tensors(key, golden.outputs); !put) return std::move(put).error();
  return golden;
}

Result<std::vector<Tensor>> ModelCache::sample_inputs(const PreparedModel& prepared, std::int64_t first,
                                                      std::int64_t count) {
  auto base = float_network(prepared.name);  // the same samples for every precision
  if (!base) return std::move(base).error();
  return samples_of((*base)->graph, count, options_.seed, kAgreementFirst + first);
}

Status check_readable(std::span<const std::string> models) {
  for (const std::string& name : models) {
    if (is_builtin(name)) continue;
    auto graph = load_graph(name, 1);
    if (!graph && (graph.error().code() == Errc::invalid_input || graph.error().code() == Errc::io))
      return Error{Errc::invalid_input, graph.error().message()};
  }
  return {};
}

struct ModelChecker::Graphs {
  std::map<std::string, Result<model::Graph>, std::less<>> by_model;
};

ModelChecker::ModelChecker(std::uint64_t seed) : seed_{seed}, graphs_{std::make_unique<Graphs>()} {}
ModelChecker::~ModelChecker() = default;

Status ModelChecker::check(const std::string& model, std::int64_t batch) {
  auto it = graphs_->by_model.find(model);
  if (it == graphs_->by_model.end()) it = graphs_->by_model.emplace(model, load_graph(model, seed_)).first;
  if (!it->second) return it->second.error();
  if (auto planned = model::plan_batch(*it->second, batch); !planned) return std::move(planned).error();
  return {};
}

std::filesystem::path default_cache_folder() {
  if (const char* folder = std::getenv("DEEPGAP_CACHE_DIR"); folder != nullptr && *folder != '\0')
    return folder;
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache != '\0')
    return std::filesystem::path{cache} / "deepgap";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0')
    return std::filesystem::path{home} / ".cache/deepgap";
  std::error_code failed;
  return std::filesystem::temp_directory_path(failed) / "deepgap";
}

}  // namespace deepgap::measure
