// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/judging.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/clock.h"

#define DOMAIN "evx/casebook/judgement/v1"

// --- the case as the drafts have it ---

static enum evx_status put_fact(struct evx_case *c, const char *text, const char **suggestion)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text) return EVX_E_USAGE;
    char *name = strndup(text, (size_t)(equals - text));
    if (!name) return EVX_E_MEMORY;
    const char *value = equals + 1;
    char *end = NULL;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    enum evx_status s;
    if (*value && !*end && !errno)
        s = evx_case_fact_number(c, name, number, suggestion);
    else if (strcmp(value, "true") == 0 || strcmp(value, "yes") == 0)
        s = evx_case_fact_flag(c, name, true, suggestion);
    else if (strcmp(value, "false") == 0 || strcmp(value, "no") == 0)
        s = evx_case_fact_flag(c, name, false, suggestion);
    else
        s = evx_case_fact_text(c, name, value, suggestion);
    free(name);
    return s;
}

static enum evx_status put_drafts(struct evx_case *c, struct evx_views *v, const struct evx_framework *f,
                                  const char *except)
{
    struct evx_draft_view *draft = NULL;
    size_t n = 0;
    enum evx_status s = evx_judging_drafts(&draft, &n, v);
    for (size_t i = 0; !s && i < n; i++) {
        const Evx__V1__Judgement *j = draft[i].item->judgement;
        bool ours = strcmp(j->framework, evx_framework_id(f)) == 0 && *j->grade;
        if (ours && (!except || strcmp(j->judgement, except) != 0))
            s = evx_case_judge(c, j->judgement, j->grade, NULL);
    }
    evx_judging_drafts_free(draft, n);
    return s;
}

static enum evx_status fill_case(struct evx_case **out, struct evx_views *v, const struct evx_framework *f,
                                 const char *const *fact, size_t facts, const char *except,
                                 const char **suggestion)
{
    enum evx_status s = evx_case_new(out, f);
    for (size_t i = 0; !s && i < facts; i++)
        s = put_fact(*out, fact[i], suggestion);
    return s ? s : put_drafts(*out, v, f, except);
}

enum evx_status evx_judging_permitted(struct evx_permitted *out, struct evx_views *v,
                                      const struct evx_framework *f, const char *const *fact, size_t facts,
                                      const char **suggestion)
{
    struct evx_case *c = NULL;
    enum evx_status s = fill_case(&c, v, f, fact, facts, NULL, suggestion);
    if (!s) s = evx_case_permitted(c, out);
    evx_case_destroy(&c);
    return s;
}

// --- one proposal ---

static size_t position(size_t n, const char *(*at)(const struct evx_framework *, size_t),
                       const struct evx_framework *f, const char *id)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(at(f, i), id) == 0) return i;
    return SIZE_MAX;
}

// Whether a rule's `on` ("overall", or several with commas) names the judgement.
static bool names(const char *on, const char *judgement)
{
    size_t n = strlen(judgement);
    for (const char *p = on; p && (p = strstr(p, judgement)); p += n) {
        bool starts = p == on || p[-1] == ',' || p[-1] == ' ';
        bool ends = p[n] == 0 || p[n] == ',' || p[n] == ' ';
        if (starts && ends) return true;
    }
    return false;
}

static bool binds(const struct evx_fired *f)
{
    return strcmp(f->effect, "limit") == 0 || strcmp(f->effect, "cap") == 0 ||
           strcmp(f->effect, "require") == 0;
}

static void name_rule(struct evx_judging_verdict *out, const struct evx_judging *j)
{
    const struct evx_fired *found = NULL;
    for (size_t i = 0; i < out->all.fired_n; i++) {
        const struct evx_fired *f = &out->all.fired[i];
        if (!names(f->on, j->judgement) || !binds(f)) continue;
        bool asked = j->override_rule && strcmp(f->rule, j->override_rule) == 0;
        if (!found || asked) found = f;
    }
    out->rule = found ? found->rule : NULL;
    out->source = found ? found->source : NULL;
    out->message = found ? found->message : NULL;
}

