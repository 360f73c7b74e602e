// SPDX-License-Identifier: Apache-2.0
#include "agents/client/complete.h"

#include <stdio.h>
#include <string.h>

#include "agents/client/agent_state.h"
#include "proto/base/clock.h"
#include "proto/msg/codec.h"

static ProtobufCBinaryData bytes_of(const uint8_t *p, size_t n)
{
    return (ProtobufCBinaryData){n, (uint8_t *)(uintptr_t)p};
}

// --- values of the outbox ---

static enum evx_status put(struct evx_agent *a, const char *name, struct evx_bytes value)
{
    enum evx_status s = evx_agent_begin(a);
    if (!s) s = evx_outbox_put(a->outbox, name, value);
    if (!s) s = evx_outbox_commit(a->outbox);
    if (s) evx_outbox_rollback(a->outbox);
    return s;
}

static enum evx_status put_u64(struct evx_agent *a, const char *name, uint64_t v)
{
    uint8_t be[8];
    evx_put_be64(be, v);
    return put(a, name, evx_bytes(be, sizeof be));
}

static enum evx_status get_u64(struct evx_agent *a, const char *name, uint64_t *v)
{
    struct evx_buf value = {0};
    enum evx_status s = evx_outbox_get(a->outbox, name, &value);
    *v = !s && value.n == 8 ? evx_get_be64(value.p) : 0;
    if (!s && value.n && value.n != 8) s = EVX_E_STORE_DAMAGED;
    evx_buf_free(&value);
    return s;
}

static enum evx_status queue_item(struct evx_agent *a, const Evx__V1__Item *item, struct evx_queued *queued)
{
    struct evx_buf packed = {0};
    enum evx_status s = evx_item_pack(&packed, item);
    struct evx_plain_item plain = {.content = evx_buf_bytes(&packed)};
    if (!s) s = evx_agent_queue(a, &plain, 1, NULL, 1, 0, queued);
    evx_buf_free(&packed);
    return s;
}

// The stream that the next item goes into; made when there is none yet.
static enum evx_status current_stream(struct evx_agent *a, struct evx_outbox_stream *out)
{
    enum evx_status s = evx_outbox_stream(a->outbox, out);
    if (s != EVX_E_NOT_FOUND) return s;
    s = evx_agent_begin(a);
    if (!s) s = evx_agent_new_stream(a, NULL);
    if (!s) s = evx_outbox_commit(a->outbox);
    if (s) evx_outbox_rollback(a->outbox);
    return s ? s : evx_outbox_stream(a->outbox, out);
}

// --- heartbeats ---

bool evx_heartbeat_due(uint64_t last_ms, uint64_t every_ms, uint64_t now_ms)
{
    return last_ms == 0 || now_ms < last_ms || now_ms - last_ms >= every_ms;
}

static enum evx_status beat(struct evx_agent *a, uint64_t now_ms)
{
    struct evx_outbox_stream stream;
    struct evx_queued queued = {0};
    enum evx_status s = current_stream(a, &stream);
    if (s) return s;
    Evx__V1__Heartbeat m = EVX__V1__HEARTBEAT__INIT;
    m.stream = bytes_of(stream.id.b, sizeof stream.id);
    m.sequence = stream.sequence;
    if (stream.sequence) m.last = bytes_of(stream.last.b, sizeof stream.last);
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    item.body_case = EVX__V1__ITEM__BODY_HEARTBEAT;
    item.heartbeat = &m;
    s = queue_item(a, &item, &queued);
    evx_queued_free(&queued);
    return s ? s : put_u64(a, "heartbeat", now_ms);
}

enum evx_status evx_agent_heartbeat(struct evx_agent *a, uint64_t every_ms, bool *queued)
{
    uint64_t last_ms = 0, final_ms = 0, now_ms = evx_clock_wall_ms();
    *queued = false;
    enum evx_status s = evx_agent_final(a, &final_ms);
    if (!s) s = get_u64(a, "heartbeat", &last_ms);
    if (s || final_ms || !evx_heartbeat_due(last_ms, every_ms, now_ms)) return s;
    s = beat(a, now_ms);
    *queued = !s;
    return s;
}

