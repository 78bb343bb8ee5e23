#!/usr/bin/env bash
# Unpacks the OpenVINO wheel (headers, libraries, CMake files) into .deps/openvino of this checkout.
# Quick when it is already there. OPENVINO_WHEEL=<file> installs that file instead of asking the package index.
set -euo pipefail

version=2026.4.1
config=openvino/cmake/OpenVINOConfig.cmake
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
target="${1:-$root/.deps/openvino}"
source "$root/tools/wheel.sh"

is_unpacked "$target" "$version" "$config" && exit 0
begin_unpacking "$target" "OpenVINO $version" "${OPENVINO_WHEEL:-openvino==$version}"
need "$config" "CMake files (openvino/cmake)"
finish_unpacking "$target" "$version"