static bool overridden(const struct evx_judging_verdict *v, const struct evx_judging *j)
{
    return j->override_rule && v->rule && strcmp(v->rule, j->override_rule) == 0 && j->override_reason &&
           *j->override_reason;
}

static enum evx_status decide(struct evx_judging_verdict *out, const struct evx_judging *j, size_t row,
                              size_t grade)
{
    out->permitted = (out->all.permitted[row] >> grade) & 1;
    if (out->permitted) return EVX_OK;
    name_rule(out, j);
    return overridden(out, j) ? EVX_OK : EVX_E_NOT_PERMITTED;
}

enum evx_status evx_judging_check(struct evx_judging_verdict *out, struct evx_views *v,
                                  const struct evx_judging *j)
{
    *out = (struct evx_judging_verdict){0};
    const struct evx_framework *f = j->framework;
    size_t row = position(evx_framework_judgements(f), evx_framework_judgement, f, j->judgement);
    bool graded = evx_framework_graded(f);
    if (graded && row == SIZE_MAX) return EVX_E_JUDGEMENT_UNKNOWN;
    if (!graded && *j->grade) return EVX_E_GRADE_UNKNOWN; // a narrative framework has no grades
    if (!graded) {
        out->permitted = true;
        return EVX_OK;
    }
    size_t grade = position(evx_framework_grades(f), evx_framework_grade, f, j->grade);
    if (grade == SIZE_MAX) return EVX_E_GRADE_UNKNOWN;
    struct evx_case *c = NULL;
    enum evx_status s = fill_case(&c, v, f, j->fact, j->facts, j->judgement, &out->suggestion);
    if (!s) s = evx_case_permitted(c, &out->all);
    if (!s) s = decide(out, j, row, grade);
    evx_case_destroy(&c);
    return s;
}

// --- drafts ---

static enum evx_status seal_draft(struct evx_buf *out, const struct evx_store_key *k, const Evx__V1__Item *m)
{
    struct evx_buf plain = {0};
    enum evx_status s = evx_item_pack(&plain, m);
    if (!s) s = evx_store_encrypt(out, k, DOMAIN, evx_buf_bytes(&plain));
    evx_buf_free(&plain);
    return s;
}

static ProtobufCBinaryData *evidence_refs(struct evx_views *v, const struct evx_judging *j)
{
    ProtobufCBinaryData *ref = evx_slab_array(&v->slab, j->evidence_n, sizeof *ref);
    for (size_t i = 0; ref && i < j->evidence_n; i++) {
        struct evx_item_id *id = &v->facts.item[j->evidence[i]].x.id;
        ref[i] = (ProtobufCBinaryData){.len = sizeof id->b, .data = id->b};
    }
    return ref;
}

static char *lent(const char *text) { return (char *)(text ? text : ""); }

enum evx_status evx_judging_save(uint32_t *number, struct evx_views *v, const struct evx_judging *j)
{
    *number = 0;
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    Evx__V1__Judgement m = EVX__V1__JUDGEMENT__INIT;
    Evx__V1__Moment made = EVX__V1__MOMENT__INIT;
    char text[EVX_TIME_TEXT];
    evx_time_text(text, v->options.now_ms);
    made.precision = EVX__V1__PRECISION__PRECISION_MILLISECOND;
    made.utc_ms = v->options.now_ms;
    made.zone = lent("UTC");
    made.text = text;
    made.zone_source = EVX__V1__ZONE_SOURCE__ZONE_STATED;
    m.framework = lent(evx_framework_id(j->framework));
    m.judgement = lent(j->judgement);
    m.grade = lent(j->grade);
    m.reason = lent(j->reason);
    m.inspector = lent(j->inspector);
    m.inspectorate = lent(j->inspectorate);
    m.overridden_rule = lent(j->override_rule);
    m.override_reason = lent(j->override_reason);
    m.made = &made;
    m.n_evidence = j->evidence_n;
    m.evidence = evidence_refs(v, j);
    item.body_case = EVX__V1__ITEM__BODY_JUDGEMENT;
    item.judgement = &m;
    struct evx_buf sealed = {0};
    struct evx_draft d = {.made_ms = (uint64_t)v->options.now_ms};
    evx_random(d.id.b, sizeof d.id.b);
    enum evx_status s = m.evidence ? seal_draft(&sealed, v->key, &item) : EVX_E_MEMORY;
    d.sealed = evx_buf_bytes(&sealed);
    if (!s) s = evx_casebook_draft(v->book, &d);
    if (!s) *number = d.number;
    evx_buf_free(&sealed);
    return s;
}

