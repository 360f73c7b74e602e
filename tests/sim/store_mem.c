// SPDX-License-Identifier: Apache-2.0
//
// A collector's store in memory, as far as the ingest needs one.
#include <string.h>

#include "tests/sim/disks.h"

void sim_store_copy(struct sim_store_state *to, const struct sim_store_state *from)
{
    memcpy(to->at, from->at, from->n * sizeof from->at[0]);
    memcpy(to->stream, from->stream, from->streams * sizeof from->stream[0]);
    memcpy(to->note, from->note, from->notes * sizeof from->note[0]);
    to->n = from->n;
    to->streams = from->streams;
    to->notes = from->notes;
    memcpy(to->statement, from->statement, from->statements * sizeof from->statement[0]);
    to->statements = from->statements;
    to->frontier = from->frontier;
    to->checkpoint = from->checkpoint;
}

enum evx_status sim_store_commit(struct sim_node *n)
{
    bool lived = !n->dying;
    enum evx_status s = sim_touch(n);
    bool done = !s || (lived && sim_chance(&n->sim->dice, 50));
    if (done) sim_store_copy(&n->store->kept, &n->store->now);
    return s;
}

void sim_store_rollback(struct sim_node *n) { sim_store_copy(&n->store->now, &n->store->kept); }

enum evx_status sim_store_put(struct sim_node *n, const struct evx_store_consignment *c,
                              const struct evx_store_item *item, size_t items)
{
    struct sim_store_state *now = &n->store->now;
    enum evx_status s = sim_touch(n);
    if (s) return s;
    if (now->n == SIM_ENTRIES) return EVX_E_DISK_FULL;
    if (c->index != now->n) {
        sim_broke(n->sim, "S2: %s stores index %llu as its entry number %u", sim_name(n),
                  (unsigned long long)c->index, now->n);
        return EVX_E_BUG;
    }
    struct sim_stored *row = &now->at[now->n++];
    row->c = *c;
    row->c.log_entry = sim_keep(&n->sim->arena, c->log_entry);
    row->c.body = evx_bytes(NULL, 0);
    row->item =
        (const struct evx_store_item *)sim_keep(&n->sim->arena, evx_bytes(item, items * sizeof *item)).p;
    row->items = items;
    row->answers = c->owed;
    n->sim->tally.entries++;
    return EVX_OK;
}

enum evx_status sim_store_put_stream(struct sim_node *n, const struct evx_store_stream *stream)
{
    struct sim_store_state *now = &n->store->now;
    unsigned i = 0;
    while (i < now->streams && memcmp(now->stream[i].id.b, stream->id.b, sizeof stream->id.b) != 0)
        i++;
    if (i == sizeof now->stream / sizeof now->stream[0]) return EVX_E_DISK_FULL;
    now->stream[i] = *stream;
    if (i == now->streams) now->streams++;
    return EVX_OK;
}

enum evx_status sim_store_put_note(struct sim_node *n, const struct evx_store_note *note)
{
    struct sim_store_state *now = &n->store->now;
    if (now->notes == SIM_STORE_NOTES) return EVX_E_DISK_FULL;
    now->note[now->notes++] = *note;
    return EVX_OK;
}

enum evx_status sim_store_put_statement(struct sim_node *n, const struct evx_store_statement *st)
{
    struct sim_store_state *now = &n->store->now;
    if (now->statements == SIM_STORE_NOTES) return EVX_E_DISK_FULL;
    now->statement[now->statements++] = *st;
    return EVX_OK;
}

unsigned sim_store_unconfirmed(const struct sim_node *n)
{
    unsigned count = 0;
    for (unsigned i = 0; i < n->store->now.statements; i++)
        count += n->store->now.statement[i].owed;
    return count;
}

static void fill(struct evx_store_row *out, const struct sim_stored *row, size_t i)
{
    *out = (struct evx_store_row){.ref = {row->c.index, (uint32_t)i},
                                  .item_id = row->item[i].record.item_id,
                                  .received_ms = row->c.received_ms,
                                  .kind = row->item[i].kind,
                                  .code = row->item[i].code,
                                  .consignment = row->c.id};
    memcpy(out->sender, row->c.sender, sizeof out->sender);
}

// The accepted one, else the first that carried the id.
enum evx_status sim_store_find(void *user, const struct evx_item_id *id, struct evx_store_row *out)
{
    const struct sim_node *n = user;
    bool found = false;
    for (unsigned i = 0; i < n->store->now.n; i++) {
        const struct sim_stored *row = &n->store->now.at[i];
        for (size_t k = 0; k < row->items; k++) {
            if (memcmp(row->item[k].record.item_id.b, id->b, sizeof id->b) != 0) continue;
            if (!found || (out->code && !row->item[k].code)) fill(out, row, k);
            found = true;
        }
    }
    return found ? EVX_OK : EVX_E_NOT_FOUND;
}

enum evx_status sim_store_sent(void *user, const struct evx_stream_id *stream, uint64_t sequence,
                               struct evx_store_sent *out)
{
    const struct sim_node *n = user;
    for (unsigned i = 0; i < n->store->now.n; i++) {
        const struct sim_stored *row = &n->store->now.at[i];
        const struct evx_store_consignment *c = &row->c;
        if (!c->chained || c->sequence != sequence || memcmp(c->stream.b, stream->b, sizeof stream->b) != 0)
            continue;
        *out = (struct evx_store_sent){.id = c->id, .index = c->index, .claimed = c->claimed};
        for (size_t k = 0; k < row->items; k++)
            out->rejected += row->item[k].code != EVX_OK;
        return EVX_OK;
    }
    return EVX_E_NOT_FOUND;
}
