// SPDX-License-Identifier: Apache-2.0
#include "broker/fsck.h"

#include <stdlib.h>
#include <string.h>

#include "broker/engine/journal_sqlite.h"
#include "broker/ledger.h"
#include "broker/register.h"
#include "crypto/directory_history.h"

#define HEADS 4096 // stream heads remembered; the others are looked up

struct known_head {
    bool used;
    char org[EVX_ORG_ID_BYTES];
    struct evx_stream_id stream;
    uint64_t sequence;
    struct evx_digest last;
};

struct checking {
    const struct evx_fsck_options *o;
    struct evx_fsck_result *result;
    struct evx_ledger *ledger;
    struct evx_journal *journal;
    struct evx_register reg;
    struct evx_frontier frontier;
    struct evx_journal_boundary boundary; // the next one to be met
    bool boundaries_left, reg_seen;
    uint64_t directory_version; // the newest met
    struct evx_journal_entry entry;
    struct evx_buf body;
    enum evx_status node_status;
    struct known_head *head;
};

static enum evx_status fail(struct checking *c, enum evx_status s, const char *what)
{
    if (!s || c->result->fault) return s;
    c->result->fault = what;
    c->result->fault_index = c->frontier.size;
    return s;
}

static void compare_node(void *user, unsigned height, uint64_t number, const struct evx_digest *hash)
{
    struct checking *c = user;
    struct evx_digest stored;
    if (c->node_status) return;
    enum evx_status s = c->journal->ops->node(c->journal, height, number, &stored);
    if (s == EVX_E_NOT_FOUND || (!s && memcmp(stored.b, hash->b, sizeof stored.b))) s = EVX_E_STORE_DAMAGED;
    c->node_status = s;
}

static enum evx_status check_tree(struct checking *c)
{
    evx_frontier_append(&c->frontier, &c->entry.leaf, compare_node, c);
    return fail(c, c->node_status, "a tree node does not follow from the entries");
}

static struct known_head *head_of(struct checking *c, const Evx__V1__Header *h)
{
    return &c->head[evx_get_be32(h->stream.data) % HEADS];
}

static bool knows(const struct known_head *k, const struct checking *c, const Evx__V1__Header *h)
{
    return k->used && !strcmp(k->org, c->entry.sender) && !memcmp(k->stream.b, h->stream.data, 16);
}

// The id at the sequence before, from memory or from the journal.
static enum evx_status previous_id(struct checking *c, const Evx__V1__Header *h, struct evx_digest *id)
{
    struct known_head *k = head_of(c, h);
    if (knows(k, c, h)) {
        *id = k->last;
        return k->sequence == h->sequence - 1 ? EVX_OK : EVX_E_STORE_DAMAGED;
    }
    struct evx_stream_key key = {.org = c->entry.sender};
    memcpy(key.id.b, h->stream.data, sizeof key.id.b);
    struct evx_journal_entry e = {0};
    uint64_t index = 0, received;
    struct evx_bytes header;
    const struct evx_signature *signature;
    enum evx_status s = c->journal->ops->find(c->journal, &key, h->sequence - 1, &index);
    if (!s) s = c->journal->ops->read(c->journal, index, &e);
    if (!s) s = evx_log_entry_parse(&received, &header, &signature, evx_buf_bytes(&e.log_entry));
    if (!s) evx_consignment_id(id, header);
    evx_journal_entry_free(&e);
    return s ? EVX_E_STORE_DAMAGED : EVX_OK;
}

static enum evx_status check_chain(struct checking *c, const Evx__V1__Header *h, const struct evx_digest *id)
{
    struct evx_digest before;
    if (h->sequence != c->entry.sequence)
        return fail(c, EVX_E_STORE_DAMAGED, "sequence differs from its header");
    if (h->sequence > 1) {
        enum evx_status s = previous_id(c, h, &before);
        if (!s && (h->previous.len != 32 || memcmp(before.b, h->previous.data, 32))) s = EVX_E_STORE_DAMAGED;
        if (s) return fail(c, s, "a sender chain is broken");
    }
    struct known_head *k = head_of(c, h);
    k->used = true;
    memcpy(k->org, c->entry.sender, sizeof k->org);
    memcpy(k->stream.b, h->stream.data, sizeof k->stream.b);
    k->sequence = h->sequence;
    k->last = *id;
    return EVX_OK;
}

