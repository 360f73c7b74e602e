// SPDX-License-Identifier: Apache-2.0
//
// The fixture's people and the directory text made from them.
#ifndef EVX_TESTS_TESTLIB_FIXTURE_DIRECTORY_H
#define EVX_TESTS_TESTLIB_FIXTURE_DIRECTORY_H

#include "crypto/directory.h"

#define EVX_FIXTURE_KEYS 6 // slots, by enum evx_key_use - 1

struct evx_fixture_org {
    const char *id;
    enum evx_role role;
    const char *name;
    const char *rights; // in the inspection, "" = not a member
    unsigned uses;      // bit (1 << use) for each key it has
};
extern const struct evx_fixture_org evx_fixture_orgs[]; // by id, ascending

struct evx_fixture_public {
    uint8_t key[EVX_FIXTURE_KEYS][32];
};
// Appends the text of version 1.
EVX_MUST_CHECK enum evx_status evx_fixture_write_text(struct evx_buf *out, const struct evx_vkey *root,
                                                      size_t roots, const struct evx_fixture_public *keys);

#endif
