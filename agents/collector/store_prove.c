// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/store_parts.h"

struct reading {
    struct evx_store *store;
    struct evx_buf entry;
};

// A subtree's hash from the entries under it. The siblings of one path do not overlap, so
// all of them together read every entry once.
static enum evx_status read_node(void *user, unsigned height, uint64_t number, struct evx_digest *out)
{
    struct reading *r = user;
    struct evx_frontier tree = {0};
    enum evx_status s = EVX_OK;
    uint64_t first = number << height, end = first + ((uint64_t)1 << height);
    for (uint64_t i = first; !s && i < end; i++) {
        struct evx_digest leaf;
        evx_buf_clear(&r->entry);
        s = evx_store_db_content(r->store->rows, i, &r->entry, NULL);
        if (s) break;
        evx_log_leaf(&leaf, evx_buf_bytes(&r->entry));
        evx_frontier_append(&tree, &leaf, NULL, NULL);
    }
    if (!s) evx_frontier_root(out, &tree);
    return s == EVX_E_NOT_FOUND ? EVX_E_STORE_DAMAGED : s;
}

static enum evx_status read_note(struct evx_checkpoint *out, struct evx_bytes note)
{
    struct evx_note parsed;
    enum evx_status s = evx_note_parse(&parsed, note);
    return s ? s : evx_checkpoint_parse_text(out, parsed.text);
}

static enum evx_status choose(struct evx_checkpoint *out, struct evx_store *s, uint64_t index,
                              struct evx_bytes witnessed, struct evx_buf *note)
{
    struct evx_frontier frontier;
    enum evx_status status = evx_store_cursor(s, &frontier, note);
    if (status) return status == EVX_E_NOT_FOUND ? EVX_E_NOT_COLLECTED : status;
    if (witnessed.n && !read_note(out, witnessed) && index < out->size && out->size <= frontier.size) {
        evx_buf_clear(note);
        return evx_buf_append(note, witnessed.p, witnessed.n);
    }
    status = note->n ? read_note(out, evx_buf_bytes(note)) : EVX_E_NOT_COLLECTED;
    if (!status && (out->size > frontier.size || index >= out->size)) status = EVX_E_NOT_COLLECTED;
    return status;
}

enum evx_status evx_store_prove(struct evx_store *s, uint64_t index, struct evx_bytes witnessed,
                                struct evx_receipt *out)
{
    *out = (struct evx_receipt){.index = index};
    struct evx_checkpoint checkpoint;
    struct reading r = {.store = s};
    enum evx_status status = choose(&checkpoint, s, index, witnessed, &out->checkpoint);
    if (!status) status = evx_inclusion_proof(&out->path, index, checkpoint.size, read_node, &r);
    evx_buf_free(&r.entry);
    if (status) evx_receipt_free(out);
    return status;
}