static enum evx_status check_deep(struct checking *c, const Evx__V1__Header *h)
{
    if (!c->o->deep || !c->o->directory) return EVX_OK;
    struct evx_fingerprint f;
    memcpy(f.b, h->sender.data, sizeof f.b);
    const struct evx_dir_key *key = evx_directory_key(c->o->directory, &f);
    if (!key) return EVX_OK; // of an organisation that has left the directory
    struct evx_consignment opened;
    enum evx_status s = evx_consignment_open(&opened, evx_buf_bytes(&c->body), key);
    if (!s) evx_consignment_close(&opened);
    return fail(c, s, "a consignment does not verify");
}

static enum evx_status check_body(struct checking *c, const Evx__V1__Header *h)
{
    if (!c->entry.body_bytes) return EVX_OK;
    enum evx_status s = c->journal->ops->read_body(c->journal, c->entry.index, &c->body);
    if (s)
        return fail(c, s == EVX_E_NOT_FOUND ? EVX_E_STORE_DAMAGED : s, "a consignment is missing or altered");
    struct evx_bytes header;
    const struct evx_signature *signature;
    s = evx_consignment_peek(&header, &signature, evx_buf_bytes(&c->body));
    bool same = !s && c->entry.log_entry.n == 1 + 8 + header.n + sizeof signature->b &&
                !memcmp(c->entry.log_entry.p + 9, header.p, header.n);
    if (!same) return fail(c, EVX_E_STORE_DAMAGED, "a consignment is not the one that was logged");
    c->result->bodies++;
    return check_deep(c, h);
}

// Adopted directories: versions rise, and the row agrees with what was logged. The
// directory at hand vouches for its own hash and for that of the one before it.
static enum evx_status check_adoption(struct checking *c)
{
    struct evx_log_directory e;
    const struct evx_directory *d = c->o->directory;
    enum evx_status s = evx_log_directory_parse(&e, evx_buf_bytes(&c->entry.log_entry));
    if (s || c->entry.sequence != e.version || c->entry.body_bytes)
        return fail(c, EVX_E_STORE_DAMAGED, "a directory's entry differs from its row");
    if (e.version <= c->directory_version)
        return fail(c, EVX_E_DIRECTORY_ROLLBACK, "an older directory was logged after a newer one");
    c->directory_version = e.version;
    c->result->directories++;
    if (!d || evx_directory_version(d) - e.version > 1) return EVX_OK;
    bool own = evx_directory_version(d) == e.version;
    const struct evx_digest *hash = own ? evx_directory_hash(d) : evx_directory_previous(d);
    if (!memcmp(hash->b, e.hash.b, sizeof e.hash.b)) return EVX_OK;
    return fail(c, EVX_E_DIRECTORY_SPLIT, "the log names another directory than the one at hand");
}

static enum evx_status check_content(struct checking *c)
{
    if (!*c->entry.sender) return check_adoption(c);
    uint64_t received;
    struct evx_bytes header;
    const struct evx_signature *signature;
    Evx__V1__Header *h = NULL;
    struct evx_digest id;
    enum evx_status s =
        evx_log_entry_parse(&received, &header, &signature, evx_buf_bytes(&c->entry.log_entry));
    if (!s) s = evx_header_unpack(&h, header);
    if (s) return fail(c, EVX_E_STORE_DAMAGED, "an entry cannot be read");
    evx_consignment_id(&id, header);
    if (h->sequence == 1) c->result->streams++;
    s = check_chain(c, h, &id);
    if (!s) s = check_body(c, h);
    evx_header_free(h);
    return s;
}

static enum evx_status next_boundary(struct checking *c)
{
    enum evx_status s = c->journal->ops->boundary(c->journal, c->frontier.size + 1, &c->boundary);
    c->boundaries_left = !s;
    return s == EVX_E_NOT_FOUND ? EVX_OK : s;
}

// The note must say what was computed; its signature is checked for the newest
// and, when deep, for all.
static enum evx_status check_note(struct checking *c, const struct evx_digest *root)
{
    if (!c->boundary.note.n) return EVX_OK;
    struct evx_note note;
    struct evx_checkpoint signed_one;
    enum evx_status s = evx_note_parse(&note, evx_buf_bytes(&c->boundary.note));
    if (!s) s = evx_checkpoint_parse_text(&signed_one, note.text);
    if (!s && (signed_one.size != c->frontier.size || memcmp(signed_one.root.b, root->b, 32)))
        s = EVX_E_STORE_DAMAGED;
    struct evx_vkey log;
    bool verify = c->o->directory && (c->o->deep || c->frontier.size == c->ledger->frontier.size);
    if (!s && verify)
        s = evx_directory_log_vkey_for(&log, c->o->directory, &c->o->inspection,
                                       evx_buf_bytes(&c->boundary.note));
    if (!s && verify) s = evx_checkpoint_open(&signed_one, evx_buf_bytes(&c->boundary.note), &log);
    c->result->checkpoints++;
    return fail(c, s, "a checkpoint does not fit the log");
}

