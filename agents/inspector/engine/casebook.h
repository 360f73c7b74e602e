// SPDX-License-Identifier: Apache-2.0
//
// casebook.db: what inspectors add and nobody can derive again: the tracked
// children, decisions about links, draft judgements, the date everything is due.
// Rows are only ever added; the newest counts, so every decision can be undone and
// nothing is forgotten. Names and texts arrive here sealed under the store key.
//
// One thread; calls block on disk. IO, DISK_FULL, STORE_DAMAGED, SCHEMA, MEMORY.
#ifndef EVX_AGENTS_INSPECTOR_ENGINE_CASEBOOK_H
#define EVX_AGENTS_INSPECTOR_ENGINE_CASEBOOK_H

#include "crypto/keys.h"

struct evx_casebook;
EVX_MUST_CHECK enum evx_status evx_casebook_open(struct evx_casebook **out, const char *folder);
void evx_casebook_close(struct evx_casebook **b);
// Several additions at once, or none of them.
EVX_MUST_CHECK enum evx_status evx_casebook_begin(struct evx_casebook *b);
EVX_MUST_CHECK enum evx_status evx_casebook_commit(struct evx_casebook *b);
void evx_casebook_rollback(struct evx_casebook *b);

struct evx_tracked {
    uint32_t number; // 1, 2, 3 … as the team calls them
    struct evx_digest blind;
    struct evx_bytes sealed; // a packed Subject
};
// Adds a child, or finds the one with the same blind (*fresh = false).
EVX_MUST_CHECK enum evx_status evx_casebook_track(struct evx_casebook *b, struct evx_tracked *t, bool *fresh);
EVX_MUST_CHECK enum evx_status
evx_casebook_tracked(struct evx_casebook *b, enum evx_status (*visit)(void *, const struct evx_tracked *),
                     void *user);

enum evx_verdict { EVX_VERDICT_OPEN, EVX_VERDICT_CONFIRMED, EVX_VERDICT_REJECTED };
struct evx_decision {
    struct evx_digest a, b; // blinds of the two records, a < b
    enum evx_verdict verdict;
    uint64_t time_ms;
    struct evx_bytes sealed; // who and why
};
EVX_MUST_CHECK enum evx_status evx_casebook_decide(struct evx_casebook *b, const struct evx_decision *d);
// All of them, oldest first: the last one about a pair counts.
EVX_MUST_CHECK enum evx_status
evx_casebook_decisions(struct evx_casebook *b, enum evx_status (*visit)(void *, const struct evx_decision *),
                       void *user);

struct evx_draft {
    uint32_t number;
    uint64_t made_ms;
    struct evx_item_id id; // of the item it becomes when it is sent
    bool sent;
    struct evx_bytes sealed; // a packed Item with a Judgement
};
EVX_MUST_CHECK enum evx_status evx_casebook_draft(struct evx_casebook *b, struct evx_draft *d);
EVX_MUST_CHECK enum evx_status evx_casebook_draft_sent(struct evx_casebook *b, uint32_t number,
                                                       const struct evx_item_id *id);
EVX_MUST_CHECK enum evx_status evx_casebook_drafts(struct evx_casebook *b,
                                                   enum evx_status (*visit)(void *, const struct evx_draft *),
                                                   void *user);

// When every agency's return is due; 0 = not set.
EVX_MUST_CHECK enum evx_status evx_casebook_set_due(struct evx_casebook *b, int64_t due_ms);
EVX_MUST_CHECK enum evx_status evx_casebook_due(struct evx_casebook *b, int64_t *due_ms);

#endif
