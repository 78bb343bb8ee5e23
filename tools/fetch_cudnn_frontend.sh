#!/usr/bin/env bash
# Unpacks cuDNN's C++ front end (headers only) from its wheel into .deps/cudnn_frontend of this checkout.
# Quick when it is already there. CUDNN_FRONTEND_WHEEL=<file> installs that file instead of asking the package index.
set -euo pipefail

version=1.32.0
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
target="${1:-$root/.deps/cudnn_frontend}"
stamp="$target/.version"

if [[ -f "$stamp" && "$(cat "$stamp")" == "$version" && -f "$target/include/cudnn_frontend.h" ]]; then
  exit 0
fi
case "$(uname -m)" in
  x86_64 | aarch64) ;;
  *) echo "fetch_cudnn_frontend: there is no wheel for $(uname -m)" >&2 && exit 3 ;;
esac
if ! python3 -m pip --version > /dev/null 2>&1; then
  echo "fetch_cudnn_frontend: pip is missing; install it with: apt-get install python3-pip" >&2
  exit 3
fi

# A half-unpacked wheel must never look finished: unpack beside the target, then rename.
mkdir -p "$(dirname "$target")"
fresh="$(mktemp -d "$target.XXXXXX")"
trap 'rm -rf "$fresh"' EXIT
echo "fetch_cudnn_frontend: unpacking cudnn_frontend $version into $target" >&2
python3 -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-compile --target "$fresh" \
  "${CUDNN_FRONTEND_WHEEL:-nvidia-cudnn-frontend==$version}" >&2
if [[ ! -f "$fresh/include/cudnn_frontend.h" ]]; then
  echo "fetch_cudnn_frontend: this wheel carries no headers (include/cudnn_frontend.h)" >&2
  exit 3
fi
echo "$version" > "$fresh/.version"
chmod 755 "$fresh"
rm -rf "$target"
mv "$fresh" "$target"
trap - EXIT
