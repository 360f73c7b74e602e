// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/holds.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agents/collector/store_parts.h"

// Record: key number u64 (0: the head); previous hash 32 · encrypted plain. Plain: act u8 ·
// scope u8 · of u64 (the hold that is lifted) · time u64 · item 16 · three texts with their
// NULs. A record's hash is over previous hash and plain. The head record: count u64 ·
// hash of the last one.
#define DOMAIN     "evx/store/hold/v1"
#define HASH       "evx/hold/v1\n"
#define HEAD_BYTES (1 + 1 + 8 + 8 + 16)
enum { PLACED = 1, LIFTED = 2 };

const char *evx_hold_scope_name(enum evx_hold_scope scope)
{
    switch (scope) {
    case EVX_HOLD_ITEM: return "item";
    case EVX_HOLD_CHILD: return "child";
    case EVX_HOLD_INSPECTION: return "inspection";
    }
    return "unknown";
}

struct chain {
    struct evx_store *store;
    uint64_t count; // as the head says
    struct evx_digest head;
    bool has_head;
    uint64_t seen;
    struct evx_digest previous;
    struct evx_hold *hold;
    size_t n, room;
};

static enum evx_status hash_of(struct evx_digest *out, const struct evx_digest *previous,
                               struct evx_bytes plain)
{
    struct evx_buf b = {0};
    enum evx_status s = evx_buf_append(&b, previous->b, sizeof previous->b);
    if (!s) s = evx_buf_append(&b, plain.p, plain.n);
    if (!s) evx_sha256_2(out, HASH, evx_buf_bytes(&b));
    evx_buf_free(&b);
    return s;
}

static bool take_text(char out[EVX_HOLD_TEXT], struct evx_bytes *rest)
{
    const uint8_t *end = rest->n ? memchr(rest->p, '\0', rest->n) : NULL;
    size_t n = end ? (size_t)(end - rest->p) + 1 : 0;
    if (!n || n > EVX_HOLD_TEXT) return false;
    memcpy(out, rest->p, n);
    *rest = evx_bytes(rest->p + n, rest->n - n);
    return true;
}

static struct evx_hold *find(struct chain *c, uint64_t number)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->hold[i].number == number) return &c->hold[i];
    return NULL;
}

static bool make_room(struct chain *c)
{
    if (c->n < c->room) return true;
    size_t room = c->room ? 2 * c->room : 16;
    struct evx_hold *more = realloc(c->hold, room * sizeof *more);
    if (!more) return false;
    c->hold = more;
    c->room = room;
    return true;
}

static bool take_placed(struct chain *c, const uint8_t *p, const struct evx_hold *texts)
{
    if (!make_room(c)) return false;
    struct evx_hold *h = &c->hold[c->n++];
    *h = *texts;
    h->number = c->seen;
    h->scope = (enum evx_hold_scope)p[1];
    h->placed_ms = evx_get_be64(p + 10);
    memcpy(h->item.b, p + 18, 16);
    return h->scope >= EVX_HOLD_ITEM && h->scope <= EVX_HOLD_INSPECTION;
}

static bool take_lifted(struct chain *c, const uint8_t *p, const struct evx_hold *texts)
{
    struct evx_hold *h = find(c, evx_get_be64(p + 2));
    if (!h || h->lifted_ms) return false;
    h->lifted_ms = evx_get_be64(p + 10);
    memcpy(h->lifted_by, texts->placed_by, sizeof h->lifted_by);
    return h->lifted_ms != 0;
}

static bool take_plain(struct chain *c, struct evx_bytes plain)
{
    struct evx_hold texts = {0};
    if (plain.n < HEAD_BYTES) return false;
    struct evx_bytes rest = evx_bytes(plain.p + HEAD_BYTES, plain.n - HEAD_BYTES);
    bool whole = take_text(texts.child, &rest) && take_text(texts.reason, &rest) &&
                 take_text(texts.placed_by, &rest) && rest.n == 0;
    if (!whole) return false;
    if (plain.p[0] == PLACED) return take_placed(c, plain.p, &texts);
    return plain.p[0] == LIFTED && take_lifted(c, plain.p, &texts);
}

static enum evx_status take_head(struct chain *c, struct evx_bytes content)
{
    if (content.n != 8 + 32) return EVX_E_HOLD_DAMAGED;
    c->has_head = true;
    c->count = evx_get_be64(content.p);
    memcpy(c->head.b, content.p + 8, 32);
    return EVX_OK;
}

