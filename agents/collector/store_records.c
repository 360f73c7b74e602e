// SPDX-License-Identifier: Apache-2.0
//
// The store's small records: cursor, streams, notes.
#include "agents/collector/store_parts.h"

#include <string.h>

static const struct evx_bytes everything_from = {(const uint8_t *)"", 0};

// --- cursor: size u64 · 64 nodes · checkpoint note ---

#define EVX_FRONTIER_BYTES (8 + 64 * 32)

enum evx_status evx_store_set_cursor(struct evx_store *s, const struct evx_frontier *f, struct evx_bytes note)
{
    if (!s->writing) return EVX_E_BUG;
    struct evx_buf packed = {0};
    uint8_t size[8];
    evx_put_be64(size, f->size);
    enum evx_status status = evx_buf_append(&packed, size, sizeof size);
    if (!status) status = evx_buf_append(&packed, f->node, sizeof f->node);
    if (!status) status = evx_buf_append(&packed, note.p, note.n);
    if (!status) status = evx_record_put(s, EVX_RECORD_CURSOR, everything_from, evx_buf_bytes(&packed));
    evx_buf_free(&packed);
    return status;
}

struct cursor {
    struct evx_store *store;
    struct evx_frontier *frontier;
    struct evx_buf *note;
    bool found;
};

static enum evx_status take_cursor(void *user, struct evx_bytes key, struct evx_bytes packed)
{
    struct cursor *c = user;
    struct evx_bytes content;
    enum evx_status s = evx_record_open(&content, c->store, EVX_RECORD_CURSOR, key, packed);
    if (s) return s;
    if (content.n < EVX_FRONTIER_BYTES) return EVX_E_STORE_DAMAGED;
    c->found = true;
    c->frontier->size = evx_get_be64(content.p);
    memcpy(c->frontier->node, content.p + 8, sizeof c->frontier->node);
    return c->note ? evx_buf_append(c->note, content.p + EVX_FRONTIER_BYTES, content.n - EVX_FRONTIER_BYTES)
                   : EVX_OK;
}

enum evx_status evx_store_cursor(struct evx_store *s, struct evx_frontier *f, struct evx_buf *checkpoint_note)
{
    memset(f, 0, sizeof *f);
    struct cursor c = {s, f, checkpoint_note, false};
    enum evx_status status =
        evx_store_db_records(s->rows, EVX_RECORD_CURSOR, everything_from, everything_from, take_cursor, &c);
    if (status) return status;
    return c.found ? EVX_OK : EVX_E_NOT_FOUND;
}

// --- streams: key id 16; sequence u64 · last 32 · flags u8 · replaces 16 · six numbers u64,
//     the last one the size of the tree · its nodes, lowest first · sender ---

#define EVX_STREAM_BYTES (8 + 32 + 1 + 16 + 6 * 8)

enum evx_status evx_store_put_stream(struct evx_store *s, const struct evx_store_stream *stream)
{
    if (!s->writing) return EVX_E_BUG;
    uint8_t packed[EVX_STREAM_BYTES + sizeof stream->before.node + EVX_ORG_ID_BYTES];
    const uint64_t number[] = {stream->replaces_at, stream->items,         stream->rejected,
                               stream->last_items,  stream->last_rejected, stream->before.size};
    evx_put_be64(packed, stream->head.sequence);
    memcpy(packed + 8, stream->head.last.b, 32);
    packed[40] = (uint8_t)(stream->head.frozen | stream->reset << 1);
    memcpy(packed + 41, stream->replaces.b, 16);
    for (size_t i = 0; i < 6; i++)
        evx_put_be64(packed + 57 + 8 * i, number[i]);
    size_t at = EVX_STREAM_BYTES;
    for (unsigned i = 0; i < 64; i++) {
        if (!(stream->before.size >> i & 1)) continue;
        memcpy(packed + at, stream->before.node[i].b, 32);
        at += 32;
    }
    size_t n = strnlen(stream->sender, EVX_ORG_ID_BYTES - 1);
    memcpy(packed + at, stream->sender, n);
    return evx_record_put(s, EVX_RECORD_STREAM, evx_bytes(stream->id.b, sizeof stream->id),
                          evx_bytes(packed, at + n));
}

struct streams {
    struct evx_store *store;
    enum evx_status (*visit)(void *user, const struct evx_store_stream *stream);
    void *user;
};

