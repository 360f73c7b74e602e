#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs the commands of docs/verify.md, as they stand there, on a made-up receipt and
# bundle: they must hold. Then on copies in which one byte differs: they must fail.
#   by_hand.sh FIXTURES-PROGRAM
set -uo pipefail

page=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)/docs/verify.md
work=$(mktemp -d) || exit 1
trap 'rm -rf -- "$work"' EXIT
failures=0

# The ```sh blocks between two headings, in order.
blocks() { # FROM-HEADING TO-HEADING
  awk -v from="$1" -v to="$2" '
    $0 == from { on = 1 } $0 == to { on = 0 }
    /^```/ { if (code) { code = 0 } else if (on && $0 == "```sh") { code = 1 } ; next }
    code' "$page"
}

receipt=$(blocks '## By hand: a receipt' '## By hand: a bundle')
bundle=$(blocks '## By hand: a bundle' '## The independent verifier')
first=$(sed -n '1,/^cd \.\.$/p' <<<"$bundle")
rest=$(sed '1,/^cd \.\.$/d' <<<"$bundle")

check() { # EXPECTED (holds|fails) WHAT FOLDER SCRIPT
  local verdict=fails
  (cd "$3" && sh -c "$4") >"$work/out" 2>&1 && verdict=holds
  if [ "$verdict" != "$1" ]; then
    echo "$2: $verdict, but $1 was expected"
    tail -n 12 "$work/out"
    failures=$((failures + 1))
  fi
}

whole_bundle() { printf '%s\ncd bundle\n%s\ncd ..\n%s\n' "$first" "$receipt" "$rest"; }

altered() { # FILE OFFSET: a copy of the made-up folder with one byte changed
  rm -rf -- "$work/copy" && cp -r "$work/made" "$work/copy"
  local byte
  byte=$(xxd -p -s "$2" -l 1 "$work/copy/$1")
  printf '%02x' $((0x$byte ^ 1)) | xxd -r -p | dd of="$work/copy/$1" bs=1 seek="$2" conv=notrunc status=none
}

[ -n "$receipt" ] && [ -n "$first" ] && [ -n "$rest" ] || { echo "no commands found in $page"; exit 1; }
"$1" "$work/made" 60 || exit 1
cp -r "$work/made" "$work/copy"
check holds 'the receipt' "$work/copy" "$receipt"
check holds 'the bundle' "$work/copy" "$(whole_bundle)"
# time, header, signature of the entry; index, path and root in the receipt; a name in the directory
for place in my.receipt.entry:4 my.receipt.entry:60 my.receipt.entry:330 my.receipt:29 my.receipt:40 directory.note:300; do
  altered "${place%:*}" "${place#*:}"
  check fails "$place" "$work/copy" "$receipt"
done
# Every member of the archive in turn, near its middle.
for member in entry record record.path ciphertext key directory; do
  at=$(tar tvRf "$work/made/my.bundle" | awk -v name="$member" '$NF == name { gsub(":", "", $2); print $2 }')
  size=$(tar tvf "$work/made/my.bundle" | awk -v name="$member" '$NF == name { print $3 }')
  altered my.bundle $((at * 512 + 512 + size / 2))
  check fails "bundle: $member" "$work/copy" "$(whole_bundle)"
done
echo "13 checks, $failures failed"
[ "$failures" -eq 0 ]
