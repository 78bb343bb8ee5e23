#!/usr/bin/env bash
# Everything that needs a card, in one go: check.sh BUILD [OUT]. The tests labelled gpu, compute-sanitizer on the small
# network, and a first look at speeds. Logs and the layers' times go to OUT. Needs the built programs only.
set -uo pipefail
build="$(cd "$1" && pwd)"
out="${2:-$build/gpu}"
mkdir -p "$out"
export DEEPGAP_CACHE_DIR="${DEEPGAP_CACHE_DIR:-$out/cache}"
failed=0

note() { echo "== $*"; }
run_test() {
  note "$1"
  timeout "${2:-240}" "$build/tests/$1" ${3:-} > "$out/$1.log" 2>&1 || failed=1
  grep -E '^\[  (FAILED|PASSED|SKIPPED)|Failure|rror' "$out/$1.log" | head -n 40
}

nvidia-smi --query-gpu=name,driver_version,clocks.sm,power.limit --format=csv,noheader || exit 3
run_test test_cudnn_kernels
run_test test_contract_gpu
run_test test_gpu_accuracy
if command -v compute-sanitizer > /dev/null; then
  for tool in memcheck racecheck; do
    note "compute-sanitizer $tool"
    timeout 200 compute-sanitizer --tool "$tool" --error-exitcode 9 "$build/tests/test_gpu_accuracy" \
      --gtest_filter='*tiny*_3' > "$out/$tool.log" 2>&1 || failed=1
    tail -n 3 "$out/$tool.log"
  done
fi
note "speed"
timeout 400 "$build/tests/gpu_speed" "$build/lib/deepgap/libdeepgap_cudnn.so" resnet50 fp16,int8 1,32,256 "$out" |
  tee "$out/speed.txt"
exit $failed
