// SPDX-License-Identifier: Apache-2.0
#include "agents/client/agency/use_reports.h"

#include <stdlib.h>
#include <string.h>

// What one report says of one record. A record at the edge of a report that continues, or
// continues another, is told in part only.
struct told {
    struct evx_use use;
    size_t report;
};
struct report {
    char by[EVX_ORG_ID_BYTES];
    uint64_t first, last;
    bool more, continued; // continued: begins within the last record of another
};

struct evx_use_reports {
    const struct evx_own_items *own;
    size_t spans; // in all that was told
    struct report *report;
    struct told *told;
    struct evx_use *use;
    struct evx_use_remark *remark;
    struct evx_use_source *source;
    size_t reports, tolds, uses, remarks, sources;
};

enum evx_status evx_use_reports_new(struct evx_use_reports **out, const struct evx_own_items *own)
{
    *out = calloc(1, sizeof **out);
    if (!*out) return EVX_E_MEMORY;
    (*out)->own = own;
    return EVX_OK;
}

static void free_use(struct evx_use *u)
{
    free(u->verb);
    free(u->on_behalf_of);
    free(u->purpose);
    free(u->span);
}

void evx_use_reports_destroy(struct evx_use_reports **r)
{
    if (!r || !*r) return;
    for (size_t i = 0; i < (*r)->tolds; i++)
        free_use(&(*r)->told[i].use);
    free((*r)->report);
    free((*r)->told);
    free((*r)->use);
    free((*r)->remark);
    free((*r)->source);
    free(*r);
    *r = NULL;
}

// Room for one more in an array that doubles at powers of two; NULL without memory.
static void *room(void *array, size_t n, size_t size)
{
    if (n & (n - 1)) return array;
    return n > SIZE_MAX / 2 / size ? NULL : realloc(array, (n ? 2 * n : 1) * size);
}

static void put_name(char out[EVX_ORG_ID_BYTES], const char *name)
{
    size_t n = strnlen(name, EVX_ORG_ID_BYTES - 1);
    memcpy(out, name, n);
    out[n] = '\0';
}

// --- taking ---

static enum evx_status add_span(struct evx_use_reports *r, struct evx_use *u, size_t first, size_t n)
{
    struct evx_use_span *last = u->spans ? &u->span[u->spans - 1] : NULL;
    if (!n) return EVX_OK;
    if (last && last->first + last->n == first) {
        last->n += n;
        return EVX_OK;
    }
    if (r->spans == EVX_USE_SPANS) return EVX_E_TOO_LARGE;
    struct evx_use_span *more = room(u->span, u->spans, sizeof *more);
    if (!more) return EVX_E_MEMORY;
    u->span = more;
    u->span[u->spans++] = (struct evx_use_span){first, n};
    r->spans++;
    return EVX_OK;
}

static enum evx_status add_ids(struct evx_use_reports *r, struct evx_use *u, const Evx__V1__Use *m)
{
    enum evx_status s = EVX_OK;
    for (size_t i = 0; !s && i < m->n_item; i++) {
        struct evx_item_id id;
        size_t position = 0;
        memcpy(id.b, m->item[i].data, sizeof id.b);
        bool ours = evx_own_items_find(r->own, &id, &position);
        u->unknown += !ours;
        if (ours) s = add_span(r, u, position, 1);
    }
    return s;
}

// Walks our own consignments, never the numbers claimed: a range may claim thousands of millions.
static enum evx_status add_range(struct evx_use_reports *r, struct evx_use *u, const Evx__V1__UseRange *m)
{
    const struct evx_own_items *own = r->own;
    uint64_t claimed = (uint64_t)m->count * m->repeat, known = 0;
    enum evx_status s = EVX_OK;
    for (size_t i = evx_own_items_from(own, m->index); !s && i < own->places; i++) {
        const struct evx_own_place *p = &own->place[i];
        if (p->index - m->index >= m->repeat) break;
        size_t low = m->number < p->n ? m->number : p->n;
        size_t n = m->count < p->n - low ? m->count : p->n - low;
        known += n;
        s = add_span(r, u, p->first + low, n);
    }
    u->unknown += claimed - known;
    return s;
}

