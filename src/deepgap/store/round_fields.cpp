#include "deepgap/store/round_fields.hpp"

namespace deepgap::store {

namespace {

using record::Round;

constexpr Field<Round> kFields[] = {
    field<&Round::index>("idx"),
    field<&Round::process>("process"),
    field<&Round::started_at>("started_at"),
    field<&Round::duration_s>("duration_s"),
    field<&Round::label>("label"),
    field<&Round::stopped_by>("stopped_by"),
    field<&Round::samples>("samples"),
    field<&Round::warmup_samples>("warmup_samples"),
    field<&Round::looks>("looks"),
    field<&Round::mean_s>("mean_s"),
    field<&Round::half_s>("half_s"),
    field<&Round::drift_s>("drift_s"),
    field<&Round::drift_bound_s>("drift_bound_s"),
    field<&Round::excluded>("excluded"),
    field<&Round::rare>("rare"),
    field<&Round::events>("events"),
    field<&Round::in_flight>("in_flight"),
    field<&Round::throughput_per_s>("throughput_per_s"),
    field<&Round::energy_j>("energy_j"),
    field<&Round::idle_power_w>("idle_power_w"),
    field<&Round::blocks>("blocks"),
    field<&Round::rise_s>("rise_s", 2),
    field<&Round::pipelined_per_s>("pipelined_per_s", 2),
    field<&Round::pipelined_half>("pipelined_half", 2),
    field<&Round::pipelined_samples>("pipelined_samples", 2),
    field<&Round::device_mean_s>("device_mean_s", 2),
};

}  // namespace

std::span<const Field<record::Round>> round_fields() { return kFields; }

}  // namespace deepgap::store
