// SPDX-License-Identifier: Apache-2.0
//
// broker/journal.h in memory. A group that is open can be undone: lengths and
// what it overwrote are remembered at its begin.
#include <stdlib.h>
#include <string.h>

#include "tests/sim/disks.h"

struct sim_journal {
    struct evx_journal base;
    struct sim_broker *broker;
    struct sim_log_disk *d;
    bool open;
    // as it was at the begin of the group
    uint64_t entries;
    unsigned nodes, heads, boundaries, equivocations, cosignatures;
    struct evx_chain_head head[SIM_HEADS];
    unsigned noted[16], noteds; // boundaries whose note this group stored
};

static struct sim_journal *of(struct evx_journal *j) { return (struct sim_journal *)j; }
static enum evx_status touch(struct evx_journal *j) { return sim_touch_broker(of(j)->broker); }

static void undo(struct sim_journal *j)
{
    struct sim_log_disk *d = j->d;
    if (!j->open) return;
    d->entries = j->entries;
    d->nodes = j->nodes;
    d->heads = j->heads;
    d->boundaries = j->boundaries;
    d->equivocations = j->equivocations;
    d->cosignatures = j->cosignatures;
    for (unsigned i = 0; i < d->heads; i++)
        d->head[i].head = j->head[i];
    for (unsigned i = 0; i < j->noteds; i++)
        if (j->noted[i] < d->boundaries) d->boundary[j->noted[i]].note = evx_bytes(NULL, 0);
    j->open = false;
}

static void j_close(struct evx_journal *j)
{
    undo(of(j));
    free(j);
}

static enum evx_status j_begin(struct evx_journal *base)
{
    struct sim_journal *j = of(base);
    struct sim_log_disk *d = j->d;
    j->entries = d->entries;
    j->nodes = d->nodes;
    j->heads = d->heads;
    j->boundaries = d->boundaries;
    j->equivocations = d->equivocations;
    j->cosignatures = d->cosignatures;
    j->noteds = 0;
    for (unsigned i = 0; i < d->heads; i++)
        j->head[i] = d->head[i].head;
    j->open = true;
    return touch(base);
}

static void j_rollback(struct evx_journal *j) { undo(of(j)); }

static enum evx_status j_commit(struct evx_journal *base)
{
    struct sim_journal *j = of(base);
    bool lived = !j->broker->dying;
    enum evx_status s = touch(base);
    if (s && !(lived && sim_chance(&j->broker->sim->dice, 50))) undo(j);
    j->open = false;
    return s;
}

static enum evx_status j_append(struct evx_journal *base, const struct evx_journal_append *a)
{
    struct sim_log_disk *d = of(base)->d;
    enum evx_status s = touch(base);
    if (s) return s;
    if (a->index != d->entries) return EVX_E_BUG;
    if (d->entries == SIM_ENTRIES || a->audience_n > SIM_NODES + 2) return EVX_E_DISK_FULL;
    struct sim_arena *arena = &of(base)->broker->sim->arena;
    struct sim_entry *e = &d->entry[d->entries++];
    memset(e, 0, sizeof *e);
    memcpy(e->sender, a->stream.org, strlen(a->stream.org) + 1);
    e->stream = a->stream.id;
    e->sequence = a->sequence;
    e->leaf = a->leaf;
    e->log_entry = sim_keep(arena, a->log_entry);
    e->body = sim_keep(arena, a->body);
    for (size_t i = 0; i < a->audience_n; i++)
        memcpy(e->audience[i], a->audience[i], strlen(a->audience[i]) + 1);
    e->audience_n = (unsigned)a->audience_n;
    return EVX_OK;
}

static enum evx_status j_put_node(struct evx_journal *base, unsigned height, uint64_t number,
                                  const struct evx_digest *hash)
{
    struct sim_log_disk *d = of(base)->d;
    if (d->nodes == SIM_NODES_KEPT) return EVX_E_DISK_FULL;
    d->node[d->nodes].height = height;
    d->node[d->nodes].number = number;
    d->node[d->nodes++].hash = *hash;
    return EVX_OK;
}

