// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "agents/evx/verify/kinds.h"
#include "crypto/receipt.h"
#include "proto/base/clock.h"

static void say_received(uint64_t ms, struct evx_report *r)
{
    char text[EVX_TIME_TEXT];
    if (ms > INT64_MAX) return;
    evx_time_text(text, (int64_t)ms);
    evx_report_text(r, "received", text);
    evx_report_unproved(r, "that it was received at %s: this is what the broker says", text);
}

// The log is the one of the inspection that the header names.
static enum evx_status same_inspection(const struct evx_entry *e, const char *origin, struct evx_report *r)
{
    struct evx_inspection_id id;
    bool same = evx_signer_inspection(&id, origin) && memcmp(id.b, e->inspection.b, sizeof id.b) == 0;
    return evx_report_failed(r, same ? EVX_OK : EVX_E_RECEIPT_MISMATCH,
                             "the consignment belongs to another inspection than the log");
}

static enum evx_status check_place(const struct evx_receipt *receipt, const struct evx_grade *g,
                                   const struct evx_digest *leaf, struct evx_report *r)
{
    enum evx_status s =
        evx_inclusion_verify(&receipt->path, receipt->index, g->checkpoint.size, leaf, &g->checkpoint.root);
    s = evx_report_failed(r, s, "the entry does not stand at position %llu of the log",
                          (unsigned long long)receipt->index);
    if (s) return s;
    evx_report_number(r, "index", receipt->index);
    evx_report_proved(
        r, "the checkpoint, through a path of hashes", "it stood at position %llu of the log %s of size %llu",
        (unsigned long long)receipt->index, g->checkpoint.origin, (unsigned long long)g->checkpoint.size);
    return EVX_OK;
}

static enum evx_status check_entry(const struct evx_entry *e, const struct evx_directory_history *h,
                                   const struct evx_receipt *receipt, const struct evx_grade *g,
                                   struct evx_report *r)
{
    const struct evx_dir_key *key;
    if (e->adoption) {
        evx_report_proved(r, "the log", "directory version %llu was in force from this position on",
                          (unsigned long long)e->directory.version);
        return EVX_OK;
    }
    enum evx_status s = same_inspection(e, g->checkpoint.origin, r);
    if (!s && h) s = evx_check_sender(&key, e, h, receipt->index, r);
    if (!s && !h) evx_report_unproved(r, "who signed it: no directory was given");
    if (!s) say_received(e->received_ms, r);
    return s;
}

enum evx_status evx_check_receipt_under(struct evx_grade *g, uint64_t *index, struct evx_checker *c,
                                        const struct evx_directory_history *h, struct evx_bytes proof,
                                        struct evx_bytes bytes, struct evx_report *r)
{
    struct evx_receipt receipt = {0};
    struct evx_entry e = {0};
    struct evx_digest leaf;
    *index = 0;
    evx_log_leaf(&leaf, bytes);
    enum evx_status s = evx_report_failed(r, evx_tlog_proof_parse(&receipt, proof), "it is not a tlog-proof");
    if (!s) s = evx_signer_check(g, &c->trust, h, evx_buf_bytes(&receipt.checkpoint), EVX_QUORUM_GAP, r);
    if (!s) s = check_place(&receipt, g, &leaf, r);
    if (!s)
        s = evx_report_failed(r, evx_entry_read(&e, bytes), "the log entry is not in the protocol's form");
    if (!s) s = check_entry(&e, h, &receipt, g, r);
    if (!s) *index = receipt.index;
    evx_entry_close(&e);
    evx_receipt_free(&receipt);
    return s;
}

enum evx_status evx_check_receipt(struct evx_checker *c, struct evx_bytes proof, struct evx_bytes entry,
                                  struct evx_report *r)
{
    struct evx_directory_history *h = NULL;
    struct evx_grade g;
    struct evx_digest leaf;
    uint64_t index;
    enum evx_status s = EVX_OK;
    r->what = "receipt";
    evx_log_leaf(&leaf, entry);
    if (c->trust.given.n || !c->trust.policy) s = evx_trust_chain(&h, &c->trust, NULL, r);
    if (!s) s = evx_check_receipt_under(&g, &index, c, h, proof, entry, r);
    if (!s) s = evx_sightings_checkpoint(&c->seen, &g.checkpoint, r->path);
    if (!s) s = evx_sightings_entry(&c->seen, g.checkpoint.origin, index, &leaf, r->path);
    if (!s) evx_report_unproved(r, "that what it says is true, and what was not sent at all");
    evx_directory_history_destroy(&h);
    return s;
}
