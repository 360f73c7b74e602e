// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/ingest_parts.h"

#include <stdlib.h>
#include <string.h>

static struct evx_item_id key_of(const struct evx_stream_id *id)
{
    struct evx_item_id key;
    memcpy(key.b, id->b, sizeof key.b);
    return key;
}

struct evx_store_stream *evx_intake_find_stream(struct evx_intake *in, const struct evx_stream_id *id)
{
    struct evx_item_id key = key_of(id);
    size_t cursor = 0;
    for (uint64_t place; (place = evx_idmap_next(&in->stream_of, &key, &cursor)) != 0;)
        if (memcmp(in->stream[place - 1].id.b, id->b, sizeof id->b) == 0) return &in->stream[place - 1];
    return NULL;
}

enum evx_status evx_intake_stream(struct evx_intake *in, const struct evx_store_stream *stream)
{
    if (in->streams == in->stream_cap) {
        size_t cap = in->stream_cap ? in->stream_cap * 2 : 64;
        struct evx_store_stream *more = realloc(in->stream, cap * sizeof *more);
        if (!more) return EVX_E_MEMORY;
        in->stream = more;
        in->stream_cap = cap;
    }
    struct evx_item_id key = key_of(&stream->id);
    enum evx_status s = evx_idmap_add(&in->stream_of, &key, in->streams + 1);
    if (!s) in->stream[in->streams++] = *stream;
    return s;
}

static struct evx_chain_link link_of(const struct evx_intake_step *step)
{
    struct evx_chain_link link = {.stream = step->c->stream, .sequence = step->c->sequence};
    if (step->header->previous.len == sizeof link.previous.b)
        memcpy(link.previous.b, step->header->previous.data, sizeof link.previous.b);
    return link;
}

static enum evx_status chain_note(struct evx_intake *in, const struct evx_intake_step *step,
                                  enum evx_status code, uint64_t seen, const char *text)
{
    struct evx_store_note note = {.index = step->c->index,
                                  .number = EVX_STORE_NO_ITEM,
                                  .code = code,
                                  .stream = step->c->stream,
                                  .said = step->c->sequence,
                                  .seen = seen};
    memcpy(note.text, text, strnlen(text, sizeof note.text - 1));
    return evx_intake_note(in, &note);
}

// The place of an id in a stream, newest first; 0 = not among the newest *look of them.
static enum evx_status place_of(struct evx_intake *in, const struct evx_store_stream *stream,
                                const uint8_t id[32], unsigned *look, uint64_t *place)
{
    enum evx_status s = EVX_OK;
    *place = 0;
    if (memcmp(stream->head.last.b, id, 32) == 0) *place = stream->head.sequence;
    for (uint64_t at = stream->head.sequence; !s && !*place && at > 1 && *look; (*look)--) {
        struct evx_store_sent sent;
        s = in->world.sent(in->world.user, &stream->id, --at, &sent);
        if (!s && memcmp(sent.id.b, id, sizeof sent.id.b) == 0) *place = at;
    }
    return s == EVX_E_NOT_FOUND ? EVX_E_STORE_DAMAGED : s;
}

// Which of the sender's streams is the one that a new one replaces.
static enum evx_status find_replaced(struct evx_intake *in, const struct evx_intake_step *step,
                                     struct evx_store_stream *fresh, uint64_t *end)
{
    const Evx__V1__Header *h = step->header;
    unsigned look = EVX_INTAKE_RANGE;
    enum evx_status s = EVX_OK;
    for (size_t i = 0; h->reset_of.len == 32 && !s && !fresh->replaces_at && i < in->streams; i++) {
        if (strcmp(in->stream[i].sender, step->c->sender) != 0) continue;
        s = place_of(in, &in->stream[i], h->reset_of.data, &look, &fresh->replaces_at);
        fresh->replaces = in->stream[i].id;
        *end = in->stream[i].head.sequence;
    }
    if (!fresh->replaces_at) memset(&fresh->replaces, 0, sizeof fresh->replaces);
    return s;
}

