// SPDX-License-Identifier: Apache-2.0
//
// What was erased, why, and how far it got: one record an item, made before the key is
// touched. The steps are intended -> destroyed -> certified and only go forward, so
// whoever opens the store next finishes what a crash cut short, and a key that is gone
// without a record is an incident.
#ifndef EVX_AGENTS_COLLECTOR_ERASURES_H
#define EVX_AGENTS_COLLECTOR_ERASURES_H

#include "agents/collector/store.h"

#define EVX_ERASURE_AUTHORITY 512 // bytes with the NUL
#define EVX_ERASURE_PERSON    128

enum evx_erasure_step {
    EVX_ERASURE_INTENDED = 1, // decided; the key may still be there
    EVX_ERASURE_DESTROYED,    // key, wraps and what was derived are gone
    EVX_ERASURE_CERTIFIED,    // the certificate is in the outbox
};
const char *evx_erasure_step_name(enum evx_erasure_step step);

struct evx_erasure {
    struct evx_store_ref ref;
    struct evx_item_id item;
    char sender[EVX_ORG_ID_BYTES];
    enum evx_erasure_step step;
    Evx__V1__ErasureGround ground;
    uint64_t time_ms;
    uint64_t generation;           // of the store key from which on no older copy opens
    struct evx_digest certificate; // consignment that carries it; zeros before
    // Encrypted at rest; empty when the store was opened without its key.
    char authority[EVX_ERASURE_AUTHORITY];
    char decided_by[EVX_ERASURE_PERSON];
};
// "retention", "withdrawn", "right", "order", "mistake".
const char *evx_erasure_ground_name(Evx__V1__ErasureGround ground);
// ERASURE_UNSPECIFIED for anything else.
Evx__V1__ErasureGround evx_erasure_ground_of(const char *name);

// In the open transaction; replaces the record of the item.
EVX_MUST_CHECK enum evx_status evx_store_put_erasure(struct evx_store *s, const struct evx_erasure *e);
// NOT_FOUND.
EVX_MUST_CHECK enum evx_status evx_store_erasure(struct evx_store *s, struct evx_store_ref ref,
                                                 struct evx_erasure *out);
typedef enum evx_status (*evx_erasure_visit)(void *user, const struct evx_erasure *e);
// In log order. The visitor may not write.
EVX_MUST_CHECK enum evx_status evx_store_erasures(struct evx_store *s, evx_erasure_visit visit, void *user);

struct evx_erasure_counts {
    uint64_t intended, destroyed, certified;
    uint64_t unexplained;       // accepted items without key and without record: an incident
    struct evx_store_row first; // the first of those
};
// Compares keys with records. Needs no key; reads every row.
EVX_MUST_CHECK enum evx_status evx_erasures_reconcile(struct evx_erasure_counts *out, struct evx_store *s);

#endif
