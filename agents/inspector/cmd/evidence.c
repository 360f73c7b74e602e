// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agents/client/cli/grade.h"
#include "agents/inspector/cmd/cmd.h"
#include "agents/inspector/cmd/erased.h"
#include "agents/inspector/cmd/options.h"
#include "agents/inspector/cmd/parts.h"
#include "agents/inspector/views/fields.h"
#include "agents/inspector/views/proof.h"

static void line(struct evx_desk *d, const char *label, const char *text)
{
    if (text && *text) printf("%-16s  %s\n", label, evx_out_clean(d, text));
}

static void moment_line(struct evx_desk *d, const char *label, const Evx__V1__Moment *m)
{
    char when[EVX_WHEN_TEXT], zone[EVX_WHEN_TEXT];
    if (!m || !m->precision) return;
    evx_when_text(when, m);
    evx_when_zone(zone, m);
    bool stated = m->zone_source == EVX__V1__ZONE_SOURCE__ZONE_STATED;
    line(d, label,
         evx_slab_printf(&d->v->slab, "%s%s%s (to the %s%s; source: \"%s\")", when, *zone ? " " : "", zone,
                         evx_precision_name(m->precision), *zone && !stated ? ", zone assumed" : "",
                         m->text));
}

static void print_people(struct evx_desk *d, size_t item)
{
    static const char *const roles[] = {"person",  "child",        "parent or carer",
                                        "sibling", "professional", "other"};
    const struct evx_item_fact *f = &d->v->facts.item[item];
    for (size_t m = 0; m < f->mentions; m++) {
        const struct evx_record_fact *r = &d->v->facts.record[f->mention[m].record];
        uint32_t child = d->v->children.of_record[f->mention[m].record];
        int role = f->mention[m].role >= 0 && f->mention[m].role < 6 ? f->mention[m].role : 0;
        const char *who =
            d->names ? evx_slab_printf(&d->v->slab, "%s %s", r->subject->given_name, r->subject->family_name)
            : child != EVX_NO_CHILD ? d->v->children.child[child].initials
                                    : "(names: --names)";
        line(d, roles[role],
             evx_slab_printf(&d->v->slab, "%s%s%s",
                             child != EVX_NO_CHILD ? d->v->children.child[child].id : "",
                             child != EVX_NO_CHILD ? "  " : "", who ? who : ""));
        for (size_t i = 0; d->names && i < r->subject->n_identifier; i++)
            line(d, "",
                 evx_slab_printf(&d->v->slab, "%s %s %s", r->subject->identifier[i]->scheme,
                                 r->subject->identifier[i]->value, r->subject->identifier[i]->issuer));
    }
}

static void print_fields(struct evx_desk *d, const Evx__V1__Evidence *e)
{
    for (size_t i = 0; i < e->n_field; i++)
        line(d, evx_field_label(&d->v->slab, e->field[i]->name), evx_field_text(&d->v->slab, e->field[i]));
}

static void print_evidence(struct evx_desk *d, size_t item, const Evx__V1__Evidence *e)
{
    line(d, "kind", e->kind);
    moment_line(d, "occurred", e->occurred);
    moment_line(d, "recorded", e->recorded);
    moment_line(d, "received", e->received);
    line(d, "source", evx_source_name(e->source_type));
    moment_line(d, "interview", e->interview_time);
    line(d, "interviewed", e->interview_role);
    line(d, "direction", evx_direction_name(e->direction));
    line(d, "significance", evx_significance_name(e->significance));
    line(d, "origin",
         evx_views_name(d->v, *e->origin_agency ? e->origin_agency : d->v->facts.item[item].x.sender));
    line(d, "collected by", e->collected_by);
    for (size_t i = 0; i < e->n_accountable_agency; i++)
        line(d, e->shared_accountability ? "accountable (shared)" : "accountable",
             evx_views_name(d->v, e->accountable_agency[i]));
    for (size_t i = 0; i < e->n_criterion; i++)
        line(d, "criterion",
             evx_slab_printf(&d->v->slab, "%s %s", e->criterion[i]->framework, e->criterion[i]->criterion));
    if (*e->narrative) {
        printf("narrative\n");
        evx_out_wrap(d, evx_out_clean(d, e->narrative), 4, EVX_LIMIT_TEXT_BYTES);
    }
    print_fields(d, e);
    for (size_t i = 0; i < e->n_attachment; i++)
        line(d, "attachment",
             evx_slab_printf(&d->v->slab, "%s, %" PRIu64 " bytes, %s", e->attachment[i]->file_name,
                             e->attachment[i]->size, e->attachment[i]->media_type));
    line(d, "purpose", e->purpose);
    line(d, "lawful basis", e->lawful_basis);
    line(d, "marking", e->marking);
}

