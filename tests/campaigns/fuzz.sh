#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Fuzzes every parser for a bounded time; goes on where it stopped.
#   tests/campaigns/fuzz.sh [SECONDS-PER-TARGET] [TARGET...]
# What it learns is kept in build/fuzz/found/<target>/ (not committed); inputs
# that break something land in build/fuzz/broken/<target>/ and make it exit 1.
set -uo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
cd -- "$root" || exit 1
# shellcheck source=tests/lint/packages.sh
. tests/lint/packages.sh
seconds=${1:-60}
[ "$#" -gt 0 ] && shift

evx_install_packages "${EVX_PACKAGES_BUILD[@]}" "${EVX_PACKAGES_FUZZ[@]}" || exit
command -v clang >/dev/null || PATH=$PATH:/usr/lib/llvm-14/bin
cmake --preset fuzz >/dev/null && cmake --build build/fuzz -j 2 || exit
targets=("$@")
if [ "${#targets[@]}" -eq 0 ]; then
  for path in build/fuzz/fuzz/fuzz_*; do [ -x "$path" ] && targets+=("$(basename -- "$path" | cut -c6-)"); done
fi

broken=0
for target in "${targets[@]}"; do
  found=build/fuzz/found/$target bad=build/fuzz/broken/$target
  mkdir -p "$found" "$bad"
  echo "== $target: $seconds s"
  build/fuzz/fuzz/fuzz_"$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=65536 \
    -artifact_prefix="$bad/" -print_final_stats=1 "$found" tests/fuzz/corpus/"$target" >"$bad.log" 2>&1 || {
    echo "broken: see $bad.log"
    broken=$((broken + 1))
  }
  grep -E 'number_of_executed_units|peak_rss_mb' "$bad.log"
done
echo "${#targets[@]} targets, $broken broken"
[ "$broken" -eq 0 ]
