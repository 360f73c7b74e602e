// SPDX-License-Identifier: Apache-2.0
//
// Sealing into the outbox: recipients from the directory, sequence numbers, sealing and
// storing in one transaction, so that all of it happened or nothing.
#include <stdlib.h>
#include <string.h>

#include "agents/client/agent_state.h"
#include "proto/base/clock.h"

#define BATCH_DEFAULT 256

struct recipients {
    const struct evx_dir_key *key[EVX_LIMIT_RECIPIENTS];
    size_t n;
    bool awaits; // one of them is an inspectorate that will acknowledge
};

static bool is_receiver(const struct evx_agent *a, const struct evx_dir_org *org)
{
    return org->active && org->role == EVX_ROLE_INSPECTORATE &&
           (evx_directory_rights(evx_agent_directory(a), &a->inspection, org->id) & EVX_RIGHT_RECEIVE);
}

// Inspectorates do not answer each other, nor themselves.
static bool is_inspectorate(const struct evx_agent *a)
{
    const struct evx_dir_org *own = evx_directory_org(evx_agent_directory(a), a->organisation);
    return own && own->role == EVX_ROLE_INSPECTORATE;
}

static enum evx_status add_recipient(struct evx_agent *a, struct recipients *r, const struct evx_dir_org *org,
                                     int64_t now_ms)
{
    const struct evx_dir_key *key =
        evx_directory_key_of(evx_agent_directory(a), org->id, EVX_KEY_ENC, now_ms);
    if (!key) return EVX_E_RECIPIENT;
    if (r->n == EVX_LIMIT_RECIPIENTS) return EVX_E_TOO_LARGE;
    r->key[r->n++] = key;
    r->awaits = r->awaits || (is_receiver(a, org) && !is_inspectorate(a));
    return EVX_OK;
}

static enum evx_status named_recipients(struct evx_agent *a, struct recipients *r, const char *const *to,
                                        int64_t now_ms)
{
    enum evx_status s = EVX_OK;
    for (; *to && !s; to++) {
        const struct evx_dir_org *org = evx_directory_org(evx_agent_directory(a), *to);
        s = org && org->active ? add_recipient(a, r, org, now_ms) : EVX_E_RECIPIENT;
    }
    return s;
}

static enum evx_status all_receivers(struct evx_agent *a, struct recipients *r, int64_t now_ms)
{
    const struct evx_directory *d = evx_agent_directory(a);
    enum evx_status s = EVX_OK;
    for (size_t i = 0; i < evx_directory_orgs(d) && !s; i++) {
        const struct evx_dir_org *org = evx_directory_org_at(d, i);
        if (is_receiver(a, org) && strcmp(org->id, a->organisation) != 0)
            s = add_recipient(a, r, org, now_ms);
    }
    return s;
}

// What the broker would refuse anyway is said before anything is sealed.
static enum evx_status may_send(struct evx_agent *a, int64_t now_ms)
{
    const struct evx_directory *d = evx_agent_directory(a);
    const struct evx_dir_inspection *i = evx_directory_inspection(d, &a->inspection);
    struct evx_fingerprint own;
    evx_fingerprint_of(&own, EVX_KEY_SIG, a->keys.sign_public.b);
    const struct evx_dir_key *key = evx_directory_key(d, &own);
    if (evx_directory_expires_ms(d) <= now_ms) return EVX_E_DIRECTORY_EXPIRED;
    if (!i) return EVX_E_WRONG_INSPECTION;
    unsigned rights = evx_directory_rights(d, &a->inspection, a->organisation);
    if (!evx_directory_accepts(i, rights, now_ms)) return EVX_E_WINDOW_CLOSED;
    if (!key) return EVX_E_UNKNOWN_KEY;
    if (strcmp(key->org, a->organisation) != 0) return EVX_E_IDENTITY;
    if (now_ms < key->from_ms || now_ms >= key->until_ms) return EVX_E_EXPIRED_KEY;
    return rights & EVX_RIGHT_SEND ? EVX_OK : EVX_E_NOT_ENTITLED;
}

