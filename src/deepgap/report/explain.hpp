#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Words about metrics and warnings, from record/columns and report/warning_texts: what `deepgap explain`
// prints, and the files docs/metrics.md and docs/warnings.md.
namespace deepgap::report {

// Text about a column ("latency_p99_ms") or a warning ("W104" or its heading); absent when neither knows it.
[[nodiscard]] std::optional<std::string> explain(std::string_view name, std::size_t width = 100);

// Everything explain() knows, columns first: for `list metrics` and did_you_mean().
[[nodiscard]] std::vector<std::string> explainable();

// A table of metrics for a terminal: name, unit, first sentence.
[[nodiscard]] std::string metrics_list(std::size_t width = 100);

[[nodiscard]] std::string metrics_markdown();   // the whole of docs/metrics.md
[[nodiscard]] std::string warnings_markdown();  // the whole of docs/warnings.md

}  // namespace deepgap::report
