// SPDX-License-Identifier: Apache-2.0
//
// Who opened what, for whom and why (P15): one hash-chained record, durable
// BEFORE the content is released. record hash = SHA-256("evx/audit/v1\n" ||
// previous hash || canonical record bytes). The collector and evx-inspect write
// to the same file, each waiting for the other for a moment. No item id stands
// in it, only a hash over them.
#ifndef EVX_AGENTS_COLLECTOR_AUDIT_H
#define EVX_AGENTS_COLLECTOR_AUDIT_H

#include "crypto/keys.h"

struct evx_audit;
// `folder` is the store's. Makes audit.db when it is missing.
EVX_MUST_CHECK enum evx_status evx_audit_open(struct evx_audit **out, const char *folder);
void evx_audit_close(struct evx_audit **a);

struct evx_audit_record {
    uint64_t number; // 1, 2, 3 …; filled by append
    uint64_t time_ms;
    const char *verb;   // collection alteration consultation disclosure combination erasure
    const char *person; // who
    const char *on_behalf_of;
    const char *purpose;
    const char *view;               // "timeline CHILD" …
    uint64_t items;                 // how many items
    struct evx_digest items_digest; // BLAKE2b-256 over their ids, in order
};
// Durable on return. BUSY when another process holds the file too long.
EVX_MUST_CHECK enum evx_status evx_audit_append(struct evx_audit *a, struct evx_audit_record *r,
                                                const struct evx_item_id *ids, size_t n);
// STORE_DAMAGED with the number of the first record that does not fit.
EVX_MUST_CHECK enum evx_status evx_audit_verify(struct evx_audit *a, uint64_t *records, uint64_t *bad);
EVX_MUST_CHECK enum evx_status evx_audit_head(struct evx_audit *a, uint64_t *records,
                                              struct evx_digest *head);
// Records from number `from` on, in order, each checked against the one before
// except the first. Texts are borrowed for the call.
typedef enum evx_status (*evx_audit_visit)(void *user, const struct evx_audit_record *r,
                                           const struct evx_digest *hash);
EVX_MUST_CHECK enum evx_status evx_audit_read(struct evx_audit *a, uint64_t from, evx_audit_visit visit,
                                              void *user);

#endif
