// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/children.h"

#include <stdlib.h>
#include <string.h>

#include "agents/inspector/views/fold.h"

#define DAY_MS 86400000ll

struct work {
    struct evx_slab *slab;
    const struct evx_facts *f;
    const struct evx_identity *identity;
    uint32_t *parent; // of each record; the root is the lowest position
    bool *child;      // named in the role of a child, or tracked
};

static uint32_t root_of(const struct work *w, uint32_t r)
{
    while (w->parent[r] != r) {
        w->parent[r] = w->parent[w->parent[r]];
        r = w->parent[r];
    }
    return r;
}

static void join(struct work *w, uint32_t a, uint32_t b)
{
    a = root_of(w, a);
    b = root_of(w, b);
    if (a < b)
        w->parent[b] = a;
    else
        w->parent[a] = b;
}

struct held_token {
    struct evx_digest token;
    uint32_t record;
};

static int by_token(const void *a, const void *b)
{
    const struct held_token *x = a, *y = b;
    int order = memcmp(x->token.b, y->token.b, sizeof x->token.b);
    return order ? order : (x->record > y->record) - (x->record < y->record);
}

static enum evx_status join_by_tokens(struct work *w)
{
    struct evx_buf b = {0};
    enum evx_status s = EVX_OK;
    for (size_t r = 0; !s && r < w->f->records; r++) {
        for (size_t t = 0; !s && t < w->f->record[r].tokens; t++) {
            struct held_token h = {w->f->record[r].token[t], (uint32_t)r};
            s = evx_buf_append(&b, &h, sizeof h);
        }
    }
    struct held_token *h = (struct held_token *)(void *)b.p;
    size_t n = b.n / sizeof *h;
    if (!s && n) qsort(h, n, sizeof *h, by_token);
    for (size_t i = 1; !s && i < n; i++)
        if (memcmp(h[i].token.b, h[i - 1].token.b, sizeof h->token.b) == 0)
            join(w, h[i].record, h[i - 1].record);
    evx_buf_free(&b);
    return s;
}

size_t evx_record_find(const struct evx_facts *f, const struct evx_digest *blind)
{
    for (size_t r = 0; r < f->records; r++)
        if (memcmp(f->record[r].blind.b, blind->b, sizeof blind->b) == 0) return r;
    return SIZE_MAX;
}

// Only the last decision about a pair counts.
static bool overruled(const struct evx_link_fact *link, size_t links, size_t i)
{
    for (size_t j = i + 1; j < links; j++)
        if (memcmp(&link[i].a, &link[j].a, sizeof link->a) == 0 &&
            memcmp(&link[i].b, &link[j].b, sizeof link->b) == 0)
            return true;
    return false;
}

static void join_by_links(struct work *w, const struct evx_link_fact *link, size_t links)
{
    for (size_t i = 0; i < links; i++) {
        if (link[i].verdict != EVX_VERDICT_CONFIRMED || overruled(link, links, i)) continue;
        size_t a = evx_record_find(w->f, &link[i].a), b = evx_record_find(w->f, &link[i].b);
        if (a != SIZE_MAX && b != SIZE_MAX) join(w, (uint32_t)a, (uint32_t)b);
    }
}

static void mark_children(struct work *w)
{
    for (size_t r = 0; r < w->f->records; r++)
        w->child[r] = w->f->record[r].tracked > 0;
    for (size_t i = 0; i < w->f->items; i++) {
        const struct evx_item_fact *item = &w->f->item[i];
        for (size_t m = 0; m < item->mentions; m++) {
            uint32_t r = item->mention[m].record;
            bool role = item->mention[m].role == EVX__V1__SUBJECT_ROLE__ROLE_CHILD;
            if (role && w->f->record[r].tokens) w->child[r] = true;
        }
    }
}

static enum evx_status fold_into(const char **out, struct evx_slab *slab, const char *text)
{
    struct evx_buf b = {0};
    enum evx_status s = evx_fold_name(&b, text);
    *out = s ? NULL : evx_slab_text(slab, b.p, b.n);
    if (b.p) evx_wipe(b.p, b.n);
    evx_buf_free(&b);
    return s ? s : *out ? EVX_OK : EVX_E_MEMORY;
}

static int64_t born_day(const Evx__V1__Moment *m)
{
    if (!m || m->precision < EVX__V1__PRECISION__PRECISION_DAY) return EVX_BORN_UNKNOWN;
    int64_t local = m->utc_ms + m->offset_min * 60000ll;
    return local / DAY_MS - (local % DAY_MS < 0);
}

static enum evx_status fold_persons(struct evx_children *c, struct work *w)
{
    enum evx_status s = EVX_OK;
    c->person = evx_slab_array(w->slab, w->f->records, sizeof *c->person);
    if (!c->person) return EVX_E_MEMORY;
    for (size_t r = 0; !s && r < w->f->records; r++) {
        const Evx__V1__Subject *subject = w->f->record[r].subject;
        s = fold_into(&c->person[r].given, w->slab, subject->given_name);
        if (!s) s = fold_into(&c->person[r].family, w->slab, subject->family_name);
        c->person[r].born = born_day(subject->born);
    }
    return s;
}

