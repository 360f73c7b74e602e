// SPDX-License-Identifier: Apache-2.0
//
// What a whole inspection shows, and what it does not.
#include <string.h>

#include "agents/evx/verify/inspection.h"

#define MOST_STREAMS 256 // told one by one; the others in a sum

static bool same_stream(const struct evx_stream_id *a, const struct evx_stream_id *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

static bool finally_stated(const struct evx_inspecting *n, const struct evx_stream *stream)
{
    for (size_t i = 0; i < n->stateds; i++) {
        const struct evx_stated *st = &n->stated[i];
        if (st->final && !st->later && st->first == 1 && same_stream(&st->stream, &stream->id) &&
            strcmp(st->org, stream->org) == 0)
            return true;
    }
    return false;
}

static void say_stream(const struct evx_inspecting *n, const struct evx_stream *stream)
{
    char id[33];
    evx_hex(id, stream->id.b, sizeof stream->id.b);
    evx_report_proved(n->r, "each consignment names the one before",
                      "%s, stream %s: numbers 1 to %llu without a gap, %llu items%s", stream->org, id,
                      (unsigned long long)stream->head.sequence, (unsigned long long)stream->items,
                      stream->replaces ? "; it replaces an earlier stream" : "");
    if (!finally_stated(n, stream))
        evx_report_unproved(n->r,
                            "that %s sent nothing after number %llu of stream %s: no final statement says so",
                            stream->org, (unsigned long long)stream->head.sequence, id);
}

static void say_streams(const struct evx_inspecting *n)
{
    size_t told = 0;
    for (size_t i = 0; i < n->streams.slots; i++) {
        if (!n->streams.slot[i].org[0]) continue;
        if (told++ < MOST_STREAMS) say_stream(n, &n->streams.slot[i]);
    }
    if (told > MOST_STREAMS)
        evx_report_unproved(n->r, "%zu more streams are not listed here", told - MOST_STREAMS);
}

static void say_confirmed(const struct evx_inspecting *n, const struct evx_stated *st)
{
    for (size_t i = 0; i < n->confirmeds; i++) {
        const struct evx_confirmed *c = &n->confirmed[i];
        if (!same_stream(&c->stream, &st->stream) || c->first != st->first || c->last != st->last) continue;
        bool same = memcmp(c->root.b, st->root.b, sizeof c->root.b) == 0 && c->items == st->items;
        if (c->code == 0 && same)
            evx_report_proved(n->r, c->org,
                              "%s counter-signed this statement; %llu of the items it did not accept", c->org,
                              (unsigned long long)c->rejected);
    }
}

static enum evx_status say_statement(const struct evx_inspecting *n, const struct evx_stated *st)
{
    char id[33];
    evx_hex(id, st->stream.b, sizeof st->stream.b);
    enum evx_status s = evx_stated_judge(st);
    if (s)
        return evx_report_failed(
            n->r, s,
            "%s: %s stated numbers %llu to %llu of stream %s with %llu items; the log shows %llu "
            "consignments and %llu items of these before it, or others than stated",
            st->path, st->org, (unsigned long long)st->first, (unsigned long long)st->last, id,
            (unsigned long long)st->items, (unsigned long long)st->ids.size,
            (unsigned long long)st->found_items);
    evx_report_proved(n->r, st->org,
                      "complete: %s, stream %s, numbers %llu to %llu without a gap, %llu items, as stated%s",
                      st->org, id, (unsigned long long)st->first, (unsigned long long)st->last,
                      (unsigned long long)st->items, st->final ? "; the statement is final" : "");
    if (st->later)
        evx_report_unproved(n->r,
                            "that %s is finished: after its final statement %llu more consignments came",
                            st->org, (unsigned long long)st->later);
    say_confirmed(n, st);
    return EVX_OK;
}

static void say_counts(const struct evx_inspecting *n)
{
    evx_report_number(n->r, "entries", n->grade.checkpoint.size);
    evx_report_number(n->r, "consignments", n->consignments);
    evx_report_number(n->r, "items", n->items);
    evx_report_number(n->r, "directories", n->adoptions);
    evx_report_number(n->r, "streams", n->streams.used);
    evx_report_number(n->r, "receipts", n->receipts);
    evx_report_number(n->r, "bundles", n->bundles);
    evx_report_number(n->r, "statements", n->stateds);
    evx_report_number(n->r, "erased-items", n->erased);
    evx_report_number(n->r, "faults", n->faults);
}

enum evx_status evx_inspecting_say(struct evx_inspecting *n)
{
    enum evx_status s = EVX_OK;
    say_counts(n);
    evx_report_proved(n->r, "the senders' keys, by the directory that ruled at each place",
                      "%llu consignments with %llu items were signed by senders entitled to send them",
                      (unsigned long long)n->consignments, (unsigned long long)n->items);
    say_streams(n);
    for (size_t i = 0; i < n->stateds; i++) {
        enum evx_status one = say_statement(n, &n->stated[i]);
        if (one) s = one;
    }
    if (n->receipts + n->bundles + n->checkpoints)
        evx_report_proved(n->r, "this log",
                          "%zu receipts, %zu bundles and %zu other checkpoints were compared with it",
                          n->receipts, n->bundles, n->checkpoints);
    if (n->erased)
        evx_report_proved(n->r, "the erasure certificates",
                          "the keys of %zu items were stated to be destroyed", n->erased);
    evx_report_unproved(n->r, "what the sealed items say, and that it is true");
    return s;
}
