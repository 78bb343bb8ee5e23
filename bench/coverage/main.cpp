#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <thread>

#include "recorded.hpp"
#include "report.hpp"

// How often the intervals of docs/method.md hold, on series whose truth is known and on recorded ones, beside
// the stop rules of other tools. docs/measurements/coverage.md keeps its output.
namespace deepgap::coverage {
namespace {

struct Options {
  int runs = 1000;
  int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  double spacing_s = 30;
  bool json = false, no_rivals = false;
  std::vector<double> ms{1, 20};
  std::vector<std::string> profiles, series, records;
};

struct Profile {
  std::string name;
  stats::RoundPlan plan;
};

bool wanted(const std::vector<std::string>& list, std::string_view name) {
  return list.empty() || std::ranges::find(list, name) != list.end();
}

CellOptions cell_options(const Options& options, const stats::RoundPlan& plan, double ms) {
  CellOptions cell;
  cell.session.plan = plan;
  cell.session.spacing_s = options.spacing_s;
  cell.session.base_s = ms * 1e-3;
  cell.runs = options.runs;
  cell.threads = options.threads;
  return cell;
}

Result<std::vector<NamedCell>> own_cells(const Options& options) {
  const Profile profiles[] = {
      {"quick", stats::quick_plan()}, {"standard", stats::standard_plan()}, {"strict", stats::strict_plan()}};
  std::vector<NamedCell> cells;
  for (const auto& [name, plan] : profiles) {
    if (!wanted(options.profiles, name)) continue;
    for (const std::string& file : options.records) {
      const auto record = read_record(file);
      if (!record) return record.error();
      const double ms = *record->truth.mean * 1e3;
      cells.push_back({name, record->name, ms, record_cell(*record, cell_options(options, plan, ms))});
    }
    if (!options.records.empty()) continue;
    for (const double ms : options.ms)
      for (const Family& family : families())
        if (wanted(options.series, family.name))
          cells.push_back(
              {name, std::string{family.name}, ms, family_cell(family, cell_options(options, plan, ms))});
  }
  return cells;
}

std::vector<NamedCell> rival_cells(const Options& options) {
  std::vector<NamedCell> cells;
  if (options.no_rivals || !options.records.empty()) return cells;
  for (const Rival& rival : rivals())
    for (const double ms : options.ms)
      for (const Family& family : families())
        if (wanted(options.series, family.name) && !family.endless)
          cells.push_back({std::string{rival.name}, std::string{family.name}, ms,
                           rival_cell(family, rival, cell_options(options, {}, ms))});
  return cells;
}

int run(const Options& options) {
  auto own = own_cells(options);
  if (!own) {
    fmt::print(stderr, "coverage: {}\n", own.error().message());
    return 2;
  }
  const auto others = rival_cells(options);
  if (options.json) {
    own->insert(own->end(), others.begin(), others.end());
    fmt::print("{}\n", json(*own, options.runs, options.spacing_s));
    return 0;
  }
  fmt::print("{}", table(*own, true));
  if (!others.empty()) fmt::print("\n{}", table(others, false));
  return 0;
}

}  // namespace
}  // namespace deepgap::coverage

int main(int argc, char** argv) {
  deepgap::coverage::Options options;
  CLI::App app{"How often the intervals of the measuring procedure hold."};
  app.add_option("--runs", options.runs, "seeded sessions a cell")->check(CLI::Range(1, 1'000'000));
  app.add_option("--threads", options.threads)->check(CLI::Range(1, 256));
  app.add_option("--spacing", options.spacing_s, "seconds between the rounds of a case")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--ms", options.ms, "how long a call takes")->check(CLI::PositiveNumber);
  app.add_option("--profile", options.profiles)->check(CLI::IsMember({"quick", "standard", "strict"}));
  app.add_option("--series", options.series, "only these families");
  app.add_option("--record", options.records, "recorded latencies (.npy) instead of synthetic ones")
      ->check(CLI::ExistingFile);
  app.add_flag("--no-rivals", options.no_rivals, "only DeepGap's own rules");
  app.add_flag("--json", options.json);
  CLI11_PARSE(app, argc, argv);
  return deepgap::coverage::run(options);
}
