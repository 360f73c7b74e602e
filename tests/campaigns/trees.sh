#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Random trees of up to a million leaves against a reference written from RFC 6962.
#   tests/campaigns/trees.sh [COUNT] [SEED] [LARGEST]     100,000 from seed 1, 1,000,000 leaves
# Goes on where it stopped, in lots of 2,000: build/campaigns/trees.state.
set -uo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
cd -- "$root" || exit 1
build=${EVX_BUILD:-build/release} count=${1:-100000} first=${2:-1} largest=${3:-1000000} lot=2000 broken=0 done=0
state=build/campaigns/trees.state
cmake --preset release -B "$build" >/dev/null && cmake --build "$build" --target interop_trees >/dev/null || exit
mkdir -p build/campaigns && touch "$state"
for ((seed = first; done < count; seed += 10, done += lot)); do # a lot uses ten seeds
  grep -qx "$seed $largest ok" "$state" && continue
  if "$build/tests/interop_trees" "$seed" "$lot" "$largest"; then
    echo "$seed $largest ok" >>"$state"
  else
    broken=$((broken + 1))
  fi
done
echo "$done trees from seed $first on, $broken lots with a difference"
[ "$broken" -eq 0 ]
