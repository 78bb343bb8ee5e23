#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/core/types.hpp"

// The contract between DeepGap and an inference engine, in three levels: Engine (cheap, capabilities as data)
// -> Model (compiled, immutable, tells its effective settings) -> Session (mutable, one thread, owns
// buffers). Knows: tensors, precisions, settings. Never knows: clocks, statistics, studies, files, how
// results are shown.
namespace deepgap::engine {

// A device an engine can use on this machine now.
struct Device {
  std::string id;                     // "cpu", "cuda:0"
  std::string name;                   // "Intel Xeon ...", "NVIDIA H100 80GB HBM3"
  std::vector<Precision> precisions;  // what this device really runs; anything else is a skip
  double memory_mb = 0;               // its own (10^6 bytes); 0: it works in the host's, or cannot tell
};

// Facts, not promises: the planner reads them and never an engine's name.
struct Capabilities {
  std::vector<Device> devices;
  Int8Activations int8_activations = Int8Activations::s8;  // which QDQ scheme it runs fastest
  bool typed_networks = false;  // wants fp16/bf16 as ONNX types (strongly typed) instead of a precision hint
  bool asynchronous = false;    // Session::start may return before the outputs are readable
  bool threads = false;         // honours CompileOptions::threads
  bool streams = false;         // honours CompileOptions::streams
  std::vector<std::string> hints;      // accepted CompileOptions::hint values; may be empty
  std::vector<std::string> operators;  // ONNX operators it runs; empty = only compile() can tell
  std::map<std::string, std::string, std::less<>> options;  // engine-specific option -> what it does
};

// The network to compile: complete ONNX bytes (no external files), the caller keeps them alive during
// compile().
struct ModelSource {
  std::string name;  // for messages only
  ConstBytes onnx;
  std::string hash;                // content hash of the bytes, for plan caches
  std::vector<TensorSpec> inputs;  // final static shape of every input; engines reshape to these
};

struct CompileOptions {
  std::string device = "cpu";
  Precision precision = Precision::fp32;
  int threads = 0;  // 0 = all cores this process may use
  int streams = 1;
  std::string hint;  // "latency", "throughput" or "" (the engine's own default)
  std::map<std::string, std::string, std::less<>>
      options;            // engine-specific, keys from Capabilities::options
  std::string cache_dir;  // existing folder for plan caches, "" = no cache on disk
};

// Asked for against read back from the engine or driver. An absent `effective` could not be read.
struct Setting {
  std::string requested;  // "auto": left to the engine
  std::optional<std::string> effective;
};
using Settings = std::map<std::string, Setting, std::less<>>;

// What Session::run() contains, as this engine makes it. Empty = cannot be told.
struct CallContract {
  bool copies = false;  // inputs go to another memory and outputs come back within the call
  std::string sync;     // how the end is known: "the call returns", "blocking wait", "spinning wait"
  std::string launch;   // how the work is handed over: "graph replay", "kernel by kernel", "by the engine"
};

// What the engine really did, read back after compile().
struct Effective {
  std::optional<Precision> precision;  // what most of the arithmetic runs in; absent = cannot be read
  std::string precision_evidence;      // one sentence: "53 of 53 convolutions are brgconv_avx512_core_amx_I8"
  int threads = 0;                     // 0 = not applicable
  int streams = 1;
  int in_flight = 1;  // sessions to keep busy for throughput (1 for a synchronous engine)
  CallContract call;
  Settings settings;
  std::vector<std::string>
      mistrust;  // reasons why this compiled network should not be believed; normally empty
};

// Mutable; one thread at a time; owns its input and output buffers (host memory). Buffers keep their contents
// and addresses between runs. Must not outlive its Model.
class Session {
 public:
  virtual ~Session() = default;
  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Host memory the next run reads (size and type as Model::inputs()[index]). Never part of a timed call.
  [[nodiscard]] virtual Bytes input(std::size_t index) = 0;
  // Host memory the last finished run wrote. Valid until the next run starts.
  [[nodiscard]] virtual ConstBytes output(std::size_t index) const = 0;
  // Outputs are overwritten with a pattern, so that a run that writes nothing is caught.
  virtual void poison_outputs() = 0;

  // One inference: copies in where the device needs it, runs, copies out; returns when outputs are readable.
  // This is the timed call: no allocation, no logging.
  virtual Status run() = 0;

  // Only when Capabilities::asynchronous: run() cut in two. Exactly one wait() after each start().
  virtual Status start() = 0;
  virtual Status wait() = 0;

  // How long the device worked on the last finished run, by its own clock, inputs and outputs resident
  // (copies apart). Absent when there is no such clock. Asked between timed calls; may cost microseconds.
  [[nodiscard]] virtual std::optional<std::int64_t> device_ns() const { return std::nullopt; }

  // Empties the caches of a device that has its own memory; returns when that is done. Never part of a timed
  // call. Errc::unsupported where the engine cannot.
  virtual Status evict_caches() {
    return Error{Errc::unsupported, "this engine cannot empty its device's caches"};
  }
};

// A session of an engine that has no asynchronous calls: start() does the work, wait() returns its status.
class SynchronousSession : public Session {
 public:
  Status start() final {
    pending_ = run();
    return {};
  }
  Status wait() final { return std::move(pending_); }

 private:
  Status pending_;
};

// Immutable once built; safe to share between threads.
class Model {
 public:
  virtual ~Model() = default;
  Model() = default;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  [[nodiscard]] virtual std::span<const TensorSpec> inputs() const = 0;   // static shapes
  [[nodiscard]] virtual std::span<const TensorSpec> outputs() const = 0;  // static shapes
  [[nodiscard]] virtual const Effective& effective() const = 0;
  virtual Result<std::unique_ptr<Session>> open() const = 0;
};

// Cheap to create; no device memory is taken before compile(). One thread at a time.
class Engine {
 public:
  virtual ~Engine() = default;
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  [[nodiscard]] virtual std::string_view name() const = 0;  // "openvino": as in studies and case strings
  [[nodiscard]] virtual std::string version() const = 0;    // of the vendor library that was loaded
  [[nodiscard]] virtual const Capabilities& capabilities() const = 0;
  // Errc::unsupported with the operator's name when the network cannot run here; Errc::unavailable when the
  // device cannot be used; Errc::engine_failure with the vendor's own words otherwise. Never throws.
  virtual Result<std::unique_ptr<Model>> compile(const ModelSource& source,
                                                 const CompileOptions& options) = 0;
};

}  // namespace deepgap::engine