struct queueing {
    struct evx_agent *a;
    const struct recipients *recipients;
    const struct evx_plain_item *item;
    uint32_t flags;
    uint64_t now_ms;
    struct evx_outbox_stream stream;
    struct evx_queued *out;
    struct evx_parcel **parcel; // one a consignment
    size_t cap;
};

static struct evx_seal_context seal_context(const struct queueing *q)
{
    struct evx_seal_context c = {
        .directory = evx_agent_directory(q->a),
        .inspection = q->a->inspection,
        .recipient = q->recipients->key,
        .recipients = q->recipients->n,
        .marking = EVX__V1__MARKING__MARKING_OFFICIAL_SENSITIVE,
        .purpose = EVX__V1__PURPOSE__PURPOSE_INSPECTION,
        .flags = q->flags,
        .now_ms = q->now_ms,
        .link = {.stream = q->stream.id, .sequence = q->stream.sequence + 1, .previous = q->stream.last}};
    if (q->stream.reset && q->stream.sequence == 0) {
        c.flags |= EVX__V1__HEADER_FLAG__FLAG_STREAM_RESET;
        c.reset_of = &q->stream.reset_of;
    }
    return c;
}

static enum evx_status store(struct queueing *q, struct evx_buf *whole, const struct evx_digest *id,
                             size_t first, size_t n)
{
    struct evx_outbox_new row = {.id = *id,
                                 .sequence = q->stream.sequence + 1,
                                 .whole = evx_buf_bytes(whole),
                                 .item_id = q->out->item_ids + first,
                                 .items = (uint32_t)n,
                                 .signer = q->a->keys.sign_public,
                                 .awaits = q->recipients->awaits,
                                 .now_ms = q->now_ms};
    uint64_t number = 0;
    enum evx_status s = evx_outbox_add(q->a->outbox, &row, &number);
    if (s) return s;
    size_t i = q->out->consignments;
    s = evx_parcel_new(&q->parcel[i], whole, number, &q->stream.id, row.sequence);
    if (s) return s;
    q->out->consignment_ids[q->out->consignments++] = *id;
    q->out->items += n;
    q->stream.sequence++;
    q->stream.last = *id;
    return EVX_OK;
}

static enum evx_status make_room(struct queueing *q)
{
    if (q->out->consignments < q->cap) return EVX_OK;
    size_t cap = q->cap ? 2 * q->cap : 8;
    struct evx_digest *ids = realloc(q->out->consignment_ids, cap * sizeof *ids);
    if (!ids) return EVX_E_MEMORY;
    q->out->consignment_ids = ids;
    struct evx_parcel **parcel = realloc(q->parcel, cap * sizeof *parcel);
    if (!parcel) return EVX_E_MEMORY;
    memset(parcel + q->cap, 0, (cap - q->cap) * sizeof *parcel);
    q->parcel = parcel;
    q->cap = cap;
    return EVX_OK;
}

static enum evx_status seal_run(struct queueing *q, size_t first, size_t n)
{
    struct evx_buf whole = {0};
    struct evx_digest id;
    struct evx_seal_context context = seal_context(q);
    enum evx_status s = make_room(q);
    if (!s) s = evx_seal(&whole, &id, q->out->item_ids + first, q->a->sealer, &context, q->item + first, n);
    if (!s) s = store(q, &whole, &id, first, n);
    evx_buf_free(&whole);
    return s;
}

// Padding makes sizes known only to the seal: what turns out too large is halved.
static enum evx_status seal_halving(struct queueing *q, size_t first, size_t n)
{
    enum evx_status s = seal_run(q, first, n);
    if (s != EVX_E_TOO_LARGE || n < 2) return s;
    s = seal_halving(q, first, n / 2);
    return s ? s : seal_halving(q, first + n / 2, n - n / 2);
}

