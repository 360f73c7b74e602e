// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/indexer.h"

#include <string.h>

#include "agents/inspector/views/views.h"

#define PROGRAM "evx-inspect"

static enum evx_status collect(void *user, const struct evx_store_row *row)
{
    return evx_buf_append(user, row, sizeof *row);
}

// Attachments, acknowledgements and the like say nothing that a view indexes.
static bool worth_opening(const struct evx_store_row *row)
{
    if (row->code != EVX_OK) return false;
    switch (row->kind) {
    case EVX__V1__ITEM__BODY_EVIDENCE:
    case EVX__V1__ITEM__BODY_CORRECTION:
    case EVX__V1__ITEM__BODY_WITHDRAWAL:
    case EVX__V1__ITEM__BODY_REQUEST:
    case EVX__V1__ITEM__BODY_NIL_RETURN: return true;
    default: return false;
    }
}

static enum evx_status record_opening(struct evx_opening **out, const struct evx_indexer *x,
                                      const struct evx_store_row *row, size_t n)
{
    struct evx_buf refs = {0};
    enum evx_status s = EVX_OK;
    for (size_t i = 0; !s && i < n; i++)
        if (worth_opening(&row[i])) s = evx_buf_append(&refs, &row[i].ref, sizeof row[i].ref);
    const struct evx_store_ref *ref = (const struct evx_store_ref *)(const void *)refs.p;
    struct evx_audit_record r = {.time_ms = x->now_ms,
                                 .verb = "combination",
                                 .person = PROGRAM,
                                 .on_behalf_of = x->on_behalf_of,
                                 .purpose = x->purpose,
                                 .view = "index"};
    if (!s && refs.n) s = evx_audit_release(out, x->audit, &r, ref, refs.n / sizeof *ref);
    evx_buf_free(&refs);
    return s;
}

static struct evx_index_time time_of(const Evx__V1__Moment *m)
{
    return m ? (struct evx_index_time){m->utc_ms, m->precision, m->offset_min} : (struct evx_index_time){0};
}

static bool take_id(struct evx_item_id *out, const ProtobufCBinaryData *id)
{
    if (id->len != sizeof out->b) return false;
    memcpy(out->b, id->data, sizeof out->b);
    return true;
}

static enum evx_status describe_evidence(struct evx_index_item *i, const struct evx_indexer *x,
                                         const Evx__V1__Evidence *e)
{
    i->kind = e->kind;
    i->origin = *e->origin_agency ? e->origin_agency : i->sender;
    i->direction = e->direction;
    i->significance = e->significance;
    i->source_type = e->source_type;
    i->occurred = time_of(e->occurred);
    i->recorded = time_of(e->recorded);
    i->has_reply = take_id(&i->reply_to, &e->in_reply_to);
    if (take_id(&i->target, &e->supersedes)) i->relation = EVX_RELATION_SUPERSEDES;
    return evx_identity_content(&i->content, x->identity, e);
}

static enum evx_status describe(struct evx_index_item *i, const struct evx_indexer *x, const Evx__V1__Item *m)
{
    const Evx__V1__Evidence *e = evx_item_evidence(m);
    enum evx_status s = e ? describe_evidence(i, x, e) : EVX_OK;
    if (m->body_case == EVX__V1__ITEM__BODY_CORRECTION && take_id(&i->target, &m->correction->target))
        i->relation = EVX_RELATION_CORRECTS;
    if (m->body_case == EVX__V1__ITEM__BODY_WITHDRAWAL && take_id(&i->target, &m->withdrawal->target))
        i->relation = EVX_RELATION_WITHDRAWS;
    if (m->body_case == EVX__V1__ITEM__BODY_NIL_RETURN) {
        i->ground = m->nil_return->ground;
        i->has_reply = take_id(&i->reply_to, &m->nil_return->in_reply_to);
    }
    if (m->body_case == EVX__V1__ITEM__BODY_REQUEST) {
        i->kind = m->request->kind;
        i->due = time_of(m->request->due);
    }
    return s;
}

static enum evx_status add_subject(const struct evx_indexer *x, int64_t n, const char *sender,
                                   const Evx__V1__Subject *subject, int role)
{
    // The role belongs to the mention: the same record in two roles is one record.
    Evx__V1__Subject plain = *subject;
    plain.role = EVX__V1__SUBJECT_ROLE__ROLE_UNSPECIFIED;
    struct evx_buf sealed = {0};
    struct evx_index_subject row = {.organisation = sender};
    struct evx_digest token[EVX_TOKENS_MAX];
    size_t tokens = 0;
    bool fresh = false;
    enum evx_status s = evx_identity_blind(&row.blind, x->identity, sender, &plain);
    if (!s) s = evx_subject_seal_passing(&sealed, evx_store_master(x->store), &plain);
    row.sealed = evx_buf_bytes(&sealed);
    if (!s) s = evx_index_add_subject(x->index, &row, &fresh);
    if (!s && fresh) s = evx_identity_tokens(token, &tokens, x->identity, sender, &plain);
    for (size_t t = 0; !s && t < tokens; t++)
        s = evx_index_add_token(x->index, row.s, &token[t]);
    if (!s) s = evx_index_add_mention(x->index, n, row.s, role);
    evx_buf_free(&sealed);
    return s;
}