static unsigned find_head(const struct sim_log_disk *d, const struct evx_stream_key *stream)
{
    unsigned i = 0;
    while (i < d->heads && (strcmp(d->head[i].org, stream->org) != 0 ||
                            memcmp(d->head[i].id.b, stream->id.b, sizeof stream->id.b) != 0))
        i++;
    return i;
}

static enum evx_status j_put_head(struct evx_journal *base, const struct evx_stream_key *stream,
                                  const struct evx_chain_head *head)
{
    struct sim_log_disk *d = of(base)->d;
    unsigned i = find_head(d, stream);
    if (i == SIM_HEADS) return EVX_E_DISK_FULL;
    if (i == d->heads) {
        d->heads++;
        memcpy(d->head[i].org, stream->org, strlen(stream->org) + 1);
        d->head[i].id = stream->id;
    }
    d->head[i].head = *head;
    return EVX_OK;
}

static enum evx_status j_put_boundary(struct evx_journal *base, uint64_t size, const struct evx_digest *root)
{
    struct sim_log_disk *d = of(base)->d;
    if (d->boundaries == SIM_BOUNDARIES) return EVX_E_DISK_FULL;
    d->boundary[d->boundaries].size = size;
    d->boundary[d->boundaries].root = *root;
    d->boundary[d->boundaries++].note = evx_bytes(NULL, 0);
    return EVX_OK;
}

static enum evx_status j_put_note(struct evx_journal *base, uint64_t size, struct evx_bytes note)
{
    struct sim_journal *j = of(base);
    enum evx_status s = touch(base);
    for (unsigned i = 0; i < j->d->boundaries && !s; i++) {
        if (j->d->boundary[i].size != size) continue;
        j->d->boundary[i].note = sim_keep(&j->broker->sim->arena, note);
        if (j->noteds < sizeof j->noted / sizeof j->noted[0]) j->noted[j->noteds++] = i;
    }
    return s;
}

static enum evx_status j_put_equivocation(struct evx_journal *base, const struct evx_journal_equivocation *e)
{
    struct sim_log_disk *d = of(base)->d;
    struct sim_arena *arena = &of(base)->broker->sim->arena;
    if (d->equivocations == sizeof d->equivocation / sizeof d->equivocation[0]) return EVX_E_DISK_FULL;
    d->equivocation[d->equivocations].first = sim_keep(arena, e->first);
    d->equivocation[d->equivocations++].second = sim_keep(arena, e->second);
    return touch(base);
}

static enum evx_status j_put_cosignature(struct evx_journal *base, uint64_t size, const char *witness,
                                         struct evx_bytes line)
{
    struct sim_log_disk *d = of(base)->d;
    unsigned i = 0;
    while (i < d->cosignatures &&
           (d->cosignature[i].size != size || strcmp(d->cosignature[i].witness, witness)))
        i++;
    if (i == sizeof d->cosignature / sizeof d->cosignature[0]) return EVX_E_DISK_FULL;
    if (i == d->cosignatures) d->cosignatures++;
    d->cosignature[i].size = size;
    memcpy(d->cosignature[i].witness, witness, strlen(witness) + 1);
    sim_cosigned_by(of(base)->broker, size, witness);
    d->cosignature[i].line = sim_keep(&of(base)->broker->sim->arena, line);
    return touch(base);
}

static enum evx_status j_size(struct evx_journal *base, uint64_t *size)
{
    *size = of(base)->d->entries;
    return EVX_OK;
}

static enum evx_status j_read(struct evx_journal *base, uint64_t index, struct evx_journal_entry *out)
{
    const struct sim_log_disk *d = of(base)->d;
    if (index >= d->entries) return EVX_E_NOT_FOUND;
    const struct sim_entry *e = &d->entry[index];
    out->index = index;
    memcpy(out->sender, e->sender, sizeof out->sender);
    out->sequence = e->sequence;
    out->body_bytes = e->body.n;
    out->leaf = e->leaf;
    evx_buf_clear(&out->log_entry);
    return evx_buf_append(&out->log_entry, e->log_entry.p, e->log_entry.n);
}

