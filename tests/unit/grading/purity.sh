#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The core must not call anything that reads or writes files, sockets, the clock,
# the environment or the locale. $1 is its archive.
set -eu
banned='open open64 openat fopen fopen64 freopen read write fread fwrite fgets getline printf fprintf puts fputs
  socket connect send recv time clock_gettime gettimeofday localtime gmtime strftime setlocale newlocale
  getenv secure_getenv system popen fork execve random rand srand getrandom abort exit _exit __assert_fail
  strtod strtol isalpha toupper tolower __ctype_b_loc strcoll qsort_r'
used=$(nm --undefined-only "$1" | awk 'NF == 2 { print $2 }' | sed 's/@.*//; s/^__\(.*\)_chk$/\1/' | sort -u)
[ "$(printf '%s\n' "$used" | grep -c '^yaml_')" -gt 0 ] || { echo "this is not the core: $1"; exit 1; }
status=0
for name in $banned; do
  if printf '%s\n' "$used" | grep -qx "$name"; then
    echo "the grading core calls $name"
    status=1
  fi
done
[ $status -ne 0 ] || echo "pure: none of the banned calls among $(printf '%s\n' "$used" | wc -l) outside symbols"
exit $status
