// SPDX-License-Identifier: Apache-2.0
#include "agents/evx/verify/signer.h"

#include <stdio.h>
#include <string.h>

#include "proto/base/clock.h"

bool evx_signer_inspection(struct evx_inspection_id *out, const char *origin)
{
    const char *slash = strrchr(origin, '/');
    return slash && evx_unhex(out->b, sizeof out->b, slash + 1);
}

static void say_witnesses(const struct evx_grade *g, const struct evx_policy *p, struct evx_report *r)
{
    char grade[EVX_GRADE_TEXT];
    evx_grade_text(grade, g);
    evx_report_text(r, "grade", evx_grade_word(g->level));
    evx_report_number(r, "witnesses", g->cosigned);
    evx_report_number(r, "witnesses-needed", g->needed);
    for (size_t i = 0; i < g->lines; i++) {
        const struct evx_policy_witness *w = evx_policy_witness_at(p, g->line[i].witness);
        char when[EVX_TIME_TEXT], by[EVX_NOTE_NAME_BYTES + 64];
        struct evx_fingerprint f;
        char hex[65];
        evx_fingerprint_of(&f, EVX_KEY_WIT, w->key.key.b);
        evx_hex(hex, f.b, sizeof f.b);
        evx_time_text(when, (int64_t)g->line[i].time_s * 1000);
        snprintf(by, sizeof by, "%s's witness key %.16s…", w->key.name, hex);
        evx_report_proved(
            r, by, "%s saw this checkpoint, consistent with all it had seen before, at %s by its own clock",
            w->key.name, when);
    }
    if (g->reached && g->cosigned)
        evx_report_proved(r, "the witnesses named", "the checkpoint is %s", grade);
    else if (!g->cosigned)
        evx_report_unproved(
            r,
            "that others were shown the same log: no witness cosigned this checkpoint (%zu of %zu "
            "needed)",
            g->needed, g->witnesses);
}

static enum evx_status judge_quorum(const struct evx_grade *g, bool demanded, struct evx_report *r)
{
    if (g->reached) return EVX_OK;
    if (demanded)
        return evx_report_failed(r, EVX_E_QUORUM, "%zu of %zu witnesses cosigned, %zu are demanded",
                                 g->cosigned, g->witnesses, g->needed);
    evx_report_unproved(
        r,
        "that enough witnesses saw it: %zu of %zu cosigned this checkpoint, the directory demands "
        "%zu",
        g->cosigned, g->witnesses, g->needed);
    return EVX_OK;
}

static void say_log(const struct evx_grade *g, const struct evx_policy *p, uint64_t version,
                    struct evx_report *r)
{
    char by[512], hex[65] = "";
    struct evx_fingerprint f;
    for (size_t i = 0; i < evx_policy_logs(p); i++) {
        const struct evx_vkey *k = evx_policy_log_at(p, i);
        if (strcmp(k->name, g->checkpoint.origin) != 0) continue;
        evx_fingerprint_of(&f, EVX_KEY_LOG, k->key.b);
        evx_hex(hex, f.b, sizeof f.b);
    }
    if (version)
        snprintf(by, sizeof by, "the log's key %.16s…, which directory version %llu lists", hex,
                 (unsigned long long)version);
    else
        snprintf(by, sizeof by, "the log's key %.16s…, which your policy lists", hex);
    evx_report_text(r, "origin", g->checkpoint.origin);
    evx_report_number(r, "size", g->checkpoint.size);
    evx_report_hex(r, "root", g->checkpoint.root.b, 32);
    evx_report_proved(r, by, "the log %s had %llu entries with the root in this checkpoint",
                      g->checkpoint.origin, (unsigned long long)g->checkpoint.size);
}

