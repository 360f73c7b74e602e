// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/confirmations.h"

#include "agents/collector/confirm.h"
#include "proto/base/log.h"

#define AT_ONCE 64

struct owed {
    struct evx_store_statement at[AT_ONCE];
    size_t n;
};

static enum evx_status count(void *user, const struct evx_store_statement *s)
{
    ((struct evx_confirmations *)user)->owed += s->owed;
    return EVX_OK;
}

enum evx_status evx_confirmations_load(struct evx_confirmations *c, struct evx_store *store)
{
    *c = (struct evx_confirmations){0};
    return evx_store_statements(store, 0, count, c);
}

static enum evx_status take(void *user, const struct evx_store_statement *s)
{
    struct owed *o = user;
    if (s->owed && o->n < AT_ONCE) o->at[o->n++] = *s;
    return EVX_OK;
}

static enum evx_status queue_one(struct evx_agent *agent, struct evx_store_statement *s)
{
    const char *to[] = {s->sender, NULL};
    struct evx_buf packed = {0};
    struct evx_queued queued = {0};
    enum evx_status status = evx_confirm_pack(&packed, s);
    struct evx_plain_item item = {.content = evx_buf_bytes(&packed)};
    evx_confirm_id(&item.id, evx_agent_organisation(agent), &s->id);
    if (!status) status = evx_agent_queue(agent, &item, 1, to, 0, 0, &queued);
    evx_queued_free(&queued);
    evx_buf_free(&packed);
    s->owed = status != EVX_OK;
    if (status != EVX_E_RECIPIENT) return status;
    evx_log(EVX_LOG_WARN, "COLL-UNCONFIRMED", "sender=%s code=%s", s->sender, evx_error_info(status)->code);
    return EVX_OK;
}

static enum evx_status mark(struct evx_store *store, const struct owed *o)
{
    enum evx_status status = evx_store_begin(store);
    if (status) return status;
    for (size_t i = 0; i < o->n && !status; i++)
        status = evx_store_put_statement(store, &o->at[i]);
    if (!status) return evx_store_commit(store);
    evx_store_rollback(store);
    return status;
}

enum evx_status evx_confirmations_queue(struct evx_confirmations *c, struct evx_store *store,
                                        struct evx_agent *agent)
{
    static const struct owed none;
    struct owed o = none;
    enum evx_status status = evx_store_statements(store, c->from, take, &o);
    if (status) return status;
    for (size_t i = 0; i < o.n && !status; i++)
        status = queue_one(agent, &o.at[i]);
    if (!status && o.n) status = mark(store, &o);
    if (status) return status;
    if (o.n == 0) c->owed = 0;
    if (o.n) c->from = o.at[o.n - 1].ref.index + 1;
    c->owed -= o.n < c->owed ? o.n : c->owed;
    return EVX_OK;
}