static void print_provenance(struct evx_desk *d, const Evx__V1__Origin *from)
{
    char hex[65] = "";
    if (!from) return;
    evx_out_heading(d, "Where it came from");
    if (from->file_digest.len == 32) evx_hex(hex, from->file_digest.data, 32);
    line(d, "file", from->file_name);
    line(d, "sheet", from->sheet);
    if (from->row) line(d, "row", evx_out_number(d, from->row));
    line(d, "profile", from->profile);
    line(d, "file BLAKE2b-256", hex);
}

static void print_proof(struct evx_desk *d, const struct evx_item_proof *p, const struct evx_grade *grade)
{
    char hex[65];
    evx_out_heading(d, "How it can be proved");
    evx_hex(hex, p->consignment.b, sizeof p->consignment.b);
    line(d, "log index", evx_slab_printf(&d->v->slab, "%" PRIu64 ", item %u", p->index, p->number));
    line(d, "logged", evx_out_time(d, (int64_t)p->received_ms));
    line(d, "sealed", evx_out_time(d, (int64_t)p->sealed_ms));
    line(d, "consignment", hex);
    line(d, "signed by",
         *p->organisation ? evx_views_name(d->v, p->organisation) : "a key that is not in the directory");
    line(d, "key fingerprint", p->spoken);
    line(d, "sequence", evx_out_number(d, p->sequence));
    char text[EVX_GRADE_TEXT];
    struct evx_grade g = evx_grade_of_entry(grade, p->index);
    evx_grade_text(text, &g);
    line(d, "rests on", g.level == EVX_GRADE_NONE ? "no checkpoint is held yet" : text);
    if (g.time_s)
        line(d, "witnessed by",
             evx_slab_printf(&d->v->slab, "%s at the latest", evx_out_time(d, (int64_t)g.time_s * 1000)));
}

static void version_line(struct evx_desk *d, const char *label, size_t item)
{
    const struct evx_item_fact *f = &d->v->facts.item[item];
    line(d, label,
         evx_slab_printf(&d->v->slab, "%s from %s, received %s%s", evx_out_evidence(d, item), f->x.sender,
                         evx_out_time(d, (int64_t)f->x.received_ms),
                         f->foreign ? " (without effect: another organisation's item)" : ""));
}

// What it replaces and everything that would replace it, both shown for ever.
static void print_versions(struct evx_desk *d, size_t item)
{
    const struct evx_facts *f = &d->v->facts;
    static const char *const acts[] = {"", "superseded by", "corrected by", "withdrawn by"};
    bool heading = false;
    size_t before = f->item[item].x.relation ? evx_facts_find(f, &f->item[item].x.target) : SIZE_MAX;
    for (size_t i = 0; i < f->items; i++) {
        bool on_it = f->item[i].x.relation && !memcmp(f->item[i].x.target.b, f->item[item].x.id.b, 16);
        bool twin = i != item && f->item[i].twin == f->item[item].twin && evx_fact_is_evidence(&f->item[i]);
        if (!on_it && !twin && i != before) continue;
        if (!heading) evx_out_heading(d, "Versions");
        heading = true;
        version_line(d,
                     i == before ? "replaces"
                     : on_it     ? acts[f->item[i].x.relation & 3]
                                 : "same content",
                     i);
    }
}

static enum evx_status print_text(struct evx_desk *d, size_t item, const Evx__V1__Item *m,
                                  const struct evx_item_proof *p, const struct evx_grade *grade)
{
    const Evx__V1__Evidence *e = evx_item_evidence(m);
    const struct evx_item_fact *f = &d->v->facts.item[item];
    evx_out_heading(d, evx_slab_printf(&d->v->slab, "%s  %s%s", evx_out_evidence(d, item),
                                       evx_version_name(f->version), f->foreign ? " (without effect)" : ""));
    print_people(d, item);
    if (e) print_evidence(d, item, e);
    if (m->body_case == EVX__V1__ITEM__BODY_CORRECTION) line(d, "correction", m->correction->reason);
    if (m->body_case == EVX__V1__ITEM__BODY_WITHDRAWAL) line(d, "withdrawal", m->withdrawal->reason);
    if (m->body_case == EVX__V1__ITEM__BODY_REQUEST) line(d, "request", m->request->text);
    if (m->body_case == EVX__V1__ITEM__BODY_NIL_RETURN) {
        line(d, "nil return", evx_ground_name((int)m->nil_return->ground));
        line(d, "reason", m->nil_return->reason);
        line(d, "held by", m->nil_return->held_by);
        line(d, "searched", m->nil_return->searched);
    }
    print_versions(d, item);
    if (e) print_provenance(d, e->origin);
    print_proof(d, p, grade);
    return EVX_OK;
}