static struct told *find_told(struct evx_use_reports *r, const Evx__V1__Use *m)
{
    struct told *last = r->tolds ? &r->told[r->tolds - 1] : NULL;
    return last && last->report == r->reports - 1 && last->use.record == m->record ? last : NULL;
}

static bool same_text(const struct evx_use *u, const Evx__V1__Use *m)
{
    return u->time_ms == m->at->utc_ms && strcmp(u->verb, m->verb) == 0 &&
           strcmp(u->on_behalf_of, m->on_behalf_of) == 0 && strcmp(u->purpose, m->purpose) == 0;
}

static struct told *begin_told(struct evx_use_reports *r, const char *by, const Evx__V1__Use *m)
{
    struct told *more = room(r->told, r->tolds, sizeof *more);
    if (!more) return NULL;
    r->told = more;
    struct told *t = &r->told[r->tolds];
    *t = (struct told){.use = {.record = m->record, .time_ms = m->at->utc_ms}, .report = r->reports - 1};
    put_name(t->use.by, by);
    t->use.verb = strdup(m->verb);
    t->use.on_behalf_of = strdup(m->on_behalf_of);
    t->use.purpose = strdup(m->purpose);
    r->tolds++;
    return t->use.verb && t->use.on_behalf_of && t->use.purpose ? t : NULL;
}

// Uses of one record that differ in anything but the items are kept apart and remarked.
static enum evx_status take_use(struct evx_use_reports *r, const char *by, const Evx__V1__Use *m)
{
    struct told *t = find_told(r, m);
    if (!t || !same_text(&t->use, m)) t = begin_told(r, by, m);
    if (!t) return EVX_E_MEMORY;
    enum evx_status s = add_ids(r, &t->use, m);
    for (size_t i = 0; !s && i < m->n_range; i++)
        s = add_range(r, &t->use, m->range[i]);
    return s;
}

enum evx_status evx_use_reports_take(struct evx_use_reports *r, const char *by, const Evx__V1__UseReport *m)
{
    struct report *more = room(r->report, r->reports, sizeof *more);
    if (!more) return EVX_E_MEMORY;
    r->report = more;
    struct report *one = &r->report[r->reports++];
    *one = (struct report){.first = m->first, .last = m->last, .more = m->more};
    put_name(one->by, by);
    enum evx_status s = EVX_OK;
    for (size_t i = 0; !s && i < m->n_use; i++)
        s = take_use(r, by, m->use[i]);
    return s;
}

// --- settling ---

static int by_position(const void *a, const void *b)
{
    const struct evx_use_span *x = a, *y = b;
    return x->first < y->first ? -1 : x->first > y->first;
}

// Ascending and apart, so that equal uses have equal spans.
static void tidy(struct evx_use *u)
{
    size_t kept = 0;
    if (u->spans) qsort(u->span, u->spans, sizeof *u->span, by_position);
    for (size_t i = 0; i < u->spans; i++) {
        struct evx_use_span *last = kept ? &u->span[kept - 1] : NULL;
        size_t end = u->span[i].first + u->span[i].n;
        if (!last || u->span[i].first > last->first + last->n)
            u->span[kept++] = u->span[i];
        else if (end > last->first + last->n)
            last->n = end - last->first;
    }
    u->spans = kept;
    u->items = 0;
    for (size_t i = 0; i < kept; i++)
        u->items += u->span[i].n;
}

