// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/differences.h"

#include <stdlib.h>
#include <string.h>

#include "agents/inspector/views/fields.h"
#include "agents/inspector/views/fold.h"
#include "agents/inspector/views/when.h"

#define SIDES_MAX 32
#define ABSENT    "not given"

enum evx_status evx_differences_begin(struct evx_differences *d)
{
    const struct evx_facts *f = &d->v->facts;
    d->first_item = evx_slab_array(&d->v->slab, f->records, sizeof *d->first_item);
    if (!d->first_item) return EVX_E_MEMORY;
    for (size_t r = 0; r < f->records; r++)
        d->first_item[r] = EVX_NO_ITEM;
    for (size_t i = f->items; i-- > 0;)
        for (size_t m = 0; m < f->item[i].mentions; m++)
            d->first_item[f->item[i].mention[m].record] = (uint32_t)i;
    return EVX_OK;
}

static enum evx_status add_row(struct evx_differences *d, const struct evx_contradiction *row,
                               const struct evx_side *side, size_t n)
{
    struct evx_contradiction r = *row;
    r.side = evx_slab_array(&d->v->slab, n, sizeof *r.side);
    if (!r.side) return EVX_E_MEMORY;
    memcpy(r.side, side, n * sizeof *side);
    r.sides = n;
    return evx_buf_append(&d->rows, &r, sizeof r);
}

// --- identity ---

enum detail { FAMILY, GIVEN, BORN, SEX, DETAILS };
static const char *const detail_name[DETAILS] = {"family name", "given name", "date of birth", "sex"};

// How it is compared (`folded`) and how it is shown; both "" when not given.
struct told {
    const char *folded, *shown;
};

static struct told tell(struct evx_differences *d, uint32_t record, enum detail what)
{
    const Evx__V1__Subject *s = d->v->facts.record[record].subject;
    const struct evx_person *p = &d->v->children.person[record];
    char when[EVX_WHEN_TEXT];
    switch (what) {
    case FAMILY: return (struct told){p->family, s->family_name};
    case GIVEN: return (struct told){p->given, s->given_name};
    case SEX: return (struct told){evx_sex_word(s->sex), s->sex};
    case BORN:
        if (!s->born || s->born->precision < EVX__V1__PRECISION__PRECISION_DAY) break;
        evx_when_text(when, s->born);
        const char *text = evx_slab_copy(&d->v->slab, when);
        return (struct told){text ? text : "", text ? text : ""};
    case DETAILS: break;
    }
    return (struct told){"", ""};
}

static enum evx_status compare_detail(struct evx_differences *d, size_t child, enum detail what)
{
    const struct evx_child_fact *c = &d->v->children.child[child];
    struct evx_side side[SIDES_MAX];
    struct told told[SIDES_MAX];
    size_t n = 0;
    bool differ = false;
    for (size_t i = 0; i < c->records && n < SIDES_MAX; i++) {
        struct told t = tell(d, c->record[i], what);
        const char *organisation = d->v->facts.record[c->record[i]].organisation;
        if (!*t.folded) continue;
        bool again = false;
        for (size_t k = 0; k < n; k++) {
            bool same = strcmp(told[k].folded, t.folded) == 0;
            differ = differ || !same;
            again = again || (same && strcmp(side[k].organisation, organisation) == 0);
        }
        if (again) continue;
        told[n] = t;
        side[n++] = (struct evx_side){d->first_item[c->record[i]], organisation, t.shown};
    }
    struct evx_contradiction row = {EVX_DIFFERS_IDENTITY, child, "", detail_name[what], NULL, 0};
    return differ ? add_row(d, &row, side, n) : EVX_OK;
}

enum evx_status evx_differences_identity(struct evx_differences *d, size_t child)
{
    enum evx_status s = EVX_OK;
    if (d->v->children.child[child].records < 2) return EVX_OK;
    for (int what = 0; !s && what < DETAILS; what++)
        s = compare_detail(d, child, (enum detail)what);
    return s;
}

// --- events ---

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static bool differs_by_nature(const char *field)
{
    static const char *const ends[] = {"-id",     "id",    "reference",    "-ref",
                                       "-number", "-name", "-code-system", "source"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends_with(field, ends[i])) return true;
    return false;
}

struct two {
    uint32_t item[2];
    const Evx__V1__Evidence *e[2];
};

static enum evx_status event_row(struct evx_differences *d, size_t child, const struct two *t,
                                 const char *what, const char *a, const char *b)
{
    if (!what || !a || !b) return EVX_E_MEMORY;
    struct evx_side side[2] = {{t->item[0], d->v->facts.item[t->item[0]].x.sender, a},
                               {t->item[1], d->v->facts.item[t->item[1]].x.sender, b}};
    struct evx_contradiction row = {
        EVX_DIFFERS_EVENT, child, d->v->facts.item[t->item[0]].x.kind, what, NULL, 0};
    return add_row(d, &row, side, 2);
}