static enum evx_status j_read_body(struct evx_journal *base, uint64_t index, struct evx_buf *body)
{
    const struct sim_log_disk *d = of(base)->d;
    evx_buf_clear(body);
    if (index >= d->entries || !d->entry[index].body.n) return EVX_E_NOT_FOUND;
    return evx_buf_append(body, d->entry[index].body.p, d->entry[index].body.n);
}

static enum evx_status j_node(struct evx_journal *base, unsigned height, uint64_t number,
                              struct evx_digest *out)
{
    const struct sim_log_disk *d = of(base)->d;
    if (height == 0 && number < d->entries) {
        *out = d->entry[number].leaf;
        return EVX_OK;
    }
    for (unsigned i = 0; height && i < d->nodes; i++)
        if (d->node[i].height == height && d->node[i].number == number) {
            *out = d->node[i].hash;
            return EVX_OK;
        }
    return EVX_E_NOT_FOUND;
}

static enum evx_status j_head(struct evx_journal *base, const struct evx_stream_key *stream,
                              struct evx_chain_head *out)
{
    const struct sim_log_disk *d = of(base)->d;
    unsigned i = find_head(d, stream);
    *out = i < d->heads ? d->head[i].head : (struct evx_chain_head){0};
    return EVX_OK;
}

static enum evx_status j_heads(struct evx_journal *base, evx_journal_head_visit visit, void *user)
{
    const struct sim_log_disk *d = of(base)->d;
    enum evx_status s = EVX_OK;
    for (unsigned i = 0; i < d->heads && !s; i++) {
        struct evx_stream_key key = {.org = d->head[i].org, .id = d->head[i].id};
        s = visit(user, &key, &d->head[i].head);
    }
    return s;
}

static enum evx_status j_find(struct evx_journal *base, const struct evx_stream_key *stream,
                              uint64_t sequence, uint64_t *index)
{
    const struct sim_log_disk *d = of(base)->d;
    for (uint64_t i = 0; i < d->entries; i++) {
        const struct sim_entry *e = &d->entry[i];
        *index = i;
        if (e->sequence == sequence && !memcmp(e->stream.b, stream->id.b, sizeof e->stream.b) &&
            !strcmp(e->sender, stream->org))
            return EVX_OK;
    }
    *index = 0;
    return EVX_E_NOT_FOUND;
}

static bool may_read(const struct sim_entry *e, const char *org)
{
    for (unsigned i = 0; i < e->audience_n; i++)
        if (!strcmp(e->audience[i], org)) return true;
    return false;
}

static enum evx_status j_next_for(struct evx_journal *base, const char *org, uint64_t from, uint64_t *index)
{
    const struct sim_log_disk *d = of(base)->d;
    for (*index = from; *index < d->entries; ++*index)
        if (may_read(&d->entry[*index], org)) return EVX_OK;
    *index = 0;
    return EVX_E_NOT_FOUND;
}

static enum evx_status copy_boundary(struct evx_journal_boundary *out, const struct sim_log_disk *d,
                                     unsigned i)
{
    out->size = d->boundary[i].size;
    out->root = d->boundary[i].root;
    evx_buf_clear(&out->note);
    return evx_buf_append(&out->note, d->boundary[i].note.p, d->boundary[i].note.n);
}

static enum evx_status j_boundary(struct evx_journal *base, uint64_t size, struct evx_journal_boundary *out)
{
    const struct sim_log_disk *d = of(base)->d;
    for (unsigned i = 0; i < d->boundaries; i++)
        if (d->boundary[i].size >= size) return copy_boundary(out, d, i);
    return EVX_E_NOT_FOUND;
}

static enum evx_status j_last_boundary(struct evx_journal *base, struct evx_journal_boundary *out)
{
    const struct sim_log_disk *d = of(base)->d;
    return d->boundaries ? copy_boundary(out, d, d->boundaries - 1) : EVX_E_NOT_FOUND;
}

