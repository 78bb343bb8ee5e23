#!/usr/bin/env bash
# Fails when a C++ file is not as clang-format leaves it, or a source file is longer than 500 lines.
#   tools/check_format.sh          checks
#   tools/check_format.sh --fix    formats
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

format="${CLANG_FORMAT:-clang-format-19}"
if ! command -v "$format" > /dev/null; then
  echo "check_format: $format is missing; install it with tools/install_dependencies.sh --check" >&2
  exit 3
fi
mapfile -d '' files < <(find src tests bench -name '*.cpp' -print0 -o -name '*.hpp' -print0 | sort -z)

if [[ "${1:-}" == --fix ]]; then
  "$format" -i "${files[@]}"
  exit 0
fi
"$format" --dry-run --Werror "${files[@]}"

long="$(find src -name '*.[ch]pp' -exec wc -l {} + | awk '$2 != "total" && $1 > 500 { print $2 ": " $1 " lines" }')"
if [[ -n "$long" ]]; then
  printf 'check_format: over 500 lines, split it:\n%s\n' "$long" >&2
  exit 1
fi
echo "check_format: ${#files[@]} files"
