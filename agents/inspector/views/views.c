// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/views.h"

#include <stdlib.h>
#include <string.h>

#include "agents/collector/purpose.h"
#include "agents/inspector/views/decision_note.h"
#include "agents/inspector/views/indexer.h"

#define AGENCIES_MAX EVX_LIMIT_DIRECTORY_ORGS

const Evx__V1__Evidence *evx_item_evidence(const Evx__V1__Item *item)
{
    if (item->body_case == EVX__V1__ITEM__BODY_EVIDENCE) return item->evidence;
    if (item->body_case == EVX__V1__ITEM__BODY_CORRECTION) return item->correction->replacement;
    return NULL;
}

static bool answers(enum evx_role r)
{
    return r == EVX_ROLE_POLICE || r == EVX_ROLE_SOCIAL_CARE || r == EVX_ROLE_SCHOOL ||
           r == EVX_ROLE_HEALTH || r == EVX_ROLE_YOUTH_JUSTICE;
}

static enum evx_status list_agencies(struct evx_views *v)
{
    const struct evx_directory *d = v->options.directory;
    v->inspection = evx_directory_inspection(d, &v->options.inspection);
    if (!v->inspection) return EVX_E_WRONG_INSPECTION;
    const struct evx_dir_org **org = evx_slab_array(&v->slab, AGENCIES_MAX, sizeof *org);
    v->agency = evx_slab_array(&v->slab, AGENCIES_MAX, sizeof *v->agency);
    if (!org || !v->agency) return EVX_E_MEMORY;
    size_t n = evx_directory_members(d, &v->options.inspection, EVX_RIGHT_SEND, org, AGENCIES_MAX);
    for (size_t i = 0; i < n && i < AGENCIES_MAX; i++) {
        if (!answers(org[i]->role)) continue;
        v->agency[v->agencies++] =
            (struct evx_views_agency){org[i]->id, org[i]->name, evx_role_name(org[i]->role)};
    }
    return EVX_OK;
}

static enum evx_status open_files(struct evx_views *v, struct evx_buf *explain)
{
    const struct evx_views_options *o = &v->options;
    const char *what = "store", *where = o->store;
    enum evx_status s = evx_store_open(&v->store, o->store, o->secret, o->public_key, true);
    if (!s) what = "audit record";
    if (!s) s = evx_audit_open(&v->audit, o->store, evx_store_master(v->store));
    if (!s) what = "index", where = o->index;
    if (!s) s = evx_index_open(&v->index, o->index);
    if (!s) what = "casebook";
    if (!s) s = evx_casebook_open(&v->book, o->index);
    if (s && explain) EVX_IGNORE(evx_buf_printf(explain, "%s in %s", what, where), "only explains");
    if (!s) v->key = evx_store_master(v->store);
    if (!s) evx_identity_init(&v->identity, v->key);
    return s;
}

static enum evx_status update_index(struct evx_views *v)
{
    struct evx_indexer x = {.store = v->store,
                            .audit = v->audit,
                            .index = v->index,
                            .identity = &v->identity,
                            .purpose = v->options.purpose,
                            .on_behalf_of = v->options.on_behalf_of,
                            .now_ms = (uint64_t)v->options.now_ms};
    return evx_indexer_run(&x, &v->indexed);
}

struct decisions {
    struct evx_views *v;
    struct evx_buf rows;
};

static enum evx_status take_decision(void *user, const struct evx_decision *d)
{
    struct decisions *k = user;
    struct evx_link_fact f = {.a = d->a, .b = d->b, .verdict = d->verdict, .time_ms = d->time_ms};
    enum evx_status s = evx_decision_note_open(&f.who, &f.why, &k->v->slab, k->v->key, d->sealed);
    return s ? s : evx_buf_append(&k->rows, &f, sizeof f);
}

static enum evx_status load_decisions(struct evx_views *v)
{
    struct decisions k = {.v = v};
    enum evx_status s = evx_casebook_decisions(v->book, take_decision, &k);
    v->decisions = k.rows.n / sizeof *v->decision;
    v->decision = evx_slab_array(&v->slab, v->decisions, sizeof *v->decision);
    if (!s && !v->decision) s = EVX_E_MEMORY;
    if (!s && k.rows.n) memcpy(v->decision, k.rows.p, k.rows.n);
    evx_buf_free(&k.rows);
    return s;
}

