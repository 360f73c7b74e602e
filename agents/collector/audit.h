// SPDX-License-Identifier: Apache-2.0
//
// Who opened what, for whom and why (P15): one hash-chained record, durable
// BEFORE the content is released. record hash = SHA-256("evx/audit/v1\n" ||
// previous hash || canonical record bytes). The collector and evx-inspect write
// to the same file, each waiting for the other for a moment.
//
// Which items a record names stands beside it, encrypted under a subkey of the store
// key's master half; the record has the digest of those bytes. So the file alone names
// no item, and no list can be exchanged unseen.
// docs/collector.md "The record of reads".
#ifndef EVX_AGENTS_COLLECTOR_AUDIT_H
#define EVX_AGENTS_COLLECTOR_AUDIT_H

#include "agents/collector/opening.h"
#include "agents/collector/reflist.h"

struct evx_audit;
// `folder` is the store's. Makes audit.db when it is missing. `key` is the store key
// (evx_store_master), needed until the call returns; NULL to look at records and the
// chain only.
EVX_MUST_CHECK enum evx_status evx_audit_open(struct evx_audit **out, const char *folder,
                                              const struct evx_store_key *key);
void evx_audit_close(struct evx_audit **a);

struct evx_audit_record {
    uint64_t number;                // 1, 2, 3 …; filled by append
    uint64_t time_ms;               // 0 = now
    const char *verb;               // collection alteration consultation disclosure combination erasure
    const char *person;             // who; never empty
    const char *on_behalf_of;       // organisation or office
    const char *purpose;            // see purpose.h
    const char *view;               // "timeline CHILD" …
    uint64_t items;                 // how many items; filled by append
    struct evx_digest items_digest; // BLAKE2b-256 of the encrypted list; filled by append
};
// Durable on return; for acts that open nothing. PURPOSE; BUG for a verb that is none
// or without a person; BUSY when another process holds the file too long.
EVX_MUST_CHECK enum evx_status evx_audit_append(struct evx_audit *a, struct evx_audit_record *r,
                                                const struct evx_store_ref *ref, size_t n);
// The same, and the right to open these items. The opening borrows the audit.
EVX_MUST_CHECK enum evx_status evx_audit_release(struct evx_opening **out, struct evx_audit *a,
                                                 struct evx_audit_record *r, const struct evx_store_ref *ref,
                                                 size_t n);
// AUDIT_ALTERED with the number of the first record that does not fit: altered, added,
// missing, or its list of items exchanged. The loss of the newest ones is not seen here
// but against the log (audit_log.h).
EVX_MUST_CHECK enum evx_status evx_audit_verify(struct evx_audit *a, uint64_t *records, uint64_t *bad);
EVX_MUST_CHECK enum evx_status evx_audit_head(struct evx_audit *a, uint64_t *records,
                                              struct evx_digest *head);
// The stored hash of one record. NOT_FOUND.
EVX_MUST_CHECK enum evx_status evx_audit_hash_at(struct evx_audit *a, uint64_t number,
                                                 struct evx_digest *hash);
// Records from number `from` on, in order, each checked against the one before
// except the first. Texts are borrowed for the call.
typedef enum evx_status (*evx_audit_visit)(void *user, const struct evx_audit_record *r,
                                           const struct evx_digest *hash);
EVX_MUST_CHECK enum evx_status evx_audit_read(struct evx_audit *a, uint64_t from, evx_audit_visit visit,
                                              void *user);
// One record, looked at alone: neither it nor its list is checked against the chain.
EVX_MUST_CHECK enum evx_status evx_audit_record_at(struct evx_audit *a, uint64_t number,
                                                   evx_audit_visit visit, void *user);
// The items of one record as a list (reflist.h), replacing *list. Needs the key.
// AUDIT_ALTERED when the list does not fit the record; NOT_FOUND.
EVX_MUST_CHECK enum evx_status evx_audit_items(struct evx_audit *a, uint64_t number, struct evx_buf *list);

// Small numbers that the programs note beside the records ("uses northam-police"); 0
// when never set. They are no part of the chain: losing them repeats a report.
EVX_MUST_CHECK enum evx_status evx_audit_noted(struct evx_audit *a, const char *name, uint64_t *value);
EVX_MUST_CHECK enum evx_status evx_audit_note(struct evx_audit *a, const char *name, uint64_t value);

#endif
