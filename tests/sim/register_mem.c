// SPDX-License-Identifier: Apache-2.0
//
// broker/register.h in memory, the signer's view of a journal, and copies of
// both. A register is named by its broker's number.
#include <stdlib.h>
#include <string.h>

#include "tests/sim/disks.h"

static struct sim_broker *named(const char *path) { return &sim_current()->broker[path[0] == '1']; }

static void hash_origin(struct evx_digest *out, const char *origin)
{
    evx_sha256(out, evx_bytes_of_text(origin));
}

enum evx_status evx_register_create(const char *path, const char *origin)
{
    struct sim_log_disk *d = named(path)->disk;
    if (d->registered) return EVX_E_FILE_EXISTS;
    d->registered = true;
    d->signed_size = 0;
    hash_origin(&d->origin, origin);
    evx_sha256(&d->signed_root, evx_bytes(NULL, 0));
    return EVX_OK;
}

enum evx_status evx_register_open(struct evx_register *out, const char *path, const char *origin)
{
    struct sim_broker *b = named(path);
    *out = (struct evx_register){.fd = -1};
    if (!b->disk->registered) return EVX_E_NOT_FOUND;
    struct evx_digest expected;
    hash_origin(&expected, origin);
    if (memcmp(expected.b, b->disk->origin.b, sizeof expected.b) != 0) return EVX_E_CHECKPOINT;
    out->fd = (int)b->number;
    out->origin = expected;
    bool forgets = b->sim->options->blind & SIM_BIT(SIM_DEFENCE_REGISTER);
    out->size = forgets ? 0 : b->disk->signed_size;
    out->root = b->disk->signed_root;
    return EVX_OK;
}

void evx_register_close(struct evx_register *r)
{
    if (r) r->fd = -1;
}

enum evx_status evx_register_put(struct evx_register *r, uint64_t size, const struct evx_digest *root)
{
    struct sim_broker *b = &sim_current()->broker[r->fd];
    bool lived = !b->dying;
    enum evx_status s = sim_touch_broker(b);
    if (!s || (lived && sim_chance(&b->sim->dice, 50))) {
        b->disk->signed_size = size;
        b->disk->signed_root = *root;
    }
    r->size = size;
    r->root = *root;
    r->turn++;
    return s;
}

static enum evx_status view_size(void *user, uint64_t *size)
{
    *size = ((struct sim_broker *)user)->disk->entries;
    return EVX_OK;
}

static enum evx_status view_entries(void *user, uint64_t from, uint64_t to, evx_journal_visit visit,
                                    void *visitor)
{
    const struct sim_log_disk *d = ((struct sim_broker *)user)->disk;
    enum evx_status s = EVX_OK;
    for (uint64_t i = from; i < to && !s; i++)
        s = i < d->entries ? visit(visitor, i, d->entry[i].log_entry) : EVX_E_NOT_FOUND;
    return s;
}

void sim_journal_view(struct evx_journal_view *out, struct sim_broker *b)
{
    *out = (struct evx_journal_view){.size = view_size, .entries = view_entries, .user = b};
}

void sim_log_copy(struct sim_log_disk *to, const struct sim_log_disk *from)
{
    memcpy(to->entry, from->entry, from->entries * sizeof from->entry[0]);
    memcpy(to->node, from->node, from->nodes * sizeof from->node[0]);
    memcpy(to->head, from->head, from->heads * sizeof from->head[0]);
    memcpy(to->boundary, from->boundary, from->boundaries * sizeof from->boundary[0]);
    memcpy(to->cosignature, from->cosignature, from->cosignatures * sizeof from->cosignature[0]);
    memcpy(to->equivocation, from->equivocation, from->equivocations * sizeof from->equivocation[0]);
    to->entries = from->entries;
    to->nodes = from->nodes;
    to->heads = from->heads;
    to->boundaries = from->boundaries;
    to->equivocations = from->equivocations;
    to->cosignatures = from->cosignatures;
    to->registered = from->registered;
    to->origin = from->origin;
    to->signed_size = from->signed_size;
    to->signed_root = from->signed_root;
}
