#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "recorded.hpp"

using namespace deepgap;
using namespace deepgap::coverage;

namespace {
void show(const char* profile, double ms, std::string_view name, const Cell& c) {
  std::string labels;
  for (const auto& [l, s] : c.labels) labels += fmt::format("{} {:.0f} ", l, 100 * s);
  auto pc = [](std::optional<double> v) {
    return v ? fmt::format("{:5.1f}", 100 * *v) : std::string{"    -"};
  };
  std::string q;
  for (int i : {0, 1, 3})
    q += fmt::format(" {}({:3.0f})", pc(c.percentiles[static_cast<std::size_t>(i)].covers),
                     100 * c.percentiles[static_cast<std::size_t>(i)].given);
  fmt::print(
      "{:8} {:5} {:24} all {} ok {} silent {:5.1f} half {:6.2f} err {:5.2f} n {:8.0f} s {:6.1f} 2nd {:3.0f} "
      "|{} | {}\n",
      profile, ms, name, pc(c.covers), pc(c.covers_not_warned), 100 * c.silent_misses, c.half_pct,
      c.error_pct, c.samples, c.seconds, 100 * c.second_stage, q, labels);
}
}  // namespace
int main(int argc, char** argv) {
  CLI::App app{"How often the intervals of the measuring procedure hold"};
  int runs = 1000;
  int threads = 2;
  double spacing = 30;
  std::string only;
  std::string profile_only;
  std::vector<double> bases{1, 20};
  std::vector<std::string> records;
  app.add_option("--record", records);
  app.add_option("--runs", runs);
  app.add_option("--threads", threads);
  app.add_option("--spacing", spacing);
  app.add_option("--family", only);
  app.add_option("--profile", profile_only);
  app.add_option("--ms", bases);
  CLI11_PARSE(app, argc, argv);
  struct P {
    const char* name;
    stats::RoundPlan plan;
  };
  const std::array profiles{P{"quick", stats::quick_plan()}, P{"standard", stats::standard_plan()},
                            P{"strict", stats::strict_plan()}};
  for (const auto& p : profiles) {
    if (!profile_only.empty() && profile_only != p.name) continue;
    for (const auto& file : records) {
      auto r = read_record(file);
      if (!r) {
        fmt::print("{}\n", r.error().message());
        return 2;
      }
      CellOptions o;
      o.session.plan = p.plan;
      o.session.spacing_s = spacing;
      o.runs = runs;
      o.threads = threads;
      show(p.name, *r->truth.mean * 1e3, r->name, record_cell(*r, o));
    }
    if (records.empty())
      for (double ms : bases)
        for (const Family& f : families()) {
          if (!only.empty() && only != f.name) continue;
          CellOptions o;
          o.session.plan = p.plan;
          o.session.spacing_s = spacing;
          o.session.base_s = ms * 1e-3;
          o.runs = runs;
          o.threads = threads;
          show(p.name, ms, f.name, family_cell(f, o));
          std::fflush(stdout);
        }
  }
}
