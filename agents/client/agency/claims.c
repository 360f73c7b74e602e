// SPDX-License-Identifier: Apache-2.0
#include "agents/client/agency/claims.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agents/client/inbox.h"
#include "proto/base/clock.h"

enum evx_status evx_claims_add(void *claims, const struct evx_stated *s)
{
    struct evx_claims *c = claims;
    if (c->n == c->cap) {
        size_t cap = c->cap ? 2 * c->cap : 4;
        struct evx_claim *more = realloc(c->claim, cap * sizeof *more);
        if (!more) return EVX_E_MEMORY;
        c->claim = more;
        c->cap = cap;
    }
    c->claim[c->n++] = (struct evx_claim){.stated = *s};
    return EVX_OK;
}

void evx_claims_free(struct evx_claims *c)
{
    free(c->claim);
    *c = (struct evx_claims){0};
}

// What is about another statement of ours, or about none, belongs to no claim here.
static enum evx_status take(void *user, const struct evx_inbox_row *row, const Evx__V1__Item *item)
{
    struct evx_claims *c = user;
    const Evx__V1__CompletenessConfirmation *m = item->confirmation;
    for (size_t i = 0; i < c->n; i++) {
        struct evx_claim *claim = &c->claim[i];
        if (memcmp(claim->stated.id.b, m->statement.data, sizeof claim->stated.id) != 0) continue;
        if (claim->answers == EVX_CLAIM_ANSWERS) continue;
        struct evx_claim_answer *a = &claim->answer[claim->answers++];
        *a = (struct evx_claim_answer){.code = evx_confirmation_check(&claim->stated, m),
                                       .received_ms = row->received_ms,
                                       .log_size = m->log_size,
                                       .items = m->items,
                                       .rejected = m->rejected};
        memcpy(a->by, row->sender, sizeof a->by);
    }
    return EVX_OK;
}

static enum evx_status read_answers(struct evx_claims *c, struct evx_agent *a,
                                    const struct evx_agent_config *config, struct evx_cli_options *o)
{
    struct evx_passphrase ask = evx_cli_passphrase(o);
    bool any = false;
    enum evx_status s = evx_agent_inbox_any(a, EVX__V1__ITEM__BODY_CONFIRMATION, &any);
    if (s || !any) return s;
    c->unread = evx_agent_unlock(a, config, &ask, NULL);
    if (!c->unread) c->unread = evx_agent_inbox(a, EVX__V1__ITEM__BODY_CONFIRMATION, take, c);
    return c->unread == EVX_E_MEMORY ? c->unread : EVX_OK;
}

enum evx_status evx_claims_load(struct evx_claims *out, struct evx_agent *a,
                                const struct evx_agent_config *config, struct evx_cli_options *o)
{
    *out = (struct evx_claims){0};
    enum evx_status s = evx_agent_statements(a, evx_claims_add, out);
    if (!s) s = evx_agent_final(a, &out->final_ms);
    if (!s && out->n) s = read_answers(out, a, config, o);
    if (s) evx_claims_free(out);
    return s;
}

// --- for programs ---

static json_t *answer_json(const struct evx_claim_answer *a)
{
    return json_pack("{s:s, s:s, s:b, s:o, s:o, s:o, s:o}", "by", a->by, "code",
                     a->code ? evx_error_info(a->code)->code : "", "as_stated", a->code == EVX_OK, "items",
                     evx_json_number(a->items), "rejected", evx_json_number(a->rejected), "log_size",
                     evx_json_number(a->log_size), "received", evx_json_time((int64_t)a->received_ms));
}

static json_t *claim_json(const struct evx_claim *c)
{
    const struct evx_stated *x = &c->stated;
    json_t *answers = json_array();
    enum evx_status s = answers ? EVX_OK : EVX_E_MEMORY;
    for (size_t i = 0; i < c->answers && !s; i++)
        s = evx_json_add(answers, answer_json(&c->answer[i]));
    if (s) {
        json_decref(answers);
        return NULL;
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o}", "stream",
                     evx_json_hex(x->stream.b, sizeof x->stream), "first", evx_json_number(x->first), "last",
                     evx_json_number(x->last), "items", evx_json_number(x->items), "root",
                     evx_json_hex(x->root.b, sizeof x->root), "final", x->final, "item",
                     evx_json_hex(x->id.b, sizeof x->id), "consignment",
                     evx_json_hex(x->consignment.b, sizeof x->consignment), "stated",
                     evx_json_time((int64_t)x->stated_ms), "confirmations", answers);
}

json_t *evx_claims_json(const struct evx_claims *c)
{
    json_t *list = json_array();
    enum evx_status s = list ? EVX_OK : EVX_E_MEMORY;
    for (size_t i = 0; i < c->n && !s; i++)
        s = evx_json_add(list, claim_json(&c->claim[i]));
    if (!s) return list;
    json_decref(list);
    return NULL;
}

// --- for people ---

static void print_answer(const struct evx_claim_answer *a)
{
    char when[EVX_TIME_TEXT];
    evx_time_text(when, (int64_t)a->received_ms);
    if (!a->code && !a->rejected)
        printf("  confirmed by %s: everything is there (%s)\n", a->by, when);
    else if (!a->code)
        printf("  confirmed by %s: everything is there, %" PRIu64 " of %" PRIu64
               " items were not accepted (%s)\n",
               a->by, a->rejected, a->items, when);
    else
        printf("  NOT confirmed by %s: %s, %s (%s)\n", a->by, evx_error_info(a->code)->code,
               evx_error_info(a->code)->what, when);
}

static void print_claim(const struct evx_claim *c)
{
    char when[EVX_TIME_TEXT], stream[EVX_SHORT_ID_TEXT], root[17];
    const struct evx_stated *x = &c->stated;
    evx_time_text(when, (int64_t)x->stated_ms);
    evx_short_id(stream, x->stream.b);
    evx_hex(root, x->root.b, 8);
    printf("%s statement of %s, stream %s: %" PRIu64 " consignments, %" PRIu64 " items, root %s…\n",
           x->final ? "final" : "completeness", when, stream, x->last, x->items, root);
    for (size_t i = 0; i < c->answers; i++)
        print_answer(&c->answer[i]);
    if (c->answers == 0) printf("  not confirmed by anybody yet\n");
}

void evx_claims_print(const struct evx_claims *c)
{
    for (size_t i = 0; i < c->n; i++)
        print_claim(&c->claim[i]);
    if (c->unread)
        printf("confirmations are here but could not be read: %s (%s)\n", evx_error_info(c->unread)->what,
               evx_error_info(c->unread)->code);
}