static enum evx_status work_out_children(struct evx_views *v)
{
    evx_facts_free(&v->facts);
    enum evx_status s = evx_facts_load(&v->facts, &v->slab, v->index, v->book, v->key);
    if (!s) s = load_decisions(v);
    if (!s)
        s = evx_children_work_out(&v->children, &v->slab, &v->facts, &v->identity, v->decision, v->decisions);
    if (!s)
        s = evx_links_work_out(&v->links, &v->slab, &v->facts, &v->children, &v->identity, v->decision,
                               v->decisions);
    return s;
}

static enum evx_status settle_due(struct evx_views *v)
{
    enum evx_status s = evx_casebook_due(v->book, &v->due_ms);
    if (v->options.due_ms) v->due_ms = v->options.due_ms;
    if (!v->due_ms) v->due_ms = v->inspection->closes_ms;
    return s;
}

enum evx_status evx_views_open(struct evx_views **out, const struct evx_views_options *o,
                               struct evx_buf *explain)
{
    *out = NULL;
    struct evx_views *v = calloc(1, sizeof *v);
    if (!v) return EVX_E_MEMORY;
    v->options = *o;
    if (!v->options.index) v->options.index = o->store;
    if (!v->options.on_behalf_of) v->options.on_behalf_of = "";
    enum evx_status s = list_agencies(v);
    if (!v->options.purpose) v->options.purpose = EVX_PURPOSE_DEFAULT;
    if (!s) s = open_files(v, explain);
    if (!s) s = update_index(v);
    if (!s) s = work_out_children(v);
    if (!s) s = settle_due(v);
    if (s) evx_views_close(&v);
    *out = v;
    return s;
}

void evx_views_close(struct evx_views **v)
{
    if (!v || !*v) return;
    evx_facts_free(&(*v)->facts);
    evx_slab_free(&(*v)->slab);
    evx_identity_wipe(&(*v)->identity);
    evx_casebook_close(&(*v)->book);
    evx_index_close(&(*v)->index);
    evx_opening_close(&(*v)->opening);
    evx_audit_close(&(*v)->audit);
    evx_store_close(&(*v)->store);
    free(*v);
    *v = NULL;
}

static struct evx_audit_record record_of(const struct evx_views *v, const char *verb, const char *view)
{
    return (struct evx_audit_record){.time_ms = (uint64_t)v->options.now_ms,
                                     .verb = verb,
                                     .person = v->options.person,
                                     .on_behalf_of = v->options.on_behalf_of,
                                     .purpose = v->options.purpose,
                                     .view = view};
}

static enum evx_status refs_of(struct evx_store_ref **out, struct evx_views *v, const uint32_t *item,
                               size_t n)
{
    *out = calloc(n ? n : 1, sizeof **out);
    if (!*out) return EVX_E_MEMORY;
    for (size_t i = 0; i < n; i++)
        (*out)[i] = v->facts.item[item[i]].x.ref;
    return EVX_OK;
}

enum evx_status evx_views_release(struct evx_views *v, const char *verb, const char *view,
                                  const uint32_t *item, size_t n)
{
    if (v->opening) return EVX_E_BUG;
    struct evx_audit_record r = record_of(v, verb, view);
    struct evx_store_ref *ref = NULL;
    enum evx_status s = refs_of(&ref, v, item, n);
    if (!s) s = evx_audit_release(&v->opening, v->audit, &r, ref, n);
    free(ref);
    return s;
}

enum evx_status evx_views_record(struct evx_views *v, const char *verb, const char *view,
                                 const uint32_t *item, size_t n)
{
    struct evx_audit_record r = record_of(v, verb, view);
    struct evx_store_ref *ref = NULL;
    enum evx_status s = refs_of(&ref, v, item, n);
    if (!s) s = evx_audit_append(v->audit, &r, ref, n);
    free(ref);
    return s;
}

enum evx_status evx_views_item(struct evx_views *v, size_t position, Evx__V1__Item **out)
{
    *out = NULL;
    if (position >= v->facts.items) return EVX_E_BUG;
    return evx_store_open_item(v->store, v->opening, v->facts.item[position].x.ref, out);
}

bool evx_views_our_trouble(enum evx_status s)
{
    return s && s != EVX_E_ERASED && s != EVX_E_STORE_DAMAGED && s != EVX_E_NOT_FOUND;
}

