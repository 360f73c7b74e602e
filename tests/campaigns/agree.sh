#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Our verifier and the independent one in Python answer the same questions: receipts,
# proofs, notes, directories, headers, tiles, policies, forks, bundles, sound and spoilt.
#   tests/campaigns/agree.sh [CASES] [SEED] [WORKERS]     1,000,000 from seed 1, one worker
# Goes on where it stopped: build/campaigns/agree.state. Exit 1 on any disagreement.
set -uo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
cd -- "$root" || exit 1
build=${EVX_BUILD:-build/release}
cmake --preset release -B "$build" >/dev/null && cmake --build "$build" --target interop_cases >/dev/null || exit
mkdir -p build/campaigns
exec python3 tests/interop/agree.py "$build/tests/interop_cases" --cases "${1:-1000000}" --seed "${2:-1}" \
  --workers "${3:-1}" --state build/campaigns/agree.state
