// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/cmd/parts.h"

#include "agents/client/cli/grade.h"
#include "agents/inspector/views/fields.h"

struct evx_jout evx_parts_json_item(struct evx_desk *d, size_t item)
{
    const struct evx_item_fact *f = &d->v->facts.item[item];
    char hex[33];
    struct evx_jout o = evx_jout_object();
    evx_hex(hex, f->x.id.b, sizeof f->x.id.b);
    evx_jout_text(&o, "id", evx_out_evidence(d, item));
    evx_jout_text(&o, "item_id", hex);
    evx_jout_number(&o, "log_index", f->x.ref.index);
    evx_jout_number(&o, "number", f->x.ref.number);
    evx_jout_text(&o, "sender", f->x.sender);
    evx_jout_time(&o, "log_received", (int64_t)f->x.received_ms);
    if (f->x.code) evx_jout_text(&o, "rejected", evx_error_info(f->x.code)->code);
    if (f->x.unreadable) evx_jout_text(&o, "unreadable", evx_error_info(f->x.unreadable)->code);
    evx_jout_text(&o, "version", evx_version_name(f->version));
    if (f->version != EVX_VERSION_CURRENT) evx_jout_text(&o, "replaced_by", evx_out_evidence(d, f->by));
    if (f->foreign) evx_jout_flag(&o, "without_effect", true);
    if (f->twin != item) evx_jout_text(&o, "same_as", evx_out_evidence(d, f->twin));
    return o;
}

struct evx_jout evx_parts_json_grade(const struct evx_grade *g)
{
    json_t *v = evx_json_grade(g);
    return (struct evx_jout){.v = v, .s = v ? EVX_OK : EVX_E_MEMORY};
}

static void put_criteria(struct evx_jout *o, const Evx__V1__Evidence *e)
{
    struct evx_jout list = evx_jout_array();
    for (size_t i = 0; i < e->n_criterion; i++) {
        struct evx_jout c = evx_jout_object();
        evx_jout_text(&c, "framework", e->criterion[i]->framework);
        evx_jout_text(&c, "criterion", e->criterion[i]->criterion);
        evx_jout_add(&list, &c);
    }
    evx_jout_put(o, "criteria", &list);
}

static void put_fields(struct evx_jout *o, struct evx_desk *d, const Evx__V1__Evidence *e)
{
    struct evx_jout list = evx_jout_array();
    for (size_t i = 0; i < e->n_field; i++) {
        struct evx_jout f = evx_jout_object();
        evx_jout_text(&f, "name", e->field[i]->name);
        if (e->field[i]->value_case == EVX__V1__FIELD__VALUE_MOMENT)
            evx_jout_moment(&f, "moment", e->field[i]->moment);
        evx_jout_text(&f, "text", evx_field_text(&d->v->slab, e->field[i]));
        evx_jout_add(&list, &f);
    }
    evx_jout_put(o, "fields", &list);
}

static void put_origin(struct evx_jout *o, const Evx__V1__Origin *from)
{
    if (!from) return;
    struct evx_jout j = evx_jout_object();
    char hex[65] = "";
    if (from->file_digest.len == 32) evx_hex(hex, from->file_digest.data, 32);
    evx_jout_text(&j, "file", from->file_name);
    evx_jout_text(&j, "sheet", from->sheet);
    evx_jout_number(&j, "row", from->row);
    evx_jout_text(&j, "profile", from->profile);
    evx_jout_text(&j, "file_digest", hex);
    evx_jout_put(o, "provenance", &j);
}

static void put_people(struct evx_jout *o, struct evx_desk *d, size_t item)
{
    const struct evx_item_fact *f = &d->v->facts.item[item];
    struct evx_jout list = evx_jout_array();
    for (size_t m = 0; m < f->mentions; m++) {
        uint32_t child = d->v->children.of_record[f->mention[m].record];
        if (child == EVX_NO_CHILD || f->mention[m].role != EVX__V1__SUBJECT_ROLE__ROLE_CHILD) continue;
        evx_jout_add_text(&list, d->v->children.child[child].id);
    }
    evx_jout_put(o, "children", &list);
}

static void put_accountable(struct evx_jout *o, const Evx__V1__Evidence *e)
{
    struct evx_jout list = evx_jout_array();
    for (size_t i = 0; i < e->n_accountable_agency; i++)
        evx_jout_add_text(&list, e->accountable_agency[i]);
    evx_jout_put(o, "accountable", &list);
    if (e->shared_accountability) evx_jout_flag(o, "shared_accountability", true);
}

struct evx_jout evx_parts_json_evidence(struct evx_desk *d, size_t item, const Evx__V1__Evidence *e)
{
    struct evx_jout o = evx_parts_json_item(d, item);
    evx_jout_text(&o, "kind", e->kind);
    evx_jout_moment(&o, "occurred", e->occurred);
    evx_jout_moment(&o, "recorded", e->recorded);
    evx_jout_moment(&o, "received", e->received);
    evx_jout_text(&o, "source_type", evx_source_name(e->source_type));
    if (e->interview_time) evx_jout_moment(&o, "interview_time", e->interview_time);
    if (*e->interview_role) evx_jout_text(&o, "interview_role", e->interview_role);
    evx_jout_text(&o, "direction", evx_direction_name(e->direction));
    evx_jout_text(&o, "significance", evx_significance_name(e->significance));
    evx_jout_text(&o, "origin", *e->origin_agency ? e->origin_agency : d->v->facts.item[item].x.sender);
    if (*e->collected_by) evx_jout_text(&o, "collected_by", e->collected_by);
    put_accountable(&o, e);
    put_people(&o, d, item);
    put_criteria(&o, e);
    evx_jout_text(&o, "narrative", e->narrative);
    put_fields(&o, d, e);
    evx_jout_text(&o, "purpose", e->purpose);
    evx_jout_text(&o, "lawful_basis", e->lawful_basis);
    evx_jout_text(&o, "marking", e->marking);
    evx_jout_text(&o, "retention", e->retention_class);
    put_origin(&o, e->origin);
    return o;
}
