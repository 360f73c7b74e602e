# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Every Debian 12 package that building and testing needs, in one place.
# Sourced by tests/run, agents/demo and the campaigns.

EVX_PACKAGES_BUILD=(
  gcc libc6-dev cmake ninja-build pkg-config
  libprotobuf-c-dev protobuf-c-compiler libzmq3-dev libsodium-dev libsqlite3-dev
  libjansson-dev libcyaml-dev libyaml-dev libuchardet-dev libutf8proc-dev libseccomp-dev libcsv-dev
  libcriterion-dev python3
)
EVX_PACKAGES_TEST=(
  clang-format-14 clang-tidy-14 shellcheck e2fsprogs mount procps openssl xxd
)
EVX_PACKAGES_FUZZ=(
  clang-14 llvm-14 libclang-rt-14-dev
)

# True when dpkg has it, or when a command of that name already works.
evx_package_there() {
  case $(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null) in
    ii*) return 0 ;;
  esac
  [ "$1" = python3 ] && command -v python3 >/dev/null && python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))'
}

evx_as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo -n "$@"
  else
    echo "error: packages are missing and this user is neither root nor has sudo" >&2
    return 77
  fi
}

# Installs what is missing and touches nothing else. No index is fetched when
# everything is there.
evx_install_packages() {
  command -v dpkg-query >/dev/null || { echo "error: this needs Debian 12 or a system with dpkg" >&2; return 78; }
  local package
  local -a missing=()
  for package in "$@"; do
    evx_package_there "$package" || missing+=("$package")
  done
  [ "${#missing[@]}" -eq 0 ] && return 0
  echo "installing: ${missing[*]}" >&2
  {
    evx_as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update &&
      evx_as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 \
        install --no-install-recommends "${missing[@]}"
  } </dev/null >&2
}