// Two moments agree when one lies within what the other leaves open.
static bool moments_agree(const Evx__V1__Moment *a, const Evx__V1__Moment *b)
{
    int64_t from_a, until_a, from_b, until_b;
    bool known = evx_when_interval(&from_a, &until_a, a->utc_ms, a->precision);
    known = evx_when_interval(&from_b, &until_b, b->utc_ms, b->precision) && known;
    return !known || (from_a < until_b && from_b < until_a);
}

static enum evx_status compare_occurred(struct evx_differences *d, size_t child, const struct two *t)
{
    const Evx__V1__Moment *a = t->e[0]->occurred, *b = t->e[1]->occurred;
    if (!a || !b || moments_agree(a, b)) return EVX_OK;
    char x[EVX_WHEN_TEXT], y[EVX_WHEN_TEXT];
    evx_when_text(x, a);
    evx_when_text(y, b);
    return event_row(d, child, t, "when it happened", evx_slab_copy(&d->v->slab, x),
                     evx_slab_copy(&d->v->slab, y));
}

static bool folded_equal(const char *a, const char *b)
{
    struct evx_buf x = {0}, y = {0};
    bool equal =
        !evx_fold_text(&x, a) && !evx_fold_text(&y, b) && x.n == y.n && (!x.n || !memcmp(x.p, y.p, x.n));
    evx_buf_free(&x);
    evx_buf_free(&y);
    return equal;
}

static bool fields_agree(struct evx_slab *slab, const Evx__V1__Field *a, const Evx__V1__Field *b)
{
    bool moments =
        a->value_case == EVX__V1__FIELD__VALUE_MOMENT && b->value_case == EVX__V1__FIELD__VALUE_MOMENT;
    if (moments) return moments_agree(a->moment, b->moment);
    const char *x = evx_field_text(slab, a), *y = evx_field_text(slab, b);
    return x && y && (strcmp(x, y) == 0 || folded_equal(x, y));
}

static enum evx_status compare_field(struct evx_differences *d, size_t child, const struct two *t,
                                     const Evx__V1__Field *a)
{
    struct evx_slab *slab = &d->v->slab;
    const Evx__V1__Field *b = evx_field_find(t->e[1], a->name);
    if (differs_by_nature(a->name)) return EVX_OK;
    if (!b && a->value_case != EVX__V1__FIELD__VALUE_MOMENT) return EVX_OK;
    if (b && fields_agree(slab, a, b)) return EVX_OK;
    return event_row(d, child, t, evx_field_label(slab, a->name), evx_field_text(slab, a),
                     b ? evx_field_text(slab, b) : ABSENT);
}

static enum evx_status compare_evidence(struct evx_differences *d, size_t child, const struct two *t)
{
    struct evx_slab *slab = &d->v->slab;
    enum evx_status s = compare_occurred(d, child, t);
    for (size_t i = 0; !s && i < t->e[0]->n_field; i++)
        s = compare_field(d, child, t, t->e[0]->field[i]);
    for (size_t i = 0; !s && i < t->e[1]->n_field; i++) {
        const Evx__V1__Field *b = t->e[1]->field[i];
        bool only_here = b->value_case == EVX__V1__FIELD__VALUE_MOMENT && !evx_field_find(t->e[0], b->name);
        if (only_here && !differs_by_nature(b->name))
            s = event_row(d, child, t, evx_field_label(slab, b->name), ABSENT, evx_field_text(slab, b));
    }
    return s;
}

enum evx_status evx_differences_events(struct evx_differences *d, size_t child, uint32_t a, uint32_t b)
{
    Evx__V1__Item *x = NULL, *y = NULL;
    enum evx_status s = evx_views_item(d->v, a, &x);
    if (!s) s = evx_views_item(d->v, b, &y);
    struct two t = {{a, b}, {s ? NULL : evx_item_evidence(x), s ? NULL : evx_item_evidence(y)}};
    if (!s && t.e[0] && t.e[1]) s = compare_evidence(d, child, &t);
    evx_item_free(x);
    evx_item_free(y);
    return s == EVX_E_ERASED ? EVX_OK : s;
}

enum evx_status evx_differences_nil(struct evx_differences *d, size_t child, size_t agency,
                                    const struct evx_return_cell *cell)
{
    const char *organisation = d->v->agency[agency].id;
    const struct evx_child_fact *c = &d->v->children.child[child];
    struct evx_side side[2] = {{cell->nil, organisation, evx_ground_name(cell->ground)},
                               {EVX_NO_ITEM, organisation, NULL}};
    for (size_t i = 0; i < c->items && side[1].item == EVX_NO_ITEM; i++) {
        const struct evx_item_fact *item = &d->v->facts.item[c->item[i]];
        if (evx_fact_stands(item) && strcmp(item->x.sender, organisation) == 0) side[1].item = c->item[i];
    }
    side[1].value =
        evx_slab_printf(&d->v->slab, "%zu piece%s of evidence", cell->items, cell->items == 1 ? "" : "s");
    if (!side[1].value) return EVX_E_MEMORY;
    struct evx_contradiction row = {EVX_DIFFERS_NIL, child, "", "held or not", NULL, 0};
    return add_row(d, &row, side, 2);
}