// A log key that the newest directory revokes speaks for sizes below the cut only.
static enum evx_status check_revoked(const struct evx_directory *newest, const struct evx_policy *p,
                                     const struct evx_checkpoint *c)
{
    for (size_t i = 0; i < evx_policy_logs(p); i++) {
        const struct evx_vkey *k = evx_policy_log_at(p, i);
        struct evx_fingerprint f;
        evx_fingerprint_of(&f, EVX_KEY_LOG, k->key.b);
        if (strcmp(k->name, c->origin) == 0 &&
            evx_directory_revoked(newest, &f, c->origin, c->size ? c->size - 1 : 0))
            return EVX_E_REVOKED;
    }
    return EVX_OK;
}

// By one version of the directory.
static enum evx_status grade_by(struct evx_grade *g, struct evx_policy **p, const struct evx_directory *d,
                                const struct evx_inspection_id *id, struct evx_bytes note)
{
    enum evx_status s = evx_policy_from_directory(p, d, id);
    if (!s) s = evx_policy_grade(g, *p, note);
    if (s) evx_policy_destroy(p);
    return s;
}

// The newest version under whose keys it verifies: log keys change over the years.
static enum evx_status grade_by_history(struct evx_grade *g, struct evx_policy **p, uint64_t *version,
                                        const struct evx_directory_history *h,
                                        const struct evx_inspection_id *id, struct evx_bytes note)
{
    const struct evx_directory *newest = evx_directory_history_newest(h);
    enum evx_status first = EVX_OK;
    for (uint64_t v = evx_directory_version(newest);; v--) {
        const struct evx_directory *d = evx_directory_history_version(h, v);
        enum evx_status s = d ? grade_by(g, p, d, id, note) : EVX_OK;
        if (!d) return first;
        *version = v;
        if (!s) return check_revoked(newest, *p, &g->checkpoint);
        if (!first) first = s;
        if (s != EVX_E_NOTE_SIGNATURE && s != EVX_E_WRONG_INSPECTION && s != EVX_E_UNKNOWN_KEY) return s;
    }
}

// The origin is the first line of the note.
static enum evx_status origin_of(char out[EVX_NOTE_NAME_BYTES], struct evx_bytes note)
{
    const uint8_t *end = note.n ? memchr(note.p, '\n', note.n) : NULL;
    size_t n = end ? (size_t)(end - note.p) : 0;
    if (n == 0 || n >= EVX_NOTE_NAME_BYTES) return EVX_E_CHECKPOINT;
    memcpy(out, note.p, n);
    out[n] = 0;
    return EVX_OK;
}

static enum evx_status by_directory(struct evx_grade *g, struct evx_policy **p, uint64_t *version,
                                    const struct evx_directory_history *h, struct evx_bytes note)
{
    char origin[EVX_NOTE_NAME_BYTES];
    struct evx_inspection_id id;
    if (!h) return EVX_E_TRUST_MISSING;
    enum evx_status s = origin_of(origin, note);
    if (!s && !evx_signer_inspection(&id, origin)) s = EVX_E_CHECKPOINT;
    return s ? s : grade_by_history(g, p, version, h, &id, note);
}

enum evx_status evx_signer_check(struct evx_grade *out, const struct evx_trust *t,
                                 const struct evx_directory_history *h, struct evx_bytes note,
                                 enum evx_quorum_rule rule, struct evx_report *r)
{
    struct evx_policy *own = NULL;
    uint64_t version = 0;
    memset(out, 0, sizeof *out);
    enum evx_status s =
        t->policy ? evx_policy_grade(out, t->policy, note) : by_directory(out, &own, &version, h, note);
    const struct evx_policy *p = t->policy ? t->policy : own;
    if (s == EVX_E_NOTE_SIGNATURE && out->forged[0])
        s = evx_report_failed(r, s, "the line under the name of %s is a forgery", out->forged);
    else
        s = evx_report_failed(r, s, "the checkpoint is not signed by a key that is known for this log");
    if (!s) {
        say_log(out, p, version, r);
        say_witnesses(out, p, r);
        s = judge_quorum(out, t->policy || rule == EVX_QUORUM_DEMAND, r);
    }
    evx_policy_destroy(&own);
    return s;
}
