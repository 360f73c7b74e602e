#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every shell script is clean under shellcheck.
set -uo pipefail
# shellcheck source=tests/lint/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

command -v shellcheck >/dev/null || { echo "shellcheck is not installed"; exit 2; }
while IFS= read -r -d '' path; do
  case $path in
    *.sh) ;;
    *) head -n1 -- "$path" | grep -qE '^#!.*\b(ba)?sh$' || continue ;;
  esac
  while IFS= read -r line; do
    breach "$(cut -d: -f1,2 <<<"$line")" shellcheck "$(cut -d: -f4- <<<"$line")"
  done < <(shellcheck -x -S warning -e SC2034 -f gcc -- "$path")
done < <(files '*.sh' run demo '[a-z]*-[a-z]*')
verdict
