// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "agents/inspector/cmd/cmd.h"
#include "agents/inspector/cmd/options.h"
#include "agents/inspector/cmd/parts.h"
#include "agents/inspector/views/streams.h"

struct standing {
    struct evx_desk d;
    struct evx_streams s;
    const char *agency; // only this one
};

static bool shown(const struct standing *g, const struct evx_streams_agency *a)
{
    return !g->agency || strcmp(g->agency, a->agency->id) == 0;
}

static const char *hex(struct standing *g, const uint8_t *p, size_t n)
{
    char text[65];
    evx_hex(text, p, n < 32 ? n : 32);
    const char *copy = evx_slab_copy(&g->d.v->slab, text);
    return copy ? copy : "";
}

static const char *short_id(struct standing *g, const uint8_t *id)
{
    char text[EVX_SHORT_ID_TEXT];
    evx_short_id(text, id);
    const char *copy = evx_slab_copy(&g->d.v->slab, text);
    return copy ? copy : "";
}

// --- for people ---

static const char *stated_cell(struct standing *g, const struct evx_stream_row *r)
{
    if (!r->stated) return "";
    const char *text =
        evx_slab_printf(&g->d.v->slab, "%llu%s, %s", (unsigned long long)r->statement.last,
                        r->statement.final ? " final" : "", r->statement.owed ? "unconfirmed" : "confirmed");
    return text ? text : "";
}

static const char *beat_cell(struct standing *g, const struct evx_stream_row *r)
{
    if (!r->beat_seen) return "";
    const char *text = evx_slab_printf(&g->d.v->slab, "%llu, %s", (unsigned long long)r->beat.said,
                                       evx_out_time(&g->d, (int64_t)r->beat.received_ms));
    return text ? text : "";
}

static enum evx_status add_row(struct standing *g, struct evx_table *t, const struct evx_streams_agency *a,
                               const struct evx_stream_row *r)
{
    const char *cell[] = {a->agency->id,
                          short_id(g, r->stream.id.b),
                          evx_out_number(&g->d, (size_t)r->stream.head.sequence),
                          stated_cell(g, r),
                          beat_cell(g, r),
                          evx_stream_verdict_name(r->verdict)};
    return evx_table_row(t, cell);
}

static enum evx_status print_table(struct standing *g)
{
    static const char *const head[] = {"AGENCY", "STREAM",         ">IN THE LOG",
                                       "STATED", "LAST HEARTBEAT", "VERDICT"};
    struct evx_table *t = NULL;
    enum evx_status s = evx_table_new(&t, head, 6);
    for (size_t a = 0; a < g->s.agencies && !s; a++) {
        const struct evx_streams_agency *x = &g->s.agency[a];
        if (!shown(g, x)) continue;
        for (size_t i = 0; i < x->rows && !s; i++)
            s = add_row(g, t, x, &x->row[i]);
        if (!s && x->rows == 0)
            s = evx_table_row(t, (const char *const[]){x->agency->id, "", "0", "", "", "silent"});
    }
    evx_out_heading(&g->d, "What each agency says that it sent, and what the log has");
    if (!s) s = evx_out_table(&g->d, &t);
    evx_table_destroy(&t);
    return s;
}

static void print_words(struct standing *g)
{
    for (size_t a = 0; a < g->s.agencies; a++) {
        const struct evx_streams_agency *x = &g->s.agency[a];
        if (!shown(g, x)) continue;
        if (x->rows == 0) printf("%s: %s\n", x->agency->id, x->words);
        for (size_t i = 0; i < x->rows; i++)
            printf("%s, stream %s: %s\n", x->agency->id, short_id(g, x->row[i].stream.id.b), x->row[i].words);
    }
}

static void print_equivocations(struct standing *g)
{
    for (size_t i = 0; i < g->s.equivocations; i++) {
        const struct evx_store_equivocation *e = &g->s.equivocation[i];
        printf("equivocation: %s signed two consignments as number %llu of stream %s: %s and %s (%s)\n"
               "  both headers with their signatures: evx-inspect completeness --json\n",
               e->sender, (unsigned long long)e->sequence, short_id(g, e->stream.b),
               short_id(g, e->first_id.b), short_id(g, e->second_id.b),
               evx_error_info(EVX_E_EQUIVOCATION)->code);
    }
}

