// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/streams.h"

#include <stdlib.h>
#include <string.h>

#include "agents/inspector/views/when.h"
#include "proto/base/clock.h"

const char *evx_stream_verdict_name(enum evx_stream_verdict v)
{
    static const char *const names[EVX_STREAM_VERDICTS] = {"equivocation",    "tail withheld", "gap",
                                                           "differs",         "silent",        "no statement",
                                                           "complete so far", "complete"};
    return names[v];
}

bool evx_stream_verdict_missing(enum evx_stream_verdict v) { return v <= EVX_STREAM_DIFFERENT; }

static bool tail(const struct evx_stream_row *r)
{
    uint64_t head = r->stream.head.sequence;
    return (r->stated && r->statement.last > head) || (r->beat_seen && r->beat.said > head);
}

static bool different(const struct evx_stream_row *r)
{
    bool statement = r->stated && r->statement.code && r->statement.code != EVX_E_GAP;
    return statement || (r->beat_seen && r->beat.code == EVX_E_CHAIN);
}

enum evx_stream_verdict evx_stream_judge(const struct evx_stream_row *r, int64_t now_ms,
                                         uint64_t silent_after_ms, bool open)
{
    if (r->equivocates || r->stream.head.frozen) return EVX_STREAM_EQUIVOCATION;
    if (tail(r)) return EVX_STREAM_TAIL;
    if (r->gap) return EVX_STREAM_GAP;
    if (different(r)) return EVX_STREAM_DIFFERENT;
    bool final = r->stated && r->statement.final && r->after == 0;
    if (final) return EVX_STREAM_COMPLETE;
    bool silent = open && !r->replaced && now_ms > (int64_t)(r->last_ms + silent_after_ms);
    if (silent) return EVX_STREAM_SILENT;
    return r->stated ? EVX_STREAM_STATED : EVX_STREAM_UNSTATED;
}

// --- gathering ---

struct work {
    struct evx_views *v;
    struct evx_streams *out;
    struct evx_stream_row *row;
    size_t rows, cap;
    size_t equivocation_cap;
    uint64_t silent_after_ms;
};

static struct evx_stream_row *find(struct work *w, const struct evx_stream_id *id, const char *sender)
{
    for (size_t i = 0; i < w->rows; i++)
        if (memcmp(w->row[i].stream.id.b, id->b, sizeof id->b) == 0 &&
            strcmp(w->row[i].stream.sender, sender) == 0)
            return &w->row[i];
    return NULL;
}

static void *grow(struct work *w, void *old, size_t n, size_t *cap, size_t size)
{
    if (n < *cap) return old;
    size_t more = *cap ? 2 * *cap : 16;
    void *fresh = evx_slab_array(&w->v->slab, more, size);
    if (fresh && n) memcpy(fresh, old, n * size);
    if (fresh) *cap = more;
    return fresh;
}

static enum evx_status take_stream(void *user, const struct evx_store_stream *s)
{
    struct work *w = user;
    w->row = grow(w, w->row, w->rows, &w->cap, sizeof *w->row);
    if (!w->row) return EVX_E_MEMORY;
    w->row[w->rows++] = (struct evx_stream_row){.stream = *s};
    return EVX_OK;
}

static enum evx_status take_row_time(void *user, const struct evx_store_row *item)
{
    ((struct evx_stream_row *)user)->last_ms = item->received_ms;
    return EVX_OK;
}

static enum evx_status find_newest(struct work *w)
{
    enum evx_status s = EVX_OK;
    for (size_t i = 0; i < w->rows && !s; i++) {
        struct evx_stream_row *r = &w->row[i];
        struct evx_store_sent sent;
        if (r->stream.head.sequence == 0) continue;
        s = evx_store_sent(w->v->store, &r->stream.id, r->stream.head.sequence, &sent);
        if (s) return s == EVX_E_NOT_FOUND ? EVX_E_STORE_DAMAGED : s;
        r->last_index = sent.index;
        s = evx_store_items_at(w->v->store, sent.index, take_row_time, r);
    }
    return s;
}

// A statement of an older stream travels in a newer one, so it is found by what it is about.
static enum evx_status take_statement(void *user, const struct evx_store_statement *s)
{
    struct work *w = user;
    struct evx_stream_row *r = find(w, &s->stream, s->sender);
    if (!r) { // of a stream of which nothing is here at all
        struct evx_store_stream none = {.id = s->stream};
        memcpy(none.sender, s->sender, sizeof none.sender);
        enum evx_status status = take_stream(w, &none);
        if (status) return status;
        r = &w->row[w->rows - 1];
    }
    r->stated = true;
    r->statement = *s;
    return EVX_OK;
}

static enum evx_status take_beat(void *user, const struct evx_store_beat *b)
{
    struct evx_stream_row *r = find(user, &b->about, b->sender);
    if (!r || (r->beat_seen && r->beat.said >= b->said)) return EVX_OK;
    r->beat_seen = true;
    r->beat = *b;
    return EVX_OK;
}

