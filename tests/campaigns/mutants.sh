#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Alters proofs, receipts, checkpoints, directories and bundles that hold; none of the
# altered ones may be accepted.
#   tests/campaigns/mutants.sh [COUNT] [SEED]     100,000 of each of the six kinds, seed 1
# Goes on where it stopped, in lots of 60,000: build/campaigns/mutants.state.
set -uo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
cd -- "$root" || exit 1
build=${EVX_BUILD:-build/release} count=${1:-600000} first=${2:-1} lot=60000 broken=0 done=0
state=build/campaigns/mutants.state
cmake --preset release -B "$build" >/dev/null && cmake --build "$build" --target interop_mutants >/dev/null || exit
mkdir -p build/campaigns && touch "$state"
for ((seed = first; done < count; seed++, done += lot)); do
  grep -qx "$seed ok" "$state" && continue
  if "$build/tests/interop_mutants" "$seed" "$lot"; then
    echo "$seed ok" >>"$state"
  else
    broken=$((broken + 1))
  fi
done
echo "$done altered from seed $first on, $broken lots with an acceptance"
[ "$broken" -eq 0 ]
