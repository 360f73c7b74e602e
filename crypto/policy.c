// SPDX-License-Identifier: Apache-2.0
#include "crypto/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/policy_inside.h"

enum evx_status evx_policy_new(struct evx_policy **out)
{
    *out = calloc(1, sizeof **out);
    if (!*out) return EVX_E_MEMORY;
    (*out)->quorum = EVX_POLICY_NONE;
    return EVX_OK;
}

void evx_policy_destroy(struct evx_policy **p)
{
    if (!p || !*p) return;
    for (size_t i = 0; i < (*p)->names; i++) {
        free((*p)->name[i].own);
        free((*p)->name[i].member);
    }
    free((*p)->name);
    free((*p)->witness);
    free((*p)->log);
    free(*p);
    *p = NULL;
}

size_t evx_policy_logs(const struct evx_policy *p) { return p->logs; }
size_t evx_policy_witnesses(const struct evx_policy *p) { return p->witnesses; }

const struct evx_vkey *evx_policy_log_at(const struct evx_policy *p, size_t i)
{
    return i < p->logs ? &p->log[i].key : NULL;
}

const struct evx_policy_witness *evx_policy_witness_at(const struct evx_policy *p, size_t i)
{
    return i < p->witnesses ? &p->witness[i] : NULL;
}

// Room for one more element, at most `limit` of them.
static enum evx_status grow(void **array, size_t *cap, size_t n, size_t element, size_t limit)
{
    if (n >= limit) return EVX_E_TOO_LARGE;
    if (n < *cap) return EVX_OK;
    size_t more = *cap ? 2 * *cap : 4;
    void *grown = realloc(*array, more * element);
    if (!grown) return EVX_E_MEMORY;
    *array = grown;
    *cap = more;
    return EVX_OK;
}

static bool same_key(const struct evx_vkey *a, const struct evx_vkey *b)
{
    return memcmp(a->key.b, b->key.b, sizeof a->key.b) == 0;
}

enum evx_status evx_policy_add_log(struct evx_policy *p, const struct evx_vkey *log, uint64_t limit)
{
    if (log->type != EVX_NOTE_ED25519) return EVX_E_POLICY;
    for (size_t i = 0; i < p->logs; i++)
        if (same_key(&p->log[i].key, log)) return EVX_E_POLICY;
    void *array = p->log;
    enum evx_status s = grow(&array, &p->logs_cap, p->logs, sizeof *p->log, EVX_LIMIT_POLICY_LOGS);
    p->log = array;
    if (!s) p->log[p->logs++] = (struct evx_policy_log){*log, limit};
    return s;
}

size_t evx_policy_find(const struct evx_policy *p, struct evx_bytes name)
{
    for (size_t i = 0; i < p->names; i++) {
        const struct evx_policy_name *n = &p->name[i];
        const char *text = n->group ? n->own : p->witness[n->witness].name;
        if (evx_bytes_equal(evx_bytes_of_text(text), name)) return i;
    }
    return SIZE_MAX;
}

static enum evx_status new_name(struct evx_policy *p, struct evx_bytes text, struct evx_policy_name **out)
{
    bool reserved = evx_bytes_equal(text, evx_bytes_of_text("none"));
    if (text.n == 0 || text.n >= EVX_NOTE_NAME_BYTES || reserved) return EVX_E_POLICY;
    if (evx_policy_find(p, text) != SIZE_MAX) return EVX_E_POLICY;
    void *array = p->name;
    enum evx_status s = grow(&array, &p->names_cap, p->names, sizeof *p->name, EVX_LIMIT_POLICY_NAMES);
    p->name = array;
    if (s) return s;
    *out = &p->name[p->names];
    **out = (struct evx_policy_name){0};
    return EVX_OK;
}

enum evx_status evx_policy_add_witness(struct evx_policy *p, const struct evx_policy_witness *w)
{
    if (w->key.type != EVX_NOTE_COSIGNATURE) return EVX_E_POLICY;
    for (size_t i = 0; i < p->witnesses; i++)
        if (same_key(&p->witness[i].key, &w->key)) return EVX_E_POLICY;
    struct evx_policy_name *name;
    void *array = p->witness;
    enum evx_status s =
        grow(&array, &p->witnesses_cap, p->witnesses, sizeof *p->witness, EVX_LIMIT_POLICY_WITNESSES);
    p->witness = array;
    if (!s) s = new_name(p, evx_bytes_of_text(w->name), &name);
    if (s) return s;
    name->witness = p->witnesses;
    p->witness[p->witnesses++] = *w;
    p->names++;
    return EVX_OK;
}

// Each name has one place only, so that a witness counts in one way only.
static enum evx_status list_members(struct evx_policy *p, const size_t *member, size_t members)
{
    for (size_t i = 0; i < members; i++) {
        if (p->name[member[i]].listed) return EVX_E_POLICY;
        p->name[member[i]].listed = true;
    }
    return EVX_OK;
}

enum evx_status evx_policy_add_group(struct evx_policy *p, struct evx_bytes text, const size_t *member,
                                     size_t members, size_t needed)
{
    struct evx_policy_name *name;
    enum evx_status s = new_name(p, text, &name);
    if (!s) s = list_members(p, member, members);
    if (s) return s;
    name->group = true;
    name->own = malloc(text.n + 1);
    name->member = calloc(members + 1, sizeof *member);
    if (!name->own || !name->member) {
        free(name->own);
        free(name->member);
        return EVX_E_MEMORY;
    }
    memcpy(name->own, text.p, text.n);
    name->own[text.n] = '\0';
    if (members) memcpy(name->member, member, members * sizeof *member);
    name->members = members;
    name->needed = needed;
    p->names++;
    return EVX_OK;
}
