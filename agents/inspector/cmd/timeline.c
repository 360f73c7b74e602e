// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "agents/inspector/cmd/cmd.h"
#include "agents/inspector/cmd/options.h"
#include "agents/inspector/cmd/parts.h"
#include "agents/inspector/views/timeline.h"

#define NARRATIVE_LINES 4 // all of it: evx-inspect evidence

static bool order_of(enum evx_timeline_order *by, const char *text)
{
    *by = EVX_BY_OCCURRED;
    if (!text || strcmp(text, "occurred") == 0) return true;
    if (strcmp(text, "recorded") == 0)
        *by = EVX_BY_RECORDED;
    else if (strcmp(text, "received") == 0)
        *by = EVX_BY_RECEIVED;
    else
        return false;
    return true;
}

static const char *when_and_zone(struct evx_desk *d, const Evx__V1__Moment *m)
{
    char when[EVX_WHEN_TEXT], zone[EVX_WHEN_TEXT];
    evx_when_text(when, m);
    evx_when_zone(zone, m);
    bool assumed = *zone && m->zone_source != EVX__V1__ZONE_SOURCE__ZONE_STATED;
    const char *text = evx_slab_printf(&d->v->slab, "%s%s%s%s", when, *zone ? " " : "", zone,
                                       assumed ? " (zone assumed)" : "");
    return evx_out_clean(d, text ? text : "");
}

// What the source does not say, the log does.
static const char *received_text(struct evx_desk *d, size_t item, const Evx__V1__Evidence *e)
{
    if (e->received && e->received->precision) return when_and_zone(d, e->received);
    const char *text = evx_slab_printf(&d->v->slab, "%s UTC (log)",
                                       evx_out_time(d, (int64_t)d->v->facts.item[item].x.received_ms));
    return text ? text : "";
}

static const char *version_note(struct evx_desk *d, const struct evx_item_fact *f)
{
    if (f->foreign) return "names another organisation's item: without effect";
    if (f->version == EVX_VERSION_CURRENT) return "";
    const char *text =
        evx_slab_printf(&d->v->slab, "%s by %s", evx_version_name(f->version), evx_out_evidence(d, f->by));
    return text ? text : "";
}

// "attendance 3, looked-after-review 2": kinds are interned, so pointers tell them apart.
static const char *kinds_of(struct evx_desk *d, const struct evx_timeline_entry *t)
{
    const char *text = "";
    for (size_t i = 0; text && i < t->n; i++) {
        const char *kind = d->v->facts.item[t->item[i]].x.kind;
        size_t n = 0;
        bool first = true;
        for (size_t k = 0; k < t->n; k++) {
            bool same = d->v->facts.item[t->item[k]].x.kind == kind;
            first = first && !(same && k < i);
            n += same;
        }
        if (first) text = evx_slab_printf(&d->v->slab, "%s%s%s %zu", text, *text ? ", " : "", kind, n);
    }
    return evx_out_clean(d, text ? text : "");
}

static void print_collapsed(struct evx_desk *d, const struct evx_timeline_entry *t)
{
    if (t->n == 1) {
        const struct evx_index_item *x = &d->v->facts.item[*t->item].x;
        printf("\n%s  %s  %s  routine  %s\n", evx_out_occurred(d, *t->item), x->origin,
               evx_out_clean(d, x->kind), evx_out_evidence(d, *t->item));
        return;
    }
    printf("\n%s", evx_out_occurred(d, t->item[0]));
    if (t->n > 1) printf(" – %s", evx_out_occurred(d, t->item[t->n - 1]));
    printf("  %zu routine: %s; one by one: --all\n", t->n, kinds_of(d, t));
}

