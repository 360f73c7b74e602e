// SPDX-License-Identifier: Apache-2.0
//
// The simulated disks. Outbox, journal and register implement the product's own
// interface in place of the engine that the programs are linked with; the store
// is what the collector's ingest asks of one. What was committed outlives a crash,
// what was not is gone. Contents lie in the run's arena, so a backup is a copy.
#ifndef EVX_TESTS_SIM_DISKS_H
#define EVX_TESTS_SIM_DISKS_H

#include "agents/client/outbox.h"
#include "agents/collector/claims.h"
#include "tests/sim/sim.h"

// --- agents/client/outbox.h ---
#define SIM_ROWS     256
#define SIM_STREAMS  32
#define SIM_VALUES   300
#define SIM_LETTERS  128
#define SIM_VERDICTS 3

struct sim_verdict {
    char organisation[EVX_ORG_ID_BYTES];
    enum evx_status code;
    const struct evx_outbox_item *item; // the refused ones
    size_t items;
};
struct sim_row {
    struct evx_outbox_row row;
    uint64_t stream;     // position
    bool awaits, placed; // placed: row.index is known
    struct evx_sign_public signer;
    const struct evx_item_id *item_id;
    struct evx_bytes whole; // empty once nobody can ask for it
    struct evx_bytes proof, log_entry;
    struct sim_verdict verdict[SIM_VERDICTS];
    unsigned verdicts;
};
struct sim_letter {
    struct evx_inbox_letter letter;
    char sender[EVX_ORG_ID_BYTES];
};
struct sim_outbox_state {
    struct sim_row row[SIM_ROWS];
    unsigned rows;
    struct evx_outbox_stream stream[SIM_STREAMS];
    unsigned streams;
    struct {
        char name[80];
        struct evx_bytes bytes;
    } value[SIM_VALUES];
    unsigned values;
    struct sim_letter letter[SIM_LETTERS];
    unsigned letters;
    struct evx_outbox_counts counts;
};
struct sim_outbox_disk {
    struct sim_outbox_state kept;
};
// As evx_outbox_open() does for a path.
struct evx_outbox *sim_outbox_open(struct sim_node *n);
// check.c: an honest party sealed this.
void sim_sealed(struct sim_node *n, const struct sim_row *r);
// … and this witness cosigned the tree of that size that this broker shows.
void sim_cosigned_by(struct sim_broker *b, uint64_t size, const char *witness);
void sim_outbox_copy(struct sim_outbox_state *to, const struct sim_outbox_state *from);

// --- a collector's store ---
#define SIM_ENTRIES     512
#define SIM_STORE_NOTES 256

struct sim_stored {
    struct evx_store_consignment c;
    const struct evx_store_item *item;
    size_t items;
    bool answers; // it was owed an answer when it came
};
struct sim_store_state {
    struct sim_stored at[SIM_ENTRIES]; // by log index
    unsigned n;
    struct evx_store_stream stream[SIM_STREAMS * 4];
    unsigned streams;
    struct evx_store_note note[SIM_STORE_NOTES];
    unsigned notes;
    struct evx_store_statement statement[SIM_STORE_NOTES];
    unsigned statements;
    struct evx_frontier frontier;
    struct evx_bytes checkpoint;
};
struct sim_store_disk {
    struct sim_store_state kept, now; // now: with what is not committed yet
};
void sim_store_copy(struct sim_store_state *to, const struct sim_store_state *from);
EVX_MUST_CHECK enum evx_status sim_store_commit(struct sim_node *n);
void sim_store_rollback(struct sim_node *n);
EVX_MUST_CHECK enum evx_status sim_store_put(struct sim_node *n, const struct evx_store_consignment *c,
                                             const struct evx_store_item *item, size_t items);
EVX_MUST_CHECK enum evx_status sim_store_put_stream(struct sim_node *n,
                                                    const struct evx_store_stream *stream);
EVX_MUST_CHECK enum evx_status sim_store_put_note(struct sim_node *n, const struct evx_store_note *note);
EVX_MUST_CHECK enum evx_status sim_store_put_statement(struct sim_node *n,
                                                       const struct evx_store_statement *st);
unsigned sim_store_unconfirmed(const struct sim_node *n);
// The questions of struct evx_intake_world; user is the node.
enum evx_status sim_store_find(void *user, const struct evx_item_id *id, struct evx_store_row *out);
enum evx_status sim_store_sent(void *user, const struct evx_stream_id *stream, uint64_t sequence,
                               struct evx_store_sent *out);

// --- broker/journal.h and broker/register.h ---
#define SIM_NODES_KEPT 1200
#define SIM_HEADS      96
#define SIM_BOUNDARIES 512

struct sim_entry {
    char sender[EVX_ORG_ID_BYTES];
    struct evx_stream_id stream;
    uint64_t sequence;
    struct evx_digest leaf;
    struct evx_bytes log_entry, body;
    char audience[SIM_NODES + 2][EVX_ORG_ID_BYTES];
    unsigned audience_n;
};
struct sim_log_disk {
    struct sim_entry entry[SIM_ENTRIES];
    uint64_t entries;
    struct {
        unsigned height;
        uint64_t number;
        struct evx_digest hash;
    } node[SIM_NODES_KEPT];
    unsigned nodes;
    struct {
        char org[EVX_ORG_ID_BYTES];
        struct evx_stream_id id;
        struct evx_chain_head head;
    } head[SIM_HEADS];
    unsigned heads;
    struct {
        uint64_t size;
        struct evx_digest root;
        struct evx_bytes note;
    } boundary[SIM_BOUNDARIES];
    unsigned boundaries;
    struct {
        struct evx_bytes first, second;
    } equivocation[64];
    unsigned equivocations;
    struct {
        uint64_t size;
        char witness[EVX_ORG_ID_BYTES];
        struct evx_bytes line;
    } cosignature[256];
    unsigned cosignatures;
    // The register: a disk of its own.
    bool registered;
    struct evx_digest origin;
    uint64_t signed_size;
    struct evx_digest signed_root;
};
enum evx_status sim_journal_open(struct evx_journal **out, struct sim_broker *b);
void sim_journal_view(struct evx_journal_view *out, struct sim_broker *b);
// Copies journal and register.
void sim_log_copy(struct sim_log_disk *to, const struct sim_log_disk *from);

#endif
