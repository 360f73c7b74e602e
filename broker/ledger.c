// SPDX-License-Identifier: Apache-2.0
#include "broker/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "broker/witnesses.h"

static void keep_node(struct evx_ledger *l, unsigned height, uint64_t number, const struct evx_digest *hash)
{
    size_t slot = (number * 31 + height * 257) % EVX_LEDGER_NODES;
    l->node[slot].used = true;
    l->node[slot].height = height;
    l->node[slot].number = number;
    l->node[slot].hash = *hash;
}

enum evx_status evx_ledger_node(void *user, unsigned height, uint64_t number, struct evx_digest *out)
{
    struct evx_ledger *l = user;
    size_t slot = (number * 31 + height * 257) % EVX_LEDGER_NODES;
    if (l->node[slot].used && l->node[slot].height == height && l->node[slot].number == number) {
        *out = l->node[slot].hash;
        return EVX_OK;
    }
    enum evx_status s = l->journal->ops->node(l->journal, height, number, out);
    if (!s) keep_node(l, height, number, out);
    return s == EVX_E_NOT_FOUND ? EVX_E_STORE_DAMAGED : s;
}

static enum evx_status load_frontier(struct evx_ledger *l, uint64_t size)
{
    l->frontier.size = size;
    for (unsigned h = 0; h < 64; h++) {
        if (!((size >> h) & 1)) continue;
        uint64_t number = h == 63 ? 0 : (size >> (h + 1)) << 1;
        enum evx_status s = evx_ledger_node(l, h, number, &l->frontier.node[h]);
        if (s) return s;
    }
    return EVX_OK;
}

// The stored tree must end exactly where the newest boundary says, in its root.
static enum evx_status check_against_boundary(struct evx_ledger *l)
{
    struct evx_journal_boundary b = {0};
    enum evx_status s = l->journal->ops->last_boundary(l->journal, &b);
    if (s == EVX_E_NOT_FOUND) s = l->frontier.size ? EVX_E_STORE_DAMAGED : EVX_OK;
    if (!s && b.size > l->frontier.size) s = EVX_E_LOG_BEHIND;
    struct evx_digest root;
    evx_frontier_root(&root, &l->frontier);
    bool same = b.size == l->frontier.size && (!b.size || !memcmp(root.b, b.root.b, sizeof root.b));
    if (!s && !same) s = EVX_E_STORE_DAMAGED;
    if (!s && b.size && b.note.n) {
        l->newest.size = b.size;
        l->newest.root = b.root;
        l->newest.note = b.note;
        b.note = (struct evx_buf){0};
    }
    evx_journal_boundary_free(&b);
    return s;
}

static enum evx_status id_of(struct evx_digest *id, const struct evx_stream_key *stream,
                             struct evx_bytes entry)
{
    uint64_t received;
    struct evx_bytes header;
    const struct evx_signature *signature;
    struct evx_log_directory directory;
    bool adoption = !*stream->org;
    enum evx_status s = adoption ? evx_log_directory_parse(&directory, entry)
                                 : evx_log_entry_parse(&received, &header, &signature, entry);
    if (s) return EVX_E_STORE_DAMAGED;
    if (adoption)
        *id = directory.hash;
    else
        evx_consignment_id(id, header);
    return EVX_OK;
}

static enum evx_status id_at(struct evx_ledger *l, const struct evx_stream_key *stream, uint64_t index,
                             struct evx_digest *id)
{
    struct evx_journal_entry e = {0};
    enum evx_status s = l->journal->ops->read(l->journal, index, &e);
    if (!s) s = id_of(id, stream, evx_buf_bytes(&e.log_entry));
    evx_journal_entry_free(&e);
    return s;
}

// A head must name the last entry of its stream, and no entry may lie beyond.

static enum evx_status check_head(void *user, const struct evx_stream_key *stream,
                                  const struct evx_chain_head *head)
{
    struct evx_ledger *l = user;
    uint64_t index = 0;
    struct evx_digest id;
    const struct evx_journal_ops *ops = l->journal->ops;
    enum evx_status s = ops->find(l->journal, stream, head->sequence + 1, &index);
    if (s != EVX_E_NOT_FOUND) return s ? s : EVX_E_STORE_DAMAGED;
    if (head->sequence == 0) return EVX_OK;
    s = ops->find(l->journal, stream, head->sequence, &index);
    if (!s) s = id_at(l, stream, index, &id);
    if (s) return s == EVX_E_NOT_FOUND ? EVX_E_STORE_DAMAGED : s;
    return memcmp(id.b, head->last.b, sizeof id.b) ? EVX_E_STORE_DAMAGED : EVX_OK;
}

enum evx_status evx_ledger_new(struct evx_ledger **out, const struct evx_dir_inspection *i,
                               struct evx_journal **journal)
{
    *out = NULL;
    struct evx_ledger *l = calloc(1, sizeof *l);
    if (!l) return EVX_E_MEMORY;
    l->id = i->id;
    l->last = &l->first;
    l->journal = *journal;
    evx_hex(l->hex, i->id.b, sizeof i->id.b);
    memcpy(l->origin, i->origin, sizeof l->origin);
    uint64_t size = 0;
    enum evx_status s = l->journal->ops->size(l->journal, &size);
    if (!s) s = load_frontier(l, size);
    if (!s) s = check_against_boundary(l);
    if (!s) s = l->journal->ops->heads(l->journal, check_head, l);
    if (!s) s = l->journal->ops->head(l->journal, &EVX_JOURNAL_DIRECTORIES, &l->directories);
    if (s) {
        l->journal = NULL;
        evx_ledger_destroy(&l);
        return s;
    }
    *journal = NULL;
    *out = l;
    return EVX_OK;
}

