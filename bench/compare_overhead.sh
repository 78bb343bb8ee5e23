#!/usr/bin/env bash
# What DeepGap costs a sample beside Google Benchmark and MLPerf LoadGen, on the same null work, in one run.
#   bench/compare_overhead.sh LOADGEN [BUILD]
# LOADGEN: the folder loadgen of https://github.com/mlcommons/inference. It is built where it is; nothing of it
# becomes part of this project. BUILD: the build folder, build/release unless given.
set -euo pipefail
if [[ $# -lt 1 || ! -f "$1/loadgen.h" ]]; then
  echo "compare_overhead: '${1:-}' is no LoadGen folder; type:" >&2
  echo "  git clone --depth 1 https://github.com/mlcommons/inference ../inference" >&2
  echo "  bench/compare_overhead.sh ../inference/loadgen" >&2
  exit 2
fi
loadgen="$(cd "$1" && pwd)"
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build="${2:-build/release}"

{
  [[ -f "$loadgen/build/libmlperf_loadgen.a" ]] || {
    cmake -S "$loadgen" -B "$loadgen/build" -DCMAKE_BUILD_TYPE=Release
    cmake --build "$loadgen/build" --target mlperf_loadgen -- --no-print-directory 2> /dev/null
  }
  cmake --preset release -B "$build" -DDEEPGAP_LOADGEN_ROOT="$loadgen"
  cmake --build "$build" --target bench_overhead_peers
} >&2
echo "$(date -u +%F), LoadGen $(cat "$loadgen/VERSION.txt"), load average $(cut -d' ' -f1-3 /proc/loadavg)"
"$build/bench_overhead_peers"
echo "load average afterwards $(cut -d' ' -f1-3 /proc/loadavg)"
