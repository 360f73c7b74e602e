// SPDX-License-Identifier: Apache-2.0
//
// The log of one inspection inside the core: its journal, the tree's right
// edge, a small cache of tree nodes and stream heads, what waits for the disk
// and what waits for the signature.
#ifndef EVX_BROKER_LEDGER_H
#define EVX_BROKER_LEDGER_H

#include "broker/journal.h"
#include "broker/verify.h"
#include "crypto/directory_history.h"
#include "crypto/policy.h"

#define EVX_LEDGER_NODES 1024 // tree nodes kept in memory, by place
#define EVX_LEDGER_HEADS 256  // stream heads kept in memory, by place
#define EVX_LEDGER_LINES 64   // cosignature lines that the next group stores
#define EVX_LEDGER_NOTES 8    // signed checkpoints that the next group stores

// A receipt that waits for the signature over `size`.
struct evx_ledger_pending {
    uint32_t session;
    uint64_t index;
    uint64_t size;
    uint64_t received_ms;
    uint64_t bytes; // credit that the answer gives back
    struct evx_digest id;
    struct evx_digest leaf;
    bool duplicate;
};

struct evx_ledger_signed {
    uint64_t size;
    struct evx_digest root;
    struct evx_buf note;
};

// A witness's line that is not stored yet.
struct evx_ledger_line {
    uint64_t size;
    char org[EVX_ORG_ID_BYTES];
    struct evx_buf text;
};

struct evx_ledger {
    struct evx_ledger *next;
    struct evx_inspection_id id;
    char hex[33];
    char origin[EVX_NOTE_NAME_BYTES];
    struct evx_journal *journal;
    struct evx_frontier frontier;
    struct evx_chain_head directories;    // newest directory in this log: version and hash
    uint64_t adopt_not_before_ms;         // after a full disk
    bool ready;                           // confirmed by the signer
    unsigned to_sign;                     // sign jobs under way
    struct evx_verify_job *first, **last; // verified, waiting for a group
    size_t waiting;
    struct evx_ledger_pending *pending;
    size_t pendings, pendings_cap;
    struct evx_ledger_signed newest; // the newest signed checkpoint
    struct evx_ledger_signed unsaved[EVX_LEDGER_NOTES];
    size_t unsaved_n;
    // Witnesses (broker/witnesses.h).
    struct evx_policy *policy;          // NULL: nobody counts
    struct evx_ledger_signed witnessed; // the newest that a quorum cosigned, with every line; size 0: none
    struct evx_ledger_signed candidate; // what is to be cosigned, without lines
    uint64_t candidate_ms;
    struct evx_ledger_line line[EVX_LEDGER_LINES];
    size_t lines;
    struct {
        bool used;
        unsigned height;
        uint64_t number;
        struct evx_digest hash;
    } node[EVX_LEDGER_NODES];
    struct {
        bool used;
        char org[EVX_ORG_ID_BYTES];
        struct evx_stream_id id;
        struct evx_chain_head head;
    } head[EVX_LEDGER_HEADS];
};

// Takes the journal on success and checks it against itself: the newest
// checkpoint's root, and every stream's head against its entry. LOG_BEHIND when
// entries are missing under a checkpoint, STORE_DAMAGED, IO.
EVX_MUST_CHECK enum evx_status evx_ledger_new(struct evx_ledger **out, const struct evx_dir_inspection *i,
                                              struct evx_journal **journal);
void evx_ledger_destroy(struct evx_ledger **l);

// Appends to tree and journal inside the open group.
EVX_MUST_CHECK enum evx_status evx_ledger_append(struct evx_ledger *l, const struct evx_journal_append *a);
// Forgets what a group that was rolled back had changed.
void evx_ledger_reset(struct evx_ledger *l, const struct evx_frontier *before);

EVX_MUST_CHECK enum evx_status evx_ledger_head(struct evx_ledger *l, const struct evx_stream_key *stream,
                                               struct evx_chain_head *out);
EVX_MUST_CHECK enum evx_status evx_ledger_put_head(struct evx_ledger *l, const struct evx_stream_key *stream,
                                                   const struct evx_chain_head *head);

// An evx_node_reader; user is the ledger.
enum evx_status evx_ledger_node(void *user, unsigned height, uint64_t number, struct evx_digest *out);
// Proof of `leaf` at index under (size, root), checked before it is handed out:
// STORE_DAMAGED rather than a proof that does not hold.
EVX_MUST_CHECK enum evx_status evx_ledger_proof(struct evx_proof *out, struct evx_ledger *l, uint64_t index,
                                                const struct evx_digest *leaf, uint64_t size,
                                                const struct evx_digest *root);
// The signed checkpoint that first covered `index`. NOT_FOUND: not signed yet;
// then *size (if there is a boundary) says which signature to wait for.
EVX_MUST_CHECK enum evx_status evx_ledger_original(struct evx_ledger *l, uint64_t index,
                                                   struct evx_ledger_signed *out);

EVX_MUST_CHECK enum evx_status evx_ledger_wait(struct evx_ledger *l, const struct evx_ledger_pending *p);
void evx_ledger_queue(struct evx_ledger *l, struct evx_verify_job *job);
struct evx_verify_job *evx_ledger_take(struct evx_ledger *l);

#endif