static void json_versions(struct evx_jout *o, struct evx_desk *d, size_t item)
{
    const struct evx_facts *f = &d->v->facts;
    struct evx_jout list = evx_jout_array();
    for (size_t i = 0; i < f->items; i++) {
        bool on_it = f->item[i].x.relation && !memcmp(f->item[i].x.target.b, f->item[item].x.id.b, 16);
        if (!on_it) continue;
        struct evx_jout v = evx_parts_json_item(d, i);
        evx_jout_add(&list, &v);
    }
    evx_jout_put(o, "later_versions", &list);
}

static enum evx_status print_json(struct evx_desk *d, size_t item, const Evx__V1__Item *m,
                                  const struct evx_item_proof *p, const struct evx_grade *grade)
{
    struct evx_jout j = evx_jout_schema("evx.evidence/1"), proof = evx_jout_object();
    const Evx__V1__Evidence *e = evx_item_evidence(m);
    struct evx_jout o = e ? evx_parts_json_evidence(d, item, e) : evx_parts_json_item(d, item);
    char id[65], signer[65];
    evx_hex(id, p->consignment.b, sizeof p->consignment.b);
    evx_hex(signer, p->signer.b, sizeof p->signer.b);
    evx_jout_number(&proof, "log_index", p->index);
    evx_jout_number(&proof, "number", p->number);
    evx_jout_time(&proof, "received", (int64_t)p->received_ms);
    evx_jout_time(&proof, "sealed", (int64_t)p->sealed_ms);
    evx_jout_text(&proof, "consignment", id);
    evx_jout_text(&proof, "signer", signer);
    evx_jout_text(&proof, "signer_organisation", p->organisation);
    evx_jout_number(&proof, "sequence", p->sequence);
    json_versions(&o, d, item);
    struct evx_grade g = evx_grade_of_entry(grade, p->index);
    struct evx_jout witnessed = evx_parts_json_grade(&g);
    evx_jout_put(&proof, "witnessed", &witnessed);
    evx_jout_put(&j, "evidence", &o);
    evx_jout_put(&j, "receipt", &proof);
    return evx_jout_print(stdout, &j);
}

static enum evx_status show(struct evx_desk *d, size_t item)
{
    struct evx_item_proof proof;
    struct evx_grade grade;
    Evx__V1__Item *m = NULL;
    uint32_t one = (uint32_t)item;
    const char *view = evx_slab_printf(&d->v->slab, "evidence %s", evx_out_evidence(d, item));
    enum evx_status s = view ? evx_views_release(d->v, "consultation", view, &one, 1) : EVX_E_MEMORY;
    if (!s) s = evx_item_proof(&proof, d->v, item);
    if (!s) s = evx_views_item(d->v, item, &m);
    if (s == EVX_E_ERASED) return evx_erased_show(d, item);
    if (!s) s = evx_grade_read(&grade, &d->config);
    if (!s) s = d->o.json ? print_json(d, item, m, &proof, &grade) : print_text(d, item, m, &proof, &grade);
    evx_item_free(m);
    return s;
}

int evx_inspect_evidence(int argc, char **argv)
{
    struct evx_desk d = {0};
    size_t item = 0;
    enum evx_status s = evx_desk_open(&d, evx_evidence_options, evx_evidence_options_n, argc, argv);
    if (s) {
        evx_desk_close(&d);
        return evx_status_exit_code(s);
    }
    const char *text = d.o.argc == 1 ? d.o.argv[0] : "evidence";
    s = d.o.argc == 1 ? evx_views_find_item(&item, d.v, text) : EVX_E_USAGE;
    if (!s) s = show(&d, item);
    return evx_desk_finish(&d, s, text);
}
