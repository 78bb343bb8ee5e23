#include "deepgap/report/explain.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "deepgap/core/text.hpp"
#include "deepgap/record/columns.hpp"
#include "deepgap/record/warnings.hpp"
#include "deepgap/report/text.hpp"

namespace deepgap::report {
namespace {

TEST(Explain, KnowsEveryColumnAndEveryWarning) {
  for (const std::string& name : explainable()) EXPECT_TRUE(explain(name)) << name;
  EXPECT_EQ(explainable().size(), record::columns().size() + record::all_warnings().size());
}

TEST(Explain, SaysUnitDefinitionIntervalAndCaveat) {
  const std::string text = *explain("latency_p99_ms");
  for (const char* part :
       {"latency_p99_ms (real, ms; time)", "99 % of the calls", "latency_p99_ms_lo", "Caveat: ", "368"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

TEST(Explain, SaysWhatToDoAboutAWarning) {
  for (const char* name : {"W104", "w104", "foreign load on the CPU"}) {
    const auto text = explain(name);
    ASSERT_TRUE(text) << name;
    EXPECT_NE(text->find("What to do: "), std::string::npos);
  }
}

TEST(Explain, IsAbsentForUnknownNamesAndTheNearestCanBeFound) {
  EXPECT_FALSE(explain(""));
  EXPECT_FALSE(explain("latency_p98_ms"));
  EXPECT_EQ(did_you_mean("latency_p99_m", explainable()), " did you mean 'latency_p99_ms'?");
}

TEST(Explain, FitsTheWidth) {
  for (const std::string& name : explainable())
    for (const std::size_t width : {60, 100})
      for (std::string rest = *explain(name, width); !rest.empty(); rest.erase(0, rest.find('\n') + 1))
        EXPECT_LE(display_width(rest.substr(0, rest.find('\n'))), width) << name;
}

TEST(MetricsList, FitsTheWidthAndNamesEveryMetric) {
  const std::string text = metrics_list(80);
  for (const record::Column& column : record::columns())
    if (column.bound_of.empty()) {
      EXPECT_NE(text.find("  " + column.name + " "), std::string::npos) << column.name;
    }
  for (std::string rest = text; !rest.empty(); rest.erase(0, rest.find('\n') + 1))
    EXPECT_LE(display_width(rest.substr(0, rest.find('\n'))), 80U);
}

}  // namespace
}  // namespace deepgap::report
