// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/links.h"

#include <stdlib.h>
#include <string.h>

struct work {
    struct evx_slab *slab;
    const struct evx_facts *f;
    const struct evx_children *c;
    const struct evx_identity *identity;
    const struct evx_link_fact *link;
    size_t links;
    struct evx_buf rows;
    bool cut;
};

struct born {
    int64_t day;
    uint32_t record;
};

static int by_day(const void *a, const void *b)
{
    const struct born *x = a, *y = b;
    if (x->day != y->day) return x->day < y->day ? -1 : 1;
    return (x->record > y->record) - (x->record < y->record);
}

static const char *value_of(const Evx__V1__Subject *s, const char *scheme)
{
    for (size_t i = 0; i < s->n_identifier; i++)
        if (strcmp(s->identifier[i]->scheme, scheme) == 0) return s->identifier[i]->value;
    return NULL;
}

static const char *against(const Evx__V1__Subject *a, const Evx__V1__Subject *b)
{
    static const struct {
        const char *scheme, *text;
    } national[] = {{"nhs-number", "different NHS numbers"}, {"upn", "different UPNs"}};
    for (size_t i = 0; i < sizeof national / sizeof *national; i++) {
        const char *x = value_of(a, national[i].scheme), *y = value_of(b, national[i].scheme);
        if (x && y && strcmp(x, y) != 0) return national[i].text;
    }
    if (*a->sex && *b->sex && strcmp(evx_sex_word(a->sex), evx_sex_word(b->sex)) != 0)
        return "sex recorded differently";
    return "";
}

static void link_id(struct evx_link_row *row, const struct work *w)
{
    const struct evx_digest *a = &w->f->record[row->a].blind, *b = &w->f->record[row->b].blind;
    bool ordered = memcmp(a->b, b->b, sizeof a->b) < 0;
    evx_link_id(row->id, w->identity, ordered ? a : b, ordered ? b : a);
}

static enum evx_status consider(struct work *w, uint32_t a, uint32_t b)
{
    if (w->c->of_record[a] == w->c->of_record[b]) return EVX_OK;
    enum evx_match rule = evx_match_persons(&w->c->person[a], &w->c->person[b]);
    if (rule == EVX_MATCH_NONE) return EVX_OK;
    if (w->rows.n / sizeof(struct evx_link_row) >= EVX_LINKS_MAX) {
        w->cut = true;
        return EVX_OK;
    }
    struct evx_link_row row = {.a = a < b ? a : b, .b = a < b ? b : a, .rule = rule};
    row.against = against(w->f->record[a].subject, w->f->record[b].subject);
    return evx_buf_append(&w->rows, &row, sizeof row);
}

