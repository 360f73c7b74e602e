// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/facts.h"

#include <stdlib.h>
#include <string.h>

#include "agents/inspector/engine/casebook.h"
#include "agents/inspector/views/identity.h"
#include "agents/inspector/views/relations.h"

const char *evx_version_name(enum evx_version v)
{
    switch (v) {
    case EVX_VERSION_CURRENT: return "current";
    case EVX_VERSION_SUPERSEDED: return "superseded";
    case EVX_VERSION_CORRECTED: return "corrected";
    case EVX_VERSION_WITHDRAWN: return "withdrawn";
    }
    return "current";
}

bool evx_fact_is_evidence(const struct evx_item_fact *i)
{
    return i->x.code == EVX_OK && !i->x.unreadable &&
           (i->x.body == EVX__V1__ITEM__BODY_EVIDENCE || i->x.body == EVX__V1__ITEM__BODY_CORRECTION);
}

bool evx_fact_stands(const struct evx_item_fact *i)
{
    bool usurps = i->foreign && i->x.body == EVX__V1__ITEM__BODY_CORRECTION;
    return evx_fact_is_evidence(i) && i->version == EVX_VERSION_CURRENT && !usurps;
}

// Growing while the tables are read; all rows of one kind one after the other.
struct loading {
    struct evx_slab *slab;
    const struct evx_store_key *key;
    struct evx_buf items, criteria, agencies, mentions, records, names;
};

static enum evx_status intern(const char **out, struct loading *l, const char *text)
{
    const char *const *known = (const char *const *)(void *)l->names.p;
    size_t n = l->names.n / sizeof *known;
    for (size_t i = n; i-- > 0;) {
        if (strcmp(known[i], text) != 0) continue;
        *out = known[i];
        return EVX_OK;
    }
    *out = evx_slab_copy(l->slab, text);
    return *out ? evx_buf_append(&l->names, out, sizeof *out) : EVX_E_MEMORY;
}

static enum evx_status take_item(void *user, const struct evx_index_item *x)
{
    struct loading *l = user;
    struct evx_item_fact f = {.x = *x};
    if (x->n != (int64_t)(l->items.n / sizeof f) + 1) return EVX_E_STORE_DAMAGED;
    enum evx_status s = intern(&f.x.sender, l, x->sender);
    if (!s) s = intern(&f.x.kind, l, x->kind);
    if (!s) s = intern(&f.x.origin, l, x->origin);
    return s ? s : evx_buf_append(&l->items, &f, sizeof f);
}

static enum evx_status take_criterion(void *user, int64_t n, const char *framework, const char *criterion)
{
    struct loading *l = user;
    struct evx_criterion_fact f = {.n = n};
    enum evx_status s = intern(&f.framework, l, framework);
    if (!s) s = intern(&f.criterion, l, criterion);
    return s ? s : evx_buf_append(&l->criteria, &f, sizeof f);
}

static enum evx_status take_agency(void *user, int64_t n, const char *organisation)
{
    struct loading *l = user;
    struct evx_agency_fact f = {.n = n};
    enum evx_status s = intern(&f.organisation, l, organisation);
    return s ? s : evx_buf_append(&l->agencies, &f, sizeof f);
}

typedef enum evx_status (*unseal)(Evx__V1__Subject **out, const struct evx_store_key *k,
                                  struct evx_bytes sealed);

static enum evx_status add_record(struct loading *l, const struct evx_record_fact *f, unseal open,
                                  struct evx_bytes sealed)
{
    struct evx_record_fact r = *f;
    enum evx_status s = open(&r.subject, l->key, sealed);
    if (s) return s;
    s = evx_buf_append(&l->records, &r, sizeof r);
    if (s) evx__v1__subject__free_unpacked(r.subject, NULL);
    return s;
}

static enum evx_status take_subject(void *user, const struct evx_index_subject *subject)
{
    struct loading *l = user;
    struct evx_record_fact f = {.blind = subject->blind};
    if (subject->s != (int64_t)(l->records.n / sizeof f) + 1) return EVX_E_STORE_DAMAGED;
    enum evx_status s = intern(&f.organisation, l, subject->organisation);
    return s ? s : add_record(l, &f, evx_subject_unseal_passing, subject->sealed);
}

static enum evx_status add_token(struct loading *l, struct evx_record_fact *r, const struct evx_digest *token)
{
    struct evx_digest *more = evx_slab_array(l->slab, r->tokens + 1, sizeof *more);
    if (!more) return EVX_E_MEMORY;
    if (r->tokens) memcpy(more, r->token, r->tokens * sizeof *more);
    more[r->tokens] = *token;
    r->token = more;
    r->tokens++;
    return EVX_OK;
}

static enum evx_status take_token(void *user, int64_t s_no, const struct evx_digest *token)
{
    struct loading *l = user;
    struct evx_record_fact *r = (struct evx_record_fact *)(void *)l->records.p;
    if (s_no < 1 || (size_t)s_no > l->records.n / sizeof *r) return EVX_E_STORE_DAMAGED;
    return add_token(l, &r[s_no - 1], token);
}

