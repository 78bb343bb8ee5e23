#include "deepgap/store/row_fields.hpp"

namespace deepgap::store {

namespace {

using record::Row;

constexpr Field<Row> kFields[] = {
    field<&Row::case_string>("case"),
    field<&Row::run>("run"),
    field<&Row::engine>("engine"),
    field<&Row::engine_version>("engine_version"),
    field<&Row::device>("device"),
    field<&Row::device_name>("device_name"),
    field<&Row::model>("model"),
    field<&Row::model_hash>("model_hash"),
    field<&Row::scenario>("scenario"),
    field<&Row::batch>("batch"),
    field<&Row::threads>("threads"),
    field<&Row::streams>("streams"),
    field<&Row::precision_requested>("precision_requested"),
    field<&Row::precision_effective>("precision_effective"),
    field<&Row::settings>("settings"),
    field<&Row::outcome>("outcome"),
    field<&Row::why>("why"),
    field<&Row::label>("label"),
    field<&Row::rounds>("rounds"),
    field<&Row::processes>("processes"),
    field<&Row::samples>("samples"),
    field<&Row::warmup_samples>("warmup_samples"),
    field<&Row::stopped_by>("stopped_by"),
    field<&Row::latency_mean_ms>("latency_mean_ms"),
    field<&Row::latency_p50_ms>("latency_p50_ms"),
    field<&Row::latency_p90_ms>("latency_p90_ms"),
    field<&Row::latency_p95_ms>("latency_p95_ms"),
    field<&Row::latency_p99_ms>("latency_p99_ms"),
    field<&Row::latency_p999_ms>("latency_p999_ms"),
    field<&Row::percentiles_needed>("percentiles_needed", 2),
    field<&Row::percentile_rank_error_pct>("percentile_rank_error_pct", 3),
    field<&Row::device_mean_ms>("device_mean_ms"),
    field<&Row::throughput_ips>("throughput_ips"),
    field<&Row::compile_s>("compile_s"),
    field<&Row::first_call_ms>("first_call_ms"),
    field<&Row::contract>("contract"),
    field<&Row::energy_mj_per_inference>("energy_mj_per_inference"),
    field<&Row::energy_idle_subtracted_mj>("energy_idle_subtracted_mj"),
    field<&Row::power_w>("power_w"),
    field<&Row::host_memory_peak_mb>("host_memory_peak_mb"),
    field<&Row::device_memory_peak_mb>("device_memory_peak_mb"),
    field<&Row::accuracy_vs_fp32_top1>("accuracy_vs_fp32_top1"),
    field<&Row::accuracy_vs_fp32_sqnr_db>("accuracy_vs_fp32_sqnr_db"),
    field<&Row::accuracy_top1>("accuracy_top1"),
    field<&Row::verified>("verified"),
    field<&Row::verified_detail>("verified_detail"),
    field<&Row::foreign_cpu_share>("foreign_cpu_share"),
    field<&Row::throttled_share>("throttled_share"),
    field<&Row::drift_bound_pct>("drift_bound_pct"),
    field<&Row::mode_limit_pct>("mode_limit_pct"),
    field<&Row::bound_by>("bound_by"),
    field<&Row::bound_evidence>("bound_evidence"),
    field<&Row::warnings>("warnings"),
    field<&Row::host>("host"),
    field<&Row::git_revision>("git_revision"),
    field<&Row::build>("build"),
    field<&Row::driver>("driver"),
    field<&Row::started_at>("started_at"),
    field<&Row::duration_s>("duration_s"),
};

}  // namespace

std::span<const Field<record::Row>> row_fields() { return kFields; }

}  // namespace deepgap::store