static enum evx_status take_link(struct chain *c, uint64_t number, struct evx_bytes content)
{
    if (number != ++c->seen || content.n < 32) return EVX_E_HOLD_DAMAGED;
    if (memcmp(content.p, c->previous.b, 32) != 0) return EVX_E_HOLD_DAMAGED;
    struct evx_buf plain = {0};
    enum evx_status s =
        evx_store_decrypt(&plain, c->store->master, DOMAIN, evx_bytes(content.p + 32, content.n - 32));
    if (!s && !take_plain(c, evx_buf_bytes(&plain))) s = EVX_E_HOLD_DAMAGED;
    if (!s) s = hash_of(&c->previous, &c->previous, evx_buf_bytes(&plain));
    evx_buf_free(&plain);
    return s == EVX_E_STORE_DAMAGED ? EVX_E_HOLD_DAMAGED : s;
}

static enum evx_status take_record(void *user, struct evx_bytes key, struct evx_bytes packed)
{
    struct chain *c = user;
    struct evx_bytes content;
    enum evx_status s = evx_record_open(&content, c->store, EVX_RECORD_HOLD, key, packed);
    if (s) return s == EVX_E_STORE_DAMAGED ? EVX_E_HOLD_DAMAGED : s;
    if (key.n != 8) return EVX_E_HOLD_DAMAGED;
    uint64_t number = evx_get_be64(key.p);
    return number ? take_link(c, number, content) : take_head(c, content);
}

static enum evx_status load(struct chain *c, struct evx_store *s)
{
    static const uint8_t last[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    *c = (struct chain){.store = s};
    if (!s->master) return EVX_E_BUG;
    enum evx_status status = evx_store_db_records(s->rows, EVX_RECORD_HOLD, evx_bytes("", 0),
                                                  evx_bytes(last, sizeof last), take_record, c);
    bool whole = c->count == c->seen && c->has_head == (c->seen > 0) &&
                 memcmp(c->head.b, c->previous.b, sizeof c->head.b) == 0;
    return !status && !whole ? EVX_E_HOLD_DAMAGED : status;
}

enum evx_status evx_holds_load(struct evx_hold **out, size_t *n, struct evx_store *s)
{
    *out = NULL;
    *n = 0;
    struct chain c;
    enum evx_status status = load(&c, s);
    if (status) {
        free(c.hold);
        return status;
    }
    *out = c.hold;
    *n = c.n;
    return EVX_OK;
}

// --- writing ---

struct act {
    uint8_t what;
    uint64_t of, time_ms;
    const struct evx_hold *hold;
    const char *by;
};

static enum evx_status append_text(struct evx_buf *b, const char *text)
{
    size_t n = strlen(text) + 1;
    return n > EVX_HOLD_TEXT ? EVX_E_TOO_LARGE : evx_buf_append(b, text, n);
}

static enum evx_status pack(struct evx_buf *out, const struct act *a)
{
    uint8_t head[HEAD_BYTES] = {a->what, (uint8_t)a->hold->scope};
    evx_put_be64(head + 2, a->of);
    evx_put_be64(head + 10, a->time_ms);
    memcpy(head + 18, a->hold->item.b, 16);
    enum evx_status s = evx_buf_append(out, head, sizeof head);
    if (!s) s = append_text(out, a->hold->child);
    if (!s) s = append_text(out, a->hold->reason);
    return s ? s : append_text(out, a->by);
}

static enum evx_status put(struct evx_store *s, uint64_t number, struct evx_bytes content)
{
    uint8_t key[8];
    evx_put_be64(key, number);
    return evx_record_put(s, EVX_RECORD_HOLD, evx_bytes(key, sizeof key), content);
}

static enum evx_status put_link(struct chain *c, const struct act *a)
{
    struct evx_buf plain = {0}, content = {0};
    uint8_t head[8 + 32];
    enum evx_status s = pack(&plain, a);
    if (!s) s = evx_buf_append(&content, c->previous.b, sizeof c->previous.b);
    if (!s) s = evx_store_encrypt(&content, c->store->master, DOMAIN, evx_buf_bytes(&plain));
    if (!s) s = put(c->store, c->seen + 1, evx_buf_bytes(&content));
    if (!s) s = hash_of(&c->previous, &c->previous, evx_buf_bytes(&plain));
    evx_put_be64(head, c->seen + 1);
    memcpy(head + 8, c->previous.b, 32);
    if (!s) s = put(c->store, 0, evx_bytes(head, sizeof head));
    evx_buf_free(&plain);
    evx_buf_free(&content);
    return s;
}

static enum evx_status append(struct chain *c, const struct act *a)
{
    if (c->seen >= EVX_LIMIT_HOLDS) return EVX_E_TOO_LARGE;
    enum evx_status s = evx_store_begin(c->store);
    if (s) return s;
    s = put_link(c, a);
    if (!s) return evx_store_commit(c->store);
    evx_store_rollback(c->store);
    return s;
}

enum evx_status evx_hold_place(struct evx_store *s, struct evx_hold *hold)
{
    struct chain c;
    struct act a = {.what = PLACED, .time_ms = hold->placed_ms, .hold = hold, .by = hold->placed_by};
    enum evx_status status = load(&c, s);
    if (!status) status = append(&c, &a);
    if (!status) hold->number = c.seen + 1;
    free(c.hold);
    return status;
}

enum evx_status evx_hold_lift(struct evx_store *s, uint64_t number, const char *by, uint64_t now_ms)
{
    struct chain c;
    static const struct evx_hold empty;
    struct act a = {.what = LIFTED, .of = number, .time_ms = now_ms, .hold = &empty, .by = by};
    enum evx_status status = load(&c, s);
    const struct evx_hold *h = status ? NULL : find(&c, number);
    if (!status && (!h || h->lifted_ms)) status = EVX_E_NOT_FOUND;
    if (!status) status = append(&c, &a);
    free(c.hold);
    return status;
}

// --- what is covered ---

static bool stands(const struct evx_hold *h) { return h->lifted_ms == 0; }

bool evx_holds_need_content(const struct evx_hold *hold, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (stands(&hold[i]) && hold[i].scope == EVX_HOLD_CHILD) return true;
    return false;
}

// Identifiers are compared without spaces and without regard to case.
static bool same_value(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a == ' ' || *a == '-')
            a++;
        while (*b == ' ' || *b == '-')
            b++;
        if (strncasecmp(a, b, 1) != 0) return false;
        if (!*a) return true;
    }
}