static enum evx_status take_mention(void *user, int64_t n, int64_t s_no, int role)
{
    struct loading *l = user;
    if (s_no < 1 || (size_t)s_no > l->records.n / sizeof(struct evx_record_fact)) return EVX_E_STORE_DAMAGED;
    struct evx_mention_fact f = {.n = n, .record = (uint32_t)(s_no - 1), .role = role};
    return evx_buf_append(&l->mentions, &f, sizeof f);
}

struct tracking {
    struct loading *loading;
    struct evx_identity identity;
};

// The inspection's list stands after all agencies' records: an agency's record never
// moves because a list was imported.
static enum evx_status take_tracked(void *user, const struct evx_tracked *t)
{
    struct tracking *k = user;
    struct loading *l = k->loading;
    struct evx_record_fact f = {.blind = t->blind, .organisation = "", .tracked = t->number};
    enum evx_status s = add_record(l, &f, evx_subject_unseal, t->sealed);
    if (s) return s;
    struct evx_record_fact *r = (struct evx_record_fact *)(void *)(l->records.p + l->records.n - sizeof f);
    struct evx_digest token[EVX_TOKENS_MAX];
    size_t n = 0;
    s = evx_identity_tokens(token, &n, &k->identity, "", r->subject);
    for (size_t i = 0; !s && i < n; i++)
        s = add_token(l, r, &token[i]);
    return s;
}

static enum evx_status read_all(struct loading *l, struct evx_index *x, struct evx_casebook *book)
{
    struct evx_index_reader r = {.user = l,
                                 .item = take_item,
                                 .criterion = take_criterion,
                                 .agency = take_agency,
                                 .subject = take_subject,
                                 .token = take_token,
                                 .mention = take_mention};
    enum evx_status s = evx_index_read(x, &r);
    if (s || !book) return s;
    struct tracking k = {.loading = l};
    evx_identity_init(&k.identity, l->key);
    s = evx_casebook_tracked(book, take_tracked, &k);
    evx_identity_wipe(&k.identity);
    return s;
}

static enum evx_status settle(void **out, size_t *n, struct evx_slab *slab, const struct evx_buf *b,
                              size_t size)
{
    *n = b->n / size;
    *out = evx_slab_array(slab, *n, size);
    if (!*out) return EVX_E_MEMORY;
    if (b->n) memcpy(*out, b->p, b->n);
    return EVX_OK;
}

static enum evx_status attach_rows(struct evx_facts *f, struct loading *l)
{
    struct evx_criterion_fact *criterion = NULL;
    struct evx_agency_fact *agency = NULL;
    struct evx_mention_fact *mention = NULL;
    size_t criteria = 0, agencies = 0, mentions = 0, c = 0, a = 0, m = 0;
    enum evx_status s = settle((void **)&criterion, &criteria, l->slab, &l->criteria, sizeof *criterion);
    if (!s) s = settle((void **)&agency, &agencies, l->slab, &l->agencies, sizeof *agency);
    if (!s) s = settle((void **)&mention, &mentions, l->slab, &l->mentions, sizeof *mention);
    for (size_t i = 0; !s && i < f->items; i++) {
        struct evx_item_fact *item = &f->item[i];
        item->criterion = criterion + c;
        while (c < criteria && criterion[c].n == item->x.n)
            c++;
        item->criteria = (size_t)(criterion + c - item->criterion);
        item->agency = agency + a;
        while (a < agencies && agency[a].n == item->x.n)
            a++;
        item->agencies = (size_t)(agency + a - item->agency);
        item->mention = mention + m;
        while (m < mentions && mention[m].n == item->x.n)
            m++;
        item->mentions = (size_t)(mention + m - item->mention);
    }
    return s;
}

static void loading_free(struct loading *l)
{
    struct evx_buf *all[] = {&l->items, &l->criteria, &l->agencies, &l->mentions, &l->records, &l->names};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        evx_buf_free(all[i]);
}

enum evx_status evx_facts_load(struct evx_facts *out, struct evx_slab *slab, struct evx_index *x,
                               struct evx_casebook *book, const struct evx_store_key *k)
{
    *out = (struct evx_facts){0};
    struct loading l = {.slab = slab, .key = k};
    enum evx_status s = read_all(&l, x, book), kept;
    // The records are kept even after a failure, so that what they own can be freed.
    kept = settle((void **)&out->record, &out->records, slab, &l.records, sizeof *out->record);
    if (!s) s = kept;
    if (!s) s = settle((void **)&out->item, &out->items, slab, &l.items, sizeof *out->item);
    if (!s) s = attach_rows(out, &l);
    if (!s) s = evx_relations_work_out(out);
    loading_free(&l);
    if (s) evx_facts_free(out);
    return s;
}

void evx_facts_free(struct evx_facts *f)
{
    if (!f) return;
    for (size_t i = 0; i < f->records; i++)
        if (f->record[i].subject) evx__v1__subject__free_unpacked(f->record[i].subject, NULL);
    evx_buf_free(&f->by_id);
    *f = (struct evx_facts){0};
}