static enum evx_status remark(struct evx_use_reports *r, const char *by, enum evx_use_fault fault,
                              uint64_t first, uint64_t last)
{
    for (size_t i = 0; i < r->remarks; i++) {
        const struct evx_use_remark *m = &r->remark[i];
        if (m->fault == fault && m->first == first && strcmp(m->by, by) == 0) return EVX_OK;
    }
    struct evx_use_remark *more = room(r->remark, r->remarks, sizeof *more);
    if (!more) return EVX_E_MEMORY;
    r->remark = more;
    struct evx_use_remark *m = &r->remark[r->remarks++];
    *m = (struct evx_use_remark){.fault = fault, .first = first, .last = last};
    put_name(m->by, by);
    return EVX_OK;
}

static void mark_continued(struct evx_use_reports *r)
{
    for (size_t i = 0; i < r->reports; i++)
        for (size_t k = 0; k < r->reports; k++)
            if (r->report[k].more && r->report[k].last == r->report[i].first && k != i &&
                strcmp(r->report[k].by, r->report[i].by) == 0)
                r->report[i].continued = true;
}

static bool tells_whole(const struct report *r, uint64_t record)
{
    if (record < r->first || record > r->last) return false;
    return !(r->more && record == r->last) && !(r->continued && record == r->first);
}

static const struct told *told_in(const struct evx_use_reports *r, size_t report, uint64_t record)
{
    for (size_t i = 0; i < r->tolds; i++)
        if (r->told[i].report == report && r->told[i].use.record == record) return &r->told[i];
    return NULL;
}

static bool text_differs(const struct evx_use *a, const struct evx_use *b)
{
    return a->time_ms != b->time_ms || strcmp(a->verb, b->verb) != 0 ||
           strcmp(a->on_behalf_of, b->on_behalf_of) != 0 || strcmp(a->purpose, b->purpose) != 0;
}

static bool same_use(const struct evx_use *a, const struct evx_use *b)
{
    return !text_differs(a, b) && a->spans == b->spans && a->unknown == b->unknown &&
           (!a->spans || memcmp(a->span, b->span, a->spans * sizeof *a->span) == 0);
}

// Every other report that tells of the whole of this record must tell the same.
static enum evx_status compare_elsewhere(struct evx_use_reports *r, const struct told *t)
{
    enum evx_status s = EVX_OK;
    bool whole = tells_whole(&r->report[t->report], t->use.record);
    for (size_t i = 0; !s && whole && i < r->reports; i++) {
        if (i == t->report || strcmp(r->report[i].by, t->use.by) != 0) continue;
        if (!tells_whole(&r->report[i], t->use.record)) continue;
        const struct told *other = told_in(r, i, t->use.record);
        if (!other || !same_use(&t->use, &other->use))
            s = remark(r, t->use.by, EVX_USE_TWICE, t->use.record, t->use.record);
    }
    return s;
}

static int by_place(const void *a, const void *b)
{
    const struct told *x = a, *y = b;
    int by = strcmp(x->use.by, y->use.by);
    if (by) return by;
    if (x->use.record != y->use.record) return x->use.record < y->use.record ? -1 : 1;
    return x->report < y->report ? -1 : x->report > y->report;
}

static int by_first(const void *a, const void *b)
{
    const struct report *x = a, *y = b;
    int by = strcmp(x->by, y->by);
    if (by) return by;
    return x->first < y->first ? -1 : x->first > y->first;
}

static enum evx_status merge(struct evx_use *into, const struct evx_use *from)
{
    size_t n = into->spans + from->spans;
    struct evx_use_span *more = n ? realloc(into->span, n * sizeof *more) : into->span;
    if (n && !more) return EVX_E_MEMORY;
    into->span = more;
    if (from->spans) memcpy(into->span + into->spans, from->span, from->spans * sizeof *more);
    into->spans = n;
    if (from->unknown > into->unknown) into->unknown = from->unknown;
    tidy(into);
    return EVX_OK;
}