// Only what concerns a place behind the head is still open: the rest has come since.
static enum evx_status take_note(void *user, const struct evx_store_note *n)
{
    struct work *w = user;
    if (n->code != EVX_E_GAP || n->number != EVX_STORE_NO_ITEM || n->seen == 0) return EVX_OK;
    for (size_t i = 0; i < w->rows; i++) {
        struct evx_stream_row *r = &w->row[i];
        if (memcmp(r->stream.id.b, n->stream.b, sizeof n->stream) != 0) continue;
        if (n->said <= r->stream.head.sequence || (r->gap && n->said <= r->gap_said)) continue;
        r->gap = true;
        r->gap_said = n->said;
        r->gap_index = n->index;
    }
    return EVX_OK;
}

static enum evx_status keep(struct work *w, struct evx_bytes *bytes)
{
    const char *copy = evx_slab_text(&w->v->slab, bytes->p, bytes->n);
    bytes->p = (const uint8_t *)copy;
    return copy ? EVX_OK : EVX_E_MEMORY;
}

static enum evx_status take_equivocation(void *user, const struct evx_store_equivocation *e)
{
    struct work *w = user;
    struct evx_streams *out = w->out;
    out->equivocation =
        grow(w, out->equivocation, out->equivocations, &w->equivocation_cap, sizeof *out->equivocation);
    if (!out->equivocation) return EVX_E_MEMORY;
    struct evx_store_equivocation *x = &out->equivocation[out->equivocations++];
    *x = *e;
    struct evx_stream_row *r = find(w, &e->stream, e->sender);
    if (r) r->equivocates = true;
    enum evx_status s = keep(w, &x->first);
    return s ? s : keep(w, &x->second);
}

static void mark_replaced(struct work *w)
{
    for (size_t i = 0; i < w->rows; i++) {
        const struct evx_store_stream *s = &w->row[i].stream;
        struct evx_stream_row *old = s->reset && s->replaces_at ? find(w, &s->replaces, s->sender) : NULL;
        if (old) old->replaced = true;
    }
}

// What came behind the statement. In its own stream it stands itself right behind what it covers.
static void count_after(struct work *w)
{
    for (size_t i = 0; i < w->rows; i++) {
        struct evx_stream_row *r = &w->row[i];
        uint64_t head = r->stream.head.sequence, covered = r->statement.last;
        struct evx_store_sent own;
        bool here = r->stated && evx_store_sent(w->v->store, &r->stream.id, covered + 1, &own) == EVX_OK &&
                    own.index == r->statement.ref.index;
        covered += here;
        r->after = r->stated && head > covered ? head - covered : 0;
    }
}

// --- in words ---

#define WORDS(...) evx_slab_printf(&w->v->slab, __VA_ARGS__)

static const char *at(struct work *w, uint64_t ms)
{
    char text[EVX_TIME_TEXT];
    evx_time_text(text, (int64_t)ms);
    const char *copy = evx_slab_copy(&w->v->slab, text);
    return copy ? copy : "";
}

static unsigned long long llu(uint64_t v) { return v; }

static const char *words_tail(struct work *w, const struct evx_stream_row *r)
{
    bool statement = r->stated && r->statement.last > r->stream.head.sequence;
    uint64_t said = statement ? r->statement.last : r->beat.said;
    return WORDS("a tail is withheld: its %s at index %llu, received %s, names %llu consignments; the log "
                 "(size %llu) has %llu of them, so %llu are missing",
                 statement ? "completeness statement" : "heartbeat",
                 llu(statement ? r->statement.ref.index : r->beat.index),
                 at(w, statement ? r->statement.received_ms : r->beat.received_ms), llu(said),
                 llu(w->out->log_size), llu(r->stream.head.sequence), llu(said - r->stream.head.sequence));
}

static const char *words_different(struct work *w, const struct evx_stream_row *r)
{
    if (!r->stated || !r->statement.code)
        return WORDS("the heartbeat at index %llu names another consignment %llu than the log has",
                     llu(r->beat.index), llu(r->beat.said));
    return WORDS(
        "the statement at index %llu over %llu to %llu is not of what the log has (%s): it says %llu "
        "items, the log has %llu",
        llu(r->statement.ref.index), llu(r->statement.first), llu(r->statement.last),
        evx_error_info(r->statement.code)->code, llu(r->statement.items), llu(r->statement.found_items));
}

static const char *words_of(struct work *w, const struct evx_stream_row *r)
{
    uint64_t head = r->stream.head.sequence;
    switch (r->verdict) {
    case EVX_STREAM_EQUIVOCATION:
        return WORDS("two contents were signed under one sequence number; the stream is frozen at %llu",
                     llu(head));
    case EVX_STREAM_TAIL: return words_tail(w, r);
    case EVX_STREAM_GAP:
        return WORDS("consignments %llu to %llu are missing: %llu stands at index %llu", llu(head + 1),
                     llu(r->gap_said - 1), llu(r->gap_said), llu(r->gap_index));
    case EVX_STREAM_DIFFERENT: return words_different(w, r);
    case EVX_STREAM_SILENT:
        return WORDS("silent since %s, at consignment %llu", at(w, r->last_ms), llu(head));
    case EVX_STREAM_UNSTATED:
        return r->replaced
                   ? WORDS("replaced by a newer stream, which names it")
                   : WORDS(
                         "in the log up to consignment %llu; its sender has not stated yet that this is all",
                         llu(head));
    case EVX_STREAM_STATED:
        return r->after
                   ? WORDS("complete to consignment %llu by its own signed word; %llu more since",
                           llu(r->statement.last), llu(r->after))
                   : WORDS("complete to consignment %llu by its own signed word", llu(r->statement.last));
    case EVX_STREAM_COMPLETE:
        return WORDS("complete to its last consignment, %llu, and its last item by its own signed word; "
                     "nothing more was to follow",
                     llu(r->statement.last));
    }
    return NULL;
}

