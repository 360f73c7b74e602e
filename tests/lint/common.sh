# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the lints share. Each takes the tree to look at as its only argument,
# prints `path:line: rule: why` for every breach, and exits 1 if there was one.

tree=${1:?usage: LINT TREE}
cd -- "$tree" || exit 2
breaches=0

breach() { # path:line rule why
  printf '%s: %s: %s\n' "$1" "$2" "$3"
  breaches=$((breaches + 1))
}

verdict() {
  if [ "$breaches" -gt 0 ]; then
    echo "$breaches breaches"
    exit 1
  fi
  echo "clean"
}

# Files of the tree by name pattern, NUL between them; build folders, editors'
# leftovers and made-up input are not ours to judge.
files() { # pattern...
  local -a match=()
  local pattern
  for pattern in "$@"; do match+=(-o -name "$pattern"); done
  find . \( -name .git -o -path ./build -o -path ./.cache -o -name __pycache__ -o -path ./tests/data -o -path ./tests/fuzz/corpus \) -prune \
    -o -type f \( "${match[@]:1}" \) -print0 | sed -z 's|^\./||' | sort -z
}

# Runs `grep -nP` over files and reports each hit under a rule.
#   forbid RULE WHY PATTERN FILE...
forbid() {
  local rule=$1 why=$2 pattern=$3 hit
  shift 3
  [ "$#" -eq 0 ] && return
  while IFS= read -r hit; do
    breach "$(cut -d: -f1,2 <<<"$hit")" "$rule" "$why"
  done < <(grep -HnP -- "$pattern" "$@")
}
