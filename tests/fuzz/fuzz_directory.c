// SPDX-License-Identifier: Apache-2.0
// Directories: unsigned text and signed note. Everything that a directory
// answers stays within what it holds.
#include "crypto/directory.h"
#include "tests/fuzz/fuzz.h"

static void ask(const struct evx_directory *d)
{
    const struct evx_dir_org *member[4];
    for (size_t i = 0; i < evx_directory_orgs(d); i++) {
        const char *id = evx_directory_org_at(d, i)->id;
        fuzz_demand(evx_directory_org(d, id) != NULL);
        evx_directory_key_of(d, id, EVX_KEY_ENC, 0);
    }
    for (size_t i = 0; i < evx_directory_keys(d); i++) {
        const struct evx_dir_key *k = evx_directory_key_at(d, i);
        fuzz_demand(evx_directory_key(d, &k->fingerprint) != NULL);
        evx_directory_revoked(d, &k->fingerprint, "x", 0);
    }
    for (size_t i = 0; i < evx_directory_inspections(d); i++)
        evx_directory_members(d, &evx_directory_inspection_at(d, i)->id, EVX_RIGHT_SEND, member, 4);
}

void fuzz_one(struct evx_bytes input)
{
    struct evx_directory *d = NULL;
    unsigned line = 0;
    if (evx_directory_load(&d, input, NULL, NULL, &line) == EVX_OK) ask(d);
    evx_directory_destroy(&d);
    if (evx_directory_parse(&d, input, &line) == EVX_OK) ask(d);
    evx_directory_destroy(&d);
}
