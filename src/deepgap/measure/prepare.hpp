#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/core/types.hpp"
#include "deepgap/record/journal.hpp"

// From a model's name to bytes an engine can compile, inputs to feed it and the outputs it should give.
// Knows: models, quantisation, the reference. Never knows: engines, clocks, processes.
namespace deepgap::measure {

// A network ready for engines, in one precision family, at one batch. Immutable.
struct PreparedModel {
  std::string name;            // as the study says it
  std::string hash;            // of the ONNX bytes
  std::filesystem::path onnx;  // complete file in the cache folder
  std::string scheme;          // "" (float) or how activations are stored: "s8", "u8", "e4m3"
  std::int64_t batch = 1;
  std::vector<TensorSpec> inputs;  // static shapes at `batch`
  std::vector<TensorSpec> outputs;
  double macs = 0;  // multiply-accumulates of one inference at `batch`; 0 = unknown
  double parameter_bytes = 0, activation_bytes = 0;
  bool batched = true;  // every output's first dimension is the batch
};

// Inputs for `samples` samples and the reference's outputs for them. samples divides the batch, or equals it.
struct Golden {
  std::int64_t samples = 0;
  std::vector<Tensor> inputs;
  std::vector<Tensor> outputs;  // empty when the reference cannot run this network
  std::string absent;           // then: why not
};

struct PrepareOptions {
  std::filesystem::path cache_folder;
  std::uint64_t seed = 1;
  int calibration_images = 4;
  double memory_limit_bytes = 16e9;  // a network whose tensors need more is not tried
};

// How an INT8 or FP8 network is made; without meaning for other precisions.
struct Quantisation {
  Int8Activations activations = Int8Activations::u8;
  std::string calibration = "minmax";  // "minmax" | "percentile"
  bool e4m3 = false;                   // prepare() sets it for fp8
};

// Builds, reads, folds and quantises each network once; what is costly is kept on disk by content hash.
// Reads user files: everything it returns has been validated. One thread.
class ModelCache {
 public:
  explicit ModelCache(PrepareOptions options);
  ~ModelCache();
  ModelCache(const ModelCache&) = delete;
  ModelCache& operator=(const ModelCache&) = delete;

  // Errc::invalid_input: the model cannot be read (the study is wrong). Errc::unsupported: the network cannot
  // run like this (operator unknown, batch fixed), in words for a skip.
  Result<PreparedModel> prepare(const std::string& model, Precision precision,
                                const Quantisation& quantisation, std::int64_t batch);

  // Golden outputs from the double-precision interpreter, kept in the journal by content hash: the whole
  // batch when that is cheap, one sample of it otherwise. Errc::io when the journal fails.
  Result<Golden> golden(const PreparedModel& prepared, record::Journal& journal);

  // `count` seeded samples for comparing precisions (not the golden ones).
  Result<std::vector<Tensor>> sample_inputs(const PreparedModel& prepared, std::int64_t first,
                                            std::int64_t count);

 private:
  struct Network;  // one graph in memory with its file and hash
  Result<const Network*> network(const std::string& model, bool quantised, const Quantisation& how);
  Result<const Network*> float_network(const std::string& model);
  Result<const Network*> quantised_network(const std::string& model, const Quantisation& how);

  PrepareOptions options_;
  std::map<std::string, std::unique_ptr<Network>, std::less<>> networks_;
};

// The first of these models that is no built-in name and no readable ONNX file is Errc::invalid_input: a typo
// in a path should cost nothing.
[[nodiscard]] Status check_readable(std::span<const std::string> models);

// Whether a model can be read and run at a batch at all, without preparing it. Errors as
// ModelCache::prepare().
class ModelChecker {
 public:
  explicit ModelChecker(std::uint64_t seed);
  ~ModelChecker();
  ModelChecker(const ModelChecker&) = delete;
  ModelChecker& operator=(const ModelChecker&) = delete;
  Status check(const std::string& model, std::int64_t batch);

 private:
  struct Graphs;
  std::uint64_t seed_;
  std::unique_ptr<Graphs> graphs_;
};

// DEEPGAP_CACHE_DIR, else XDG_CACHE_HOME/deepgap, else HOME/.cache/deepgap, else the temporary folder.
[[nodiscard]] std::filesystem::path default_cache_folder();

}  // namespace deepgap::measure