static enum evx_status check_boundary(struct checking *c)
{
    bool at_boundary = c->boundaries_left && c->boundary.size == c->frontier.size;
    bool at_register = c->reg.size == c->frontier.size;
    if (!at_boundary && !at_register) return EVX_OK;
    struct evx_digest root;
    evx_frontier_root(&root, &c->frontier);
    if (at_register) {
        c->reg_seen = true;
        if (memcmp(root.b, c->reg.root.b, sizeof root.b))
            return fail(c, EVX_E_LOG_BEHIND, "the log does not lead to what the signer signed");
    }
    if (!at_boundary) return EVX_OK;
    if (memcmp(root.b, c->boundary.root.b, sizeof root.b))
        return fail(c, EVX_E_STORE_DAMAGED, "a checkpoint's root does not follow from the entries");
    enum evx_status s = check_note(c, &root);
    return s ? s : next_boundary(c);
}

static enum evx_status check_entry(struct checking *c, uint64_t index)
{
    enum evx_status s = c->journal->ops->read(c->journal, index, &c->entry);
    if (s) return fail(c, s == EVX_E_NOT_FOUND ? EVX_E_STORE_DAMAGED : s, "an entry is missing or altered");
    s = check_content(c);
    if (!s) s = check_tree(c);
    if (!s) s = check_boundary(c);
    if (!s) c->result->entries++;
    return s;
}

static enum evx_status open_log(struct checking *c)
{
    struct evx_journal_sqlite_options options = {.read_only = true};
    struct evx_dir_inspection i = {.id = c->o->inspection};
    struct evx_journal *journal = NULL;
    enum evx_status s = evx_journal_sqlite_open(&journal, c->o->journal, &options);
    if (!s) s = evx_ledger_new(&c->ledger, &i, &journal);
    evx_journal_destroy(&journal);
    if (s) return fail(c, s, "the journal does not agree with its newest checkpoint or its sender chains");
    c->journal = c->ledger->journal;
    return EVX_OK;
}

static enum evx_status open_register(struct checking *c)
{
    struct evx_dir_inspection unknown = {.id = c->o->inspection};
    const struct evx_dir_inspection *i =
        c->o->directory ? evx_directory_inspection(c->o->directory, &c->o->inspection) : NULL;
    if (!i) i = &unknown;
    enum evx_status s = evx_register_open(&c->reg, c->o->reg, i->origin);
    // Without the inspection in the directory its origin is not known; the root still is.
    if (s == EVX_E_CHECKPOINT && i == &unknown) return EVX_OK;
    if (s == EVX_E_NOT_FOUND && c->ledger->frontier.size == 0) return EVX_OK;
    if (s == EVX_E_NOT_FOUND) return fail(c, EVX_E_LOG_BEHIND, "the signer's register is missing");
    if (!s && c->reg.size > c->ledger->frontier.size)
        return fail(c, EVX_E_LOG_BEHIND, "the log is behind what the signer signed");
    return fail(c, s, "the signer's register is damaged");
}

static enum evx_status walk(struct checking *c)
{
    enum evx_status s = next_boundary(c);
    for (uint64_t i = 0; !s && i < c->ledger->frontier.size; i++)
        s = check_entry(c, i);
    evx_frontier_root(&c->result->root, &c->frontier);
    if (!s) s = c->journal->ops->equivocations(c->journal, &c->result->equivocations);
    if (!s && c->reg.size && !c->reg_seen) s = fail(c, EVX_E_LOG_BEHIND, "the signed size was never met");
    return s;
}

enum evx_status evx_fsck(struct evx_fsck_result *result, const struct evx_fsck_options *o)
{
    *result = (struct evx_fsck_result){0};
    struct checking c = {.o = o, .result = result, .reg = {.fd = -1}};
    c.head = calloc(HEADS, sizeof *c.head);
    enum evx_status s = c.head ? open_log(&c) : EVX_E_MEMORY;
    if (!s) s = open_register(&c);
    if (!s) s = walk(&c);
    evx_journal_entry_free(&c.entry);
    evx_journal_boundary_free(&c.boundary);
    evx_buf_free(&c.body);
    evx_register_close(&c.reg);
    evx_ledger_destroy(&c.ledger);
    free(c.head);
    return s;
}
