// SPDX-License-Identifier: Apache-2.0
#include "broker/witnesses.h"

#include <stdlib.h>
#include <string.h>

#define CLOCK_SLACK_S 300
#define LOOK_BACK     64 // sizes with lines, newest first, searched for a quorum

static enum evx_status copy_signed(struct evx_ledger_signed *out, uint64_t size,
                                   const struct evx_digest *root, struct evx_bytes note)
{
    out->size = size;
    out->root = *root;
    evx_buf_clear(&out->note);
    return evx_buf_append(&out->note, note.p, note.n);
}

// The log's own note at exactly this size.
static enum evx_status signed_at(struct evx_ledger *l, uint64_t size, struct evx_ledger_signed *out)
{
    if (size && l->newest.size == size)
        return copy_signed(out, size, &l->newest.root, evx_buf_bytes(&l->newest.note));
    for (size_t i = 0; i < l->unsaved_n; i++)
        if (l->unsaved[i].size == size)
            return copy_signed(out, size, &l->unsaved[i].root, evx_buf_bytes(&l->unsaved[i].note));
    struct evx_journal_boundary b = {0};
    enum evx_status s = size ? l->journal->ops->boundary(l->journal, size, &b) : EVX_E_NOT_FOUND;
    if (!s && (b.size != size || !b.note.n)) s = EVX_E_NOT_FOUND;
    if (!s) s = copy_signed(out, size, &b.root, evx_buf_bytes(&b.note));
    evx_journal_boundary_free(&b);
    return s;
}

enum evx_status evx_witnesses_note(struct evx_ledger *l, uint64_t size, struct evx_ledger_signed *out)
{
    enum evx_status s = signed_at(l, size, out);
    if (!s) s = l->journal->ops->cosignatures(l->journal, size, &out->note);
    for (size_t i = 0; i < l->lines && !s; i++)
        if (l->line[i].size == size) s = evx_buf_append(&out->note, l->line[i].text.p, l->line[i].text.n);
    return s;
}

static void clear(struct evx_ledger_signed *s)
{
    evx_buf_free(&s->note);
    *s = (struct evx_ledger_signed){0};
}

// The newest of the stored ones that a quorum cosigned, under the policy of now.
static enum evx_status find_witnessed(struct evx_ledger *l)
{
    struct evx_ledger_signed at = {0};
    struct evx_grade g;
    uint64_t size = UINT64_MAX;
    enum evx_status s = EVX_OK;
    clear(&l->witnessed);
    for (int i = 0; i < LOOK_BACK && l->policy && l->journal->ops->cosigned_below; i++) {
        s = l->journal->ops->cosigned_below(l->journal, size, &size);
        if (!s) s = evx_witnesses_note(l, size, &at);
        if (s) break;
        if (evx_policy_grade(&g, l->policy, evx_buf_bytes(&at.note)) || g.level != EVX_GRADE_WITNESSED)
            continue;
        l->witnessed = at;
        return EVX_OK;
    }
    evx_buf_free(&at.note);
    return s == EVX_E_NOT_FOUND ? EVX_OK : s;
}

enum evx_status evx_witnesses_review(struct evx_ledger *l, const struct evx_directory *d)
{
    evx_policy_destroy(&l->policy);
    if (!evx_directory_inspection(d, &l->id)) return EVX_OK;
    enum evx_status s = evx_policy_from_directory(&l->policy, d, &l->id);
    if (s && s != EVX_E_MEMORY) return EVX_OK; // nobody counts until the directory says otherwise
    return s ? s : find_witnessed(l);
}

void evx_witnesses_free(struct evx_ledger *l)
{
    evx_witnesses_stored(l);
    clear(&l->witnessed);
    clear(&l->candidate);
    evx_policy_destroy(&l->policy);
}

enum evx_status evx_witnesses_candidate(struct evx_ledger *l, uint64_t now_ms,
                                        const struct evx_ledger_signed **out)
{
    *out = &l->candidate;
    bool done = l->candidate.size <= l->witnessed.size;
    bool old = now_ms >= l->candidate_ms + EVX_WITNESSES_ROUND_MS || now_ms < l->candidate_ms;
    if (l->candidate.size == l->newest.size || (l->candidate.size && !done && !old)) return EVX_OK;
    l->candidate_ms = now_ms;
    return copy_signed(&l->candidate, l->newest.size, &l->newest.root, evx_buf_bytes(&l->newest.note));
}

