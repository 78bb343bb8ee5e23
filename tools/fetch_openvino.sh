#!/usr/bin/env bash
# Unpacks the OpenVINO wheel (headers, libraries, CMake files) into .deps/openvino of this checkout.
# Quick when it is already there. OPENVINO_WHEEL=<file> installs that file instead of asking the package index.
set -euo pipefail

version=2026.4.1
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
target="${1:-$root/.deps/openvino}"
stamp="$target/.version"

if [[ -f "$stamp" && "$(cat "$stamp")" == "$version" && -f "$target/openvino/cmake/OpenVINOConfig.cmake" ]]; then
  exit 0
fi
case "$(uname -m)" in
  x86_64 | aarch64) ;;
  *) echo "fetch_openvino: there is no OpenVINO wheel for $(uname -m)" >&2 && exit 3 ;;
esac
if ! python3 -m pip --version > /dev/null 2>&1; then
  echo "fetch_openvino: pip is missing; install it with: apt-get install python3-pip" >&2
  exit 3
fi

# A half-unpacked wheel must never look finished: unpack beside the target, then rename.
mkdir -p "$(dirname "$target")"
fresh="$(mktemp -d "$target.XXXXXX")"
trap 'rm -rf "$fresh"' EXIT
echo "fetch_openvino: unpacking OpenVINO $version into $target" >&2
python3 -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-compile --target "$fresh" \
  "${OPENVINO_WHEEL:-openvino==$version}" >&2
if [[ ! -f "$fresh/openvino/cmake/OpenVINOConfig.cmake" ]]; then
  echo "fetch_openvino: this wheel carries no CMake files (openvino/cmake)" >&2
  exit 3
fi
echo "$version" > "$fresh/.version"
chmod 755 "$fresh"
rm -rf "$target"
mv "$fresh" "$target"
trap - EXIT
