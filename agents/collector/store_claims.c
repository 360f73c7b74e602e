// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/claims.h"

#include <string.h>

#include "agents/collector/store_parts.h"

static const uint8_t highest[33] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

// Fixed fields one after the other; what does not fit is noted and said at the end.
struct reader {
    struct evx_bytes left;
    bool bad;
};

static const uint8_t *take(struct reader *r, size_t n)
{
    static const uint8_t zero[EVX_ORG_ID_BYTES];
    r->bad = r->bad || r->left.n < n;
    if (r->bad) return zero;
    const uint8_t *p = r->left.p;
    r->left = evx_bytes(p + n, r->left.n - n);
    return p;
}

static uint64_t take_u64(struct reader *r) { return evx_get_be64(take(r, 8)); }
static enum evx_status take_code(struct reader *r) { return evx_status_from_wire(evx_get_be16(take(r, 2))); }

// The sender is what remains.
static void take_sender(struct reader *r, char sender[EVX_ORG_ID_BYTES])
{
    r->bad = r->bad || r->left.n >= EVX_ORG_ID_BYTES;
    if (r->bad) return;
    memcpy(sender, r->left.p, r->left.n);
    sender[r->left.n] = '\0';
}

static uint8_t *put(uint8_t *at, const void *p, size_t n)
{
    memcpy(at, p, n);
    return at + n;
}

static uint8_t *put_u64(uint8_t *at, uint64_t v)
{
    evx_put_be64(at, v);
    return at + 8;
}

static uint8_t *put_code(uint8_t *at, enum evx_status code)
{
    evx_put_be16(at, (uint16_t)code);
    return at + 2;
}

static uint8_t *put_sender(uint8_t *at, const char *sender)
{
    return put(at, sender, strnlen(sender, EVX_ORG_ID_BYTES - 1));
}

struct walk {
    struct evx_store *store;
    evx_store_beat_visit beat;
    evx_store_statement_visit statement;
    evx_store_equivocation_visit equivocation;
    void *user;
};

// --- heartbeats: key carrier 16; index · received · about 16 · said · seen · code u16 · sender ---

enum evx_status evx_store_put_beat(struct evx_store *s, const struct evx_store_beat *beat)
{
    if (!s->writing) return EVX_E_BUG;
    uint8_t packed[8 + 8 + 16 + 8 + 8 + 2 + EVX_ORG_ID_BYTES], *at = packed;
    at = put_u64(at, beat->index);
    at = put_u64(at, beat->received_ms);
    at = put(at, beat->about.b, sizeof beat->about);
    at = put_u64(at, beat->said);
    at = put_u64(at, beat->seen);
    at = put_code(at, beat->code);
    at = put_sender(at, beat->sender);
    return evx_record_put(s, EVX_RECORD_BEAT, evx_bytes(beat->carrier.b, sizeof beat->carrier),
                          evx_bytes(packed, (size_t)(at - packed)));
}

static enum evx_status take_beat(void *user, struct evx_bytes key, struct evx_bytes packed)
{
    struct walk *w = user;
    struct reader r = {0};
    enum evx_status s = evx_record_open(&r.left, w->store, EVX_RECORD_BEAT, key, packed);
    if (s) return s;
    struct evx_store_beat b = {0};
    b.index = take_u64(&r);
    b.received_ms = take_u64(&r);
    memcpy(b.about.b, take(&r, sizeof b.about), sizeof b.about);
    b.said = take_u64(&r);
    b.seen = take_u64(&r);
    b.code = take_code(&r);
    take_sender(&r, b.sender);
    if (r.bad || key.n != sizeof b.carrier) return EVX_E_STORE_DAMAGED;
    memcpy(b.carrier.b, key.p, key.n);
    return w->beat(w->user, &b);
}

enum evx_status evx_store_beats(struct evx_store *s, evx_store_beat_visit visit, void *user)
{
    struct walk w = {.store = s, .beat = visit, .user = user};
    return evx_store_db_records(s->rows, EVX_RECORD_BEAT, evx_bytes("", 0), evx_bytes(highest, 17), take_beat,
                                &w);
}

// --- statements: key index u64 · number u32 ---

#define EVX_STATEMENT_KEY_BYTES 12

static void pack_ref(uint8_t key[EVX_STATEMENT_KEY_BYTES], const struct evx_store_ref *ref)
{
    evx_put_be64(key, ref->index);
    evx_put_be32(key + 8, ref->number);
}

enum evx_status evx_store_put_statement(struct evx_store *s, const struct evx_store_statement *st)
{
    if (!s->writing) return EVX_E_BUG;
    uint8_t key[EVX_STATEMENT_KEY_BYTES], packed[256], *at = packed;
    const uint8_t flags = (uint8_t)(st->final | st->owed << 1);
    pack_ref(key, &st->ref);
    at = put(at, st->id.b, sizeof st->id);
    at = put_u64(at, st->received_ms);
    at = put(at, st->stream.b, sizeof st->stream);
    at = put_u64(at, st->first);
    at = put_u64(at, st->last);
    at = put(at, st->root.b, sizeof st->root);
    at = put_u64(at, st->items);
    at = put(at, &flags, 1);
    at = put_code(at, st->code);
    at = put_u64(at, st->seen);
    at = put(at, st->found_root.b, sizeof st->found_root);
    at = put_u64(at, st->found_items);
    at = put_u64(at, st->found_rejected);
    at = put_sender(at, st->sender);
    return evx_record_put(s, EVX_RECORD_STATEMENT, evx_bytes(key, sizeof key),
                          evx_bytes(packed, (size_t)(at - packed)));
}

