#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Each lint can fail: every rule is fed one sample that breaks it and must name
# it, and one clean sample that no rule may complain about.
set -uo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
failures=0 samples=0
spdx='// SPDX-License-Identifier: Apache-2.0'

sample() { # path text: a tree with that one file beside a clean one
  rm -rf -- "$work/tree"
  mkdir -p "$work/tree/$(dirname -- "$1")" "$work/tree/proto/base"
  cp "$here/../../.clang-format" "$work/tree/"
  printf '%s\n\nint evx_one(void);\n' "$spdx" >"$work/tree/proto/base/one.h"
  printf '%s\n' "$2" >"$work/tree/$1"
}

must_fail() { # lint rule path text
  local output
  samples=$((samples + 1))
  sample "$3" "$4"
  if output=$("$here/$1" "$work/tree" 2>&1) || ! grep -q ": $2: " <<<"$output"; then
    printf 'not caught: %s %s in %s\n%s\n' "$1" "$2" "$3" "$output"
    failures=$((failures + 1))
  fi
}

must_pass() { # lint path text
  local output
  samples=$((samples + 1))
  sample "$2" "$3"
  if ! output=$("$here/$1" "$work/tree" 2>&1); then
    printf 'wrongly caught: %s\n%s\n' "$1" "$output"
    failures=$((failures + 1))
  fi
}

c() { printf '%s\n%s' "$spdx" "$1"; }
call() { c "void evx_f(char *a, const char *b) { $1; }"; }

must_fail layers.sh layer proto/x.c "$(c '#include "crypto/keys.h"')"
must_fail layers.sh layer crypto/x.c "$(c '#include "broker/journal.h"')"
must_fail layers.sh layer broker/x.c "$(c '#include "agents/client/agent.h"')"
must_fail layers.sh layer agents/client/x.c "$(c '#include "broker/journal.h"')"
must_fail layers.sh layer agents/police/x.c "$(c '#include "agents/school/map.h"')"
must_fail layers.sh layer agents/police/x.c "$(c '#include "grading/grading.h"')"
must_fail layers.sh layer grading/x.c "$(c '#include "proto/msg/codec.h"')"
must_fail layers.sh layer crypto/x.c "$(c '#include "neighbour.h"')"
must_fail layers.sh own-header proto/base/one.c "$(c '#include <stdio.h>
#include "proto/base/one.h"')"
must_pass layers.sh proto/base/one.c "$(c '#include "proto/base/one.h"

#include <stdio.h>')"
must_pass layers.sh agents/collector/x.c "$(c '#include "grading/grading.h"
#include "agents/client/agent.h"')"

must_fail bans.sh opening agents/inspector/x.c "$(c '#include "agents/collector/audit_parts.h"')"
must_fail bans.sh opening agents/evx/x.c "$(c 'struct evx_opening { int a; };')"
must_fail bans.sh unrecorded agents/inspector/x.c "$(call 'evx_store_plain(0, 0, 0)')"
must_fail bans.sh unrecorded agents/evx/x.c "$(call 'evx_unwrap(0, 0, 0, 0)')"
must_pass bans.sh agents/inspector/x.c "$(call 'evx_store_open_item(0, 0, 0, 0)')"
must_fail bans.sh libsodium broker/x.c "$(call 'crypto_sign_detached(a, 0, 0, 0, 0)')"
must_fail bans.sh libsodium agents/x/y.c "$(c '#include <sodium.h>')"
must_fail bans.sh zeromq broker/core.c "$(call 'zmq_send(a, b, 1, 0)')"
must_fail bans.sh zeromq agents/client/outbox.c "$(call 'f(ZMQ_DEALER)')"
must_fail bans.sh sqlite agents/collector/view.c "$(call 'sqlite3_open(b, 0)')"
for name in strcpy strcat sprintf gets strtok atoi atol strptime alloca system popen localtime rand; do
  must_fail bans.sh banned-call crypto/x.c "$(call "$name(a)")"
done
must_fail bans.sh ends-process crypto/x.c "$(call 'assert(a)')"
must_fail bans.sh ends-process crypto/x.c "$(call 'abort()')"
must_fail bans.sh ends-process agents/police/map.c "$(call 'exit(1)')"
must_fail bans.sh main broker/loop.c "$(c 'int main(void) { return 0; }')"
must_fail bans.sh secret-compare crypto/x.c "$(call 'memcmp(a, kek, 32)')"
unfinished=DO home=home
must_fail bans.sh unfinished docs/x.md "TO$unfinished: write this"
must_fail bans.sh machine-path tests/x.sh "cd /$home/somebody"
must_fail bans.sh spdx crypto/x.c "int x;"
must_fail bans.sh spdx tests/x.sh "echo"
must_fail bans.sh long-file crypto/x.c "$(c "$(yes '' | head -n 701; echo 'int x;')")"
must_pass bans.sh crypto/x.c "$(call 'crypto_sign_detached(a, 0, 0, 0, 0); snprintf(a, 1, b); static_assert(1)')"
must_pass bans.sh broker/net/x.c "$(call 'zmq_send(a, b, 1, ZMQ_DONTWAIT)')"
must_pass bans.sh broker/engine/x.c "$(call 'sqlite3_open(b, 0)')"
must_pass bans.sh agents/police/main.c "$(c 'int main(void) { return 0; }')"

must_fail format.sh format crypto/x.c "$(c 'int  x ;')"
must_pass format.sh crypto/x.c "$(c 'int x;')"
must_fail shell.sh shellcheck tests/x.sh "#!/bin/sh
cd \$1 && [ \$x == 1 ]"
must_fail functions.py long-function crypto/x.c "$(c "int evx_long(void)
{
$(yes '    f();' | head -n 61)
}")"
must_fail functions.py long-median crypto/x.c "$(c "int evx_median(void)
{
$(yes '    f();' | head -n 13)
}")"
must_pass functions.py crypto/x.c "$(c "int evx_table(int x)
{
$(yes '    case 1: return 2;' | head -n 80)
}
int evx_a(void)
{
    f();
}
int evx_b(void)
{
    f();
}")"
must_fail links.py link docs/x.md "[gone](gone.md)"
must_fail links.py link README.md "[no heading](#nowhere)"
must_pass links.py README.md "# Here
[yes](#here) [file](proto/base/one.h) [web](https://example.org/)"

row='EVX_ERROR(SAMPLE, 1001, LOCAL, HUMAN, NOBODY, "", "")'
must_fail reached.py unused-code proto/base/errors.def "$row"
must_fail reached.py unreached-code proto/base/errors.def "$row"

# clang-tidy needs a build: one sentence with an unchecked conversion.
sample crypto/x.c "$(c '#include <stdio.h>
int evx_n(const char *t);
int evx_n(const char *t)
{
    int n;
    sscanf(t, "%d", &n);
    return n;
}')"
cp "$here/../../.clang-tidy" "$work/tree/"
printf '[{"directory":"%s","file":"crypto/x.c","command":"gcc -c crypto/x.c -o x.o"}]' "$work/tree" >"$work/tree/compile_commands.json"
samples=$((samples + 1))
if "$here/tidy.py" "$work/tree" "$work/tree" >"$work/tidy.out" 2>&1 || ! grep -q 'cert-err34-c' "$work/tidy.out"; then
  echo "not caught: tidy.py"
  cat "$work/tidy.out"
  failures=$((failures + 1))
fi

echo "$samples samples, $failures failures"
[ "$failures" -eq 0 ]