// --- what is remembered of a statement ---

#define STATEMENT      "statement/"
#define STATED_BYTES   (16 + 32 + 8 + 8 + 32 + 8 + 8 + 1)
#define STATEMENT_NAME (sizeof STATEMENT + 32)

static enum evx_status remember(struct evx_agent *a, const struct evx_stated *x)
{
    char name[STATEMENT_NAME] = STATEMENT;
    uint8_t v[STATED_BYTES];
    evx_hex(name + sizeof STATEMENT - 1, x->stream.b, sizeof x->stream);
    memcpy(v, x->id.b, 16);
    memcpy(v + 16, x->consignment.b, 32);
    evx_put_be64(v + 48, x->first);
    evx_put_be64(v + 56, x->last);
    memcpy(v + 64, x->root.b, 32);
    evx_put_be64(v + 96, x->items);
    evx_put_be64(v + 104, x->stated_ms);
    v[112] = x->final;
    return put(a, name, evx_bytes(v, sizeof v));
}

static enum evx_status recall(struct evx_stated *x, const char *name, struct evx_bytes v)
{
    *x = (struct evx_stated){0};
    if (v.n != STATED_BYTES || !evx_unhex(x->stream.b, sizeof x->stream, name + sizeof STATEMENT - 1))
        return EVX_E_STORE_DAMAGED;
    memcpy(x->id.b, v.p, 16);
    memcpy(x->consignment.b, v.p + 16, 32);
    x->first = evx_get_be64(v.p + 48);
    x->last = evx_get_be64(v.p + 56);
    memcpy(x->root.b, v.p + 64, 32);
    x->items = evx_get_be64(v.p + 96);
    x->stated_ms = evx_get_be64(v.p + 104);
    x->final = v.p[112] != 0;
    return EVX_OK;
}

struct statements {
    evx_stated_visit visit;
    void *user;
};

static enum evx_status take_value(void *user, const char *name, struct evx_bytes value)
{
    struct statements *w = user;
    struct evx_stated x;
    enum evx_status s = recall(&x, name, value);
    return s ? s : w->visit(w->user, &x);
}

enum evx_status evx_agent_statements(struct evx_agent *a, evx_stated_visit visit, void *user)
{
    struct statements w = {visit, user};
    return evx_outbox_values(a->outbox, STATEMENT, take_value, &w);
}

enum evx_status evx_agent_final(struct evx_agent *a, uint64_t *stated_ms)
{
    return get_u64(a, "final", stated_ms);
}

enum evx_status evx_agent_reopen(struct evx_agent *a) { return put_u64(a, "final", 0); }

// --- stating ---

struct summing {
    struct evx_frontier ids;
    uint64_t items;
    bool receipted; // only as far as receipts go
};

static enum evx_status add_row(void *user, const struct evx_outbox_sum_row *row)
{
    struct summing *w = user;
    struct evx_digest leaf;
    if (w->receipted && !row->accepted) return EVX_E_NOT_FOUND;
    evx_log_leaf(&leaf, evx_bytes(row->id.b, sizeof row->id));
    evx_frontier_append(&w->ids, &leaf, NULL, NULL);
    w->items += row->items;
    return EVX_OK;
}

static enum evx_status sum_up(struct evx_agent *a, const struct evx_outbox_stream *stream, bool receipted,
                              struct evx_stated *out)
{
    struct summing w = {.receipted = receipted};
    enum evx_status s = evx_outbox_sum(a->outbox, stream->number, add_row, &w);
    if (s && s != EVX_E_NOT_FOUND) return s;
    *out = (struct evx_stated){.stream = stream->id,
                               .first = 1,
                               .last = w.ids.size,
                               .items = w.items,
                               .stated_ms = evx_clock_wall_ms()};
    evx_frontier_root(&out->root, &w.ids);
    return EVX_OK;
}