// What a restore did is said beside any verdict.
static const char *words_reset(struct work *w, const struct evx_stream_row *r, const char *words)
{
    if (!words || !r->stream.reset) return words;
    if (!r->stream.replaces_at)
        return WORDS("%s; it replaces a stream whose last known consignment is not in the log", words);
    const struct evx_stream_row *old = find(w, &r->stream.replaces, r->stream.sender);
    uint64_t end = old ? old->stream.head.sequence : r->stream.replaces_at;
    if (end == r->stream.replaces_at) return WORDS("%s; it replaces an older stream, which is whole", words);
    return WORDS("%s; its sender was restored from a copy that ended at consignment %llu of an older stream, "
                 "of which the log has %llu",
                 words, llu(r->stream.replaces_at), llu(end));
}

// --- by agency ---

static int by_appearance(const void *a, const void *b)
{
    const struct evx_stream_row *x = a, *y = b;
    return x->last_index < y->last_index ? -1 : x->last_index > y->last_index;
}

static bool is_open(const struct evx_views *v)
{
    return v->inspection && v->inspection->open && v->options.now_ms < v->inspection->closes_ms;
}

// The streams that nobody replaced decide; a replaced one counts when something is missing in it.
static void roll_up(struct evx_streams_agency *a)
{
    a->verdict = a->rows ? EVX_STREAM_COMPLETE : EVX_STREAM_SILENT;
    for (size_t i = 0; i < a->rows; i++) {
        const struct evx_stream_row *r = &a->row[i];
        bool counts = !r->replaced || evx_stream_verdict_missing(r->verdict);
        if (counts && r->verdict < a->verdict) a->verdict = r->verdict;
    }
    a->words = a->rows ? "" : "silent: nothing was ever received";
    for (size_t i = 0; i < a->rows; i++)
        if (a->row[i].verdict == a->verdict) a->words = a->row[i].words;
}

static enum evx_status fill_agency(struct work *w, struct evx_streams_agency *a)
{
    a->row = evx_slab_array(&w->v->slab, w->rows, sizeof *a->row);
    if (!a->row) return EVX_E_MEMORY;
    for (size_t i = 0; i < w->rows; i++) {
        struct evx_stream_row *r = &w->row[i];
        if (strcmp(r->stream.sender, a->agency->id) != 0) continue;
        r->verdict = evx_stream_judge(r, w->v->options.now_ms, w->silent_after_ms, is_open(w->v));
        r->words = words_reset(w, r, words_of(w, r));
        if (!r->words) return EVX_E_MEMORY;
        a->row[a->rows++] = *r;
    }
    qsort(a->row, a->rows, sizeof *a->row, by_appearance);
    roll_up(a);
    w->out->complete += a->verdict == EVX_STREAM_COMPLETE;
    w->out->missing += evx_stream_verdict_missing(a->verdict);
    w->out->silent += a->verdict == EVX_STREAM_SILENT;
    return EVX_OK;
}

static enum evx_status gather(struct work *w)
{
    struct evx_store *store = w->v->store;
    struct evx_store_totals totals;
    enum evx_status s = evx_store_count(store, &totals);
    w->out->log_size = totals.log_size;
    if (!s) s = evx_store_streams(store, take_stream, w);
    if (!s) s = evx_store_statements(store, 0, take_statement, w);
    if (!s) s = find_newest(w);
    if (!s) s = evx_store_beats(store, take_beat, w);
    if (!s) s = evx_store_notes(store, take_note, w);
    if (!s) s = evx_store_equivocations(store, take_equivocation, w);
    if (s) return s;
    mark_replaced(w);
    count_after(w);
    return EVX_OK;
}

enum evx_status evx_streams_work_out(struct evx_streams *out, struct evx_views *v, uint64_t silent_after_ms)
{
    *out = (struct evx_streams){0};
    struct work w = {
        .v = v, .out = out, .silent_after_ms = silent_after_ms ? silent_after_ms : EVX_SILENT_AFTER_MS};
    enum evx_status s = gather(&w);
    out->agency = s ? NULL : evx_slab_array(&v->slab, v->agencies, sizeof *out->agency);
    if (!s && !out->agency) s = EVX_E_MEMORY;
    for (size_t a = 0; a < v->agencies && !s; a++) {
        out->agency[a].agency = &v->agency[a];
        s = fill_agency(&w, &out->agency[a]);
        out->agencies = a + 1;
    }
    return s;
}
