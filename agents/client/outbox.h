// SPDX-License-Identifier: Apache-2.0
//
// The outbox: what was sealed is durable here before any network is used, and stays
// until a receiving inspectorate has answered for it. A consignment's bytes and id
// are fixed by evx_outbox_add() for ever. The ladder
//   spooled -> accepted -> acknowledged | rejected | withdrawn | erased
//   acknowledged -> erased, by certificates
//   spooled -> rejected | withdrawn
// only ever goes forward; the store itself refuses anything else.
//
// One writing connection, one thread. After an I/O error every later call answers IO.
#ifndef EVX_AGENTS_CLIENT_OUTBOX_H
#define EVX_AGENTS_CLIENT_OUTBOX_H

#include "agents/client/inbox.h"
#include "agents/client/parcel.h"

struct evx_outbox;

struct evx_outbox_options {
    const char *organisation;            // an outbox belongs to one organisation …
    struct evx_inspection_id inspection; // … and one inspection: CONFIG otherwise
    uint64_t limit_bytes;                // of sealed bytes kept
    uint64_t inbox_limit_bytes;          // 0 = EVX_LIMIT_INBOX_BYTES
    bool read_only;
    unsigned max_pages; // 0 = no limit; tests use it to fill the "disk"
};
// Creates what is missing. Blocks. SCHEMA, CONFIG, IO, DISK_FULL, NOT_FOUND (read only).
EVX_MUST_CHECK enum evx_status evx_outbox_open(struct evx_outbox **out, const char *path,
                                               const struct evx_outbox_options *options);
void evx_outbox_close(struct evx_outbox **o);

// Everything that changes stands between begin and commit; commit is durable when it
// returns. begin inside a transaction is an error of ours (BUG).
EVX_MUST_CHECK enum evx_status evx_outbox_begin(struct evx_outbox *o);
EVX_MUST_CHECK enum evx_status evx_outbox_commit(struct evx_outbox *o);
void evx_outbox_rollback(struct evx_outbox *o);
bool evx_outbox_in_transaction(const struct evx_outbox *o);
// Moves the write-ahead log into the store: when idle, or when it has grown large.
EVX_MUST_CHECK enum evx_status evx_outbox_tidy(struct evx_outbox *o, bool idle);

// --- streams (P7) ---
struct evx_outbox_stream {
    uint64_t number;
    struct evx_stream_id id;
    uint64_t sequence;          // last one used, 0 = none yet
    struct evx_digest last;     // its id
    bool reset;                 // this stream replaces another one …
    struct evx_digest reset_of; // … whose last known id is this
};
// The current stream. NOT_FOUND when there is none yet.
EVX_MUST_CHECK enum evx_status evx_outbox_stream(struct evx_outbox *o, struct evx_outbox_stream *out);
// Makes `id` the current one. reset_of may be NULL.
EVX_MUST_CHECK enum evx_status evx_outbox_stream_begin(struct evx_outbox *o, const struct evx_stream_id *id,
                                                       const struct evx_digest *reset_of);
// What is spooled in every other stream can never be accepted: rejected with `code`.
EVX_MUST_CHECK enum evx_status evx_outbox_give_up(struct evx_outbox *o, const struct evx_stream_id *stream,
                                                  enum evx_status code, uint64_t now_ms, uint64_t *rows);

// The first stream with a number above `number`. NOT_FOUND.
EVX_MUST_CHECK enum evx_status evx_outbox_stream_after(struct evx_outbox *o, uint64_t number,
                                                       struct evx_outbox_stream *out);
// What was put into one stream, sequence 1, 2, 3 …; NOT_FOUND from visit ends it, OK.
struct evx_outbox_sum_row {
    struct evx_digest id;
    uint32_t items;
    bool accepted; // it has a receipt
};
EVX_MUST_CHECK enum evx_status
evx_outbox_sum(struct evx_outbox *o, uint64_t stream,
               enum evx_status (*visit)(void *user, const struct evx_outbox_sum_row *row), void *user);

// --- rows ---
struct evx_outbox_new {
    struct evx_digest id;
    uint64_t sequence; // the current stream's next one, else BUG
    struct evx_bytes whole;
    const struct evx_item_id *item_id;
    uint32_t items;
    struct evx_sign_public signer;
    bool awaits; // a receiving inspectorate will acknowledge it
    uint64_t now_ms;
};
EVX_MUST_CHECK enum evx_status evx_outbox_add(struct evx_outbox *o, const struct evx_outbox_new *row,
                                              uint64_t *number);
// accepted: keeps receipt and log entry. Forgets the ciphertext when nobody will
// acknowledge. Already accepted or further: nothing changes, OK.
EVX_MUST_CHECK enum evx_status evx_outbox_accept(struct evx_outbox *o, uint64_t number,
                                                 const struct evx_receipt *receipt,
                                                 struct evx_bytes log_entry, uint64_t now_ms);
// The broker's refusal: terminal when `final`, else only noted.
EVX_MUST_CHECK enum evx_status evx_outbox_refuse(struct evx_outbox *o, uint64_t number, enum evx_status code,
                                                 bool final, uint64_t now_ms);
