// SPDX-License-Identifier: Apache-2.0
#include "agents/health/health.h"
#include "tests/fuzz/export.h"
#include "tests/fuzz/fuzz.h"

void fuzz_one(struct evx_bytes input) { fuzz_export(evx_health(), "bundle.json", input); }