// One use a record: what several reports say of it together. The texts stay with the told ones.
static enum evx_status gather_uses(struct evx_use_reports *r)
{
    enum evx_status s = EVX_OK;
    r->use = calloc(r->tolds + 1, sizeof *r->use);
    if (!r->use) return EVX_E_MEMORY;
    size_t head = 0;
    for (size_t i = 0; !s && i < r->tolds; i++) {
        struct told *t = &r->told[i], *h = &r->told[head];
        bool same = i && h->use.record == t->use.record && strcmp(h->use.by, t->use.by) == 0;
        if (!same) head = i;
        if (same && text_differs(&h->use, &t->use))
            s = remark(r, t->use.by, EVX_USE_TWICE, t->use.record, t->use.record);
        if (!s && same) s = merge(&h->use, &t->use);
    }
    for (size_t i = 0; i < r->tolds; i++) {
        const struct evx_use *u = &r->told[i].use, *last = r->uses ? &r->use[r->uses - 1] : NULL;
        if (!last || last->record != u->record || strcmp(last->by, u->by) != 0) r->use[r->uses++] = *u;
    }
    for (size_t i = 0; !s && i < r->uses; i++)
        if (r->use[i].unknown)
            s = remark(r, r->use[i].by, EVX_USE_NOT_OURS, r->use[i].record, r->use[i].record);
    return s;
}

static enum evx_status add_source(struct evx_use_reports *r, const char *by)
{
    struct evx_use_source *more = room(r->source, r->sources, sizeof *more);
    if (!more) return EVX_E_MEMORY;
    r->source = more;
    r->source[r->sources] = (struct evx_use_source){0};
    put_name(r->source[r->sources++].by, by);
    return EVX_OK;
}

// The reports of one inspectorate, by their first record, must lead from 1 on without a hole.
static enum evx_status find_holes(struct evx_use_reports *r, const struct report *report, size_t n)
{
    enum evx_status s = EVX_OK;
    uint64_t next = 1; // first record that nothing tells of yet
    for (size_t i = 0; !s && i < n; i++) {
        const struct report *one = &report[i];
        bool new_source = i == 0 || strcmp(one->by, report[i - 1].by) != 0;
        if (new_source) {
            next = 1;
            s = add_source(r, one->by);
        }
        if (!s && one->first > next) s = remark(r, one->by, EVX_USE_MISSING, next, one->first - 1);
        uint64_t end = one->more ? one->last : one->last + 1;
        if (end > next || one->first > next) next = end;
        if (s) continue;
        r->source[r->sources - 1].reports++;
        r->source[r->sources - 1].last = next - 1;
    }
    return s;
}

enum evx_status evx_use_reports_settle(struct evx_use_reports *r)
{
    enum evx_status s = EVX_OK;
    mark_continued(r);
    for (size_t i = 0; i < r->tolds; i++)
        tidy(&r->told[i].use);
    for (size_t i = 0; !s && i < r->tolds; i++)
        s = compare_elsewhere(r, &r->told[i]);
    if (r->tolds) qsort(r->told, r->tolds, sizeof *r->told, by_place);
    if (!s) s = gather_uses(r);
    if (r->reports) qsort(r->report, r->reports, sizeof *r->report, by_first);
    return s ? s : find_holes(r, r->report, r->reports);
}

const struct evx_use *evx_use_reports_uses(const struct evx_use_reports *r, size_t *n)
{
    *n = r->uses;
    return r->use;
}

const struct evx_use_remark *evx_use_reports_remarks(const struct evx_use_reports *r, size_t *n)
{
    *n = r->remarks;
    return r->remark;
}

const struct evx_use_source *evx_use_reports_sources(const struct evx_use_reports *r, size_t *n)
{
    *n = r->sources;
    return r->source;
}

bool evx_use_names(const struct evx_use *u, size_t position)
{
    for (size_t i = 0; i < u->spans; i++)
        if (position >= u->span[i].first && position - u->span[i].first < u->span[i].n) return true;
    return false;
}
