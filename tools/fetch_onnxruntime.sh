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
source "$root/tools/wheel.sh"

is_unpacked "$target" "$version" include/onnxruntime_c_api.h onnxruntime/capi/libonnxruntime.so.1 && exit 0
begin_unpacking "$target" "ONNX Runtime $version" "${ONNXRUNTIME_WHEEL:-onnxruntime==$version}"
library="$(cd "$fresh/onnxruntime/capi" && echo libonnxruntime.so.1.*)"
need "onnxruntime/capi/$library" "onnxruntime/capi/libonnxruntime.so.1.*"
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
  echo "$me: the header in $wheel is not the one that is expected" >&2
  exit 3
fi
finish_unpacking "$target" "$version"