static enum evx_status take_statement(void *user, struct evx_bytes key, struct evx_bytes packed)
{
    struct walk *w = user;
    struct reader r = {0};
    enum evx_status s = evx_record_open(&r.left, w->store, EVX_RECORD_STATEMENT, key, packed);
    if (s) return s;
    if (key.n != EVX_STATEMENT_KEY_BYTES) return EVX_E_STORE_DAMAGED;
    struct evx_store_statement st = {.ref = {evx_get_be64(key.p), evx_get_be32(key.p + 8)}};
    memcpy(st.id.b, take(&r, sizeof st.id), sizeof st.id);
    st.received_ms = take_u64(&r);
    memcpy(st.stream.b, take(&r, sizeof st.stream), sizeof st.stream);
    st.first = take_u64(&r);
    st.last = take_u64(&r);
    memcpy(st.root.b, take(&r, sizeof st.root), sizeof st.root);
    st.items = take_u64(&r);
    uint8_t flags = *take(&r, 1);
    st.final = flags & 1;
    st.owed = flags & 2;
    st.code = take_code(&r);
    st.seen = take_u64(&r);
    memcpy(st.found_root.b, take(&r, sizeof st.found_root), sizeof st.found_root);
    st.found_items = take_u64(&r);
    st.found_rejected = take_u64(&r);
    take_sender(&r, st.sender);
    return r.bad ? EVX_E_STORE_DAMAGED : w->statement(w->user, &st);
}

enum evx_status evx_store_statements(struct evx_store *s, uint64_t from_index,
                                     evx_store_statement_visit visit, void *user)
{
    struct walk w = {.store = s, .statement = visit, .user = user};
    uint8_t from[EVX_STATEMENT_KEY_BYTES];
    pack_ref(from, &(struct evx_store_ref){from_index, 0});
    return evx_store_db_records(s->rows, EVX_RECORD_STATEMENT, evx_bytes(from, sizeof from),
                                evx_bytes(highest, 13), take_statement, &w);
}

// --- equivocations: key stream 16 · first 8 bytes of both ids; number · sequence · ids · lengths ---

enum evx_status evx_store_put_equivocation(struct evx_store *s, const struct evx_store_equivocation *e)
{
    if (!s->writing) return EVX_E_BUG;
    uint8_t key[32], head[8 + 8 + 32 + 32 + 4 + 4 + 1], *at = head;
    size_t sender_n = strnlen(e->sender, EVX_ORG_ID_BYTES - 1);
    const uint8_t length = (uint8_t)sender_n;
    memcpy(key, e->stream.b, 16);
    memcpy(key + 16, e->first_id.b, 8);
    memcpy(key + 24, e->second_id.b, 8);
    at = put_u64(at, e->number);
    at = put_u64(at, e->sequence);
    at = put(at, e->first_id.b, sizeof e->first_id);
    at = put(at, e->second_id.b, sizeof e->second_id);
    evx_put_be32(at, (uint32_t)e->first.n);
    evx_put_be32(at + 4, (uint32_t)e->second.n);
    put(at + 8, &length, 1);
    struct evx_buf packed = {0};
    enum evx_status status = evx_buf_append(&packed, head, sizeof head);
    if (!status) status = evx_buf_append(&packed, e->first.p, e->first.n);
    if (!status) status = evx_buf_append(&packed, e->second.p, e->second.n);
    if (!status) status = evx_buf_append(&packed, e->sender, sender_n);
    if (!status)
        status =
            evx_record_put(s, EVX_RECORD_EQUIVOCATION, evx_bytes(key, sizeof key), evx_buf_bytes(&packed));
    evx_buf_free(&packed);
    return status;
}

static enum evx_status take_equivocation(void *user, struct evx_bytes key, struct evx_bytes packed)
{
    struct walk *w = user;
    struct reader r = {0};
    enum evx_status s = evx_record_open(&r.left, w->store, EVX_RECORD_EQUIVOCATION, key, packed);
    if (s) return s;
    if (key.n != 32) return EVX_E_STORE_DAMAGED;
    struct evx_store_equivocation e = {0};
    memcpy(e.stream.b, key.p, sizeof e.stream);
    e.number = take_u64(&r);
    e.sequence = take_u64(&r);
    memcpy(e.first_id.b, take(&r, 32), 32);
    memcpy(e.second_id.b, take(&r, 32), 32);
    e.first.n = evx_get_be32(take(&r, 4));
    e.second.n = evx_get_be32(take(&r, 4));
    size_t sender_n = *take(&r, 1);
    if (r.bad || e.first.n > r.left.n || e.second.n > r.left.n - e.first.n) return EVX_E_STORE_DAMAGED;
    e.first.p = take(&r, e.first.n);
    e.second.p = take(&r, e.second.n);
    if (r.left.n != sender_n) return EVX_E_STORE_DAMAGED;
    take_sender(&r, e.sender);
    return r.bad ? EVX_E_STORE_DAMAGED : w->equivocation(w->user, &e);
}

enum evx_status evx_store_equivocations(struct evx_store *s, evx_store_equivocation_visit visit, void *user)
{
    struct walk w = {.store = s, .equivocation = visit, .user = user};
    return evx_store_db_records(s->rows, EVX_RECORD_EQUIVOCATION, evx_bytes("", 0), evx_bytes(highest, 33),
                                take_equivocation, &w);
}
