// SPDX-License-Identifier: Apache-2.0
//
// agents/client/outbox.h in memory: streams and values for those who sum up.
#include <stdlib.h>
#include <string.h>

#include "tests/sim/outbox_state.h"

enum evx_status evx_outbox_stream_after(struct evx_outbox *o, uint64_t number, struct evx_outbox_stream *out)
{
    bool there = number < o->now.streams;
    *out = there ? o->now.stream[number] : (struct evx_outbox_stream){0};
    return there ? EVX_OK : EVX_E_NOT_FOUND;
}

enum evx_status evx_outbox_sum(struct evx_outbox *o, uint64_t stream,
                               enum evx_status (*visit)(void *user, const struct evx_outbox_sum_row *row),
                               void *user)
{
    if (!stream || stream > o->now.streams) return EVX_OK;
    const struct evx_stream_id *id = &o->now.stream[stream - 1].id;
    uint64_t expected = 1;
    enum evx_status s = EVX_OK;
    for (unsigned i = 0; i < o->now.rows && !s; i++) {
        const struct sim_row *r = &o->now.row[i];
        if (memcmp(r->row.stream.b, id->b, sizeof id->b) != 0) continue;
        struct evx_outbox_sum_row row = {.id = r->row.id, .items = r->row.items, .accepted = r->placed};
        s = r->row.sequence == expected++ ? visit(user, &row) : EVX_E_STORE_DAMAGED;
    }
    return s == EVX_E_NOT_FOUND ? EVX_OK : s;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// In the order of their names, as the engine's index gives them.
enum evx_status
evx_outbox_values(struct evx_outbox *o, const char *prefix,
                  enum evx_status (*visit)(void *user, const char *name, struct evx_bytes value), void *user)
{
    const char *name[SIM_VALUES];
    unsigned n = 0;
    for (unsigned i = 0; i < o->now.values; i++)
        if (!strncmp(o->now.value[i].name, prefix, strlen(prefix))) name[n++] = o->now.value[i].name;
    qsort(name, n, sizeof name[0], by_name);
    enum evx_status s = EVX_OK;
    for (unsigned i = 0; i < n && !s; i++) {
        struct evx_buf value = {0};
        s = evx_outbox_get(o, name[i], &value);
        if (!s) s = visit(user, name[i], evx_buf_bytes(&value));
        evx_buf_free(&value);
    }
    return s == EVX_E_NOT_FOUND ? EVX_OK : s;
}
