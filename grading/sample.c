// SPDX-License-Identifier: Apache-2.0
#include "grading/sample.h"

#include <stdlib.h>
#include <string.h>

#include "grading/model.h"
#include "grading/nearest.h"

uint64_t evx_splitmix64(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15ull);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

uint64_t evx_random_below(uint64_t *state, uint64_t n)
{
    uint64_t tail = (UINT64_MAX % n + 1) % n; // so many values too many for a fair split
    for (;;) {
        uint64_t v = evx_splitmix64(state);
        if (v <= UINT64_MAX - tail) return v % n;
    }
}

struct entry {
    const struct evx_child *child;
    size_t position; // in what was handed in
    const struct evx_sampling_rule *rule;
    bool random;
};

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->child->id, ((const struct entry *)b)->child->id);
}

static bool has_mark(const struct evx_child *c, const char *mark)
{
    for (size_t i = 0; i < c->marks; i++)
        if (!strcmp(c->mark[i], mark)) return true;
    return false;
}

static bool begins(const char *mark, const char *prefix)
{
    return !strncmp(mark, prefix, strlen(prefix)) && mark[strlen(prefix)];
}

static enum evx_status known_mark(const struct evx_sampling *rules, const char *mark, const char **suggestion)
{
    struct evx_nearest near = evx_nearest_begin(mark);
    for (size_t i = 0; i < rules->n; i++) {
        if (!*rules->rule[i].mark) continue;
        if (!strcmp(rules->rule[i].mark, mark)) return EVX_OK;
        if (rules->rule[i].take == EVX_TAKE_EACH && begins(mark, rules->rule[i].mark)) return EVX_OK;
        evx_nearest_offer(&near, rules->rule[i].mark);
    }
    if (suggestion) *suggestion = near.best;
    return EVX_E_FACT_UNKNOWN;
}

static enum evx_status check(const struct evx_sampling *rules, const struct entry *e, size_t n,
                             const char **suggestion)
{
    for (size_t i = 0; i < n; i++) {
        const struct evx_child *c = e[i].child;
        if (!*c->id || (i && !strcmp(c->id, e[i - 1].child->id))) return EVX_E_INCOMPLETE;
        for (size_t m = 0; m < c->marks; m++) {
            enum evx_status s = known_mark(rules, c->mark[m], suggestion);
            if (s) return s;
        }
    }
    return EVX_OK;
}

static size_t taken(const struct entry *e, size_t n, const char *mark)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += e[i].rule && (!mark || has_mark(e[i].child, mark));
    return count;
}

// Draws among those not taken (with `mark`, if one is given) until `want` of
// them are in the sample or none is left.
static void draw(struct entry *e, size_t n, const char *mark, size_t want,
                 const struct evx_sampling_rule *rule, uint64_t *state, size_t *scratch)
{
    size_t have = taken(e, n, mark), left = 0;
    for (size_t i = 0; i < n; i++)
        if (!e[i].rule && (!mark || has_mark(e[i].child, mark))) scratch[left++] = i;
    for (size_t i = left; i > 1; i--) {
        size_t j = (size_t)evx_random_below(state, i), held = scratch[i - 1];
        scratch[i - 1] = scratch[j];
        scratch[j] = held;
    }
    for (size_t i = 0; i < left && have < want; i++, have++) {
        e[scratch[i]].rule = rule;
        e[scratch[i]].random = true;
    }
}

static void take_all(struct entry *e, size_t n, const char *mark, const struct evx_sampling_rule *rule)
{
    for (size_t i = 0; i < n; i++)
        if (!e[i].rule && (!mark || has_mark(e[i].child, mark))) e[i].rule = rule;
}

// `count` of every mark that begins with the rule's, such as each building.
static void draw_each(struct entry *e, size_t n, const struct evx_sampling_rule *rule, uint64_t *state,
                      size_t *scratch)
{
    for (size_t i = 0; i < n; i++)
        for (size_t m = 0; m < e[i].child->marks; m++) {
            const char *mark = e[i].child->mark[m];
            if (begins(mark, rule->mark)) draw(e, n, mark, (size_t)rule->count, rule, state, scratch);
        }
}

// Prescribed ones first, so that the random rest only fills up.
static void select_children(const struct evx_sampling *rules, struct entry *e, size_t n,
                            const struct evx_sample_request *request, size_t *scratch)
{
    uint64_t state = request->seed;
    for (int take = EVX_TAKE_ALWAYS; take <= EVX_TAKE_AT_LEAST; take++)
        for (size_t i = 0; i < rules->n; i++) {
            const struct evx_sampling_rule *r = &rules->rule[i];
            if ((int)r->take != take) continue;
            size_t count = (size_t)r->count;
            if (take == EVX_TAKE_ALWAYS) take_all(e, n, r->mark, r);
            if (take == EVX_TAKE_EVERY && n <= count) take_all(e, n, NULL, r);
            if (take == EVX_TAKE_EACH) draw_each(e, n, r, &state, scratch);
            if (take == EVX_TAKE_SOME) draw(e, n, r->mark, count, r, &state, scratch);
            if (take == EVX_TAKE_AT_LEAST)
                draw(e, n, NULL, request->target > count ? request->target : count, r, &state, scratch);
        }
}

enum evx_status evx_sample(const struct evx_framework *f, const struct evx_child *child, size_t n,
                           const struct evx_sample_request *request, struct evx_pick *picks, size_t *picked,
                           const char **suggestion)
{
    *picked = 0;
    if (suggestion) *suggestion = NULL;
    struct entry *e = calloc(n + 1, sizeof *e);
    size_t *scratch = calloc(n + 1, sizeof *scratch);
    enum evx_status s = e && scratch ? EVX_OK : EVX_E_MEMORY;
    if (s) goto out;
    for (size_t i = 0; i < n; i++)
        e[i] = (struct entry){.child = &child[i], .position = i};
    qsort(e, n, sizeof *e, by_id);
    s = check(&f->sampling, e, n, suggestion);
    if (s) goto out;
    select_children(&f->sampling, e, n, request, scratch);
    for (size_t i = 0; i < n; i++)
        if (e[i].rule) picks[(*picked)++] = (struct evx_pick){e[i].position, e[i].rule, e[i].random};
out:
    free(e);
    free(scratch);
    return s;
}