static bool is_of(const struct evx_policy *p, size_t witness, const char *org)
{
    return strcmp(evx_policy_witness_at(p, witness)->key.name, org) == 0;
}

static bool has_key(const struct evx_policy *p, const char *org)
{
    for (size_t i = 0; p && i < evx_policy_witnesses(p); i++)
        if (is_of(p, i, org)) return true;
    return false;
}

// One line, of this organisation, on this checkpoint, made just now.
static enum evx_status check_line(const struct evx_ledger *l, const char *org, struct evx_bytes text,
                                  struct evx_bytes line, uint64_t now_ms)
{
    size_t witness = 0;
    uint64_t time_s = 0, now_s = now_ms / 1000;
    if (!has_key(l->policy, org)) return EVX_E_UNKNOWN_KEY;
    if (!evx_policy_line_holds(l->policy, text, line, &witness, &time_s)) return EVX_E_NOTE_SIGNATURE;
    if (!is_of(l->policy, witness, org)) return EVX_E_NOTE_SIGNATURE;
    return time_s > now_s + CLOCK_SLACK_S || time_s + CLOCK_SLACK_S < now_s ? EVX_E_CLOCK : EVX_OK;
}

// The first line of a witness stays: its time is the better evidence.
static bool said_before(const struct evx_ledger *l, const struct evx_grade *g, const char *org)
{
    for (size_t i = 0; i < g->lines; i++)
        if (is_of(l->policy, g->line[i].witness, org)) return true;
    return false;
}

static enum evx_status remember(struct evx_ledger *l, const char *org, uint64_t size, struct evx_bytes line)
{
    if (l->lines == EVX_LEDGER_LINES) return EVX_E_BUSY;
    struct evx_ledger_line *place = &l->line[l->lines];
    enum evx_status s = evx_buf_append(&place->text, line.p, line.n);
    if (s) return s;
    place->size = size;
    memcpy(place->org, org, strlen(org) + 1);
    l->lines++;
    return EVX_OK;
}

static enum evx_status add_to(struct evx_ledger *l, struct evx_ledger_signed *at, const char *org,
                              struct evx_bytes line, uint64_t now_ms)
{
    struct evx_note n;
    struct evx_grade g;
    enum evx_status s = evx_note_parse(&n, evx_buf_bytes(&at->note));
    if (!s && n.signatures == EVX_LIMIT_NOTE_SIGNATURES) s = EVX_E_TOO_LARGE;
    if (!s) s = check_line(l, org, n.text, line, now_ms);
    if (!s) s = evx_policy_grade(&g, l->policy, evx_buf_bytes(&at->note));
    if (s || said_before(l, &g, org)) return s;
    s = remember(l, org, at->size, line);
    if (!s) s = evx_buf_append(&at->note, line.p, line.n);
    if (!s) s = evx_policy_grade(&g, l->policy, evx_buf_bytes(&at->note));
    if (s || g.level != EVX_GRADE_WITNESSED) return s;
    clear(&l->witnessed);
    l->witnessed = *at;
    *at = (struct evx_ledger_signed){0};
    return EVX_OK;
}

enum evx_status evx_witnesses_add(struct evx_ledger *l, const char *org, uint64_t size, struct evx_bytes line,
                                  uint64_t now_ms)
{
    struct evx_ledger_signed at = {0};
    enum evx_status s = size < l->witnessed.size ? EVX_E_COSIGN_LATE : evx_witnesses_note(l, size, &at);
    if (s == EVX_E_NOT_FOUND) s = EVX_E_COSIGN_LATE;
    if (!s) s = add_to(l, &at, org, line, now_ms);
    evx_buf_free(&at.note);
    return s;
}

enum evx_status evx_witnesses_put(struct evx_ledger *l)
{
    enum evx_status s = EVX_OK;
    for (size_t i = 0; i < l->lines && !s; i++)
        s = l->journal->ops->put_cosignature(l->journal, l->line[i].size, l->line[i].org,
                                             evx_buf_bytes(&l->line[i].text));
    return s;
}

void evx_witnesses_stored(struct evx_ledger *l)
{
    for (size_t i = 0; i < l->lines; i++)
        evx_buf_free(&l->line[i].text);
    l->lines = 0;
}