static uint32_t tracked_in(const struct work *w, uint32_t root)
{
    uint32_t lowest = 0;
    for (size_t r = 0; r < w->f->records; r++) {
        uint32_t number = w->f->record[r].tracked;
        if (number && root_of(w, (uint32_t)r) == root && (!lowest || number < lowest)) lowest = number;
    }
    return lowest;
}

struct rank {
    uint32_t root, tracked;
};

static int by_rank(const void *a, const void *b)
{
    const struct rank *x = a, *y = b;
    if (!x->tracked != !y->tracked) return x->tracked ? -1 : 1;
    if (x->tracked != y->tracked) return x->tracked < y->tracked ? -1 : 1;
    return (x->root > y->root) - (x->root < y->root);
}

// The roots that are children, in the order in which they are shown.
static enum evx_status rank_roots(struct evx_buf *out, struct work *w)
{
    bool *seen = evx_slab_array(w->slab, w->f->records, sizeof *seen);
    bool *listed = evx_slab_array(w->slab, w->f->records, sizeof *listed);
    if (!seen || !listed) return EVX_E_MEMORY;
    enum evx_status s = EVX_OK;
    for (size_t r = 0; r < w->f->records; r++)
        if (w->f->record[r].tracked) listed[root_of(w, (uint32_t)r)] = true;
    for (size_t r = 0; !s && r < w->f->records; r++) {
        uint32_t root = root_of(w, (uint32_t)r);
        if (!w->child[r] || seen[root]) continue;
        seen[root] = true;
        struct rank k = {root, listed[root] ? tracked_in(w, root) : 0};
        s = evx_buf_append(out, &k, sizeof k);
    }
    if (!s && out->n) qsort(out->p, out->n / sizeof(struct rank), sizeof(struct rank), by_rank);
    return s;
}

static const struct evx_digest *id_source(const struct evx_record_fact *r)
{
    return r->tokens ? r->token : &r->blind;
}

static size_t first_letter(const char *text)
{
    size_t n = *text != 0;
    while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
        n++;
    return n;
}

static const char *initials_of(struct evx_slab *slab, const char *given, const char *family)
{
    if (!*given && !*family) return "?";
    return evx_slab_printf(slab, "%.*s%s%.*s%s", (int)first_letter(given), given, *given ? ". " : "",
                           (int)first_letter(family), family, *family ? "." : "");
}

// The inspection's own list speaks first, then whoever was first to give the detail.
static enum evx_status describe(struct evx_child_fact *c, struct work *w)
{
    const struct evx_record_fact *named = NULL, *cited = &w->f->record[c->record[0]];
    for (size_t i = 0; i < c->records; i++) {
        const struct evx_record_fact *r = &w->f->record[c->record[i]];
        bool listed = r->tracked && r->tracked == c->tracked;
        bool has_name = *r->subject->family_name || *r->subject->given_name;
        if (has_name && (!named || listed)) named = r;
        if (listed) cited = r;
        if (r->subject->born && (!c->born || listed)) c->born = r->subject->born;
    }
    c->given = named ? named->subject->given_name : "";
    c->family = named ? named->subject->family_name : "";
    c->initials = initials_of(w->slab, c->given, c->family);
    evx_child_id(c->id, w->identity, id_source(cited));
    return c->initials ? EVX_OK : EVX_E_MEMORY;
}

static enum evx_status list_records(struct evx_children *c, struct work *w)
{
    size_t *n = evx_slab_array(w->slab, c->n, sizeof *n);
    if (!n) return EVX_E_MEMORY;
    for (size_t r = 0; r < w->f->records; r++)
        if (c->of_record[r] != EVX_NO_CHILD) n[c->of_record[r]]++;
    for (size_t k = 0; k < c->n; k++) {
        c->child[k].record = evx_slab_array(w->slab, n[k], sizeof *c->child->record);
        if (!c->child[k].record) return EVX_E_MEMORY;
    }
    for (size_t r = 0; r < w->f->records; r++) {
        if (c->of_record[r] == EVX_NO_CHILD) continue;
        struct evx_child_fact *child = &c->child[c->of_record[r]];
        ((uint32_t *)child->record)[child->records++] = (uint32_t)r;
    }
    return EVX_OK;
}

// Calls `each` once for every child that the item names in that role.
typedef void (*each_child)(struct evx_child_fact *c, uint32_t item);
static bool visit_children(struct evx_children *c, const struct work *w, size_t i, each_child each)
{
    const struct evx_item_fact *item = &w->f->item[i];
    uint32_t done[EVX_LIMIT_SUBJECTS];
    size_t n = 0;
    for (size_t m = 0; m < item->mentions; m++) {
        uint32_t k = c->of_record[item->mention[m].record];
        if (item->mention[m].role != EVX__V1__SUBJECT_ROLE__ROLE_CHILD || k == EVX_NO_CHILD) continue;
        bool again = n == EVX_LIMIT_SUBJECTS;
        for (size_t d = 0; d < n; d++)
            again = again || done[d] == k;
        if (again) continue;
        done[n++] = k;
        each(&c->child[k], (uint32_t)i);
    }
    return n > 0;
}

