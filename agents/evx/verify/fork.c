// SPDX-License-Identifier: Apache-2.0
#include "crypto/fork.h"

#include <string.h>

#include "agents/evx/verify/kinds.h"

static enum evx_status log_key(struct evx_vkey *out, const struct evx_checker *c,
                               const struct evx_directory_history *h, const struct evx_fork *f)
{
    struct evx_note note;
    struct evx_checkpoint first;
    struct evx_inspection_id id;
    enum evx_status s = evx_note_parse(&note, evx_buf_bytes(&f->first));
    if (!s) s = evx_checkpoint_parse_text(&first, note.text);
    if (s) return s;
    for (size_t i = 0; c->trust.policy && i < evx_policy_logs(c->trust.policy); i++) {
        *out = *evx_policy_log_at(c->trust.policy, i);
        if (strcmp(out->name, first.origin) == 0) return EVX_OK;
    }
    if (!h) return EVX_E_TRUST_MISSING;
    if (!evx_signer_inspection(&id, first.origin)) return EVX_E_CHECKPOINT;
    return evx_directory_log_vkey(out, evx_directory_history_newest(h), &id);
}

// A proof of a fork holds when it proves one.
static enum evx_status say(enum evx_fork_verdict verdict, const struct evx_checkpoint *a,
                           const struct evx_checkpoint *b, struct evx_report *r)
{
    unsigned long long m = a->size, n = b->size;
    evx_report_text(r, "origin", a->origin);
    evx_report_text(r, "verdict",
                    verdict == EVX_FORK_PROVED    ? "forked"
                    : verdict == EVX_FORK_REFUTED ? "consistent"
                                                  : "open");
    switch (verdict) {
    case EVX_FORK_PROVED:
        evx_report_proved(
            r, "the log's own key, twice",
            "the log %s was forked: it signed trees of %llu and %llu entries that cannot both be true",
            a->origin, m, n);
        return EVX_OK;
    case EVX_FORK_REFUTED:
        return evx_report_failed(r, EVX_E_FORK_FILE, "both checkpoints can be true: no fork is shown");
    case EVX_FORK_UNPROVED: break;
    }
    return evx_report_failed(
        r, EVX_E_FORK_FILE,
        "of the sizes %llu and %llu nothing shows yet that they cannot both be true: ask the log for "
        "the consistency proof",
        m, n);
}

enum evx_status evx_check_fork_under(struct evx_checker *c, const struct evx_directory_history *h,
                                     struct evx_bytes text, struct evx_report *r)
{
    struct evx_fork f = {0};
    struct evx_vkey log;
    struct evx_checkpoint first, second;
    enum evx_fork_verdict verdict = EVX_FORK_UNPROVED;
    enum evx_status s = evx_report_failed(r, evx_fork_parse(&f, text), "it is not a proof of a fork");
    if (!s) s = evx_report_failed(r, log_key(&log, c, h, &f), "the log's key is not known");
    if (!s) {
        s = evx_fork_check(&verdict, &f, &log, &first, &second);
        s = evx_report_failed(r, s, "one of the two is not signed by this log's key");
    }
    if (!s) s = say(verdict, &first, &second, r);
    evx_fork_free(&f);
    return s;
}

enum evx_status evx_check_fork(struct evx_checker *c, struct evx_bytes text, struct evx_report *r)
{
    struct evx_directory_history *h = NULL;
    enum evx_status s = EVX_OK;
    r->what = "proof of a fork";
    if (c->trust.given.n || !c->trust.policy) s = evx_trust_chain(&h, &c->trust, NULL, r);
    if (!s) s = evx_check_fork_under(c, h, text, r);
    evx_directory_history_destroy(&h);
    return s;
}
