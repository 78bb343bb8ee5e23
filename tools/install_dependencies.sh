#!/usr/bin/env bash
# Installs the Debian packages that are missing, and does nothing when none is.
#   tools/install_dependencies.sh            what a build and its tests need
#   tools/install_dependencies.sh --check    and what `make check` needs
#   tools/install_dependencies.sh --list     only prints the names
set -euo pipefail

build=(g++ cmake ninja-build ccache git make pkg-config python3 python3-pip libcli11-dev libfmt-dev
  libtomlplusplus-dev nlohmann-json3-dev libsqlite3-dev libprotobuf-dev protobuf-compiler libonnx-dev libhwloc-dev
  libboost-dev libzstd-dev libxxhash-dev libgtest-dev libgmock-dev libbenchmark-dev)
check=(clang-tidy-19 clang-format-19)

wanted=("${build[@]}")
case "${1:-}" in
  "") ;;
  --check) wanted+=("${check[@]}") ;;
  --list) printf '%s\n' "${build[@]}" "${check[@]}" && exit 0 ;;
  *) echo "usage: $0 [--check | --list]" >&2 && exit 2 ;;
esac

if ! command -v dpkg-query > /dev/null; then
  echo "install_dependencies: not a Debian system; install what these Debian packages hold:" >&2
  echo "  ${wanted[*]}" >&2
  exit 0  # cmake says what is still missing
fi

missing=()
for package in "${wanted[@]}"; do
  state="$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2> /dev/null || true)"
  [[ "$state" == installed ]] || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

run=()
if [[ "$(id -u)" -ne 0 ]]; then
  if ! command -v sudo > /dev/null; then
    echo "install_dependencies: these packages are missing, and this user may not install them:" >&2
    echo "  ${missing[*]}" >&2
    echo "as root: apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 3
  fi
  run=(sudo)
fi
echo "install_dependencies: installing ${missing[*]}" >&2
apt=(env DEBIAN_FRONTEND=noninteractive apt-get --quiet --quiet --yes)
"${run[@]}" "${apt[@]}" update
"${run[@]}" "${apt[@]}" install --no-install-recommends "${missing[@]}" > /dev/null
