#!/usr/bin/env bash
# Builds and runs the unit tests under one sanitizer preset.
#   tools/run_sanitized.sh asan|tsan [JOBS]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
preset="$1"
jobs="${2:-$(nproc)}"

# GCC 12's ThreadSanitizer cannot map its shadow on kernels with much address randomisation; the tests already run
# while they are built, to be listed.
run=()
if [[ "$preset" == tsan ]] && setarch "$(uname -m)" --addr-no-randomize true 2> /dev/null; then
  run=(setarch "$(uname -m)" --addr-no-randomize)
fi
cmake --preset "$preset" -Wno-dev --log-level=WARNING
"${run[@]}" cmake --build "build/$preset" --parallel "$jobs" --target unit_tests
"${run[@]}" ctest --test-dir "build/$preset" --label-regex '^unit$' --output-on-failure --no-tests=error --parallel 2
