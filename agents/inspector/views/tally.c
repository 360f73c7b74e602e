// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/tally.h"

#include <string.h>

static void count(struct evx_tally *t, const struct evx_item_fact *i, bool new_consignment)
{
    int64_t received = (int64_t)i->x.received_ms;
    t->consignments += new_consignment;
    t->items++;
    t->accepted += i->x.code == EVX_OK;
    t->rejected += i->x.code != EVX_OK;
    t->unreadable += i->x.unreadable != EVX_OK;
    t->evidence += evx_fact_stands(i);
    t->nils += i->x.body == EVX__V1__ITEM__BODY_NIL_RETURN && i->x.code == EVX_OK;
    if (!t->first_ms || received < t->first_ms) t->first_ms = received;
    if (received > t->last_ms) t->last_ms = received;
}

enum evx_status evx_tally_work_out(struct evx_tally **out, struct evx_views *v)
{
    *out = evx_slab_array(&v->slab, v->agencies, sizeof **out);
    if (!*out) return EVX_E_MEMORY;
    for (size_t a = 0; a < v->agencies; a++)
        (*out)[a].agency = &v->agency[a];
    uint64_t last = UINT64_MAX;
    for (size_t i = 0; i < v->facts.items; i++) {
        const struct evx_item_fact *item = &v->facts.item[i];
        bool fresh = item->x.ref.index != last;
        last = item->x.ref.index;
        for (size_t a = 0; a < v->agencies; a++)
            if (strcmp(v->agency[a].id, item->x.sender) == 0) count(&(*out)[a], item, fresh);
    }
    return EVX_OK;
}

enum evx_status evx_all_evidence(uint32_t **item, size_t *n, struct evx_views *v)
{
    *n = 0;
    *item = evx_slab_array(&v->slab, v->facts.items, sizeof **item);
    if (!*item) return EVX_E_MEMORY;
    for (size_t i = 0; i < v->facts.items; i++)
        if (evx_fact_is_evidence(&v->facts.item[i])) (*item)[(*n)++] = (uint32_t)i;
    return EVX_OK;
}
