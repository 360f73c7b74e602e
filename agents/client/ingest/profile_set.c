// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/profile.h"

#include <stdlib.h>
#include <string.h>

enum evx_status evx_profile_set_add(struct evx_profile_set *set, struct evx_bytes yaml, const char *name,
                                    struct evx_buf *explain)
{
    struct evx_profile **more = realloc(set->profile, (set->n + 1) * sizeof(void *));
    if (!more) return EVX_E_MEMORY;
    set->profile = more;
    enum evx_status s = evx_profile_parse(&set->profile[set->n], yaml, name, explain);
    if (s == EVX_OK) set->n++;
    return s;
}

void evx_profile_set_free(struct evx_profile_set *set)
{
    if (!set) return;
    for (size_t i = 0; i < set->n; i++)
        evx_profile_destroy(&set->profile[i]);
    free(set->profile);
    *set = (struct evx_profile_set){0};
}

size_t evx_header_find(const char *const *header, size_t n, const char *name)
{
    size_t i = 0;
    while (i < n && strcasecmp(header[i], name) != 0)
        i++;
    return i;
}

static unsigned present(const struct evx_profile *p, const char *const *header, size_t n)
{
    unsigned found = 0;
    for (unsigned i = 0; i < p->match_count; i++)
        found += evx_header_find(header, n, p->match[i]) < n;
    return found;
}

static const struct evx_profile *best_match(const struct evx_profile_set *set, size_t from, size_t to,
                                            const char *const *header, size_t n)
{
    const struct evx_profile *best = NULL;
    for (size_t i = to; i-- > from;) {
        const struct evx_profile *p = set->profile[i];
        bool all = present(p, header, n) == p->match_count;
        if (all && (!best || p->match_count > best->match_count)) best = p;
    }
    return best;
}

const struct evx_profile *evx_profile_match(const struct evx_profile_set *set, const char *const *header,
                                            size_t n)
{
    const struct evx_profile *own = best_match(set, set->builtin, set->n, header, n);
    return own ? own : best_match(set, 0, set->builtin, header, n);
}

const struct evx_profile *evx_profile_nearest(const struct evx_profile_set *set, const char *const *header,
                                              size_t n)
{
    const struct evx_profile *best = NULL;
    unsigned most = 1;
    for (size_t i = set->n; i-- > 0;) {
        unsigned found = present(set->profile[i], header, n);
        if (2 * found >= set->profile[i]->match_count && found > most) {
            most = found;
            best = set->profile[i];
        }
    }
    return best;
}

const struct evx_profile_column *evx_profile_column(const struct evx_profile *p, const char *name)
{
    for (unsigned i = 0; i < p->columns_count; i++)
        if (strcasecmp(p->columns[i].name, name) == 0) return &p->columns[i];
    return NULL;
}

const struct evx_profile_list *evx_profile_list(const struct evx_profile *p, const char *name)
{
    for (unsigned i = 0; i < p->lists_count; i++)
        if (strcmp(p->lists[i].name, name) == 0) return &p->lists[i];
    return NULL;
}

const struct evx_profile_code *evx_profile_code(const struct evx_profile_list *l, const char *code)
{
    for (unsigned i = 0; i < l->codes_count; i++)
        if (strcmp(l->codes[i].code, code) == 0) return &l->codes[i];
    return NULL;
}
