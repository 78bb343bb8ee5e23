#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <sstream>

#include "opened_engine.hpp"

// A quick look at what the engine reaches, without the program's rounds and statistics:
//   gpu_speed PLUGIN NETWORKS PRECISIONS BATCHES [FOLDER for the layers' times, or "" [CANDIDATES]]     lists
//   with ',' between
namespace deepgap::gpu {
namespace {

using Clock = std::chrono::steady_clock;

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream in{text};
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  return parts;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[values.size() / 2];
}

struct Times {
  std::vector<double> call_ms, device_ms;
};

// Half a second of calls after a tenth of warm-up.
Times time_calls(engine::Session& session) {
  Times times;
  const auto begin = Clock::now();
  while (Clock::now() - begin < std::chrono::milliseconds{600}) {
    const auto before = Clock::now();
    if (auto run = session.run(); !run) {
      fmt::print("{}\n", run.error().message());
      break;
    }
    const auto after = Clock::now();
    if (after - begin < std::chrono::milliseconds{100}) continue;
    times.call_ms.push_back(std::chrono::duration<double, std::milli>(after - before).count());
    if (const auto ns = session.device_ns()) times.device_ms.push_back(static_cast<double>(*ns) / 1e6);
  }
  return times;
}

void measure(engine::Engine& engine, const std::string& network_name, Precision precision, std::int64_t batch,
             const std::string& folder, const std::string& candidates) {
  const Subject subject = at_batch(network(network_name, precision), batch);
  engine::CompileOptions options;
  options.device = engine.capabilities().devices.front().id;
  options.precision = precision;
  if (!folder.empty())
    options.options["layer_times"] =
        fmt::format("{}/{}_{}_{}.csv", folder, network_name, name(precision), batch);
  if (!candidates.empty()) options.options["candidates"] = candidates;
  const auto begin = Clock::now();
  auto model = engine.compile(subject.source(network_name), options);
  const double compile_s = std::chrono::duration<double>(Clock::now() - begin).count();
  if (!model) {
    fmt::print("{} {} {}: {}\n", network_name, name(precision), batch, model.error().message());
    return;
  }
  auto session = (*model)->open();
  if (!session) {
    fmt::print("{} {} {}: {}\n", network_name, name(precision), batch, session.error().message());
    return;
  }
  load(**session, inputs_for(subject, 7));
  const Times times = time_calls(**session);
  const double device = median(times.device_ms), call = median(times.call_ms);
  fmt::print(
      "{:9} {:5} batch {:4}: device {:8.4f} ms = {:8.0f} img/s, call {:8.4f} ms = {:8.0f} img/s, compile "
      "{:5.1f} "
      "s, {}\n",
      network_name, name(precision), batch, device, static_cast<double>(batch) / device * 1e3, call,
      static_cast<double>(batch) / call * 1e3, compile_s, (*model)->effective().precision_evidence);
  std::fflush(stdout);
}

int run(int count, char** words) {
  if (count < 5) {
    fmt::print("usage: gpu_speed PLUGIN NETWORKS PRECISIONS BATCHES [FOLDER [CANDIDATES]]\n");
    return 2;
  }
  auto opened = open_engine(words[1]);
  if (!opened) {
    fmt::print("{}\n", opened.error().message());
    return 3;
  }
  for (const std::string& network_name : split(words[2]))
    for (const std::string& precision : split(words[3]))
      for (const std::string& batch : split(words[4]))
        measure(*opened->engine, network_name, precision_from(precision).value_or(Precision::fp32),
                std::stoll(batch), count > 5 ? words[5] : "", count > 6 ? words[6] : "");
  return 0;
}

}  // namespace
}  // namespace deepgap::gpu

int main(int count, char** words) { return deepgap::gpu::run(count, words); }
