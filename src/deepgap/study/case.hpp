#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "deepgap/core/error.hpp"
#include "deepgap/core/types.hpp"

// One case: everything that decides what runs, and nothing about how long it is measured.
namespace deepgap::study {

inline constexpr std::int64_t kMaxBatch = std::int64_t{1} << 20;
inline constexpr int kMaxThreads = 65'536;
inline constexpr int kMaxStreams = 65'536;

struct Case {
  std::string engine;          // "openvino": lower-case letters, digits, '_' and '-'
  std::string device = "cpu";  // "cpu", "cuda:0"
  std::string model;           // built-in name, or a path (see is_path)
  Precision precision = Precision::fp32;
  std::int64_t batch = 1;  // 1 .. kMaxBatch
  int threads = 0;         // 0 = all cores this process may use
  int streams = 1;
  std::string hint;  // "latency", "throughput", "" = engine's default
  std::string scenario = "closed";
  std::string cache = "hot";  // "hot": the same buffers every call; "cold": emptied before each call
  // "method": docs/method.md; "deep-gap": as the DEEP-GAP study measured, for comparison only.
  std::string protocol = "method";
  std::string inputs = "reused";  // "reused": the same values every call; "fresh": others before each call
  std::string calibration =
      "minmax";  // of INT8 ranges: "minmax" or "percentile"; the default for other precisions
  std::map<std::string, std::string, std::less<>> options;  // the engine's own, by the engine's names ("law")

  friend bool operator==(const Case&, const Case&) = default;
};

// "engine=openvino device=cpu model=resnet50 precision=int8 batch=32 threads=2 streams=1": keys in that
// order, hint, scenario, cache, inputs, protocol and options ("null.law=...", the engine's name before the
// dot) only when they differ from their default; values that are empty or hold spaces, quotes or control
// characters are "quoted" with backslash escapes, bytes that are not UTF-8 as \xNN. The result is printable
// UTF-8 that a shell takes between single quotes. parse_case(canonical(c)) == c for every valid c.
[[nodiscard]] std::string canonical(const Case& c);

// Accepts keys in any order; missing keys take their defaults (engine, model are required).
// Errc::invalid_input names the key, what was given, what is allowed and the nearest spelling.
[[nodiscard]] Result<Case> parse_case(std::string_view text);

// A model that is a file rather than a built-in name: it holds a '/' or ends in ".onnx".
[[nodiscard]] bool is_path(std::string_view model) noexcept;

// Lower-case letters, digits, '_' and '-', beginning with a letter, at most 64: an engine's name also names a
// file.
[[nodiscard]] bool is_engine_name(std::string_view text) noexcept;

}  // namespace deepgap::study
