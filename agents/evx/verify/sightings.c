// SPDX-License-Identifier: Apache-2.0
#include "agents/evx/verify/sightings.h"

#include <stdlib.h>
#include <string.h>

void evx_sightings_free(struct evx_sightings *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->at[i].path);
    free(s->at);
    memset(s, 0, sizeof *s);
}

static enum evx_status add(struct evx_sightings *s, const char *origin, bool entry, uint64_t number,
                           const struct evx_digest *hash, const char *path)
{
    if (s->n == s->cap) {
        size_t cap = s->cap ? s->cap * 2 : 64;
        struct evx_sighting *more = realloc(s->at, cap * sizeof *more);
        if (!more) return EVX_E_MEMORY;
        s->at = more;
        s->cap = cap;
    }
    struct evx_sighting *w = &s->at[s->n];
    *w = (struct evx_sighting){.entry = entry, .number = number, .hash = *hash, .path = strdup(path)};
    if (!w->path) return EVX_E_MEMORY;
    memcpy(w->origin, origin, strlen(origin) + 1);
    s->n++;
    return EVX_OK;
}

enum evx_status evx_sightings_checkpoint(struct evx_sightings *s, const struct evx_checkpoint *c,
                                         const char *path)
{
    return add(s, c->origin, false, c->size, &c->root, path);
}

enum evx_status evx_sightings_entry(struct evx_sightings *s, const char *origin, uint64_t index,
                                    const struct evx_digest *leaf, const char *path)
{
    return add(s, origin, true, index, leaf, path);
}

// By log, kind, number, and then hash.
static int compare(const void *x, const void *y)
{
    const struct evx_sighting *a = x, *b = y;
    int order = strcmp(a->origin, b->origin);
    if (order) return order;
    if (a->entry != b->entry) return a->entry ? 1 : -1;
    if (a->number != b->number) return a->number < b->number ? -1 : 1;
    return memcmp(a->hash.b, b->hash.b, sizeof a->hash.b);
}

static bool contradict(const struct evx_sighting *a, const struct evx_sighting *b)
{
    return a->entry == b->entry && a->number == b->number && strcmp(a->origin, b->origin) == 0 &&
           memcmp(a->hash.b, b->hash.b, sizeof a->hash.b) != 0;
}

static enum evx_status say(const struct evx_sighting *a, const struct evx_sighting *b, struct evx_report *r)
{
    unsigned long long n = a->number;
    evx_report_proved(r, "the log's own key, twice",
                      a->entry
                          ? "the log %s was forked: position %llu is one entry in %s and another in %s"
                          : "the log %s was forked: at size %llu it has one root in %s and another in %s",
                      a->origin, n, a->path, b->path);
    return evx_report_failed(r, EVX_E_LOG_FORKED, "%s and %s cannot both be true", a->path, b->path);
}

enum evx_status evx_sightings_compare(const struct evx_sightings *s, struct evx_report *r)
{
    struct evx_sighting *sorted = malloc(s->n * sizeof *sorted + 1);
    if (!sorted) return EVX_E_MEMORY;
    if (s->n) memcpy(sorted, s->at, s->n * sizeof *sorted);
    qsort(sorted, s->n, sizeof *sorted, compare);
    enum evx_status s_out = EVX_OK;
    for (size_t i = 1; i < s->n; i++)
        if (contradict(&sorted[i - 1], &sorted[i])) s_out = say(&sorted[i - 1], &sorted[i], r);
    free(sorted);
    return s_out;
}
