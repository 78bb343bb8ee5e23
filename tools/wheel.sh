# shellcheck shell=bash
# How a wheel of the package index becomes a folder in .deps/; sourced by tools/fetch_*.sh, whose names messages begin
# with. A half-unpacked wheel must never look finished: it is unpacked beside the target, which is then replaced.

# is_unpacked TARGET VERSION FILE...: that version is there, with these files.
is_unpacked() {
  local target="$1" version="$2" file
  [[ -f "$target/.version" && "$(cat "$target/.version")" == "$version" ]] || return 1
  for file in "${@:3}"; do [[ -f "$target/$file" ]] || return 1; done
}

# begin_unpacking TARGET WHAT WHEEL: unpacks the wheel into the folder $fresh. WHEEL: a file or a requirement.
begin_unpacking() {
  local target="$1" what="$2" wheel="$3"
  me="$(basename "$0" .sh)"
  case "$(uname -m)" in
    x86_64 | aarch64) ;;
    *) echo "$me: there is no wheel of $what for $(uname -m)" >&2 && exit 3 ;;
  esac
  if ! python3 -m pip --version > /dev/null 2>&1; then
    echo "$me: pip is missing; install it with: apt-get install python3-pip" >&2
    exit 3
  fi
  mkdir -p "$(dirname "$target")"
  fresh="$(mktemp -d "$target.XXXXXX")"
  trap 'rm -rf "$fresh"' EXIT
  echo "$me: unpacking $what into $target" >&2
  python3 -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-compile --target "$fresh" \
    "$wheel" >&2
}

# need FILE WHAT: the wheel must hold it.
need() {
  if [[ ! -f "$fresh/$1" ]]; then
    echo "$me: this wheel carries no $2" >&2
    exit 3
  fi
}

# finish_unpacking TARGET VERSION
finish_unpacking() {
  echo "$2" > "$fresh/.version"
  chmod 755 "$fresh"
  rm -rf "$1"
  mv "$fresh" "$1"
  trap - EXIT
}
