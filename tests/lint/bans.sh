#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# House bans that a compiler does not know.
set -uo pipefail
# shellcheck source=tests/lint/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

mapfile -d '' -t c_files < <(files '*.c' '*.h')
mapfile -d '' -t written < <(files '*.c' '*.h' '*.proto' '*.def' '*.cmake' CMakeLists.txt '*.sh' '*.py' run demo)
mapfile -d '' -t texts < <(files '*.c' '*.h' '*.proto' '*.def' '*.cmake' CMakeLists.txt '*.sh' '*.py' run demo '*.md' '*.yaml' '*.json')

# Product sources (not tests) whose path does not match the expression.
product_outside() { # expression
  local path
  for path in "${c_files[@]}"; do
    [[ $path == tests/* || $path =~ $1 ]] || printf '%s\0' "$path"
  done
}

ban_outside() { # expression rule why pattern
  local -a chosen
  mapfile -d '' -t chosen < <(product_outside "$1")
  forbid "$2" "$3" "$4" ${chosen[@]+"${chosen[@]}"}
}

no_comment='^(?!\s*(//|\*|/\*))'
ban_outside '^crypto/' libsodium 'libsodium is used in crypto/ only' \
  '\b(crypto_(?!init)[a-z0-9]+_\w+|sodium_\w+|randombytes_\w+)\s*\(|<sodium'
ban_outside '^(broker|agents/client)/net/' zeromq 'ZeroMQ is used in broker/net and agents/client/net only' \
  "$no_comment.*\\b(zmq_\\w+\\s*\\(|ZMQ_[A-Z]+)|<zmq"
ban_outside '(/engine/|_sqlite\.[ch]$)' sqlite 'SQL lives in engine files only' '\bsqlite3_\w+|<sqlite3'
ban_outside '^$' banned-call 'unbounded, locale bound, or not thread safe' \
  "$no_comment.*(?<![\\w.>])(strcpy|strcat|stpcpy|sprintf|vsprintf|gets|strtok|atoi|atol|atoll|atof|strptime|alloca|system|popen|tmpnam|mktemp|rand|random|gmtime|localtime|ctime|asctime|setjmp|longjmp)\\s*\\("
ban_outside '^broker/net/service\.c$' banned-call 'seeds what others share' "$no_comment.*(?<![\\w.>])srand\\s*\\("
ban_outside '(^|/)main\.c$|/jail\w*\.c$|^broker/net/service\.c$' ends-process 'libraries report; they never end the process' \
  "$no_comment.*(?<![\\w.>])(assert|abort|_exit|exit|quick_exit)\\s*\\("
ban_outside '(^|/)main\.c$' main 'main() belongs in a main.c' '^\s*int\s+main\s*\('
ban_outside '^$' secret-compare 'compare secrets with evx_equal_secret()' \
  "$no_comment.*\\b(memcmp|strcmp|strncmp|bcmp)\\s*\\([^;\"]*(secret|passphrase|kek|\\bik\\b|item_key|seed|commitment|->mac|\\.mac|master)"

ban_outside '^agents/collector/(audit\w*|opening)\.[ch]$' opening 'the right to open is made by evx_audit_release() only' \
  "$no_comment.*audit_parts\\.h\"|$no_comment.*\\bstruct evx_opening \\{"
ban_outside '^(crypto/|agents/collector/(store_item\.c|rotate\.c|store_parts\.h)$)' unrecorded 'content and item keys are given out by evx_store_*() with an opening' \
  "$no_comment.*\\b(evx_store_plain|evx_unwrap)\\s*\\("

forbid unfinished 'finish it or leave it out' '\b(TO[D]O|FIX[M]E|XX[X]|HAC[K])\b' "${texts[@]}"
forbid machine-path 'no path of one machine' '(?<![\w.$}])/(work|home|root|Users)/' "${texts[@]}"

for path in "${written[@]}"; do
  head -n 3 -- "$path" | grep -q 'SPDX-License-Identifier: Apache-2\.0' ||
    breach "$path:1" spdx 'the licence line is missing at the top'
  lines=$(wc -l <"$path")
  case $path in *.def) continue ;; esac
  [ "$lines" -le 700 ] || breach "$path:$lines" long-file "$lines lines; cut it along its ideas (700 at most)"
done
verdict