static enum evx_status print_text(struct standing *g)
{
    enum evx_status s = print_table(g);
    if (s) return s;
    print_words(g);
    print_equivocations(g);
    printf("complete to its last item: %zu of %zu agencies; the log has %llu entries\n", g->s.complete,
           g->s.agencies, (unsigned long long)g->s.log_size);
    return EVX_OK;
}

// --- for programs ---

static struct evx_jout json_statement(struct standing *g, const struct evx_stream_row *r)
{
    const struct evx_store_statement *x = &r->statement;
    struct evx_jout o = evx_jout_object();
    evx_jout_text(&o, "item", hex(g, x->id.b, sizeof x->id));
    evx_jout_number(&o, "index", x->ref.index);
    evx_jout_time(&o, "received", (int64_t)x->received_ms);
    evx_jout_number(&o, "first", x->first);
    evx_jout_number(&o, "last", x->last);
    evx_jout_text(&o, "root", hex(g, x->root.b, sizeof x->root));
    evx_jout_number(&o, "items", x->items);
    evx_jout_flag(&o, "final", x->final);
    evx_jout_text(&o, "code", x->code ? evx_error_info(x->code)->code : "");
    evx_jout_text(&o, "found_root", hex(g, x->found_root.b, sizeof x->found_root));
    evx_jout_number(&o, "found_items", x->found_items);
    evx_jout_number(&o, "found_rejected", x->found_rejected);
    evx_jout_flag(&o, "confirmed", !x->owed);
    evx_jout_number(&o, "after", r->after);
    return o;
}

static struct evx_jout json_row(struct standing *g, const struct evx_stream_row *r)
{
    struct evx_jout o = evx_jout_object();
    evx_jout_text(&o, "stream", hex(g, r->stream.id.b, sizeof r->stream.id));
    evx_jout_number(&o, "last", r->stream.head.sequence);
    evx_jout_number(&o, "last_index", r->last_index);
    evx_jout_time(&o, "last_received", (int64_t)r->last_ms);
    evx_jout_flag(&o, "frozen", r->stream.head.frozen);
    evx_jout_flag(&o, "replaced", r->replaced);
    if (r->stream.reset) {
        evx_jout_text(&o, "replaces",
                      r->stream.replaces_at ? hex(g, r->stream.replaces.b, sizeof r->stream.replaces) : "");
        evx_jout_number(&o, "replaces_at", r->stream.replaces_at);
    }
    evx_jout_text(&o, "verdict", evx_stream_verdict_name(r->verdict));
    evx_jout_text(&o, "words", r->words);
    if (r->stated) {
        struct evx_jout st = json_statement(g, r);
        evx_jout_put(&o, "statement", &st);
    }
    if (r->beat_seen) {
        struct evx_jout b = evx_jout_object();
        evx_jout_number(&b, "index", r->beat.index);
        evx_jout_time(&b, "received", (int64_t)r->beat.received_ms);
        evx_jout_number(&b, "said", r->beat.said);
        evx_jout_number(&b, "seen", r->beat.seen);
        evx_jout_put(&o, "heartbeat", &b);
    }
    return o;
}

static struct evx_jout json_agency(struct standing *g, const struct evx_streams_agency *a)
{
    struct evx_jout o = evx_jout_object(), rows = evx_jout_array();
    evx_jout_text(&o, "agency", a->agency->id);
    evx_jout_text(&o, "verdict", evx_stream_verdict_name(a->verdict));
    evx_jout_flag(&o, "complete", a->verdict == EVX_STREAM_COMPLETE);
    evx_jout_flag(&o, "missing", evx_stream_verdict_missing(a->verdict));
    evx_jout_text(&o, "words", a->words);
    for (size_t i = 0; i < a->rows; i++) {
        struct evx_jout r = json_row(g, &a->row[i]);
        evx_jout_add(&rows, &r);
    }
    evx_jout_put(&o, "streams", &rows);
    return o;
}

