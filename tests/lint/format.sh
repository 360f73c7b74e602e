#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every C file is as clang-format 14 leaves it. `format.sh TREE --fix` makes it so.
set -uo pipefail
# shellcheck source=tests/lint/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

command -v clang-format-14 >/dev/null || { echo "clang-format-14 is not installed"; exit 2; }
while IFS= read -r -d '' path; do
  if [ "${2-}" = --fix ]; then clang-format-14 -i -- "$path"; fi
  first=$(clang-format-14 --dry-run -- "$path" 2>&1 | grep -m1 -oE '^[^ ]+:[0-9]+:[0-9]+: warning') &&
    breach "${first%%: *}" format "mend with: tests/lint/format.sh . --fix"
done < <(files '*.c' '*.h')
verdict
