// SPDX-License-Identifier: Apache-2.0
#include "agents/client/parcel.h"

#include <stdatomic.h>
#include <stdlib.h>

struct counted {
    struct evx_parcel parcel; // first: the public part
    struct evx_buf memory;
    atomic_uint references;
};

enum evx_status evx_parcel_new(struct evx_parcel **out, struct evx_buf *whole, uint64_t number,
                               const struct evx_stream_id *stream, uint64_t sequence)
{
    *out = NULL;
    struct counted *c = calloc(1, sizeof *c);
    if (!c) return EVX_E_MEMORY;
    struct evx_parcel *p = &c->parcel;
    *p = (struct evx_parcel){
        .number = number, .stream = *stream, .sequence = sequence, .whole = evx_buf_bytes(whole)};
    enum evx_status s = evx_consignment_peek(&p->header, &p->signature, p->whole);
    if (s) {
        free(c);
        return s;
    }
    evx_consignment_id(&p->id, p->header);
    c->memory = *whole;
    *whole = (struct evx_buf){0};
    atomic_init(&c->references, 1);
    *out = p;
    return EVX_OK;
}

struct evx_parcel *evx_parcel_ref(struct evx_parcel *p)
{
    atomic_fetch_add_explicit(&((struct counted *)p)->references, 1, memory_order_relaxed);
    return p;
}

void evx_parcel_destroy(struct evx_parcel **p)
{
    struct counted *c = (struct counted *)*p;
    *p = NULL;
    if (!c || atomic_fetch_sub_explicit(&c->references, 1, memory_order_acq_rel) != 1) return;
    evx_buf_free(&c->memory);
    free(c);
}