static void count_item(struct evx_child_fact *c, uint32_t item)
{
    (void)item;
    c->items++;
}

static void list_item(struct evx_child_fact *c, uint32_t item) { ((uint32_t *)c->item)[c->items++] = item; }

static enum evx_status list_items(struct evx_children *c, struct work *w)
{
    for (size_t i = 0; i < w->f->items; i++) {
        if (!evx_fact_is_evidence(&w->f->item[i])) continue;
        if (!visit_children(c, w, i, count_item)) c->unattributed++;
    }
    for (size_t k = 0; k < c->n; k++) {
        c->child[k].item = evx_slab_array(w->slab, c->child[k].items, sizeof *c->child->item);
        if (!c->child[k].item) return EVX_E_MEMORY;
        c->child[k].items = 0;
    }
    for (size_t i = 0; i < w->f->items; i++)
        if (evx_fact_is_evidence(&w->f->item[i])) visit_children(c, w, i, list_item);
    return EVX_OK;
}

static enum evx_status build(struct evx_children *c, struct work *w, const struct rank *rank, size_t n)
{
    c->n = n;
    c->child = evx_slab_array(w->slab, n, sizeof *c->child);
    c->of_record = evx_slab_array(w->slab, w->f->records, sizeof *c->of_record);
    uint32_t *of_root = evx_slab_array(w->slab, w->f->records, sizeof *of_root);
    if (!c->child || !c->of_record || !of_root) return EVX_E_MEMORY;
    for (size_t r = 0; r < w->f->records; r++)
        of_root[r] = EVX_NO_CHILD;
    for (size_t k = 0; k < n; k++) {
        of_root[rank[k].root] = (uint32_t)k;
        c->child[k].tracked = rank[k].tracked;
        c->tracked += rank[k].tracked > 0;
    }
    for (size_t r = 0; r < w->f->records; r++)
        c->of_record[r] = of_root[root_of(w, (uint32_t)r)];
    enum evx_status s = list_records(c, w);
    if (!s) s = list_items(c, w);
    for (size_t k = 0; !s && k < n; k++)
        s = describe(&c->child[k], w);
    return s;
}

enum evx_status evx_children_work_out(struct evx_children *out, struct evx_slab *slab,
                                      const struct evx_facts *f, const struct evx_identity *identity,
                                      const struct evx_link_fact *link, size_t links)
{
    *out = (struct evx_children){0};
    struct work w = {.slab = slab, .f = f, .identity = identity};
    struct evx_buf rank = {0};
    w.parent = evx_slab_array(slab, f->records, sizeof *w.parent);
    w.child = evx_slab_array(slab, f->records, sizeof *w.child);
    if (!w.parent || !w.child) return EVX_E_MEMORY;
    for (size_t r = 0; r < f->records; r++)
        w.parent[r] = (uint32_t)r;
    mark_children(&w);
    enum evx_status s = join_by_tokens(&w);
    if (!s) join_by_links(&w, link, links);
    if (!s) s = fold_persons(out, &w);
    if (!s) s = rank_roots(&rank, &w);
    if (!s) s = build(out, &w, (const struct rank *)(const void *)rank.p, rank.n / sizeof(struct rank));
    evx_buf_free(&rank);
    return s;
}

static bool all_digits(const char *text)
{
    size_t n = strspn(text, "0123456789");
    return n > 0 && n <= 4 && text[n] == 0;
}

static size_t by_number(const struct evx_children *c, const char *text)
{
    unsigned long number = all_digits(text) ? strtoul(text, NULL, 10) : 0;
    for (size_t k = 0; number && k < c->n; k++)
        if (c->child[k].tracked == number) return k;
    return SIZE_MAX;
}

static bool record_cited(const struct evx_record_fact *r, const struct evx_identity *identity,
                         const char *text)
{
    char id[EVX_CITED_TEXT];
    evx_child_id(id, identity, &r->blind);
    if (!r->tokens) return evx_cited_matches(id, text);
    for (size_t t = 0; t < r->tokens; t++) {
        evx_child_id(id, identity, &r->token[t]);
        if (evx_cited_matches(id, text)) return true;
    }
    return false;
}

enum evx_status evx_children_find(size_t *child, const struct evx_children *c, const struct evx_facts *f,
                                  const struct evx_identity *identity, const char *text)
{
    *child = by_number(c, text);
    if (*child != SIZE_MAX) return EVX_OK;
    for (size_t r = 0; r < f->records; r++) {
        if (c->of_record[r] == EVX_NO_CHILD || c->of_record[r] == *child) continue;
        if (!record_cited(&f->record[r], identity, text)) continue;
        if (*child != SIZE_MAX) return EVX_E_AMBIGUOUS;
        *child = c->of_record[r];
    }
    return *child == SIZE_MAX ? EVX_E_CHILD_UNKNOWN : EVX_OK;
}
