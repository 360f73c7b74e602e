// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>

#include "agents/inspector/report/sections.h"
#include "crypto/checkpoint.h"

static void how_to_verify(struct evx_html *h)
{
    static const char *const steps[] = {
        "Ask the agency named for its receipt of the consignment: evx-<agency> receipt CONSIGNMENT --out "
        "FILE --entry FILE. Anyone who has the two files can check them without a network.",
        "Run evx verify FILE. It recomputes the entry's place in the log and checks the log's signature; it "
        "ends with 0 only if all of it holds.",
        "To show one item itself to a third party: evx disclose ITEM --out FILE. evx verify FILE then says "
        "who "
        "signed it, when it was logged, and what it says, of this item alone.",
        "To check the whole log, every signature in it and that nothing is missing: evx-collector export "
        "FOLDER, then evx verify FOLDER.",
        "Compare the size and root of the log printed below with another agency's copy. Two different roots "
        "for one size mean that the log was forked: keep both and tell every agency.",
        "The signed directory says whose key signed each consignment: evx directory show. Compare a key's "
        "fingerprint by telephone if in doubt.",
    };
    h_element(h, "h3", "How to verify a piece of evidence offline");
    h_begin(h, "ol");
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        h_element(h, "li", steps[i]);
    h_end(h);
}

// Agencies and inspectorates cosign what the log's operator signed; so many of them vouch for it.
static void whose_word(struct evx_html *h, const struct evx_grade *g)
{
    char text[EVX_GRADE_TEXT];
    evx_grade_text(text, g);
    if (g->level == EVX_GRADE_NONE) return;
    h_begin(h, "p");
    h_textf(h, "The first %" PRIu64 " entries of the log are %s", g->checkpoint.size, text);
    if (g->time_s) {
        h_text(h, ", at the latest by ");
        evx_part_time(h, (int64_t)g->time_s * 1000, true);
    }
    h_text(h, ". What lies beyond them rests on the operator's word.");
    h_end(h);
}

static void log_state(struct evx_html *h, struct evx_report *r)
{
    struct evx_frontier f;
    struct evx_buf note = {0};
    enum evx_status s = evx_store_cursor(r->v->store, &f, &note);
    h_element(h, "h3", "The log this report rests on");
    if (!s && note.n && !evx_buf_append(&note, "", 1))
        h_element(h, "pre", (const char *)note.p);
    else
        h_element(h, "p", "The collector has no signed checkpoint yet.");
    evx_buf_free(&note);
    whose_word(h, &r->grade);
}

static void source_cells(struct evx_html *h, const Evx__V1__Evidence *e)
{
    const Evx__V1__Origin *o = e ? e->origin : NULL;
    h_begin(h, "td");
    if (o) h_text(h, o->file_name);
    if (o && *o->sheet) h_textf(h, ", sheet %s", o->sheet);
    if (o && o->row) h_textf(h, ", row %" PRIu64, o->row);
    if (o && *o->profile) h_textf(h, " (%s)", o->profile);
    if (!o) h_text(h, "not stated");
    h_end(h);
}

static void evidence_row(struct evx_html *h, struct evx_report *r, size_t item)
{
    const struct evx_item_fact *f = &r->v->facts.item[item];
    Evx__V1__Item *m = NULL;
    char cited[EVX_CITED_TEXT], hex[33];
    enum evx_status s = evx_views_item(r->v, item, &m);
    evx_evidence_id(cited, &f->x.id);
    evx_hex(hex, f->x.id.b, sizeof f->x.id.b);
    h_begin(h, "tr");
    h_begin(h, "th");
    h_attr(h, "scope", "row");
    h_attr(h, "id", cited);
    h_classed(h, "span", "id", cited);
    h_classed(h, "div", "hex", hex);
    h_end(h);
    evx_part_cell(h, f->x.sender);
    h_begin(h, "td");
    h_textf(h, "%" PRIu64 " / %u", f->x.ref.index, f->x.ref.number);
    h_end(h);
    h_begin(h, "td");
    evx_part_time(h, (int64_t)f->x.received_ms, true);
    h_end(h);
    source_cells(h, s ? NULL : evx_item_evidence(m));
    evx_part_cell(h, evx_version_name(f->version));
    h_end(h);
    evx_item_free(m);
}

#define APPENDIX_MAX 20000

static void evidence_table(struct evx_html *h, struct evx_report *r)
{
    static const char *const head[] = {
        "Evidence and item id", "Sender", "Log index / item", "Logged", "Source", "Version"};
    bool *listed = evx_slab_array(&r->v->slab, r->v->facts.items, sizeof *listed);
    if (!listed && !h->s) h->s = EVX_E_MEMORY;
    for (size_t k = 0; listed && k < r->shown; k++) {
        const struct evx_child_fact *c = &r->v->children.child[r->completeness.child[k]];
        for (size_t i = 0; i < c->items; i++)
            listed[c->item[i]] = true;
    }
    size_t n = 0;
    evx_part_table(h, "Every piece of evidence in the timelines");
    evx_part_head(h, head, 6);
    h_begin(h, "tbody");
    for (size_t i = 0; listed && i < r->v->facts.items && n < APPENDIX_MAX && !h->s; i++) {
        if (!listed[i]) continue;
        evidence_row(h, r, i);
        n++;
    }
    h_end(h);
    evx_part_table_end(h);
}

void evx_section_appendix(struct evx_html *h, struct evx_report *r)
{
    how_to_verify(h);
    log_state(h, r);
    evidence_table(h, r);
}