void evx_ledger_destroy(struct evx_ledger **ledger)
{
    if (!ledger || !*ledger) return;
    struct evx_ledger *l = *ledger;
    struct evx_verify_job *job;
    while ((job = evx_ledger_take(l)))
        evx_verify_job_destroy(&job);
    for (size_t i = 0; i < l->unsaved_n; i++)
        evx_buf_free(&l->unsaved[i].note);
    evx_buf_free(&l->newest.note);
    evx_witnesses_free(l);
    evx_journal_destroy(&l->journal);
    free(l->pending);
    free(l);
    *ledger = NULL;
}

struct node_writer {
    struct evx_ledger *ledger;
    enum evx_status status;
};

static void write_node(void *user, unsigned height, uint64_t number, const struct evx_digest *hash)
{
    struct node_writer *w = user;
    keep_node(w->ledger, height, number, hash);
    struct evx_journal *j = w->ledger->journal;
    if (height && !w->status) w->status = j->ops->put_node(j, height, number, hash);
}

enum evx_status evx_ledger_append(struct evx_ledger *l, const struct evx_journal_append *a)
{
    enum evx_status s = l->journal->ops->append(l->journal, a);
    if (s) return s;
    struct node_writer w = {.ledger = l};
    evx_frontier_append(&l->frontier, &a->leaf, write_node, &w);
    return w.status;
}

void evx_ledger_reset(struct evx_ledger *l, const struct evx_frontier *before)
{
    l->frontier = *before;
    for (size_t i = 0; i < EVX_LEDGER_NODES; i++)
        l->node[i].used = false;
    for (size_t i = 0; i < EVX_LEDGER_HEADS; i++)
        l->head[i].used = false;
}

static size_t head_slot(const struct evx_stream_key *stream)
{
    return (evx_get_be32(stream->id.b) ^ (uint32_t)stream->org[0]) % EVX_LEDGER_HEADS;
}

static void keep_head(struct evx_ledger *l, size_t slot, const struct evx_stream_key *stream,
                      const struct evx_chain_head *head)
{
    l->head[slot].used = true;
    l->head[slot].id = stream->id;
    l->head[slot].head = *head;
    memcpy(l->head[slot].org, stream->org, strlen(stream->org) + 1);
}

enum evx_status evx_ledger_head(struct evx_ledger *l, const struct evx_stream_key *stream,
                                struct evx_chain_head *out)
{
    size_t slot = head_slot(stream);
    if (l->head[slot].used && !memcmp(l->head[slot].id.b, stream->id.b, sizeof stream->id.b) &&
        !strcmp(l->head[slot].org, stream->org)) {
        *out = l->head[slot].head;
        return EVX_OK;
    }
    enum evx_status s = l->journal->ops->head(l->journal, stream, out);
    if (!s) keep_head(l, slot, stream, out);
    return s;
}

enum evx_status evx_ledger_put_head(struct evx_ledger *l, const struct evx_stream_key *stream,
                                    const struct evx_chain_head *head)
{
    enum evx_status s = l->journal->ops->put_head(l->journal, stream, head);
    if (!s) keep_head(l, head_slot(stream), stream, head);
    return s;
}

enum evx_status evx_ledger_proof(struct evx_proof *out, struct evx_ledger *l, uint64_t index,
                                 const struct evx_digest *leaf, uint64_t size, const struct evx_digest *root)
{
    enum evx_status s = evx_inclusion_proof(out, index, size, evx_ledger_node, l);
    if (s) return s;
    return evx_inclusion_verify(out, index, size, leaf, root) ? EVX_E_STORE_DAMAGED : EVX_OK;
}

static enum evx_status copy_signed(struct evx_ledger_signed *out, const struct evx_ledger_signed *from)
{
    out->size = from->size;
    out->root = from->root;
    evx_buf_clear(&out->note);
    return evx_buf_append(&out->note, from->note.p, from->note.n);
}

enum evx_status evx_ledger_original(struct evx_ledger *l, uint64_t index, struct evx_ledger_signed *out)
{
    struct evx_journal_boundary b = {0};
    enum evx_status s = l->journal->ops->boundary(l->journal, index + 1, &b);
    out->size = s ? 0 : b.size;
    if (s) return s == EVX_E_NOT_FOUND ? EVX_E_STORE_DAMAGED : s;
    for (size_t i = 0; !b.note.n && i < l->unsaved_n; i++)
        if (l->unsaved[i].size == b.size) return copy_signed(out, &l->unsaved[i]);
    if (!b.note.n) return EVX_E_NOT_FOUND;
    out->root = b.root;
    evx_buf_free(&out->note);
    out->note = b.note;
    return EVX_OK;
}

enum evx_status evx_ledger_wait(struct evx_ledger *l, const struct evx_ledger_pending *p)
{
    if (l->pendings == l->pendings_cap) {
        size_t cap = l->pendings_cap ? l->pendings_cap * 2 : 64;
        struct evx_ledger_pending *more = realloc(l->pending, cap * sizeof *more);
        if (!more) return EVX_E_MEMORY;
        l->pending = more;
        l->pendings_cap = cap;
    }
    l->pending[l->pendings++] = *p;
    return EVX_OK;
}

void evx_ledger_queue(struct evx_ledger *l, struct evx_verify_job *job)
{
    job->next = NULL;
    *l->last = job;
    l->last = &job->next;
    l->waiting++;
}

struct evx_verify_job *evx_ledger_take(struct evx_ledger *l)
{
    struct evx_verify_job *job = l->first;
    if (!job) return NULL;
    l->first = job->next;
    if (!l->first) l->last = &l->first;
    l->waiting--;
    return job;
}
