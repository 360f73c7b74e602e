// SPDX-License-Identifier: Apache-2.0
#include "grading/load/load.h"

struct criterion {
    struct evx_text id, judgement, grade, source, label, when;
    struct evx_texts agencies;
};
static const struct evx_field criterion_fields[] = {
    EVX_KEY(criterion, "id", id, TEXT, true),          EVX_KEY(criterion, "judgement", judgement, TEXT, true),
    EVX_KEY(criterion, "grade", grade, TEXT, false),   EVX_KEY(criterion, "source", source, TEXT, true),
    EVX_KEY(criterion, "label", label, TEXT, true),    EVX_KEY(criterion, "when", when, TEXT, false),
    EVX_KEY(criterion, "from", agencies, TEXTS, true),
};
static const struct evx_shape criterion_shape = EVX_SHAPE("criterion", criterion, criterion_fields);

static enum evx_status read_agencies(struct evx_loading *l, const struct criterion *row,
                                     struct evx_criterion_row *out)
{
    for (size_t i = 0; i < row->agencies.n; i++) {
        const char *near;
        int a = evx_find_agency(l->f, row->agencies.at[i].s, &near);
        if (a < 0) return evx_reader_fail_near(&l->reader, &row->agencies.at[i], "agency", near);
        if (out->agencies >> a & 1) return evx_load_twice(l, &row->agencies.at[i]);
        out->agencies |= 1u << a;
    }
    return evx_load_strings(l, &row->agencies, &out->view.agency, &out->view.agencies);
}

static enum evx_status add_criterion(struct evx_loading *l, const struct criterion *row)
{
    struct evx_framework *f = l->f;
    if (evx_find_criterion(f, row->id.s, NULL) >= 0) return evx_load_twice(l, &row->id);
    if (f->graded != (row->grade.line != 0))
        return evx_reader_fail(&l->reader, row->id.line, "grade",
                               f->graded ? "a criterion says which grade it describes"
                                         : "a narrative framework has no grades");
    int8_t j;
    int g = 0;
    enum evx_status s = evx_load_judgement_ref(l, &row->judgement, &j);
    if (!s && f->graded) s = evx_load_grade_ref(l, &row->grade, &g);
    if (s) return s;
    struct evx_criterion_row *c = &f->criterion[f->criteria++];
    c->view = (struct evx_criterion){.id = row->id.s,
                                     .judgement = row->judgement.s,
                                     .grade = row->grade.s,
                                     .label = row->label.s,
                                     .source = row->source.s,
                                     .when = row->when.s};
    struct evx_condition_use use;
    s = read_agencies(l, row, c);
    return s ? s : evx_condition_compile(&l->reader, f, &row->when, &c->when, &use);
}

enum evx_status evx_load_criteria(struct evx_loading *l, const struct evx_node *list)
{
    struct criterion *row;
    size_t n;
    enum evx_status s =
        evx_read_rows(&l->reader, list, &criterion_shape, EVX_LIMIT_GRADING_CRITERIA, (void **)&row, &n);
    if (s) return s;
    l->f->criterion = evx_load_take(l, n, sizeof *l->f->criterion);
    if (!l->f->criterion) return EVX_E_MEMORY;
    for (size_t i = 0; i < n && !s; i++)
        s = add_criterion(l, &row[i]);
    return s;
}
