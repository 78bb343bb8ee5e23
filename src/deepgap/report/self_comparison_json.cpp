#include "deepgap/report/json_value.hpp"
#include "deepgap/report/self_comparison.hpp"

namespace deepgap::report {
namespace {

template <class T>
Json optional_value(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json to_value(const stats::Comparison& c) {
  return {{"verdict", stats::name(c.verdict)}, {"ratio", optional_value(c.ratio)},
          {"ratio_lo", optional_value(c.lo)},  {"ratio_hi", optional_value(c.hi)},
          {"p", optional_value(c.p)},          {"rounds", c.rounds}};
}

Json to_value(const stats::Resolution& r) {
  return {{"rounds", r.rounds},
          {"seconds", r.seconds},
          {"comparisons", r.comparisons},
          {"differing", r.differing},
          {"tells_apart", optional_value(r.found)},
          {"but_not", optional_value(r.missed)}};
}

}  // namespace

std::string to_json(const SelfComparisonView& view) {
  const stats::RepeatedComparison& r = view.result;
  Json json;
  json["sentence"] = sentence(view);
  json["case_a"] = view.case_a;
  json["case_b"] = view.case_b;
  json["against_itself"] = view.case_a == view.case_b;
  json["profile"] = view.profile;
  json["same_process"] = view.same_process;
  json["processes"] = view.processes;
  json["seconds"] = r.seconds;
  json["comparisons"] = r.each.size();
  json["faster"] = r.faster;
  json["slower"] = r.slower;
  json["same"] = r.same;
  json["cannot_tell"] = r.cannot_tell;
  json["differing_share"] = {{"lo", r.differing.lo}, {"hi", r.differing.hi}, {"nominal", r.nominal}};
  json["too_many_differences"] = view.case_a == view.case_b ? Json(stats::finds_too_many(r)) : Json(nullptr);
  json["overall"] = to_value(r.overall);
  json["resolutions"] = Json::array();
  for (const stats::Resolution& each : r.resolutions) json["resolutions"].push_back(to_value(each));
  json["each"] = Json::array();
  for (const stats::Comparison& each : r.each) json["each"].push_back(to_value(each));
  json["rounds"] = view.rounds;
  json["rounds_without_interval"] = view.rounds_without_interval;
  json["note"] = optional_value(view.note);
  json["cut_short"] = optional_value(view.cut_short);
  return dump(json, 2) + "\n";
}

}  // namespace deepgap::report
