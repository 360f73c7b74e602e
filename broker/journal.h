// SPDX-License-Identifier: Apache-2.0
//
// The journal of one inspection: what an engine must offer so that the broker
// can keep consignments, prove the log and answer for it. Engines stand in
// engine/; the core knows no other way to a disk.
//
// One thread uses a journal. All calls may block on the disk. Statuses: IO and
// STORE_DAMAGED (stop acknowledging), DISK_FULL (the group was not written, the
// journal is as before it), MEMORY, NOT_FOUND where it says so.
#ifndef EVX_BROKER_JOURNAL_H
#define EVX_BROKER_JOURNAL_H

#include "crypto/chain.h"
#include "crypto/directory.h"
#include "crypto/merkle.h"

struct evx_journal;

// A stream belongs to the organisation that signs in it: two organisations
// that pick the same 16 bytes have two streams.
struct evx_stream_key {
    const char *org;
    struct evx_stream_id id;
};

// Adopted directories stand in the log as a stream of their own, which belongs to
// no organisation: sequence = version, last = the directory's hash. Its entries
// are addressed to EVX_JOURNAL_EVERYBODY and have no body.
#define EVX_JOURNAL_EVERYBODY   ""
#define EVX_JOURNAL_DIRECTORIES ((struct evx_stream_key){.org = EVX_JOURNAL_EVERYBODY})

// One entry: an accepted consignment, or an adopted directory. Everything
// borrowed for the call.
struct evx_journal_append {
    uint64_t index; // equals the journal's size
    struct evx_stream_key stream;
    uint64_t sequence;
    struct evx_digest leaf; // evx_log_leaf(log_entry)
    struct evx_bytes log_entry;
    struct evx_bytes body;       // the whole consignment; empty for a directory
    const char *const *audience; // organisations that may read the body, sender included, no duplicates
    size_t audience_n;
};

// As read back; log_entry is owned and replaced by each read. Its bytes were
// checked against `leaf`.
struct evx_journal_entry {
    uint64_t index;
    char sender[EVX_ORG_ID_BYTES];
    uint64_t sequence;
    uint64_t body_bytes; // 0: past retention and gone
    struct evx_digest leaf;
    struct evx_buf log_entry;
};

// A size at which the log was, or is about to be, signed.
struct evx_journal_boundary {
    uint64_t size;
    struct evx_digest root;
    struct evx_buf note; // empty until the signed checkpoint was stored; owned
};

struct evx_journal_equivocation {
    struct evx_stream_key stream;
    uint64_t sequence;
    struct evx_bytes first, second; // log entries: header and signature of both
};

struct evx_journal_stats {
    uint64_t commits;
    uint64_t commit_ns[24]; // histogram: bucket i counts commits below 2^i * 16 us
    uint64_t log_bytes;     // of the write-ahead log
    uint64_t file_bytes;
};

typedef enum evx_status (*evx_journal_head_visit)(void *user, const struct evx_stream_key *stream,
                                                  const struct evx_chain_head *head);

typedef enum evx_status (*evx_journal_boundary_visit)(void *user, uint64_t size,
                                                      const struct evx_digest *root);

struct evx_journal_ops {
    void (*close)(struct evx_journal *j);

    // One group: begin, puts, commit. Durable when commit returned OK.
    enum evx_status (*begin)(struct evx_journal *j);
    enum evx_status (*append)(struct evx_journal *j, const struct evx_journal_append *a);
    enum evx_status (*put_node)(struct evx_journal *j, unsigned height, uint64_t number,
                                const struct evx_digest *hash); // height > 0
    enum evx_status (*put_head)(struct evx_journal *j, const struct evx_stream_key *stream,
                                const struct evx_chain_head *head);
    enum evx_status (*put_boundary)(struct evx_journal *j, uint64_t size, const struct evx_digest *root);
    enum evx_status (*put_note)(struct evx_journal *j, uint64_t size, struct evx_bytes note);
    enum evx_status (*put_equivocation)(struct evx_journal *j, const struct evx_journal_equivocation *e);
    enum evx_status (*put_cosignature)(struct evx_journal *j, uint64_t size, const char *witness,
                                       struct evx_bytes line);
    enum evx_status (*commit)(struct evx_journal *j);
    void (*rollback)(struct evx_journal *j);