// One inspectorate's answer to an accepted consignment. The first one decides the
// rung and lets the ciphertext go; all are kept. A second answer of the same
// organisation changes nothing. GAP when it is not accepted yet, NOT_FOUND when there is no such row.
struct evx_outbox_verdict {
    const char *organisation;
    struct evx_digest id;
    uint64_t log_index;
    enum evx_status code;               // of the whole consignment
    const struct evx_outbox_item *item; // the refused ones
    size_t items;
};
EVX_MUST_CHECK enum evx_status evx_outbox_judge(struct evx_outbox *o, const struct evx_outbox_verdict *v,
                                                uint64_t now_ms);

// One inspectorate's certificate: it destroyed its keys of these items. A consignment moves to
// erased once every organisation that accepted it has certified every item that it accepted;
// *consignments counts those that moved. Certificates about others' items change nothing.
EVX_MUST_CHECK enum evx_status evx_outbox_erased(struct evx_outbox *o, const char *organisation,
                                                 const struct evx_item_id *item, size_t n, uint64_t now_ms,
                                                 uint64_t *consignments);

// --- reading ---
// The first row after `after` that is still to be sent; checked against its
// signature and hashes. NOT_FOUND at the end, STORE_DAMAGED (*number says which).
EVX_MUST_CHECK enum evx_status evx_outbox_next(struct evx_outbox *o, uint64_t after, struct evx_parcel **out,
                                               uint64_t *number);
// The same for one row by sequence in a stream, spooled or accepted, as long as its bytes are kept.
EVX_MUST_CHECK enum evx_status evx_outbox_at_sequence(struct evx_outbox *o,
                                                      const struct evx_stream_id *stream, uint64_t sequence,
                                                      struct evx_parcel **out);
// The id at a place in a stream. NOT_FOUND.
EVX_MUST_CHECK enum evx_status evx_outbox_id_at(struct evx_outbox *o, const struct evx_stream_id *stream,
                                                uint64_t sequence, struct evx_digest *id);
EVX_MUST_CHECK enum evx_status evx_outbox_rows(struct evx_outbox *o, evx_outbox_visit visit, void *user);
EVX_MUST_CHECK enum evx_status
evx_outbox_items(struct evx_outbox *o, const struct evx_digest *id,
                 enum evx_status (*visit)(void *, const struct evx_outbox_item *), void *user);
EVX_MUST_CHECK enum evx_status evx_outbox_receipt(struct evx_outbox *o, const struct evx_digest *id,
                                                  struct evx_receipt *receipt, struct evx_buf *log_entry);
// Proofs under a witnessed checkpoint (tlog-proof), beside the receipts, which never change.
EVX_MUST_CHECK enum evx_status evx_outbox_put_proof(struct evx_outbox *o, const struct evx_digest *id,
                                                    struct evx_bytes proof);
// *out is replaced; empty when there is none.
EVX_MUST_CHECK enum evx_status evx_outbox_get_proof(struct evx_outbox *o, const struct evx_digest *id,
                                                    struct evx_buf *out);
// The first accepted row with from <= log index < below that has none. NOT_FOUND.
EVX_MUST_CHECK enum evx_status evx_outbox_unproved(struct evx_outbox *o, uint64_t from, uint64_t below,
                                                   struct evx_outbox_row *out);
struct evx_outbox_counts {
    uint64_t rows, spooled, unanswered; // unanswered: awaits an acknowledgement and has none
    uint64_t kept_bytes;
    uint64_t inbox_items, inbox_bytes;
};
struct evx_outbox_counts evx_outbox_count(const struct evx_outbox *o);

// --- the inbox: agents/client/inbox.h ---
// Keeps a letter. One that is kept already, and an item that this sender sent before,
// change nothing. One that does not fit is counted instead and OK: it stands in the log.
EVX_MUST_CHECK enum evx_status evx_outbox_letter(struct evx_outbox *o, const struct evx_inbox_letter *l);
// The first item after (index, number), of one kind or any (0). NOT_FOUND at the end.
EVX_MUST_CHECK enum evx_status evx_outbox_letter_next(struct evx_outbox *o, uint32_t kind,
                                                      const struct evx_inbox_row *after,
                                                      struct evx_inbox_row *out);
// *whole is replaced by the consignment at a place in the log, as it was stored. NOT_FOUND.
EVX_MUST_CHECK enum evx_status evx_outbox_letter_bytes(struct evx_outbox *o, uint64_t index,
                                                       struct evx_buf *whole);
EVX_MUST_CHECK enum evx_status evx_outbox_inbox_state(struct evx_outbox *o, struct evx_inbox_state *out);

// --- small values by name, in the same transactions ---
EVX_MUST_CHECK enum evx_status evx_outbox_put(struct evx_outbox *o, const char *name, struct evx_bytes value);
// *out is replaced; empty when there is none.
EVX_MUST_CHECK enum evx_status evx_outbox_get(struct evx_outbox *o, const char *name, struct evx_buf *out);
// Those whose name begins with `prefix`, by name; NOT_FOUND from visit ends it, OK.
EVX_MUST_CHECK enum evx_status
evx_outbox_values(struct evx_outbox *o, const char *prefix,
                  enum evx_status (*visit)(void *user, const char *name, struct evx_bytes value), void *user);

#endif
