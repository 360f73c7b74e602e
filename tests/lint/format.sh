#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every C file is as clang-format 14 leaves it. `format.sh TREE --fix` makes it so.
set -uo pipefail
# shellcheck source=tests/lint/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

command -v clang-format-14 >/dev/null || { echo "clang-format-14 is not installed"; exit 2; }
if [ "${2-}" = --fix ]; then files '*.c' '*.h' | xargs -0 -r clang-format-14 -i --; fi
while IFS= read -r first; do
  breach "${first%%: *}" format "mend with: tests/lint/format.sh . --fix"
done < <(files '*.c' '*.h' | xargs -0 -r clang-format-14 --dry-run -- 2>&1 | grep -oE '^[^ ]+:[0-9]+:[0-9]+: warning' | sort -u -t: -k1,1)
verdict
