// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/search.h"

#include <stdlib.h>
#include <string.h>

#include "agents/inspector/views/fields.h"
#include "agents/inspector/views/fold.h"
#include "agents/inspector/views/tally.h"

#define SNIPPET_BYTES 160

enum evx_status evx_search_prepare(struct evx_search *out, struct evx_views *v, const char *const *text,
                                   size_t n)
{
    *out = (struct evx_search){0};
    enum evx_status s = EVX_OK;
    for (size_t i = 0; !s && i < n; i++) {
        struct evx_buf folded = {0};
        s = evx_fold_text(&folded, text[i]);
        char *rest = s ? NULL : evx_slab_text(&v->slab, folded.p, folded.n), *word;
        evx_buf_free(&folded);
        while (rest && (word = strsep(&rest, " "))) {
            if (!*word) continue;
            if (out->terms == EVX_SEARCH_TERMS) return EVX_E_USAGE;
            out->term[out->terms++] = word;
        }
    }
    return s ? s : out->terms ? EVX_OK : EVX_E_USAGE;
}

// Looking through one item: which terms were seen, and where the first was.
struct look {
    const struct evx_search *s;
    struct evx_slab *slab; // of this item only
    struct evx_buf folded;
    uint32_t seen; // bit per term
    const char *snippet, *where;
};

static enum evx_status look_at(struct look *l, const char *where, const char *text)
{
    if (!text || !*text) return EVX_OK;
    evx_buf_clear(&l->folded);
    enum evx_status s = evx_fold_text(&l->folded, text);
    uint32_t before = l->seen;
    for (size_t t = 0; !s && t < l->s->terms; t++)
        if (strstr((const char *)l->folded.p, l->s->term[t])) l->seen |= 1u << t;
    if (l->seen != before && (!l->snippet || strcmp(where, "narrative") == 0)) {
        l->snippet = text;
        l->where = where;
    }
    return s;
}

static enum evx_status look_at_subject(struct look *l, const Evx__V1__Subject *subject)
{
    const char *name = evx_slab_printf(l->slab, "%s %s", subject->given_name, subject->family_name);
    enum evx_status s = name ? look_at(l, "name", name) : EVX_E_MEMORY;
    for (size_t i = 0; !s && i < subject->n_identifier; i++)
        s = look_at(l, "identifier", subject->identifier[i]->value);
    return s;
}

static enum evx_status look_at_evidence(struct look *l, const Evx__V1__Evidence *e)
{
    enum evx_status s = look_at(l, "kind", e->kind);
    if (!s) s = look_at(l, "narrative", e->narrative);
    for (size_t i = 0; !s && i < e->n_field; i++) {
        const char *where = evx_slab_printf(l->slab, "field %s", e->field[i]->name);
        const char *text = evx_field_text(l->slab, e->field[i]);
        s = where && text ? look_at(l, where, text) : EVX_E_MEMORY;
        if (!s) s = look_at(l, where, e->field[i]->name);
    }
    for (size_t i = 0; !s && i < e->n_subject; i++)
        s = look_at_subject(l, e->subject[i]);
    if (!s && e->origin) s = look_at(l, "file name", e->origin->file_name);
    if (!s) s = look_at(l, "interview role", e->interview_role);
    return s;
}

// At most SNIPPET_BYTES, never through the middle of a character.
static const char *cut(struct evx_slab *slab, const char *text)
{
    size_t n = strlen(text);
    if (n <= SNIPPET_BYTES) return evx_slab_copy(slab, text);
    for (n = SNIPPET_BYTES; n && ((unsigned char)text[n] & 0xc0) == 0x80; n--) {
    }
    return evx_slab_printf(slab, "%.*s…", (int)n, text);
}

static enum evx_status try_item(struct evx_search *s, struct evx_views *v, struct look *l, uint32_t position,
                                struct evx_buf *hits)
{
    Evx__V1__Item *m = NULL;
    enum evx_status st = evx_views_item(v, position, &m);
    if (st == EVX_E_ERASED || st == EVX_E_STORE_DAMAGED || st == EVX_E_NOT_FOUND) {
        s->unreadable++;
        return EVX_OK;
    }
    l->seen = 0;
    l->snippet = l->where = NULL;
    if (!st) st = look_at_evidence(l, evx_item_evidence(m));
    s->searched++;
    if (!st && l->seen == (1u << s->terms) - 1) {
        struct evx_search_hit hit = {position, cut(&v->slab, l->snippet), evx_slab_copy(&v->slab, l->where)};
        st = hit.snippet && hit.where ? evx_buf_append(hits, &hit, sizeof hit) : EVX_E_MEMORY;
    }
    evx_item_free(m);
    evx_slab_free(l->slab);
    return st;
}

enum evx_status evx_search_run(struct evx_search *s, struct evx_views *v)
{
    struct evx_slab scratch = {0};
    struct look l = {.s = s, .slab = &scratch};
    struct evx_buf hits = {0};
    uint32_t *item = NULL;
    size_t n = 0;
    enum evx_status st = evx_all_evidence(&item, &n, v);
    for (size_t i = 0; !st && i < n; i++)
        st = try_item(s, v, &l, item[i], &hits);
    s->hits = hits.n / sizeof *s->hit;
    s->hit = evx_slab_array(&v->slab, s->hits, sizeof *s->hit);
    if (!st && !s->hit) st = EVX_E_MEMORY;
    if (!st && s->hits) memcpy(s->hit, hits.p, hits.n);
    if (l.folded.p) evx_wipe(l.folded.p, l.folded.n);
    evx_buf_free(&l.folded);
    evx_buf_free(&hits);
    return st;
}
