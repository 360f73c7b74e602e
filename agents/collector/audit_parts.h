// SPDX-License-Identifier: Apache-2.0
//
// What the files of the record of reads share. For audit*.c, opening.c and their tests only.
#ifndef EVX_AGENTS_COLLECTOR_AUDIT_PARTS_H
#define EVX_AGENTS_COLLECTOR_AUDIT_PARTS_H

#include "agents/collector/audit.h"
#include "agents/collector/engine/audit_sqlite.h"

// Canonical record: number u64 · time u64 · items u64 · items digest 32 · then
// verb, person, on_behalf_of, purpose, view, each length u16 and text.
#define EVX_AUDIT_HEAD_BYTES      (8 + 8 + 8 + 32)
#define EVX_AUDIT_TEXTS           5
#define EVX_AUDIT_TEXT_BYTES      1024
#define EVX_AUDIT_SUBKEY_OPENINGS 0x61756401 // numbers of evx_store_subkey()
#define EVX_AUDIT_SUBKEY_LISTS    0x61756402
#define EVX_AUDIT_ITEMS_DOMAIN    "evx/audit/items/v1"
#define EVX_AUDIT_OPENING_LABEL   "evx/audit/opening/v1\n"

struct evx_audit {
    struct evx_audit_db *db;
    struct evx_store_key *list_key; // NULL without a store key
    uint8_t opening_key[32];
};

struct evx_opening {
    struct evx_audit *audit;
    uint64_t number;
    struct evx_digest hash; // of the record
    struct evx_digest tag;  // keyed, of the hash: which store it opens
    bool found;             // the record was seen to stand in audit.db
    struct evx_buf list;
};

EVX_MUST_CHECK enum evx_status evx_audit_hash(struct evx_digest *out, const struct evx_digest *previous,
                                              struct evx_bytes record);
void evx_opening_tag(struct evx_digest *out, const uint8_t opening_key[32], const struct evx_digest *hash);

#endif
