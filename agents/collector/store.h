// SPDX-License-Identifier: Apache-2.0
//
// The collector's store, one folder an inspection, read by evx-inspect:
//
//   store.db     consignments as they arrived, item rows, verdicts, the fetch
//                cursor, signed checkpoints. Nothing in it can be read without
//                a key.
//   keys.db      one re-wrapped item key an item, under the store key: erasing
//                one row (and rotating) makes that item unreadable for ever.
//   store.key    the store key, sealed to the organisation's ENC key.
//   audit.db     hash-chained record of every opening (P15).
//   index.db     derived views, rebuilt from the above when missing; its rows
//                that say anything personal are encrypted under the store key.
//
// Engine: SQLite, one writing connection per file, WAL, synchronous=FULL.
//
// Every row carries a hash keyed with the store key, so a row that was altered,
// moved or made up is STORE_DAMAGED and never shown. One thread per object.
#ifndef EVX_AGENTS_COLLECTOR_STORE_H
#define EVX_AGENTS_COLLECTOR_STORE_H

#include "agents/collector/opening.h"
#include "crypto/receipt.h"
#include "crypto/seal.h"

struct evx_store;

// Where the store of an agent with this state folder is: "<state>/store",
// malloc'd; NULL only without memory.
char *evx_store_folder(const char *state);

// Opens or creates. `secret` opens store.key (made when absent). read_only
// opens share the folder with a running collector. Without a secret (NULL) and
// read_only, counts and cursor can be read, unchecked, and nothing opened.
// ALREADY_RUNNING (another writer), NOT_FOUND (read_only and no store), WRAP
// (store.key is for another key: try the next epoch), GENERATION (keys.db and store.key
// do not belong together), SCHEMA, STORE_DAMAGED, IO, DISK_FULL.
EVX_MUST_CHECK enum evx_status evx_store_open(struct evx_store **out, const char *folder,
                                              const struct evx_box_secret *secret,
                                              const struct evx_box_public *public_key, bool read_only);
void evx_store_close(struct evx_store **s);
const struct evx_store_key *evx_store_master(const struct evx_store *s); // NULL without a secret
const char *evx_store_path(const struct evx_store *s);                   // the folder

// Those who open items share the folder; whoever destroys keys or makes new ones needs it
// alone for that time. Waits a few seconds. STORE_READ, IO; BUG for a reader.
EVX_MUST_CHECK enum evx_status evx_store_exclude_readers(struct evx_store *s);
void evx_store_admit_readers(struct evx_store *s);

// --- writing (collector) ---
// begin … put … commit is one transaction over store.db and keys.db: keys first,
// so a crash between the two leaves an unused key, never an unreadable item.
EVX_MUST_CHECK enum evx_status evx_store_begin(struct evx_store *s);
EVX_MUST_CHECK enum evx_status evx_store_commit(struct evx_store *s);
void evx_store_rollback(struct evx_store *s);

struct evx_store_item {
    struct evx_record record;
    enum evx_status code;              // EVX_OK = accepted
    uint8_t wrapped[EVX_REWRAP_BYTES]; // meaningless unless accepted
    uint32_t kind;                     // the Item oneof's field number; 0 unknown
};
struct evx_store_consignment {
    uint64_t index;
    uint64_t received_ms;
    struct evx_digest id;
    char sender[EVX_ORG_ID_BYTES];
    struct evx_stream_id stream;
    uint64_t sequence;
    enum evx_status code; // whole consignment: EVX_OK or why it was refused
    bool addressed;       // to us; otherwise only the log entry is here
    bool chained;         // took its place in the sender's chain
    bool owed;            // an acknowledgement is still to be queued
    uint32_t claimed;     // items that the header announces
    struct evx_bytes log_entry;
    struct evx_bytes body;      // whole consignment, may be empty
    uint32_t wraps_at, wraps_n; // of the body: key wraps, which are not kept (zeros stand there);
                                // wraps_n = 0 keeps everything
    uint32_t vouched;           // bytes at the body's end that its own item records vouch for:
                                // verified when it came, so they are not hashed once more
};
// Item numbers are 0, 1, 2 … in order. FILE_EXISTS when the index is there.
EVX_MUST_CHECK enum evx_status evx_store_put(struct evx_store *s, const struct evx_store_consignment *c,
                                             const struct evx_store_item *item, size_t items);
EVX_MUST_CHECK enum evx_status evx_store_set_cursor(struct evx_store *s, const struct evx_frontier *f,
                                                    struct evx_bytes checkpoint_note);
// NOT_FOUND when nothing was ever committed; *f is then the empty log.
EVX_MUST_CHECK enum evx_status evx_store_cursor(struct evx_store *s, struct evx_frontier *f,
                                                struct evx_buf *checkpoint_note);
// Moves the write-ahead logs into their files, outside any transaction: always
// when `idle`, otherwise only once they have grown large. May block on disk.
EVX_MUST_CHECK enum evx_status evx_store_maintain(struct evx_store *s, bool idle);