// How many items from `first` on go into one consignment.
static size_t run_length(const struct queueing *q, size_t first, size_t items, size_t batch)
{
    size_t n = 0;
    uint64_t bytes = 0;
    while (n < batch && first + n < items) {
        bytes += q->item[first + n].content.n + 320; // at least the smallest padding and a tag
        if (n && bytes > EVX_LIMIT_CIPHERTEXT_BYTES) break;
        n++;
    }
    return n;
}

static enum evx_status seal_all(struct queueing *q, size_t items, size_t batch)
{
    if (batch == 0) batch = BATCH_DEFAULT;
    if (batch > EVX_LIMIT_ITEMS) batch = EVX_LIMIT_ITEMS;
    enum evx_status s = EVX_OK;
    for (size_t first = 0; first < items && !s;) {
        size_t n = run_length(q, first, items, batch);
        s = seal_halving(q, first, n);
        first += n;
    }
    return s;
}

static enum evx_status current_stream(struct queueing *q)
{
    enum evx_status s = evx_outbox_stream(q->a->outbox, &q->stream);
    if (s != EVX_E_NOT_FOUND) return s;
    s = evx_agent_new_stream(q->a, NULL);
    return s ? s : evx_outbox_stream(q->a->outbox, &q->stream);
}

static enum evx_status in_one_transaction(struct queueing *q, size_t items, size_t batch)
{
    enum evx_status s = evx_agent_begin(q->a);
    if (!s) s = current_stream(q);
    if (!s) s = seal_all(q, items, batch);
    if (!s) s = evx_outbox_commit(q->a->outbox);
    if (s) evx_outbox_rollback(q->a->outbox);
    return s;
}

static void hand_to_feed(struct queueing *q, bool stored)
{
    if (stored) evx_courier_set_stream(q->a->courier, &q->stream);
    for (size_t i = 0; i < q->cap; i++) {
        if (stored && q->parcel[i]) evx_agent_feed_fresh(q->a, &q->parcel[i]);
        evx_parcel_destroy(&q->parcel[i]);
    }
    free(q->parcel);
}

static enum evx_status queue(struct evx_agent *a, const struct recipients *r,
                             const struct evx_plain_item *item, size_t items, size_t batch,
                             uint32_t header_flags, uint64_t now_ms, struct evx_queued *out)
{
    struct queueing q = {
        .a = a, .recipients = r, .item = item, .flags = header_flags, .now_ms = now_ms, .out = out};
    out->item_ids = calloc(items, sizeof *out->item_ids);
    enum evx_status s = out->item_ids ? in_one_transaction(&q, items, batch) : EVX_E_MEMORY;
    hand_to_feed(&q, s == EVX_OK);
    if (s) evx_queued_free(out);
    return s;
}

enum evx_status evx_agent_queue(struct evx_agent *a, const struct evx_plain_item *item, size_t items,
                                const char *const *to, size_t batch, uint32_t header_flags,
                                struct evx_queued *out)
{
    *out = (struct evx_queued){0};
    if (a->read_only) return EVX_E_NOT_ALLOWED;
    if (items == 0) return EVX_OK;
    uint64_t now_ms = evx_clock_wall_ms();
    struct recipients r = {0};
    enum evx_status s = may_send(a, (int64_t)now_ms);
    if (!s) s = to ? named_recipients(a, &r, to, (int64_t)now_ms) : all_receivers(a, &r, (int64_t)now_ms);
    if (!s && r.n == 0) s = EVX_E_RECIPIENT;
    return s ? s : queue(a, &r, item, items, batch, header_flags, now_ms, out);
}

void evx_queued_free(struct evx_queued *q)
{
    if (!q) return;
    free(q->item_ids);
    free(q->consignment_ids);
    *q = (struct evx_queued){0};
}