static enum evx_status j_unsigned(struct evx_journal *base, evx_journal_boundary_visit visit, void *user)
{
    const struct sim_log_disk *d = of(base)->d;
    enum evx_status s = EVX_OK;
    for (unsigned i = d->boundaries > 64 ? d->boundaries - 64 : 0; i < d->boundaries && !s; i++)
        if (!d->boundary[i].note.n) s = visit(user, d->boundary[i].size, &d->boundary[i].root);
    return s;
}

static enum evx_status j_cosignatures(struct evx_journal *base, uint64_t size, struct evx_buf *out)
{
    const struct sim_log_disk *d = of(base)->d;
    enum evx_status s = EVX_OK;
    for (unsigned i = 0; i < d->cosignatures && !s; i++)
        if (d->cosignature[i].size == size)
            s = evx_buf_append(out, d->cosignature[i].line.p, d->cosignature[i].line.n);
    return s;
}

static enum evx_status j_cosigned_below(struct evx_journal *base, uint64_t below, uint64_t *size)
{
    const struct sim_log_disk *d = of(base)->d;
    *size = 0;
    for (unsigned i = 0; i < d->cosignatures; i++)
        if (d->cosignature[i].size < below && d->cosignature[i].size > *size) *size = d->cosignature[i].size;
    return *size ? EVX_OK : EVX_E_NOT_FOUND;
}

static enum evx_status j_equivocations(struct evx_journal *base, uint64_t *count)
{
    *count = of(base)->d->equivocations;
    return EVX_OK;
}

static enum evx_status j_equivocation(struct evx_journal *base, uint64_t after, uint64_t *number,
                                      struct evx_buf *first, struct evx_buf *second)
{
    const struct sim_log_disk *d = of(base)->d;
    evx_buf_clear(first);
    evx_buf_clear(second);
    *number = after < d->equivocations ? after + 1 : 0;
    if (!*number) return EVX_E_NOT_FOUND;
    enum evx_status s = evx_buf_append(first, d->equivocation[after].first.p, d->equivocation[after].first.n);
    return s ? s : evx_buf_append(second, d->equivocation[after].second.p, d->equivocation[after].second.n);
}

static enum evx_status j_maintain(struct evx_journal *base, bool idle)
{
    (void)base, (void)idle;
    return EVX_OK;
}

static void j_stats(struct evx_journal *base, struct evx_journal_stats *out)
{
    (void)base;
    memset(out, 0, sizeof *out);
}

static const struct evx_journal_ops ops = {.close = j_close,
                                           .begin = j_begin,
                                           .append = j_append,
                                           .put_node = j_put_node,
                                           .put_head = j_put_head,
                                           .put_boundary = j_put_boundary,
                                           .put_note = j_put_note,
                                           .put_equivocation = j_put_equivocation,
                                           .put_cosignature = j_put_cosignature,
                                           .commit = j_commit,
                                           .rollback = j_rollback,
                                           .size = j_size,
                                           .read = j_read,
                                           .read_body = j_read_body,
                                           .node = j_node,
                                           .head = j_head,
                                           .heads = j_heads,
                                           .find = j_find,
                                           .next_for = j_next_for,
                                           .boundary = j_boundary,
                                           .last_boundary = j_last_boundary,
                                           .unsigned_boundaries = j_unsigned,
                                           .cosignatures = j_cosignatures,
                                           .cosigned_below = j_cosigned_below,
                                           .equivocations = j_equivocations,
                                           .equivocation = j_equivocation,
                                           .maintain = j_maintain,
                                           .stats = j_stats};

enum evx_status sim_journal_open(struct evx_journal **out, struct sim_broker *b)
{
    *out = NULL;
    struct sim_journal *j = calloc(1, sizeof *j);
    if (!j) return EVX_E_MEMORY;
    j->base.ops = &ops;
    j->broker = b;
    j->d = b->disk;
    *out = &j->base;
    return EVX_OK;
}
