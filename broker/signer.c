// SPDX-License-Identifier: Apache-2.0
#include "broker/signer.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/directory_history.h"

struct signed_log {
    struct signed_log *next;
    struct evx_inspection_id id;
    char origin[EVX_NOTE_NAME_BYTES];
    struct evx_journal_view view;
    void (*close_view)(struct evx_journal_view *);
    struct evx_register reg;
    struct evx_frontier frontier; // of the bytes read so far, at least reg.size
};

struct evx_signer {
    const struct evx_sign_secret *key;
    struct evx_sign_public public_key;
    struct signed_log *logs;
};

enum evx_status evx_signer_new(struct evx_signer **out, const struct evx_sign_secret *log_key,
                               const struct evx_sign_public *log_public)
{
    *out = calloc(1, sizeof **out);
    if (!*out) return EVX_E_MEMORY;
    (*out)->key = log_key;
    (*out)->public_key = *log_public;
    return EVX_OK;
}

static void free_log(struct signed_log *l)
{
    if (l->close_view) l->close_view(&l->view);
    evx_register_close(&l->reg);
    free(l);
}

void evx_signer_destroy(struct evx_signer **s)
{
    if (!s || !*s) return;
    while ((*s)->logs) {
        struct signed_log *l = (*s)->logs;
        (*s)->logs = l->next;
        free_log(l);
    }
    free(*s);
    *s = NULL;
}

static enum evx_status take_entry(void *user, uint64_t index, struct evx_bytes log_entry)
{
    struct evx_frontier *f = user;
    if (index != f->size) return EVX_E_LOG_BEHIND;
    // Nothing that no reader could understand gets a signature.
    if (evx_log_entry_check(log_entry)) return EVX_E_STORE_DAMAGED;
    struct evx_digest leaf;
    evx_log_leaf(&leaf, log_entry);
    evx_frontier_append(f, &leaf, NULL, NULL);
    return EVX_OK;
}

static enum evx_status read_up_to(const struct signed_log *l, struct evx_frontier *f, uint64_t size)
{
    if (f->size == size) return EVX_OK;
    enum evx_status s = l->view.entries(l->view.user, f->size, size, take_entry, f);
    return s == EVX_E_NOT_FOUND ? EVX_E_LOG_BEHIND : s;
}

static bool root_is(const struct evx_frontier *f, const struct evx_digest *expected)
{
    struct evx_digest root;
    evx_frontier_root(&root, f);
    return !memcmp(root.b, expected->b, sizeof root.b);
}

static enum evx_status check_against_register(struct signed_log *l)
{
    enum evx_status s = read_up_to(l, &l->frontier, l->reg.size);
    if (!s && l->reg.size && !root_is(&l->frontier, &l->reg.root)) s = EVX_E_LOG_BEHIND;
    return s;
}

enum evx_status evx_signer_add(struct evx_signer *s, const struct evx_inspection_id *id, const char *origin,
                               const struct evx_journal_view *view,
                               void (*close_view)(struct evx_journal_view *), struct evx_register *reg)
{
    struct signed_log *l = calloc(1, sizeof *l);
    if (!l) return EVX_E_MEMORY;
    l->id = *id;
    l->view = *view;
    l->reg = *reg;
    size_t n = strlen(origin);
    enum evx_status status = n < sizeof l->origin ? EVX_OK : EVX_E_CHECKPOINT;
    if (!status) memcpy(l->origin, origin, n + 1);
    if (!status) status = check_against_register(l);
    if (status) {
        free(l);
        return status;
    }
    l->close_view = close_view;
    reg->fd = -1;
    l->next = s->logs;
    s->logs = l;
    return EVX_OK;
}

static struct signed_log *find(const struct evx_signer *s, const struct evx_inspection_id *id)
{
    struct signed_log *l = s->logs;
    while (l && memcmp(l->id.b, id->b, sizeof id->b))
        l = l->next;
    return l;
}

// A size that was signed before and whose note was lost with the process: the
// bytes up to the register are proven, so the same note is made again.
static enum evx_status check_earlier(const struct signed_log *l, uint64_t size, const struct evx_digest *root)
{
    struct evx_frontier f = {0};
    enum evx_status s = read_up_to(l, &f, size);
    return s ? s : root_is(&f, root) ? EVX_OK : EVX_E_CONSISTENCY;
}

// The frontier moves only when the bytes agree, so that a refusal changes nothing.
static enum evx_status check_newer(struct signed_log *l, uint64_t size, const struct evx_digest *root)
{
    struct evx_frontier f = l->frontier;
    enum evx_status s = read_up_to(l, &f, size);
    if (!s && !root_is(&f, root)) s = EVX_E_CONSISTENCY;
    if (!s && size > l->reg.size) s = evx_register_put(&l->reg, size, root);
    if (!s) l->frontier = f;
    return s;
}

enum evx_status evx_signer_sign(struct evx_signer *s, struct evx_buf *note,
                                const struct evx_inspection_id *id, uint64_t size,
                                const struct evx_digest *root)
{
    struct signed_log *l = find(s, id);
    if (!l) return EVX_E_WRONG_INSPECTION;
    enum evx_status status =
        size < l->frontier.size ? check_earlier(l, size, root) : check_newer(l, size, root);
    if (status) return status;
    struct evx_checkpoint c = {.size = size, .root = *root};
    memcpy(c.origin, l->origin, sizeof c.origin);
    return evx_checkpoint_sign(note, &c, s->key, &s->public_key);
}