static enum evx_status send_statement(struct evx_agent *a, struct evx_stated *x)
{
    struct evx_queued queued = {0};
    Evx__V1__CompletenessStatement m = EVX__V1__COMPLETENESS_STATEMENT__INIT;
    m.stream = bytes_of(x->stream.b, sizeof x->stream);
    m.first = x->first;
    m.last = x->last;
    m.root = bytes_of(x->root.b, sizeof x->root);
    m.items = x->items;
    m.final = x->final;
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    item.body_case = EVX__V1__ITEM__BODY_COMPLETENESS;
    item.completeness = &m;
    enum evx_status s = queue_item(a, &item, &queued);
    if (s) return s;
    x->id = queued.item_ids[0];
    x->consignment = queued.consignment_ids[0];
    evx_queued_free(&queued);
    return remember(a, x);
}

struct stating {
    struct evx_agent *a;
    bool final;
    evx_stated_visit visit;
    void *user;
    const struct evx_outbox_stream *current;
    struct evx_stated before; // what was stated of the stream under way
};

static enum evx_status find_before(void *user, const struct evx_stated *x)
{
    struct stating *w = user;
    if (memcmp(x->stream.b, w->before.stream.b, sizeof x->stream) == 0) w->before = *x;
    return EVX_OK;
}

static bool same_statement(const struct evx_stated *a, const struct evx_stated *b)
{
    return a->first == b->first && a->last == b->last && a->items == b->items && a->final == b->final &&
           memcmp(a->root.b, b->root.b, sizeof a->root) == 0;
}

static enum evx_status state(struct stating *w, const struct evx_outbox_stream *stream)
{
    struct evx_stated x;
    bool old = stream->number != w->current->number;
    enum evx_status s = sum_up(w->a, stream, old, &x);
    x.final = w->final;
    w->before = (struct evx_stated){.stream = stream->id};
    if (!s) s = evx_agent_statements(w->a, find_before, w);
    if (s || (old && (x.last == 0 || same_statement(&w->before, &x)))) return s;
    s = send_statement(w->a, &x);
    return s || !w->visit ? s : w->visit(w->user, &x);
}

enum evx_status evx_agent_state_completeness(struct evx_agent *a, bool final, evx_stated_visit visit,
                                             void *user)
{
    struct evx_outbox_stream current, stream;
    struct stating w = {.a = a, .final = final, .visit = visit, .user = user, .current = &current};
    enum evx_status s = current_stream(a, &current);
    uint64_t number = 0;
    // Those before it first: the last statement covers the others, which travel in it.
    while (!s && !(s = evx_outbox_stream_after(a->outbox, number, &stream)) &&
           stream.number < current.number) {
        number = stream.number;
        s = state(&w, &stream);
    }
    if (s) return s;
    s = state(&w, &current);
    return s || !final ? s : put_u64(a, "final", evx_clock_wall_ms());
}

enum evx_status evx_row_answered(const struct evx_outbox_row *r, uint64_t now_ms, uint64_t within_ms)
{
    bool waits = r->rung == EVX_RUNG_ACCEPTED && r->awaits;
    return waits && now_ms > r->changed_ms + within_ms ? EVX_E_UNANSWERED : EVX_OK;
}

enum evx_status evx_confirmation_check(const struct evx_stated *stated,
                                       const Evx__V1__CompletenessConfirmation *c)
{
    bool about = memcmp(c->statement.data, stated->id.b, 16) == 0 &&
                 memcmp(c->stream.data, stated->stream.b, 16) == 0 && c->first == stated->first &&
                 c->last == stated->last && c->final == stated->final;
    if (!about) return EVX_E_NOT_CONFIRMED;
    if (c->code) return evx_status_from_wire(c->code);
    bool same = memcmp(c->root.data, stated->root.b, sizeof stated->root) == 0 && c->items == stated->items;
    return same ? EVX_OK : EVX_E_NOT_CONFIRMED;
}
