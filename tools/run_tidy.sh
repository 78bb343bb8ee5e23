#!/usr/bin/env bash
# clang-tidy (allow-list in .clang-tidy) on the sources under src/, as compiled in BUILD.
#   tools/run_tidy.sh BUILD [JOBS]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build="$1"
jobs="${2:-$(nproc)}"

if ! command -v run-clang-tidy-19 > /dev/null; then
  echo "run_tidy: run-clang-tidy-19 is missing; install it with tools/install_dependencies.sh --check" >&2
  exit 3
fi
# Compiler warnings are the compiler's business: here they would only stop clang at GCC's own flags.
log="$build/tidy.log"
if ! run-clang-tidy-19 -quiet -p "$build" -j "$jobs" -extra-arg=-Wno-unknown-warning-option -extra-arg=-Wno-error \
  "$PWD/src/deepgap/" > "$log" 2>&1; then
  grep -E '^/.*(error|warning):' -A 3 "$log" | sort -u >&2 || tail -n 50 "$log" >&2
  exit 1
fi
echo "run_tidy: clean"