static size_t first_of_day(const struct born *born, size_t n, int64_t day)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (born[middle].day < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static enum evx_status compare_around(struct work *w, const struct born *born, size_t n, size_t i)
{
    enum evx_status s = EVX_OK;
    for (size_t j = i + 1; !s && !w->cut && j < n && born[j].day == born[i].day; j++)
        s = consider(w, born[i].record, born[j].record);
    int64_t exchanged = evx_born_exchanged(born[i].day);
    if (exchanged == EVX_BORN_UNKNOWN || exchanged < born[i].day) return s;
    for (size_t j = first_of_day(born, n, exchanged); !s && !w->cut && j < n && born[j].day == exchanged; j++)
        s = consider(w, born[i].record, born[j].record);
    return s;
}

static enum evx_status propose(struct work *w)
{
    struct evx_buf b = {0};
    enum evx_status s = EVX_OK;
    for (size_t r = 0; !s && r < w->f->records; r++) {
        struct born x = {w->c->person[r].born, (uint32_t)r};
        bool named = *w->c->person[r].given && *w->c->person[r].family;
        if (w->c->of_record[r] != EVX_NO_CHILD && named && x.day != EVX_BORN_UNKNOWN)
            s = evx_buf_append(&b, &x, sizeof x);
    }
    struct born *born = (struct born *)(void *)b.p;
    size_t n = b.n / sizeof *born;
    if (n) qsort(born, n, sizeof *born, by_day);
    for (size_t i = 0; !s && i < n; i++)
        s = compare_around(w, born, n, i);
    evx_buf_free(&b);
    return s;
}

struct pair {
    uint32_t low, high; // children
    struct evx_link_row row;
};

static int by_pair(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    if (x->low != y->low) return x->low < y->low ? -1 : 1;
    if (x->high != y->high) return x->high < y->high ? -1 : 1;
    if (x->row.b != y->row.b) return x->row.b < y->row.b ? -1 : 1;
    return (x->row.a > y->row.a) - (x->row.a < y->row.a);
}

static struct pair pair_of(const struct work *w, const struct evx_link_row *row)
{
    uint32_t a = w->c->of_record[row->a], b = w->c->of_record[row->b];
    return (struct pair){a < b ? a : b, a < b ? b : a, *row};
}

static bool last_word(const struct work *w, size_t i)
{
    const struct evx_link_fact *l = w->link;
    for (size_t j = i + 1; j < w->links; j++)
        if (memcmp(&l[i].a, &l[j].a, sizeof l->a) == 0 && memcmp(&l[i].b, &l[j].b, sizeof l->b) == 0)
            return false;
    return true;
}

// One row for every pair that an inspector has confirmed or rejected.
static enum evx_status add_decided(struct work *w, struct evx_buf *out)
{
    enum evx_status s = EVX_OK;
    for (size_t i = 0; !s && i < w->links; i++) {
        size_t a = evx_record_find(w->f, &w->link[i].a), b = evx_record_find(w->f, &w->link[i].b);
        if (w->link[i].verdict == EVX_VERDICT_OPEN || !last_word(w, i) || a == SIZE_MAX || b == SIZE_MAX)
            continue;
        struct evx_link_row row = {.a = (uint32_t)(a < b ? a : b), .b = (uint32_t)(a < b ? b : a)};
        row.rule = evx_match_persons(&w->c->person[a], &w->c->person[b]);
        row.against = against(w->f->record[a].subject, w->f->record[b].subject);
        row.verdict = w->link[i].verdict;
        row.decision = &w->link[i];
        link_id(&row, w);
        s = evx_buf_append(out, &row, sizeof row);
    }
    return s;
}

static bool decided(const struct work *w, const struct evx_buf *rows, const struct pair *p)
{
    const struct evx_link_row *row = (const struct evx_link_row *)(const void *)rows->p;
    for (size_t i = 0; i < rows->n / sizeof *row; i++) {
        struct pair q = pair_of(w, &row[i]);
        if (q.low == p->low && q.high == p->high) return true;
    }
    return false;
}

// The first candidate of each pair of children speaks for it, so its id stays the
// same when more records arrive.
static enum evx_status keep_first(struct work *w, struct evx_buf *out, const struct evx_buf *done)
{
    struct evx_buf pairs = {0};
    enum evx_status s = EVX_OK;
    const struct evx_link_row *row = (const struct evx_link_row *)(const void *)w->rows.p;
    for (size_t i = 0; !s && i < w->rows.n / sizeof *row; i++) {
        struct pair p = pair_of(w, &row[i]);
        s = evx_buf_append(&pairs, &p, sizeof p);
    }
    struct pair *p = (struct pair *)(void *)pairs.p;
    size_t n = pairs.n / sizeof *p;
    if (n) qsort(p, n, sizeof *p, by_pair);
    for (size_t i = 0; !s && i < n; i++) {
        if (i && p[i].low == p[i - 1].low && p[i].high == p[i - 1].high) continue;
        if (decided(w, done, &p[i])) continue;
        link_id(&p[i].row, w);
        s = evx_buf_append(out, &p[i].row, sizeof p[i].row);
    }
    evx_buf_free(&pairs);
    return s;
}

static enum evx_status settle(struct evx_links *out, struct evx_slab *slab, struct evx_buf *open,
                              const struct evx_buf *done)
{
    out->open = open->n / sizeof *out->row;
    enum evx_status s = evx_buf_append(open, done->p, done->n);
    out->n = open->n / sizeof *out->row;
    out->row = evx_slab_array(slab, out->n, sizeof *out->row);
    if (!s && !out->row) s = EVX_E_MEMORY;
    if (!s && open->n) memcpy(out->row, open->p, open->n);
    return s;
}

enum evx_status evx_links_work_out(struct evx_links *out, struct evx_slab *slab, const struct evx_facts *f,
                                   const struct evx_children *c, const struct evx_identity *identity,
                                   const struct evx_link_fact *link, size_t links)
{
    *out = (struct evx_links){0};
    struct work w = {.slab = slab, .f = f, .c = c, .identity = identity, .link = link, .links = links};
    struct evx_buf open = {0}, done = {0};
    enum evx_status s = propose(&w);
    if (!s) s = add_decided(&w, &done);
    if (!s) s = keep_first(&w, &open, &done);
    if (!s) s = settle(out, slab, &open, &done);
    out->cut = w.cut;
    evx_buf_free(&open);
    evx_buf_free(&done);
    evx_buf_free(&w.rows);
    return s;
}

enum evx_status evx_links_find(const struct evx_link_row **out, const struct evx_links *l, const char *text)
{
    *out = NULL;
    for (size_t i = 0; i < l->n; i++) {
        if (!evx_cited_matches(l->row[i].id, text)) continue;
        if (*out) return EVX_E_AMBIGUOUS;
        *out = &l->row[i];
    }
    return *out ? EVX_OK : EVX_E_NOT_FOUND;
}
