// SPDX-License-Identifier: Apache-2.0
// Column profiles: any bytes as YAML. What is taken is whole; what is refused
// leaves nothing behind.
#include "agents/client/ingest/profile.h"
#include "tests/fuzz/fuzz.h"

void fuzz_one(struct evx_bytes input)
{
    struct evx_profile *p = NULL;
    struct evx_buf explain = {0};
    if (evx_profile_parse(&p, input, "profile.yaml", &explain) == EVX_OK) {
        fuzz_demand(p->id && p->kind && p->columns_count > 0);
        for (unsigned i = 0; i < p->columns_count; i++)
            fuzz_demand(evx_profile_column(p, p->columns[i].name) != NULL);
    } else {
        fuzz_demand(p == NULL);
    }
    evx_profile_destroy(&p);
    evx_buf_free(&explain);
}