static bool names(const struct evx_hold *h, Evx__V1__Subject *const *subject, size_t n)
{
    const char *colon = strchr(h->child, ':');
    size_t scheme = colon ? (size_t)(colon - h->child) : 0;
    for (size_t i = 0; colon && i < n; i++)
        for (size_t k = 0; k < subject[i]->n_identifier; k++) {
            const Evx__V1__Identifier *id = subject[i]->identifier[k];
            if (strlen(id->scheme) == scheme && strncmp(id->scheme, h->child, scheme) == 0 &&
                same_value(id->value, colon + 1))
                return true;
        }
    return false;
}

static bool covers_content(const struct evx_hold *h, const Evx__V1__Item *m)
{
    switch (m->body_case) {
    case EVX__V1__ITEM__BODY_EVIDENCE: return names(h, m->evidence->subject, m->evidence->n_subject);
    case EVX__V1__ITEM__BODY_CORRECTION:
        return names(h, m->correction->replacement->subject, m->correction->replacement->n_subject);
    case EVX__V1__ITEM__BODY_NIL_RETURN: return names(h, m->nil_return->child, m->nil_return->n_child);
    case EVX__V1__ITEM__BODY_REQUEST: return names(h, m->request->child, m->request->n_child);
    default: return false;
    }
}

const struct evx_hold *evx_holds_cover(const struct evx_hold *hold, size_t n, const struct evx_item_id *item,
                                       const Evx__V1__Item *content)
{
    for (size_t i = 0; i < n; i++) {
        const struct evx_hold *h = &hold[i];
        if (!stands(h)) continue;
        bool covers = h->scope == EVX_HOLD_INSPECTION ||
                      (h->scope == EVX_HOLD_ITEM && memcmp(h->item.b, item->b, sizeof item->b) == 0) ||
                      (h->scope == EVX_HOLD_CHILD && (!content || covers_content(h, content)));
        if (covers) return h;
    }
    return NULL;
}
