// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/export.h"

#include <string.h>

#include "agents/client/ingest/profile.h"
#include "tests/fuzz/fuzz.h"

struct seen {
    uint64_t items, problems;
};

static enum evx_status take_item(void *user, struct evx_bytes packed, const Evx__V1__Item *item)
{
    struct seen *seen = user;
    Evx__V1__Item *again = NULL;
    fuzz_demand(item != NULL);
    fuzz_demand(evx_item_unpack(&again, packed) == EVX_OK);
    evx_item_free(again);
    seen->items++;
    return EVX_OK;
}

static enum evx_status take_problem(void *user, const struct evx_problem *p)
{
    struct seen *seen = user;
    fuzz_demand(p->message && p->column && p->value && p->code != EVX_OK);
    seen->problems++;
    return EVX_OK;
}

void fuzz_export(const struct evx_ingest_agency *agency, const char *file, struct evx_bytes content)
{
    static struct evx_profile_set profiles;
    static const struct evx_ingest_agency *loaded;
    if (loaded != agency) {
        evx_profile_set_free(&profiles);
        for (size_t i = 0; i < agency->profiles; i++) {
            const struct evx_ingest_profile_text *p = &agency->profile[i];
            fuzz_demand(evx_profile_set_add(&profiles, evx_bytes_of_text(p->yaml), p->name, NULL) == EVX_OK);
        }
        loaded = agency;
    }
    struct evx_ingest_job job = {
        .agency = agency, .profiles = &profiles, .organisation = "northam-sample", .inspection = {{1}}};
    struct seen seen = {0};
    struct evx_ingest_sink sink = {take_item, take_problem, &seen};
    struct evx_ingest_result result;
    enum evx_status s = evx_ingest_bytes(&result, &job, file, content, &sink);
    fuzz_demand(s == EVX_OK || s == EVX_E_MEMORY);
    fuzz_demand(s || result.evidence == seen.items);
    fuzz_demand(s || result.refused <= seen.problems);
}