struct drafts {
    struct evx_views *v;
    struct evx_buf rows;
};

static enum evx_status take_draft(void *user, const struct evx_draft *d)
{
    struct drafts *k = user;
    struct evx_draft_view row = {.number = d->number, .made_ms = d->made_ms, .sent = d->sent, .id = d->id};
    struct evx_buf plain = {0};
    enum evx_status s = evx_store_decrypt(&plain, k->v->key, DOMAIN, d->sealed);
    if (!s) s = evx_item_unpack(&row.item, evx_buf_bytes(&plain));
    if (!s && row.item->body_case != EVX__V1__ITEM__BODY_JUDGEMENT) s = EVX_E_STORE_DAMAGED;
    if (!s) s = evx_buf_append(&k->rows, &row, sizeof row);
    if (s) evx_item_free(row.item);
    evx_buf_free(&plain);
    return s;
}

enum evx_status evx_judging_drafts(struct evx_draft_view **out, size_t *n, struct evx_views *v)
{
    struct drafts k = {.v = v};
    enum evx_status s = evx_casebook_drafts(v->book, take_draft, &k);
    *n = k.rows.n / sizeof **out;
    *out = evx_slab_array(&v->slab, *n, sizeof **out);
    if (!s && !*out) s = EVX_E_MEMORY;
    if (s) evx_judging_drafts_free((struct evx_draft_view *)(void *)k.rows.p, *n);
    if (s) *n = 0;
    if (!s && *n) memcpy(*out, k.rows.p, k.rows.n);
    evx_buf_free(&k.rows);
    return s;
}

static enum evx_status add_cited(struct evx_buf *rows, const struct evx_views *v, const Evx__V1__Judgement *j)
{
    enum evx_status s = EVX_OK;
    for (size_t i = 0; !s && i < j->n_evidence; i++) {
        struct evx_item_id id;
        if (j->evidence[i].len != sizeof id.b) continue;
        memcpy(id.b, j->evidence[i].data, sizeof id.b);
        size_t found = evx_facts_find(&v->facts, &id);
        uint32_t position = (uint32_t)found;
        if (found != SIZE_MAX) s = evx_buf_append(rows, &position, sizeof position);
    }
    return s;
}

enum evx_status evx_judging_cited(uint32_t **item, size_t *items, struct evx_views *v,
                                  const struct evx_draft_view *draft, size_t n)
{
    struct evx_buf rows = {0};
    enum evx_status s = EVX_OK;
    for (size_t i = 0; !s && i < n; i++)
        s = add_cited(&rows, v, draft[i].item->judgement);
    *items = s ? 0 : rows.n / sizeof **item;
    *item = evx_slab_array(&v->slab, *items, sizeof **item);
    if (!s && !*item) s = EVX_E_MEMORY;
    if (!s && *items) memcpy(*item, rows.p, rows.n);
    evx_buf_free(&rows);
    return s;
}

void evx_judging_drafts_free(struct evx_draft_view *d, size_t n)
{
    for (size_t i = 0; d && i < n; i++)
        evx_item_free(d[i].item);
}