static enum evx_status read_stream(struct evx_store_stream *out, struct evx_bytes content)
{
    if (content.n < EVX_STREAM_BYTES) return EVX_E_STORE_DAMAGED;
    out->head.sequence = evx_get_be64(content.p);
    memcpy(out->head.last.b, content.p + 8, 32);
    out->head.frozen = content.p[40] & 1;
    out->reset = content.p[40] & 2;
    memcpy(out->replaces.b, content.p + 41, 16);
    uint64_t *const number[] = {&out->replaces_at, &out->items,         &out->rejected,
                                &out->last_items,  &out->last_rejected, &out->before.size};
    for (size_t i = 0; i < 6; i++)
        *number[i] = evx_get_be64(content.p + 57 + 8 * i);
    size_t at = EVX_STREAM_BYTES;
    for (unsigned i = 0; i < 64; i++) {
        if (!(out->before.size >> i & 1)) continue;
        if (content.n - at < 32) return EVX_E_STORE_DAMAGED;
        memcpy(out->before.node[i].b, content.p + at, 32);
        at += 32;
    }
    if (content.n - at >= EVX_ORG_ID_BYTES) return EVX_E_STORE_DAMAGED;
    memcpy(out->sender, content.p + at, content.n - at);
    return EVX_OK;
}

static enum evx_status take_stream(void *user, struct evx_bytes key, struct evx_bytes packed)
{
    struct streams *v = user;
    struct evx_bytes content;
    enum evx_status s = evx_record_open(&content, v->store, EVX_RECORD_STREAM, key, packed);
    struct evx_store_stream stream = {0};
    if (!s) s = key.n == sizeof stream.id ? read_stream(&stream, content) : EVX_E_STORE_DAMAGED;
    if (s) return s;
    memcpy(stream.id.b, key.p, key.n);
    return v->visit(v->user, &stream);
}

enum evx_status evx_store_streams(struct evx_store *s,
                                  enum evx_status (*visit)(void *user, const struct evx_store_stream *stream),
                                  void *user)
{
    static const uint8_t last[17] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    struct streams v = {s, visit, user};
    return evx_store_db_records(s->rows, EVX_RECORD_STREAM, everything_from, evx_bytes(last, sizeof last),
                                take_stream, &v);
}

// --- notes: key index u64 · item u32 · code u16; stream 16 · said u64 · seen u64 · text ---

#define EVX_NOTE_KEY_BYTES  (8 + 4 + 2)
#define EVX_NOTE_HEAD_BYTES (16 + 8 + 8)

enum evx_status evx_store_put_note(struct evx_store *s, const struct evx_store_note *note)
{
    if (!s->writing) return EVX_E_BUG;
    uint8_t key[EVX_NOTE_KEY_BYTES], packed[EVX_NOTE_HEAD_BYTES + sizeof note->text];
    evx_put_be64(key, note->index);
    evx_put_be32(key + 8, note->number);
    evx_put_be16(key + 12, (uint16_t)note->code);
    memcpy(packed, note->stream.b, 16);
    evx_put_be64(packed + 16, note->said);
    evx_put_be64(packed + 24, note->seen);
    size_t n = strnlen(note->text, sizeof note->text - 1);
    memcpy(packed + EVX_NOTE_HEAD_BYTES, note->text, n);
    return evx_record_put(s, EVX_RECORD_NOTE, evx_bytes(key, sizeof key),
                          evx_bytes(packed, EVX_NOTE_HEAD_BYTES + n));
}

struct notes {
    struct evx_store *store;
    enum evx_status (*visit)(void *user, const struct evx_store_note *note);
    void *user;
};

static enum evx_status take_note(void *user, struct evx_bytes key, struct evx_bytes packed)
{
    struct notes *v = user;
    struct evx_bytes content;
    enum evx_status s = evx_record_open(&content, v->store, EVX_RECORD_NOTE, key, packed);
    if (s) return s;
    struct evx_store_note note = {0};
    if (key.n != EVX_NOTE_KEY_BYTES || content.n < EVX_NOTE_HEAD_BYTES ||
        content.n >= EVX_NOTE_HEAD_BYTES + sizeof note.text)
        return EVX_E_STORE_DAMAGED;
    note.index = evx_get_be64(key.p);
    note.number = evx_get_be32(key.p + 8);
    note.code = evx_status_from_wire(evx_get_be16(key.p + 12));
    memcpy(note.stream.b, content.p, 16);
    note.said = evx_get_be64(content.p + 16);
    note.seen = evx_get_be64(content.p + 24);
    memcpy(note.text, content.p + EVX_NOTE_HEAD_BYTES, content.n - EVX_NOTE_HEAD_BYTES);
    return v->visit(v->user, &note);
}

enum evx_status evx_store_notes(struct evx_store *s,
                                enum evx_status (*visit)(void *user, const struct evx_store_note *note),
                                void *user)
{
    static const uint8_t last[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    struct notes v = {s, visit, user};
    return evx_store_db_records(s->rows, EVX_RECORD_NOTE, everything_from, evx_bytes(last, sizeof last),
                                take_note, &v);
}