// A reset says what its sender last knew of its old stream. If the log does not have that,
// something was lost or withheld; if the log goes on, the sender was restored from a copy.
static enum evx_status note_reset(struct evx_intake *in, struct evx_store_stream *fresh,
                                  const struct evx_intake_step *step)
{
    uint64_t end = 0;
    if (!(step->header->flags & EVX__V1__HEADER_FLAG__FLAG_STREAM_RESET)) return EVX_OK;
    fresh->reset = true;
    enum evx_status s = find_replaced(in, step, fresh, &end);
    if (s) return s;
    if (!fresh->replaces_at)
        return chain_note(in, step, EVX_E_GAP, 0, "a new stream in place of one whose end is not in the log");
    return chain_note(in, step, EVX_E_CHAIN, end,
                      fresh->replaces_at == end
                          ? "a new stream in place of an older one, which is whole"
                          : "a new stream of a sender that was restored from a copy; the log has more of the "
                            "older one than it knew");
}

static void freeze(struct evx_store_stream *stream, struct evx_intake_result *out)
{
    stream->head.frozen = true;
    out->stream_changed = true;
    out->stream = *stream;
}

// A sequence number that was used before: a copy, or a second content (P7).
static enum evx_status meet_old(struct evx_intake *in, struct evx_store_stream *stream,
                                const struct evx_intake_step *step, struct evx_intake_result *out)
{
    struct evx_store_consignment *c = step->c;
    struct evx_store_sent sent;
    enum evx_status s = in->world.sent(in->world.user, &c->stream, c->sequence, &sent);
    if (s) return s == EVX_E_NOT_FOUND ? EVX_E_STORE_DAMAGED : s;
    if (memcmp(sent.id.b, c->id.b, sizeof sent.id) == 0) {
        c->code = EVX_E_DUPLICATE;
        return chain_note(in, step, EVX_E_DUPLICATE, c->sequence,
                          "the same consignment again; the first one counts");
    }
    if (c->code) return EVX_OK;
    c->code = EVX_E_EQUIVOCATION;
    freeze(stream, out);
    return chain_note(in, step, EVX_E_EQUIVOCATION, stream->head.sequence,
                      "two contents under one sequence number; the stream is frozen");
}

static enum evx_status move_on(struct evx_intake *in, struct evx_store_stream *stream,
                               const struct evx_intake_step *step, const struct evx_chain_link *link,
                               struct evx_intake_result *out)
{
    enum evx_status s = note_reset(in, stream, step);
    if (s) return s;
    evx_intake_tally_next(stream, step->c->claimed);
    evx_chain_advance(&stream->head, link, &step->c->id);
    step->c->chained = true;
    out->stream_changed = true;
    out->stream = *stream;
    return EVX_OK;
}

static enum evx_status follow(struct evx_intake *in, struct evx_store_stream *stream,
                              const struct evx_intake_step *step, struct evx_intake_result *out)
{
    struct evx_store_consignment *c = step->c;
    struct evx_chain_link link = link_of(step);
    enum evx_status code = EVX_OK;
    switch (evx_chain_check(&stream->head, &link)) {
    case EVX_CHAIN_NEXT: return move_on(in, stream, step, &link, out);
    case EVX_CHAIN_OLD:
    case EVX_CHAIN_FROZEN: code = EVX_E_FROZEN; break;
    case EVX_CHAIN_GAP: code = EVX_E_GAP; break;
    case EVX_CHAIN_FORK: code = EVX_E_CHAIN; break;
    }
    if (!c->code) c->code = code;
    return code == EVX_E_GAP
               ? chain_note(in, step, code, stream->head.sequence, "a consignment before this is missing")
               : EVX_OK;
}

// A consignment under a revoked or expired key takes no place in the chain.
static bool counts(enum evx_status code) { return code != EVX_E_REVOKED && code != EVX_E_EXPIRED_KEY; }

enum evx_status evx_intake_chain(struct evx_intake *in, const struct evx_intake_step *step,
                                 struct evx_intake_result *out)
{
    struct evx_store_consignment *c = step->c;
    struct evx_store_stream *stream = evx_intake_find_stream(in, &c->stream);
    if (stream && strcmp(stream->sender, c->sender) != 0) {
        if (!c->code) c->code = EVX_E_CHAIN;
        return EVX_OK;
    }
    if (stream && c->sequence <= stream->head.sequence) return meet_old(in, stream, step, out);
    if (!counts(c->code)) return EVX_OK;
    if (stream) return follow(in, stream, step, out);
    struct evx_store_stream fresh = {.id = c->stream};
    memcpy(fresh.sender, c->sender, sizeof fresh.sender);
    enum evx_status s = evx_intake_stream(in, &fresh);
    return s ? s : follow(in, &in->stream[in->streams - 1], step, out);
}
