#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Each defence off in turn: some run must break, in the way that the defence
# prevents. So the invariants can fail, and the harness sees it.
#   tests/sim/detects.sh PATH-OF-EVX-SIM [SEEDS]
set -uo pipefail

sim=${1:?usage: detects.sh PATH-OF-EVX-SIM [SEEDS]}
seeds=${2:-1..2000}
failed=0

# detects DEFENCE[,DEFENCE] INVARIANT LIES|all
detects() {
  local lies=()
  [ "$3" = all ] || lies=(--lies "$3")
  local said
  said=$("$sim" --seeds "$seeds" --without "$1" "${lies[@]}" --keep-going 1000 --until "$2" | grep -m1 "^broken: seed [0-9]*: $2:")
  if [ -n "$said" ]; then
    printf 'without %-22s %s\n' "$1" "${said#broken: }"
  else
    printf 'without %-22s nothing broke %s in %s\n' "$1" "$2" "$seeds"
    failed=$((failed + 1))
  fi
}

detects consistency S1 all
detects inclusion S1 all
detects receipt S1 all
detects signature S4 all
detects admission S4 all
detects chain S6 all
detects register S0 none
detects durable S8 none
detects consistency,witness S7 fork,rollback
exit "$((failed > 0))"
