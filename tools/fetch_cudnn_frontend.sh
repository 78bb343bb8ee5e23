#!/usr/bin/env bash
# Unpacks cuDNN's C++ front end (headers only) from its wheel into .deps/cudnn_frontend of this checkout.
# Quick when it is already there. CUDNN_FRONTEND_WHEEL=<file> installs that file instead of asking the package index.
set -euo pipefail

version=1.32.0
header=include/cudnn_frontend.h
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
target="${1:-$root/.deps/cudnn_frontend}"
source "$root/tools/wheel.sh"

is_unpacked "$target" "$version" "$header" && exit 0
begin_unpacking "$target" "cudnn_frontend $version" "${CUDNN_FRONTEND_WHEEL:-nvidia-cudnn-frontend==$version}"
need "$header" "headers ($header)"
finish_unpacking "$target" "$version"
