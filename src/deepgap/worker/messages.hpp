#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/core/types.hpp"
#include "deepgap/engine/engine.hpp"
#include "deepgap/measure/between.hpp"
#include "deepgap/record/round.hpp"

// What supervisor and worker say to each other, as values and as JSON. A request names its kind in "do"; a
// reply is
// {"ok": ...} or {"error": {"code", "message"}}. Decoding checks every type: a broken peer is an Error, not a
// crash.
namespace deepgap::worker {

inline constexpr int kProtocolVersion = 1;

// Answer to the first request, {"do": "hello", "engine": NAME, "protocol": 1}.
struct Hello {
  std::string engine, version;
  engine::Capabilities capabilities;
};

struct CompileRequest {
  std::string model_name, model_file, model_hash;
  std::vector<TensorSpec> inputs;
  std::int64_t batch = 1;
  engine::CompileOptions options;
  measure::Conditions conditions;
};

struct CompileReply {
  engine::Effective effective;
  std::vector<TensorSpec> inputs, outputs;
  double compile_s = 0;
  double first_call_ms = 0;
  std::optional<std::string> sweep;  // what empties the caches between the calls
};

// One round; the constants of METHOD.md that the study may change travel, the rest are the worker's own.
struct RoundRequest {
  std::int64_t index = 0, process = 0;
  int rounds = 10;  // of the whole plan: decides how precise one round must be
  double target = 0.01;
  std::string stop_on = "mean";
  std::int64_t min_samples = 32;
  std::int64_t slow_samples = 32;  // enough after slow_after_s
  double slow_after_s = 0.3;
  double min_s = 0.1, cap_s = 1;
  double level = 0.97;  // inside, for a nominal 95 % interval that was stopped on
  std::optional<std::int64_t> planned_samples;
  std::optional<int> study_warmups;  // the DEEP-GAP study's protocol: unrecorded calls before planned_samples
};

[[nodiscard]] nlohmann::json encode(const Hello& value);
[[nodiscard]] nlohmann::json encode(const CompileRequest& value);
[[nodiscard]] nlohmann::json encode(const CompileReply& value);
[[nodiscard]] nlohmann::json encode(const RoundRequest& value);
[[nodiscard]] nlohmann::json encode(const record::Round& value);
[[nodiscard]] nlohmann::json encode(const std::vector<Tensor>& value);
[[nodiscard]] nlohmann::json encode(const Error& error);  // {"error": {...}}

// T is one of the types above; Errc::io when the message is not a T.
template <class T>
[[nodiscard]] Result<T> decode(const nlohmann::json& message);

// The Error in {"error": {...}}; Errc::io when it is malformed itself.
[[nodiscard]] Error decode_error(const nlohmann::json& message);

}  // namespace deepgap::worker
