// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/note_inside.h"
#include "crypto/policy_inside.h"

// What is known of a name: whether it cosigned, and since when.
struct voice {
    bool cosigned;
    uint64_t time_s;
};

static bool in_its_time(const struct evx_policy_witness *w, uint64_t time_s)
{
    if (time_s > INT64_MAX / 1000) return false;
    int64_t ms = (int64_t)time_s * 1000;
    return ms >= w->from_ms && ms < w->until_ms;
}

static void name_forged(struct evx_grade *g, const struct evx_vkey *k)
{
    if (!g->forged[0]) memcpy(g->forged, k->name, sizeof g->forged);
}

// Signed by a log of this origin, and by none of them wrongly.
static enum evx_status check_log(struct evx_grade *g, const struct evx_policy *p, const struct evx_note *n)
{
    bool known = false, good = false;
    for (size_t i = 0; i < p->logs; i++) {
        const struct evx_policy_log *log = &p->log[i];
        if (strcmp(log->key.name, g->checkpoint.origin) != 0) continue;
        known = true;
        enum evx_note_verdict v = evx_note_verdict(n, &log->key, NULL);
        if (v == EVX_NOTE_GOOD && g->checkpoint.size <= log->limit) good = true;
        if (v == EVX_NOTE_BAD) name_forged(g, &log->key);
    }
    if (!known) return EVX_E_CHECKPOINT;
    return good && !g->forged[0] ? EVX_OK : EVX_E_NOTE_SIGNATURE;
}

static void hear_witness(struct evx_grade *g, struct voice *voice, const struct evx_policy *p, size_t i,
                         const struct evx_note *n)
{
    uint64_t time_s = 0;
    enum evx_note_verdict v = evx_note_verdict(n, &p->witness[i].key, &time_s);
    if (v == EVX_NOTE_BAD) name_forged(g, &p->witness[i].key);
    if (v != EVX_NOTE_GOOD || !in_its_time(&p->witness[i], time_s)) return;
    *voice = (struct voice){true, time_s};
    if (g->lines < EVX_LIMIT_NOTE_SIGNATURES)
        g->line[g->lines++] = (struct evx_grade_line){.witness = i, .time_s = time_s};
}

static struct voice hear_group(const struct evx_policy_name *group, const struct voice *voice)
{
    struct voice out = {0};
    size_t n = 0;
    for (size_t i = 0; i < group->members; i++) {
        const struct voice *v = &voice[group->member[i]];
        if (!v->cosigned) continue;
        if (n++ == 0 || v->time_s < out.time_s) out.time_s = v->time_s;
    }
    out.cosigned = n >= group->needed;
    return out;
}

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

// Counts the members of the quorum; with none, whatever is in no group.
static void count(struct evx_grade *g, const struct evx_policy *p, const struct voice *voice, uint64_t *time)
{
    const struct evx_policy_name *top = p->quorum == EVX_POLICY_NONE ? NULL : &p->name[p->quorum];
    g->needed = !top ? 0 : top->group ? top->needed : 1;
    if (p->beyond) g->needed = p->beyond;
    size_t n = !top ? p->names : top->group ? top->members : 1;
    for (size_t i = 0; i < n; i++) {
        size_t at = !top ? i : top->group ? top->member[i] : p->quorum;
        if (!top && p->name[at].listed) continue;
        g->witnesses++;
        if (voice[at].cosigned) time[g->cosigned++] = voice[at].time_s;
    }
    qsort(time, g->cosigned, sizeof *time, ascending);
    if (g->cosigned) g->time_s = time[g->cosigned / 2];
}

static enum evx_status hear(struct evx_grade *g, const struct evx_policy *p, const struct evx_note *n)
{
    struct voice *voice = calloc(p->names + 1, sizeof *voice);
    uint64_t *time = calloc(p->names + 1, sizeof *time);
    enum evx_status s = voice && time ? EVX_OK : EVX_E_MEMORY;
    for (size_t i = 0; i < p->names && !s; i++) {
        if (p->name[i].group)
            voice[i] = hear_group(&p->name[i], voice);
        else
            hear_witness(g, &voice[i], p, p->name[i].witness, n);
    }
    if (!s && g->forged[0]) s = EVX_E_NOTE_SIGNATURE;
    if (!s) count(g, p, voice, time);
    free(voice);
    free(time);
    return s;
}

enum evx_status evx_policy_grade(struct evx_grade *out, const struct evx_policy *p, struct evx_bytes note)
{
    struct evx_note n;
    *out = (struct evx_grade){0};
    enum evx_status s = evx_note_parse(&n, note);
    if (!s) s = evx_checkpoint_parse_text(&out->checkpoint, n.text);
    if (!s) s = check_log(out, p, &n);
    if (!s) s = hear(out, p, &n);
    if (s) return s;
    out->reached = out->cosigned >= out->needed;
    out->level = out->cosigned == 0 ? EVX_GRADE_OPERATOR
                 : out->reached     ? EVX_GRADE_WITNESSED
                                    : EVX_GRADE_PARTLY;
    return EVX_OK;
}

struct evx_grade evx_grade_of_entry(const struct evx_grade *g, uint64_t index)
{
    struct evx_grade out = *g;
    if (g->level <= EVX_GRADE_OPERATOR || index < g->checkpoint.size) return out;
    out.level = EVX_GRADE_OPERATOR;
    out.cosigned = out.lines = 0;
    out.reached = out.needed == 0;
    out.time_s = 0;
    return out;
}

void evx_grade_text(char out[EVX_GRADE_TEXT], const struct evx_grade *g)
{
    char needed[24] = "none";
    if (g->needed) snprintf(needed, sizeof needed, "%zu", g->needed);
    switch (g->level) {
    case EVX_GRADE_NONE: snprintf(out, EVX_GRADE_TEXT, "not signed by the log"); break;
    case EVX_GRADE_OPERATOR: snprintf(out, EVX_GRADE_TEXT, "operator only"); break;
    case EVX_GRADE_PARTLY:
    case EVX_GRADE_WITNESSED:
        snprintf(out, EVX_GRADE_TEXT, "witnessed %zu of %zu (%s needed)", g->cosigned, g->witnesses, needed);
        break;
    }
}

const char *evx_grade_word(enum evx_grade_level level)
{
    static const char *const words[] = {"none", "operator-only", "partly-witnessed", "witnessed"};
    return (unsigned)level < sizeof words / sizeof words[0] ? words[level] : words[0];
}

bool evx_policy_line_holds(const struct evx_policy *p, struct evx_bytes text, struct evx_bytes line,
                           size_t *witness, uint64_t *time_s)
{
    struct evx_buf note = {0};
    struct evx_note n;
    bool holds = false;
    enum evx_status s = evx_buf_append(&note, text.p, text.n);
    if (!s) s = evx_buf_append_text(&note, "\n");
    if (!s) s = evx_buf_append(&note, line.p, line.n);
    if (!s) s = evx_note_parse(&n, evx_buf_bytes(&note));
    if (s || n.signatures != 1 || n.text.n != text.n) goto out;
    for (size_t i = 0; i < p->witnesses && !holds; i++) {
        holds = evx_note_verdict(&n, &p->witness[i].key, time_s) == EVX_NOTE_GOOD &&
                in_its_time(&p->witness[i], *time_s);
        *witness = i;
    }
out:
    evx_buf_free(&note);
    return holds;
}
