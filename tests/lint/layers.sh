#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Direction of dependency, read off the includes: a room may include only what
# stands here. Tests may include anything.
set -uo pipefail
# shellcheck source=tests/lint/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

allowed() { # room -> extended regular expression of include paths
  case $1 in
    proto) echo '(proto|evx/v1)/' ;;
    crypto) echo '(proto|evx/v1|crypto)/' ;;
    grading) echo '((proto/base|grading)/|proto/limits.h$)' ;;
    broker) echo '(proto|evx/v1|crypto|broker)/' ;;
    agents/client) echo '(proto|evx/v1|crypto|agents/client)/' ;;
    agents/collector) echo '(proto|evx/v1|crypto|grading|agents/client|agents/collector)/' ;;
    agents/inspector) echo '(proto|evx/v1|crypto|grading|agents/client|agents/collector|agents/inspector)/' ;;
    agents/evx/verify) echo '(proto|evx/v1|crypto|agents/evx/verify)/' ;;
    agents/evx) echo '(proto|evx/v1|crypto|grading|agents/client|agents/evx)/' ;;
    agents/*) echo "(proto|evx/v1|crypto|agents/client|$1)/" ;;
    *) return 1 ;;
  esac
}

room_of() { # path -> room
  case $1 in
    agents/evx/verify/*) echo agents/evx/verify ;;
    agents/*/*) cut -d/ -f1,2 <<<"$1" ;;
    *) cut -d/ -f1 <<<"$1" ;;
  esac
}

check_includes() { # path room
  local pattern number include
  pattern=$(allowed "$2") || return
  while IFS=: read -r number include; do
    grep -qE "^$pattern" <<<"$include" || breach "$1:$number" layer "$2 must not include \"$include\""
  done < <(sed -nE 's|^ *# *include +"([^"]*)".*|\1|;t p;d;:p;=;p' "$1" | paste -d: - -)
}

check_own_header_first() { # path
  local header=${1%.c}.h first
  [ "$1" != "$header" ] && [ -f "$header" ] || return
  first=$(grep -nm1 -E '^ *# *include' "$1")
  # its own header, or the private one beside it that includes it: x.h or x_*.h
  grep -qE "\"${1%.c}(_[a-z_]+)?\.h\"" <<<"$first" || breach "$1:${first%%:*}" own-header "the first include must be \"$header\""
}

while IFS= read -r -d '' path; do
  case $path in tests/*) continue ;; esac
  check_includes "$path" "$(room_of "$path")"
  check_own_header_first "$path"
done < <(files '*.c' '*.h')
verdict
