// SPDX-License-Identifier: Apache-2.0
#include "grading/register.h"

#include <stdlib.h>
#include <string.h>

#include "grading/model.h"

static const char *const parts[EVX_ENTRY_PARTS] = {"regulation", "action", "scope",    "impact",
                                                   "date",       "page",   "paragraph"};

const char *evx_entry_part(size_t i) { return i < EVX_ENTRY_PARTS ? parts[i] : NULL; }

static uint32_t present(const struct evx_entry *e)
{
    const char *const text[EVX_ENTRY_PARTS] = {e->regulation, e->action, e->scope,    e->impact,
                                               NULL,          e->page,   e->paragraph};
    uint32_t have = 0;
    for (size_t i = 0; i < EVX_ENTRY_PARTS; i++)
        if (text[i] && *text[i]) have |= 1u << i;
    if (e->by != EVX_NO_DAY) have |= 1u << 4;
    return have;
}

static size_t distinct(const struct evx_entry *e)
{
    size_t n = 0;
    for (size_t i = 0; i < e->origins; i++) {
        size_t j = 0;
        while (j < i && strcmp(e->origin[i], e->origin[j]))
            j++;
        n += j == i && *e->origin[i];
    }
    return n;
}

enum evx_status evx_entry_check(const struct evx_framework *f, const struct evx_entry *e,
                                struct evx_entry_verdict *out)
{
    *out = (struct evx_entry_verdict){0};
    for (size_t i = 0; i < f->entry.n; i++)
        if (e->kind && !strcmp(f->entry.rule[i].kind, e->kind)) out->rule = &f->entry.rule[i];
    if (!out->rule) return EVX_E_FACT_UNKNOWN;
    out->missing = out->rule->needs & ~present(e);
    out->distinct = distinct(e);
    out->too_few_sources = (int64_t)out->distinct < out->rule->sources;
    return out->missing || out->too_few_sources ? EVX_E_INCOMPLETE : EVX_OK;
}

struct evx_register {
    const struct evx_framework *f;
    struct evx_arena text;
    struct evx_register_row *row;
    size_t n, cap;
};

enum evx_status evx_register_new(struct evx_register **out, const struct evx_framework *f)
{
    *out = calloc(1, sizeof **out);
    if (!*out) return EVX_E_MEMORY;
    (*out)->f = f;
    return EVX_OK;
}

void evx_register_destroy(struct evx_register **r)
{
    if (!r || !*r) return;
    evx_arena_free(&(*r)->text);
    free((*r)->row);
    free(*r);
    *r = NULL;
}

static bool keep(struct evx_register *r, const char **text)
{
    if (!*text) return true;
    *text = evx_arena_text(&r->text, *text, strlen(*text));
    return *text != NULL;
}

static enum evx_status copy(struct evx_register *r, const struct evx_entry *e, struct evx_entry *out)
{
    *out = *e;
    const char **origin = evx_arena_take(&r->text, (e->origins + 1) * sizeof *origin);
    bool kept = origin && keep(r, &out->kind) && keep(r, &out->regulation) && keep(r, &out->action) &&
                keep(r, &out->scope) && keep(r, &out->impact) && keep(r, &out->page) &&
                keep(r, &out->paragraph);
    for (size_t i = 0; i < e->origins && kept; i++) {
        origin[i] = e->origin[i];
        kept = keep(r, &origin[i]);
    }
    out->origin = origin;
    return kept ? EVX_OK : EVX_E_MEMORY;
}

static enum evx_status make_room(struct evx_register *r)
{
    if (r->n < r->cap) return EVX_OK;
    size_t cap = r->cap ? r->cap * 2 : 16;
    struct evx_register_row *row = realloc(r->row, cap * sizeof *row);
    if (!row) return EVX_E_MEMORY;
    r->row = row;
    r->cap = cap;
    return EVX_OK;
}

enum evx_status evx_register_add(struct evx_register *r, const struct evx_entry *e, size_t *number,
                                 struct evx_entry_verdict *out)
{
    *number = 0;
    struct evx_register_row row = {.met_on = EVX_NO_DAY};
    enum evx_status s = evx_entry_check(r->f, e, out);
    if (!s) s = make_room(r);
    if (!s) s = copy(r, e, &row.entry);
    if (s) return s;
    r->row[r->n++] = row;
    *number = r->n;
    return EVX_OK;
}

enum evx_status evx_register_met(struct evx_register *r, size_t number, bool in_full, evx_day on)
{
    if (!number || number > r->n) return EVX_E_NOT_FOUND;
    if (!in_full) return EVX_OK;
    r->row[number - 1].met = true;
    r->row[number - 1].met_on = on;
    return EVX_OK;
}

enum evx_status evx_register_raise(struct evx_register *r, size_t number, const struct evx_entry *e,
                                   size_t *raised, struct evx_entry_verdict *out)
{
    *raised = 0;
    *out = (struct evx_entry_verdict){0};
    if (!number || number > r->n) return EVX_E_NOT_FOUND;
    enum evx_status s = evx_register_add(r, e, raised, out);
    if (!s) r->row[number - 1].raised_to = *raised;
    return s;
}

size_t evx_register_size(const struct evx_register *r) { return r->n; }

size_t evx_register_open(const struct evx_register *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++)
        n += !r->row[i].met && !r->row[i].raised_to;
    return n;
}

size_t evx_register_overdue(const struct evx_register *r, evx_day today)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++) {
        const struct evx_register_row *row = &r->row[i];
        n += !row->met && !row->raised_to && row->entry.by != EVX_NO_DAY && row->entry.by < today;
    }
    return n;
}

const struct evx_register_row *evx_register_at(const struct evx_register *r, size_t number)
{
    return number && number <= r->n ? &r->row[number - 1] : NULL;
}