// The items that speak of one of the two records: what a decision about them rests on.
static enum evx_status items_about(uint32_t **out, size_t *n, struct evx_views *v, uint32_t a, uint32_t b)
{
    *n = 0;
    *out = evx_slab_array(&v->slab, v->facts.items, sizeof **out);
    if (!*out) return EVX_E_MEMORY;
    for (size_t i = 0; i < v->facts.items; i++) {
        const struct evx_item_fact *f = &v->facts.item[i];
        bool about = false;
        for (size_t m = 0; m < f->mentions; m++)
            about = about || f->mention[m].record == a || f->mention[m].record == b;
        if (about) (*out)[(*n)++] = (uint32_t)i;
    }
    return EVX_OK;
}

enum evx_status evx_views_decide(struct evx_views *v, const struct evx_link_row *row,
                                 enum evx_verdict verdict, const char *why)
{
    const struct evx_digest *a = &v->facts.record[row->a].blind, *b = &v->facts.record[row->b].blind;
    bool ordered = memcmp(a->b, b->b, sizeof a->b) < 0;
    struct evx_decision d = {.a = ordered ? *a : *b,
                             .b = ordered ? *b : *a,
                             .verdict = verdict,
                             .time_ms = (uint64_t)v->options.now_ms};
    struct evx_buf sealed = {0};
    char *view = evx_slab_printf(&v->slab, "link %s %s", row->id,
                                 verdict == EVX_VERDICT_CONFIRMED  ? "confirmed"
                                 : verdict == EVX_VERDICT_REJECTED ? "rejected"
                                                                   : "undone");
    enum evx_status s = view ? evx_decision_note_seal(&sealed, v->key, v->options.person, why) : EVX_E_MEMORY;
    d.sealed = evx_buf_bytes(&sealed);
    uint32_t *item = NULL;
    size_t n = 0;
    if (!s) s = items_about(&item, &n, v, row->a, row->b);
    if (!s) s = evx_views_record(v, "alteration", view, item, n);
    if (!s) s = evx_casebook_decide(v->book, &d);
    if (!s) s = work_out_children(v);
    evx_buf_free(&sealed);
    return s;
}

static enum evx_status track_one(struct evx_views *v, const Evx__V1__Subject *child, size_t *fresh)
{
    struct evx_buf sealed = {0};
    struct evx_tracked t = {0};
    bool is_new = false;
    enum evx_status s = evx_identity_blind(&t.blind, &v->identity, "", child);
    if (!s) s = evx_subject_seal(&sealed, v->key, child);
    t.sealed = evx_buf_bytes(&sealed);
    if (!s) s = evx_casebook_track(v->book, &t, &is_new);
    evx_buf_free(&sealed);
    if (fresh) *fresh += is_new;
    return s;
}

enum evx_status evx_views_track(struct evx_views *v, const Evx__V1__Subject *const *child, size_t n,
                                size_t *fresh)
{
    if (fresh) *fresh = 0;
    enum evx_status s = evx_views_record(v, "alteration", "link import", NULL, 0);
    if (!s) s = evx_casebook_begin(v->book);
    for (size_t i = 0; !s && i < n; i++)
        s = track_one(v, child[i], fresh);
    if (!s) s = evx_casebook_commit(v->book);
    if (s) evx_casebook_rollback(v->book);
    return s ? s : work_out_children(v);
}

static bool whole_id(struct evx_item_id *out, const char *text)
{
    return strlen(text) == 2 * sizeof out->b && evx_unhex(out->b, sizeof out->b, text);
}

enum evx_status evx_views_find_item(size_t *position, const struct evx_views *v, const char *text)
{
    struct evx_item_id id;
    *position = SIZE_MAX;
    if (whole_id(&id, text)) *position = evx_facts_find(&v->facts, &id);
    for (size_t i = 0; !whole_id(&id, text) && i < v->facts.items; i++) {
        char cited[EVX_CITED_TEXT];
        evx_evidence_id(cited, &v->facts.item[i].x.id);
        if (!evx_cited_matches(cited, text)) continue;
        if (*position != SIZE_MAX) return EVX_E_AMBIGUOUS;
        *position = i;
    }
    return *position == SIZE_MAX ? EVX_E_NOT_FOUND : EVX_OK;
}

const char *evx_views_name(const struct evx_views *v, const char *organisation)
{
    const struct evx_dir_org *org = evx_directory_org(v->options.directory, organisation);
    return org ? org->name : organisation;
}