static const char *base64(struct standing *g, struct evx_bytes b)
{
    char *text = evx_slab_array(&g->d.v->slab, evx_base64_length(b.n) + 1, 1);
    if (text) evx_base64(text, b.p, b.n);
    return text ? text : "";
}

static struct evx_jout json_equivocation(struct standing *g, const struct evx_store_equivocation *e)
{
    struct evx_jout o = evx_jout_object();
    evx_jout_text(&o, "agency", e->sender);
    evx_jout_text(&o, "stream", hex(g, e->stream.b, sizeof e->stream));
    evx_jout_number(&o, "sequence", e->sequence);
    evx_jout_text(&o, "code", evx_error_info(EVX_E_EQUIVOCATION)->code);
    evx_jout_text(&o, "first", hex(g, e->first_id.b, sizeof e->first_id));
    evx_jout_text(&o, "second", hex(g, e->second_id.b, sizeof e->second_id));
    evx_jout_text(&o, "first_header_and_signature", base64(g, e->first));
    evx_jout_text(&o, "second_header_and_signature", base64(g, e->second));
    return o;
}

static enum evx_status print_json(struct standing *g)
{
    struct evx_jout j = evx_jout_schema("evx.completeness/1"), list = evx_jout_array(),
                    twice = evx_jout_array();
    evx_jout_number(&j, "log_size", g->s.log_size);
    evx_jout_number(&j, "agencies_complete", g->s.complete);
    evx_jout_number(&j, "agencies_total", g->s.agencies);
    evx_jout_number(&j, "agencies_missing", g->s.missing);
    for (size_t a = 0; a < g->s.agencies; a++) {
        if (!shown(g, &g->s.agency[a])) continue;
        struct evx_jout o = json_agency(g, &g->s.agency[a]);
        evx_jout_add(&list, &o);
    }
    for (size_t i = 0; i < g->s.equivocations; i++) {
        struct evx_jout o = json_equivocation(g, &g->s.equivocation[i]);
        evx_jout_add(&twice, &o);
    }
    evx_jout_put(&j, "agencies", &list);
    evx_jout_put(&j, "equivocations", &twice);
    return evx_jout_print(stdout, &j);
}

// --- the command ---

static enum evx_status outcome(const struct standing *g)
{
    bool missing = false, open = false, found = false;
    for (size_t a = 0; a < g->s.agencies; a++) {
        const struct evx_streams_agency *x = &g->s.agency[a];
        if (!shown(g, x)) continue;
        found = true;
        missing = missing || evx_stream_verdict_missing(x->verdict);
        open = open || x->verdict != EVX_STREAM_COMPLETE;
    }
    if (!found) return EVX_E_NOT_FOUND;
    if (missing) return EVX_E_EVIDENCE_MISSING;
    return open && evx_cli_has(&g->d.o, "strict") ? EVX_E_NOT_STATED : EVX_OK;
}

static enum evx_status work(struct standing *g, uint64_t minutes)
{
    enum evx_status s = evx_views_release(g->d.v, "consultation", "completeness", NULL, 0);
    if (!s) s = evx_streams_work_out(&g->s, g->d.v, minutes * 60000);
    if (!s) s = g->d.o.json ? print_json(g) : print_text(g);
    return s ? s : outcome(g);
}

int evx_inspect_completeness(int argc, char **argv)
{
    struct standing g = {.agency = NULL};
    uint64_t minutes = 0;
    enum evx_status s = evx_desk_open(&g.d, evx_completeness_options, evx_completeness_options_n, argc, argv);
    if (!s) s = evx_cli_number(&minutes, &g.d.o, "silent-after", 1, 525600);
    if (s) {
        evx_desk_close(&g.d);
        return evx_status_exit_code(s);
    }
    g.agency = evx_cli_value(&g.d.o, "agency");
    s = work(&g, minutes);
    return evx_desk_finish(&g.d, s, g.agency ? g.agency : "completeness");
}