static void print_event(struct evx_desk *d, const struct evx_timeline_entry *t, const Evx__V1__Evidence *e)
{
    const struct evx_item_fact *f = &d->v->facts.item[*t->item];
    const char *note = version_note(d, f);
    bool bold = evx_cli_colour(&d->o);
    printf("\n%s%s%s  %s  %s  %s, %s  %s\n", bold ? "\033[1m" : "", when_and_zone(d, e->occurred),
           bold ? "\033[0m" : "", f->x.origin, evx_out_clean(d, e->kind), evx_direction_name(e->direction),
           evx_significance_name(e->significance), evx_out_evidence(d, *t->item));
    printf("    recorded %s · received %s · source: %s\n", when_and_zone(d, e->recorded),
           received_text(d, *t->item, e), evx_source_name(e->source_type));
    if (e->occurred && *e->occurred->text)
        printf("    as the source wrote it: %s\n", evx_out_clean(d, e->occurred->text));
    if (*e->narrative) evx_out_wrap(d, evx_out_clean(d, e->narrative), 4, NARRATIVE_LINES);
    if (*note) printf("    %s\n", note);
    if (t->same) printf("    sent %zu more time%s with the same content\n", t->same, t->same == 1 ? "" : "s");
}

static void print_lost(struct evx_desk *d, const struct evx_timeline_entry *t, enum evx_status why)
{
    printf("\n%s  %s  %s\n    %s (%s)\n", evx_out_occurred(d, *t->item), d->v->facts.item[*t->item].x.sender,
           evx_out_evidence(d, *t->item), evx_error_info(why)->what, evx_error_info(why)->code);
}

static bool passable(enum evx_status s)
{
    return s == EVX_E_ERASED || s == EVX_E_STORE_DAMAGED || s == EVX_E_NOT_FOUND;
}

static enum evx_status print_entries(struct evx_desk *d, const struct evx_timeline *t)
{
    enum evx_status s = EVX_OK;
    for (size_t i = 0; !s && i < t->n; i++) {
        if (t->entry[i].collapsed) {
            print_collapsed(d, &t->entry[i]);
            continue;
        }
        Evx__V1__Item *m = NULL;
        s = evx_views_item(d->v, *t->entry[i].item, &m);
        if (passable(s)) {
            print_lost(d, &t->entry[i], s);
            s = EVX_OK;
        } else if (!s && evx_item_evidence(m)) {
            print_event(d, &t->entry[i], evx_item_evidence(m));
        }
        evx_item_free(m);
    }
    return s;
}

static enum evx_status plain_row(struct evx_desk *d, struct evx_table *table, uint32_t item)
{
    Evx__V1__Item *m = NULL;
    enum evx_status s = evx_views_item(d->v, item, &m);
    if (passable(s)) return EVX_OK;
    const Evx__V1__Evidence *e = s ? NULL : evx_item_evidence(m);
    if (!s && e) {
        const char *cell[] = {when_and_zone(d, e->occurred),
                              when_and_zone(d, e->recorded),
                              received_text(d, item, e),
                              d->v->facts.item[item].x.origin,
                              e->kind,
                              evx_direction_name(e->direction),
                              evx_significance_name(e->significance),
                              evx_out_evidence(d, item),
                              evx_version_name(d->v->facts.item[item].version),
                              e->narrative};
        s = evx_table_row(table, cell);
    }
    evx_item_free(m);
    return s;
}

static enum evx_status print_plain(struct evx_desk *d, const struct evx_timeline *t)
{
    static const char *const head[] = {"OCCURRED",  "RECORDED",     "RECEIVED", "AGENCY",  "KIND",
                                       "DIRECTION", "SIGNIFICANCE", "EVIDENCE", "VERSION", "NARRATIVE"};
    struct evx_table *table = NULL;
    enum evx_status s = evx_table_new(&table, head, 10);
    for (size_t i = 0; !s && i < t->n; i++)
        s = plain_row(d, table, *t->entry[i].item);
    if (!s) s = evx_out_table(d, &table);
    evx_table_destroy(&table);
    return s;
}

