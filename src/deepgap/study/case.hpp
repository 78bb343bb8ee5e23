#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "deepgap/core/error.hpp"
#include "deepgap/core/types.hpp"

// One case: everything that decides what runs, and nothing about how long it is measured.
namespace deepgap::study {

struct Case {
  std::string engine;                   // "openvino"
  std::string device = "cpu";           // "cpu", "cuda:0"
  std::string model;                    // built-in name, or a path ending in .onnx
  Precision precision = Precision::fp32;
  std::int64_t batch = 1;
  int threads = 0;                      // 0 = all cores this process may use
  int streams = 1;
  std::string hint;                     // "latency", "throughput", "" = engine's default
  std::string scenario = "closed";
  std::string cache = "hot";            // "hot" or "cold"
  std::map<std::string, std::string, std::less<>> options;  // engine-specific ("null.law" = ...)

  friend bool operator==(const Case&, const Case&) = default;
};

// "engine=openvino device=cpu model=resnet50 precision=int8 batch=32 threads=2 streams=1": keys in that order,
// hint, scenario, cache and options only when they differ from their default; values with spaces, quotes or
// control characters are "quoted" with backslash escapes. parse_case(canonical(c)) == c for every c.
[[nodiscard]] std::string canonical(const Case& c);

// Accepts keys in any order; missing keys take their defaults (engine, model are required).
// Errc::invalid_input names the key, what was given, what is allowed and the nearest spelling.
[[nodiscard]] Result<Case> parse_case(std::string_view text);

}  // namespace deepgap::study
