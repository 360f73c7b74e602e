#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Simulated fleets, seed after seed, in two processes; goes on where it stopped.
#   tests/campaigns/simulate.sh [RUNS] [options of evx-sim]
# The next seed is kept in build/simulate/next. A run that breaks an invariant is
# printed with the command that repeats it, and makes this exit 1.
set -uo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
cd -- "$root" || exit 1
# shellcheck source=tests/lint/packages.sh
. tests/lint/packages.sh
runs=${1:-100000}
[ "$#" -gt 0 ] && shift
slice=2500 # seeds a process, so that a stop loses little

if [ -z "${EVX_SIM:-}" ]; then
  evx_install_packages "${EVX_PACKAGES_BUILD[@]}" || exit
  cmake --preset release >/dev/null && cmake --build build/release -j 2 --target evx-sim || exit
fi
sim=${EVX_SIM:-build/release/bin/evx-sim}
mkdir -p build/simulate
next=$(cat build/simulate/next 2>/dev/null || echo 1)
first=$next
last=$((next + runs - 1))
began=$SECONDS broken=0

while [ "$next" -le "$last" ]; do
  pids=() logs=()
  for _ in 1 2; do
    [ "$next" -le "$last" ] || break
    to=$((next + slice - 1))
    [ "$to" -le "$last" ] || to=$last
    log=build/simulate/$next.json
    nice -n 10 "$sim" --seeds "$next..$to" --keep-going 20 --json "$@" >"$log" &
    pids+=($!) logs+=("$log")
    next=$((to + 1))
  done
  for pid in "${pids[@]}"; do wait "$pid" || broken=$((broken + 1)); done
  grep -h -A1 '^broken' "${logs[@]}"
  echo "$next" >build/simulate/next
done
echo "seeds $first..$last in $((SECONDS - began)) s"
python3 tests/sim/sum.py build/simulate "$first" "$last"
[ "$broken" -eq 0 ]