static enum evx_status print_text(struct evx_desk *d, size_t child, const struct evx_timeline *t)
{
    const struct evx_child_fact *c = &d->v->children.child[child];
    char born[EVX_WHEN_TEXT];
    if (d->o.plain) return print_plain(d, t);
    evx_when_text(born, c->born);
    const char *title =
        evx_slab_printf(&d->v->slab, "%s  %s%s%s%s", c->id, evx_out_clean(d, evx_desk_child(d, c)),
                        d->names ? ", born " : "", d->names ? born : "",
                        c->tracked ? evx_slab_printf(&d->v->slab, "  tracked child %u", c->tracked) : "");
    evx_out_heading(d, title ? title : c->id);
    printf("%zu piece%s of evidence, %zu of them routine; %zu record%s of this child at the agencies\n",
           t->events, t->events == 1 ? "" : "s", t->routine, c->records - (c->tracked > 0),
           c->records - (c->tracked > 0) == 1 ? "" : "s");
    return print_entries(d, t);
}

static struct evx_jout json_entry(struct evx_desk *d, const struct evx_timeline_entry *t)
{
    Evx__V1__Item *m = NULL;
    enum evx_status s = evx_views_item(d->v, *t->item, &m);
    const Evx__V1__Evidence *e = s ? NULL : evx_item_evidence(m);
    struct evx_jout o = e ? evx_parts_json_evidence(d, *t->item, e) : evx_parts_json_item(d, *t->item);
    if (s && !passable(s)) o.s = s;
    if (s) evx_jout_text(&o, "unreadable", evx_error_info(s)->code);
    if (t->same) evx_jout_number(&o, "sent_again", t->same);
    evx_item_free(m);
    return o;
}

static enum evx_status print_json(struct evx_desk *d, size_t child, const struct evx_timeline *t,
                                  const char *by)
{
    struct evx_jout j = evx_jout_schema("evx.timeline/1"), events = evx_jout_array();
    struct evx_jout c = evx_jout_child(d, &d->v->children.child[child]);
    evx_jout_put(&j, "child", &c);
    evx_jout_text(&j, "by", by ? by : "occurred");
    evx_jout_number(&j, "evidence", t->events);
    evx_jout_number(&j, "routine", t->routine);
    for (size_t i = 0; i < t->n; i++) {
        struct evx_jout o = json_entry(d, &t->entry[i]);
        evx_jout_add(&events, &o);
    }
    evx_jout_put(&j, "events", &events);
    return evx_jout_print(stdout, &j);
}

static enum evx_status show(struct evx_desk *d, size_t child)
{
    struct evx_timeline t;
    enum evx_timeline_order by;
    const struct evx_child_fact *c = &d->v->children.child[child];
    const char *order = evx_cli_value(&d->o, "by");
    if (!order_of(&by, order)) return EVX_E_USAGE;
    const char *view = evx_slab_printf(&d->v->slab, "timeline %s", c->id);
    if (!view) return EVX_E_MEMORY;
    enum evx_status s = evx_views_release(d->v, "consultation", view, c->item, c->items);
    // JSON and plain text are for programs: they get every event.
    bool all = evx_cli_has(&d->o, "all") || d->o.json || d->o.plain;
    if (!s) s = evx_timeline_work_out(&t, d->v, child, by, all);
    if (s) return s;
    return d->o.json ? print_json(d, child, &t, order) : print_text(d, child, &t);
}

int evx_inspect_timeline(int argc, char **argv)
{
    struct evx_desk d = {0};
    size_t child = 0;
    enum evx_status s = evx_desk_open(&d, evx_timeline_options, evx_timeline_options_n, argc, argv);
    if (!s && d.o.argc != 1)
        evx_cli_error(s = EVX_E_USAGE, "timeline", "which child? list them: evx-inspect summary");
    if (!s) s = evx_desk_find_child(&child, &d, d.o.argv[0]);
    if (s) {
        evx_desk_close(&d);
        return evx_status_exit_code(s);
    }
    s = show(&d, child);
    return evx_desk_finish(&d, s, "timeline");
}