// --- sender chains (collector) ---
struct evx_store_stream {
    struct evx_stream_id id;
    char sender[EVX_ORG_ID_BYTES];
    struct evx_chain_head head;
    // A stream that says it replaces another one (FLAG_STREAM_RESET): which of the sender's
    // streams holds the id it names, and under which number; 0 = none does, or none was named.
    bool reset;
    struct evx_stream_id replaces;
    uint64_t replaces_at;
    // Kept so that a statement over any number of consignments is compared at once.
    struct evx_frontier before;         // over the ids of all consignments but the newest
    uint64_t items, rejected;           // in those
    uint64_t last_items, last_rejected; // in the newest
};
EVX_MUST_CHECK enum evx_status evx_store_put_stream(struct evx_store *s,
                                                    const struct evx_store_stream *stream);
EVX_MUST_CHECK enum evx_status
evx_store_streams(struct evx_store *s,
                  enum evx_status (*visit)(void *user, const struct evx_store_stream *stream), void *user);
// What stands in the log first at a place of a stream. NOT_FOUND.
struct evx_store_sent {
    struct evx_digest id;
    uint64_t index;
    uint32_t claimed, rejected; // items
};
EVX_MUST_CHECK enum evx_status evx_store_sent(struct evx_store *s, const struct evx_stream_id *stream,
                                              uint64_t sequence, struct evx_store_sent *out);

// --- remarks: what was seen on the way that is no reason to refuse ---
struct evx_store_note {
    uint64_t index;  // of the consignment that showed it
    uint32_t number; // of the item, or EVX_STORE_NO_ITEM
    enum evx_status
        code; // GAP: sent but not in the log; CHAIN: statement and log differ; NOT_FOUND: unknown target
    struct evx_stream_id stream; // whose chain, all zero when it is not about one
    uint64_t said, seen;         // the sequence (or count) stated, and ours
    char text[160];              // in words, never personal
};
#define EVX_STORE_NO_ITEM UINT32_MAX
EVX_MUST_CHECK enum evx_status evx_store_put_note(struct evx_store *s, const struct evx_store_note *note);
EVX_MUST_CHECK enum evx_status
evx_store_notes(struct evx_store *s, enum evx_status (*visit)(void *user, const struct evx_store_note *note),
                void *user);

// --- acknowledgements still to be queued, in log order ---
typedef enum evx_status (*evx_store_owed_visit)(void *user, const struct evx_store_consignment *c,
                                                const struct evx_store_item *item, size_t items);
// Log entry and body are left out; of each item only id, code and kind are set.
EVX_MUST_CHECK enum evx_status evx_store_owed(struct evx_store *s, evx_store_owed_visit visit, void *user);
EVX_MUST_CHECK enum evx_status evx_store_owed_count(struct evx_store *s, uint64_t *n);
// All up to and including `last` are queued. One durable statement.
EVX_MUST_CHECK enum evx_status evx_store_mark_queued(struct evx_store *s, uint64_t last);
// Owes those from first to last again (of consignments that had one); *n of them.
EVX_MUST_CHECK enum evx_status evx_store_owe_again(struct evx_store *s, uint64_t first, uint64_t last,
                                                   uint64_t *n);

// --- reading ---
struct evx_store_row {
    struct evx_store_ref ref;
    struct evx_item_id item_id;
    uint64_t received_ms;
    char sender[EVX_ORG_ID_BYTES];
    uint32_t kind;
    uint16_t retention; // class
    enum evx_status code;
    struct evx_digest consignment;
};
typedef enum evx_status (*evx_store_visit)(void *user, const struct evx_store_row *row);
// Items with index >= from, in order. No key is touched. The visitor may open
// items of the same store.
EVX_MUST_CHECK enum evx_status evx_store_items(struct evx_store *s, uint64_t from_index,
                                               evx_store_visit visit, void *user);
// The item accepted under this id; when none was, the first that carried it.
EVX_MUST_CHECK enum evx_status evx_store_find(struct evx_store *s, const struct evx_item_id *id,
                                              struct evx_store_row *row);
// The same by 32 hex characters or at least three of a short id ("EV-7K3M9QZX"). NOT_FOUND, AMBIGUOUS.
EVX_MUST_CHECK enum evx_status evx_store_find_text(struct evx_store_row *out, struct evx_store *s,
                                                   const char *text);
EVX_MUST_CHECK enum evx_status evx_store_row_at(struct evx_store *s, struct evx_store_ref ref,
                                                struct evx_store_row *row);
// The items of one consignment; the visitor may not use the store. NOT_FOUND when there
// is none at the index.
EVX_MUST_CHECK enum evx_status evx_store_items_at(struct evx_store *s, uint64_t index, evx_store_visit visit,
                                                  void *user);
// Opens one item: reads, checks the stored hash, unwraps, decrypts, unpacks.
// READ_UNRECORDED unless `opening` (evx_audit_release) names the item. ERASED,
// STORE_DAMAGED, NOT_FOUND; for an item that was not accepted, its code.
EVX_MUST_CHECK enum evx_status evx_store_open_item(struct evx_store *s, struct evx_opening *opening,
                                                   struct evx_store_ref ref, Evx__V1__Item **out);
