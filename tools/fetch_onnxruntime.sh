#!/usr/bin/env bash
# Unpacks ONNX Runtime into .deps/onnxruntime of this checkout: the library from its own wheel, and the C header, which
# that wheel leaves out, from one that carries it. Quick when it is already there. ONNXRUNTIME_WHEEL=<file> and
# ONNXRUNTIME_HEADER_WHEEL=<file> are taken instead of asking the package index.
set -euo pipefail

version=1.32.0
# The header of 1.17 (MIT): older libraries are refused, newer ones keep its API.
header_wheel=amd-quark==0.13
header=quark/onnx/operators/custom_ops/include/onnxruntime-1.17.0/onnxruntime/core/session/onnxruntime_c_api.h
header_sha256=50dffd48d32043ebc05558bef52551879a3ee919796734458dc60ae83e517c95
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
target="${1:-$root/.deps/onnxruntime}"
stamp="$target/.version"
capi="$target/onnxruntime/capi"

if [[ -f "$stamp" && "$(cat "$stamp")" == "$version" && -f "$target/include/onnxruntime_c_api.h" &&
  -f "$capi/libonnxruntime.so.1" ]]; then
  exit 0
fi
case "$(uname -m)" in
  x86_64 | aarch64) ;;
  *) echo "fetch_onnxruntime: there is no ONNX Runtime wheel for $(uname -m)" >&2 && exit 3 ;;
esac
if ! python3 -m pip --version > /dev/null 2>&1; then
  echo "fetch_onnxruntime: pip is missing; install it with: apt-get install python3-pip" >&2
  exit 3
fi

# A half-unpacked wheel must never look finished: unpack beside the target, then rename.
mkdir -p "$(dirname "$target")"
fresh="$(mktemp -d "$target.XXXXXX")"
trap 'rm -rf "$fresh"' EXIT
echo "fetch_onnxruntime: unpacking ONNX Runtime $version into $target" >&2
python3 -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-compile --target "$fresh" \
  "${ONNXRUNTIME_WHEEL:-onnxruntime==$version}" >&2
library="$(cd "$fresh/onnxruntime/capi" && echo libonnxruntime.so.1.*)"
if [[ ! -f "$fresh/onnxruntime/capi/$library" ]]; then
  echo "fetch_onnxruntime: this wheel carries no onnxruntime/capi/libonnxruntime.so.1.*" >&2
  exit 3
fi
ln -s "$library" "$fresh/onnxruntime/capi/libonnxruntime.so.1"

mkdir "$fresh/include"
wheel="${ONNXRUNTIME_HEADER_WHEEL:-}"
if [[ -z "$wheel" ]]; then
  python3 -m pip download --quiet --disable-pip-version-check --no-input --no-deps --dest "$fresh/header" \
    "$header_wheel" >&2
  wheel="$(echo "$fresh"/header/*.whl)"
fi
python3 - "$wheel" "$header" "$fresh/include" << 'EOF'
import pathlib
import sys
import zipfile

wheel, header, folder = zipfile.ZipFile(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
if header not in wheel.namelist():
    sys.exit(f"fetch_onnxruntime: {sys.argv[1]} carries no {header}")
(folder / "onnxruntime_c_api.h").write_bytes(wheel.read(header))
for name in wheel.namelist():
    if name.endswith("/licenses/LICENSE"):
        (folder / "LICENSE").write_bytes(wheel.read(name))
EOF
rm -rf "$fresh/header"
if ! echo "$header_sha256  $fresh/include/onnxruntime_c_api.h" | sha256sum --check --status; then
  echo "fetch_onnxruntime: the header in $wheel is not the one that is expected" >&2
  exit 3
fi
echo "$version" > "$fresh/.version"
chmod 755 "$fresh"
rm -rf "$target"
mv "$fresh" "$target"
trap - EXIT