    // Reads see the open group too.
    enum evx_status (*size)(struct evx_journal *j, uint64_t *size);
    enum evx_status (*read)(struct evx_journal *j, uint64_t index, struct evx_journal_entry *out);
    // Replaces *body; its checksum was compared. NOT_FOUND when it is gone.
    enum evx_status (*read_body)(struct evx_journal *j, uint64_t index, struct evx_buf *body);
    // Any height; height 0 is the leaf. NOT_FOUND.
    enum evx_status (*node)(struct evx_journal *j, unsigned height, uint64_t number, struct evx_digest *out);
    // All zero when the stream is new.
    enum evx_status (*head)(struct evx_journal *j, const struct evx_stream_key *stream,
                            struct evx_chain_head *out);
    enum evx_status (*heads)(struct evx_journal *j, evx_journal_head_visit visit, void *user);
    // Position of (stream, sequence). NOT_FOUND.
    enum evx_status (*find)(struct evx_journal *j, const struct evx_stream_key *stream, uint64_t sequence,
                            uint64_t *index);
    // First index >= from whose body `org` may read. NOT_FOUND.
    enum evx_status (*next_for)(struct evx_journal *j, const char *org, uint64_t from, uint64_t *index);
    // The first boundary with size >= `size`, the last one of all. NOT_FOUND.
    enum evx_status (*boundary)(struct evx_journal *j, uint64_t size, struct evx_journal_boundary *out);
    enum evx_status (*last_boundary)(struct evx_journal *j, struct evx_journal_boundary *out);
    // Those of the last 64 whose note was not stored, ascending: what a crash left open.
    enum evx_status (*unsigned_boundaries)(struct evx_journal *j, evx_journal_boundary_visit visit,
                                           void *user);
    // The greatest size < below at which there is a line. NOT_FOUND.
    enum evx_status (*cosigned_below)(struct evx_journal *j, uint64_t below, uint64_t *size);
    // Appends every witness's line at exactly `size` to *out.
    enum evx_status (*cosignatures)(struct evx_journal *j, uint64_t size, struct evx_buf *out);
    enum evx_status (*equivocations)(struct evx_journal *j, uint64_t *count);
    // The first one with a number above `after`: its log entries replace *first and *second;
    // their hash was compared. NOT_FOUND: *number is 0 and both are empty.
    enum evx_status (*equivocation)(struct evx_journal *j, uint64_t after, uint64_t *number,
                                    struct evx_buf *first, struct evx_buf *second);

    // Forgets the bodies of all entries below `before`, overwritten on disk; everything else
    // stays. Outside a group. *dropped counts them. Safe to repeat.
    enum evx_status (*drop_bodies)(struct evx_journal *j, uint64_t before, uint64_t *dropped);

    // Housekeeping that may wait: called after the answers went out. `idle`:
    // nothing else is waiting.
    enum evx_status (*maintain)(struct evx_journal *j, bool idle);
    void (*stats)(struct evx_journal *j, struct evx_journal_stats *out);
};

// Engines put this first in their own struct.
struct evx_journal {
    const struct evx_journal_ops *ops;
};

void evx_journal_entry_free(struct evx_journal_entry *e);
void evx_journal_boundary_free(struct evx_journal_boundary *b);
// Closes and nulls.
void evx_journal_destroy(struct evx_journal **j);

// The log's bytes as an independent reader sees them: only what is committed.
// `visit` is called for from, from + 1 … to - 1; NOT_FOUND when one is missing.
typedef enum evx_status (*evx_journal_visit)(void *user, uint64_t index, struct evx_bytes log_entry);
struct evx_journal_view {
    enum evx_status (*size)(void *user, uint64_t *size);
    enum evx_status (*entries)(void *user, uint64_t from, uint64_t to, evx_journal_visit visit,
                               void *visitor);
    void *user;
};

#endif