static enum evx_status add_subjects(const struct evx_indexer *x, const struct evx_index_item *i,
                                    Evx__V1__Subject *const *subject, size_t n, bool as_child)
{
    enum evx_status s = EVX_OK;
    for (size_t k = 0; !s && k < n; k++)
        s = add_subject(x, i->n, i->sender, subject[k],
                        as_child ? EVX__V1__SUBJECT_ROLE__ROLE_CHILD : (int)subject[k]->role);
    return s;
}

static enum evx_status add_criteria(const struct evx_indexer *x, int64_t n, Evx__V1__CriterionRef *const *ref,
                                    size_t count)
{
    enum evx_status s = EVX_OK;
    for (size_t k = 0; !s && k < count; k++)
        s = evx_index_add_criterion(x->index, n, ref[k]->framework, ref[k]->criterion);
    return s;
}

static enum evx_status add_parts(const struct evx_indexer *x, const struct evx_index_item *i,
                                 const Evx__V1__Item *m)
{
    const Evx__V1__Evidence *e = evx_item_evidence(m);
    enum evx_status s = EVX_OK;
    if (e) s = add_criteria(x, i->n, e->criterion, e->n_criterion);
    if (!s && e) s = add_subjects(x, i, e->subject, e->n_subject, false);
    if (m->body_case == EVX__V1__ITEM__BODY_NIL_RETURN)
        s = add_subjects(x, i, m->nil_return->child, m->nil_return->n_child, true);
    if (m->body_case != EVX__V1__ITEM__BODY_REQUEST || s) return s;
    const Evx__V1__Request *r = m->request;
    s = add_criteria(x, i->n, r->criterion, r->n_criterion);
    if (!s) s = add_subjects(x, i, r->child, r->n_child, true);
    for (size_t k = 0; !s && k < r->n_agency; k++)
        s = evx_index_add_agency(x->index, i->n, r->agency[k]);
    return s;
}

static enum evx_status index_one(const struct evx_indexer *x, struct evx_opening *opening,
                                 const struct evx_store_row *row)
{
    struct evx_index_item i = {.ref = row->ref,
                               .id = row->item_id,
                               .received_ms = row->received_ms,
                               .sender = row->sender,
                               .body = row->kind,
                               .code = row->code,
                               .kind = "",
                               .origin = ""};
    Evx__V1__Item *m = NULL;
    if (worth_opening(row)) i.unreadable = evx_store_open_item(x->store, opening, row->ref, &m);
    // An item that is erased or damaged stays in every count, marked as what it is.
    bool fatal = i.unreadable == EVX_E_MEMORY || i.unreadable == EVX_E_IO || i.unreadable == EVX_E_BUG ||
                 i.unreadable == EVX_E_READ_UNRECORDED;
    enum evx_status s = fatal ? i.unreadable : EVX_OK;
    if (!s && m) s = describe(&i, x, m);
    if (!s) s = evx_index_add_item(x->index, &i);
    if (!s && m) s = add_parts(x, &i, m);
    evx_item_free(m);
    return s;
}

enum evx_status evx_indexer_run(const struct evx_indexer *x, size_t *indexed)
{
    *indexed = 0;
    uint64_t next = 0;
    struct evx_buf rows = {0};
    struct evx_opening *opening = NULL;
    uint64_t stamp = 0;
    enum evx_status s = evx_index_begin(x->index, &next);
    if (!s) s = evx_store_stamp(x->store, &stamp);
    if (!s) s = evx_index_renew(x->index, stamp, &next);
    if (!s) s = evx_store_items(x->store, next, collect, &rows);
    const struct evx_store_row *row = (const struct evx_store_row *)(const void *)rows.p;
    size_t n = rows.n / sizeof *row;
    if (!s) s = record_opening(&opening, x, row, n);
    for (size_t i = 0; !s && i < n; i++) {
        s = index_one(x, opening, &row[i]);
        if (row[i].ref.index >= next) next = row[i].ref.index + 1;
    }
    if (!s) s = evx_index_commit(x->index, next);
    if (s) evx_index_rollback(x->index);
    if (!s) *indexed = n;
    evx_opening_close(&opening);
    evx_buf_free(&rows);
    return s;
}
