// SPDX-License-Identifier: Apache-2.0
//
// index.db: what the views need to know of every item without opening it again.
// Derived from the collector's store alone; deleting it costs one rebuild.
//
// Plain in it: places, times, agencies, kinds, criteria, relations between items.
// Blinded (keyed hash under a subkey of the store key): who a record is about, what
// it says. Encrypted under the store key: subjects. Nothing else that is personal.
//
// One thread, one connection; calls block on disk. Functions return IO, DISK_FULL,
// STORE_DAMAGED, SCHEMA or MEMORY.
#ifndef EVX_AGENTS_INSPECTOR_ENGINE_INDEX_H
#define EVX_AGENTS_INSPECTOR_ENGINE_INDEX_H

#include "agents/collector/store.h"

struct evx_index;
EVX_MUST_CHECK enum evx_status evx_index_open(struct evx_index **out, const char *folder);
void evx_index_close(struct evx_index **x);

enum evx_relation {
    EVX_RELATION_NONE,
    EVX_RELATION_SUPERSEDES,
    EVX_RELATION_CORRECTS,
    EVX_RELATION_WITHDRAWS
};

struct evx_index_time {
    int64_t utc_ms;
    int precision;  // Evx__V1__Precision
    int offset_min; // of the source, so that a day stays the day it was there
};

// One item. Texts are borrowed for the call.
struct evx_index_item {
    int64_t n; // 1, 2, 3 … in log order; filled when added
    struct evx_store_ref ref;
    struct evx_item_id id;
    uint64_t received_ms;
    const char *sender;
    uint32_t body;              // the Item oneof's field number
    enum evx_status code;       // the collector's verdict
    enum evx_status unreadable; // why it could not be opened for indexing, or OK
    const char *kind;           // of evidence or of the request; "" otherwise
    const char *origin;         // organisation id of who observed it; "" otherwise
    int direction, significance, source_type, ground;
    struct evx_index_time occurred, recorded, due;
    enum evx_relation relation;
    struct evx_item_id target; // with a relation
    bool has_reply;
    struct evx_item_id reply_to;
    struct evx_digest content; // blinded: equal content, equal value
};

struct evx_index_subject {
    int64_t s;
    struct evx_digest blind;  // of (organisation, everything it says)
    const char *organisation; // whose record it is
    struct evx_bytes sealed;
};

// begin … add … commit(cursor) is one transaction.
EVX_MUST_CHECK enum evx_status evx_index_begin(struct evx_index *x, uint64_t *next_log_index);
// After begin: an index made under another stamp (evx_store_stamp) is emptied, and
// *next_log_index is 0 then: what was erased since must not live on in what was derived.
EVX_MUST_CHECK enum evx_status evx_index_renew(struct evx_index *x, uint64_t stamp, uint64_t *next_log_index);
EVX_MUST_CHECK enum evx_status evx_index_commit(struct evx_index *x, uint64_t next_log_index);
void evx_index_rollback(struct evx_index *x);
EVX_MUST_CHECK enum evx_status evx_index_add_item(struct evx_index *x, struct evx_index_item *item);
EVX_MUST_CHECK enum evx_status evx_index_add_criterion(struct evx_index *x, int64_t n, const char *framework,
                                                       const char *criterion);
EVX_MUST_CHECK enum evx_status evx_index_add_agency(struct evx_index *x, int64_t n, const char *organisation);
// Adds it, or finds the one with the same blind; *fresh tells which.
EVX_MUST_CHECK enum evx_status evx_index_add_subject(struct evx_index *x, struct evx_index_subject *subject,
                                                     bool *fresh);
EVX_MUST_CHECK enum evx_status evx_index_add_token(struct evx_index *x, int64_t s,
                                                   const struct evx_digest *token);
EVX_MUST_CHECK enum evx_status evx_index_add_mention(struct evx_index *x, int64_t n, int64_t s, int role);

// Everything, in order of n (items, criteria, agencies, mentions) or of s. A
// callback that returns an error ends the walk with it.
struct evx_index_reader {
    void *user;
    enum evx_status (*item)(void *user, const struct evx_index_item *item);
    enum evx_status (*criterion)(void *user, int64_t n, const char *framework, const char *criterion);
    enum evx_status (*agency)(void *user, int64_t n, const char *organisation);
    enum evx_status (*subject)(void *user, const struct evx_index_subject *subject);
    enum evx_status (*token)(void *user, int64_t s, const struct evx_digest *token);
    enum evx_status (*mention)(void *user, int64_t n, int64_t s, int role);
};
EVX_MUST_CHECK enum evx_status evx_index_read(struct evx_index *x, const struct evx_index_reader *r);

#endif