// What stands in the log of the record of reads (audit_log.h), in log order: the one kind
// of item that says nothing about anybody and is opened without an opening.
struct evx_store_access {
    uint64_t index, received_ms;
    char sender[EVX_ORG_ID_BYTES];
    uint64_t records;
    struct evx_digest head;
};
EVX_MUST_CHECK enum evx_status
evx_store_access_digests(struct evx_store *s,
                         enum evx_status (*visit)(void *user, const struct evx_store_access *digest),
                         void *user);
// The stored consignment and log entry at an index.
EVX_MUST_CHECK enum evx_status evx_store_consignment(struct evx_store *s, uint64_t index,
                                                     struct evx_buf *log_entry, struct evx_buf *body);
struct evx_store_totals {
    uint64_t log_size, consignments, items, accepted, rejected; // consignments addressed to us
};
EVX_MUST_CHECK enum evx_status evx_store_count(struct evx_store *s, struct evx_store_totals *out);
struct evx_store_sender {
    char id[EVX_ORG_ID_BYTES];
    uint64_t consignments, refused, items, accepted, rejected, last_received_ms;
};
EVX_MUST_CHECK enum evx_status
evx_store_senders(struct evx_store *s,
                  enum evx_status (*visit)(void *user, const struct evx_store_sender *sender), void *user);

// --- attachments ---
// Parts are items; this remembers where the parts of a file are, under a keyed
// hash of sender and digest: nobody can supply parts of another's file.
struct evx_store_part {
    struct evx_store_ref ref;
    char sender[EVX_ORG_ID_BYTES];
    struct evx_digest file;
    uint32_t part, part_count;
};
EVX_MUST_CHECK enum evx_status evx_store_put_part(struct evx_store *s, const struct evx_store_part *part);
// Appends the whole file to *out and checks size and digest. NOT_FOUND (no part,
// or one is missing), TOO_LARGE (over `limit`), ITEM_CONTENT (the parts do not
// make that file), ERASED, STORE_DAMAGED; *out is as it was on failure.
// READ_UNRECORDED unless `opening` names every part; evx_store_attachment_parts()
// says which they are.
EVX_MUST_CHECK enum evx_status evx_store_attachment(struct evx_store *s, struct evx_opening *opening,
                                                    const char *sender, const struct evx_digest *file,
                                                    size_t limit, struct evx_buf *out);
// Appends the struct evx_store_ref of each part that is here, in order.
EVX_MUST_CHECK enum evx_status evx_store_attachment_parts(struct evx_store *s, const char *sender,
                                                          const struct evx_digest *file, struct evx_buf *out);

// --- disclosure ---
// What a bundle of one item is made of. READ_UNRECORDED unless `opening` names the item;
// ERASED, NOT_FOUND, STORE_DAMAGED; for an item that was not accepted, its code. The
// consignment (its wraps may be zeros) and the log entry are borrowed until the next
// call; wipe *key after use.
EVX_MUST_CHECK enum evx_status evx_store_disclose(struct evx_item_key *key,
                                                  const struct evx_consignment **consignment,
                                                  struct evx_store *s, struct evx_opening *opening,
                                                  struct evx_store_ref ref);
// Where an entry stands in the log: inclusion path under `witnessed` (a checkpoint note) if
// it covers the entry, else under the newest checkpoint that is stored; rebuilt from the
// stored entries (their number of hashes, constant memory). Only index, path and
// checkpoint are set. NOT_COLLECTED when the checkpoint covers more than is stored. Not
// verified here.
EVX_MUST_CHECK enum evx_status evx_store_prove(struct evx_store *s, uint64_t index,
                                               struct evx_bytes witnessed, struct evx_receipt *out);

// --- erasure ---
// Overwrites the items' keys (secure_delete), then the key wraps of their consignments if
// those were still kept, and empties both write-ahead logs. Header, signature, records and
// ciphertexts stay, so every proof still verifies. Outside a transaction, readers excluded
// (else BUSY). Safe to repeat.
EVX_MUST_CHECK enum evx_status evx_store_erase(struct evx_store *s, const struct evx_store_ref *ref,
                                               size_t n);
// Every item that was accepted and whose key is gone. No key is touched.
EVX_MUST_CHECK enum evx_status evx_store_keyless(struct evx_store *s, evx_store_visit visit, void *user);

// --- rotation ---
// A new generation of the store key, sealed to `to`; every item key under it; the old
// store.key overwritten. A crash in between is finished or undone by the next opening.
// *items counts the keys. The caller excluded readers.
EVX_MUST_CHECK enum evx_status evx_store_rotate(struct evx_store *s, const struct evx_box_public *to,
                                                uint64_t *items);
// Overwrites and removes index.db, which holds what was derived from evidence.
EVX_MUST_CHECK enum evx_status evx_store_drop_index(struct evx_store *s);
// Changes whenever something was erased or the key rotated: what was derived before
// must be thrown away and derived again.
EVX_MUST_CHECK enum evx_status evx_store_stamp(struct evx_store *s, uint64_t *stamp);

#endif
