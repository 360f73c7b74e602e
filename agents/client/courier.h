// SPDX-License-Identifier: Apache-2.0
//
// The conversation with the broker, without any input or output: it is told what
// happened (connected, a message came, time passed, a row waits) and says through its
// port what to send and what to make durable. No socket, file, clock or random source
// in here, so a simulator can run whole fleets of it.
//
// Nothing the broker says is believed without its proof: receipts are verified against
// the log's key, refusals against the broker's, directories against the one before,
// every checkpoint against the last one seen.
#ifndef EVX_AGENTS_CLIENT_COURIER_H
#define EVX_AGENTS_CLIENT_COURIER_H

#include "agents/client/inbox.h"
#include "agents/client/outbox.h"
#include "crypto/directory_history.h"
#include "crypto/fork.h"
#include "crypto/witness.h"

struct evx_courier_unproved {
    struct evx_stream_id stream;
    uint64_t sequence;
    struct evx_receipt receipt; // the original
    struct evx_buf log_entry;
};

// What the courier wants done. A non-OK answer ends the step that asked and is
// returned from it. Pointers are borrowed for the call.
struct evx_courier_port {
    void *user;
    // One control frame and, with `body`, its parts. BUSY: nothing was taken, ask again.
    enum evx_status (*send)(void *user, struct evx_bytes frame, struct evx_parcel *body);
    uint32_t (*random)(void *user);

    // To be made durable.
    enum evx_status (*accepted)(void *user, const struct evx_parcel *p, const struct evx_receipt *r,
                                struct evx_bytes log_entry);
    enum evx_status (*refused)(void *user, const struct evx_parcel *p, enum evx_status code, bool final);
    // The stream cannot go on: begin another that names `known`, its last known id (NULL: none), give up
    // what is spooled in the old one, and call evx_courier_set_stream().
    enum evx_status (*renew)(void *user, const struct evx_stream_id *old, const struct evx_digest *known);
    enum evx_status (*directory)(void *user, const struct evx_directory *d);
    enum evx_status (*seen)(void *user, struct evx_bytes checkpoint_note);
    // Two checkpoints that cannot both be true, or that the broker does not show how.
    enum evx_status (*forked)(void *user, const struct evx_fork *f);
    enum evx_status (*verdict)(void *user, const struct evx_outbox_verdict *v);
    enum evx_status (*cursor)(void *user, uint64_t next_index);
    // A directory that the log shows as adopted, for evx_courier_adopted() next time; not when the whole log
    // is fetched, where it is an entry like others. NULL: nothing is kept.
    enum evx_status (*adopted)(void *user, uint64_t index, const struct evx_log_directory *e);
    // What else an inspectorate sent. The same letter may come again; NULL: nothing is kept.
    enum evx_status (*letter)(void *user, const struct evx_inbox_letter *l);

    // Questions to the outbox.
    enum evx_status (*id_at)(void *user, const struct evx_stream_id *stream, uint64_t sequence,
                             struct evx_digest *id);
    enum evx_status (*parcel_at)(void *user, const struct evx_stream_id *stream, uint64_t sequence,
                                 struct evx_parcel **out);
    // A directory version that is held here, NULL if it is not.
    const struct evx_directory *(*directory_at)(void *user, uint64_t version);

    // The log, entry by entry, when the whole of it is fetched.
    enum evx_status (*entry)(void *user, const struct evx_fetched *f);
    enum evx_status (*checkpoint)(void *user, const struct evx_checkpoint *c, struct evx_bytes note);
    // Proof of an equivocation as the broker hands it out, unchecked: two log entries, only the
    // first of which is in the log. NULL: nobody asks for any.
    enum evx_status (*equivocation)(void *user, uint64_t number, struct evx_bytes first,
                                    struct evx_bytes second);

    // Witnessing. NULL: it does not cosign, does not keep what others cosigned, asks for no such proofs.
    // What it is about to cosign: durable when this returns, for only then does the line leave.
    enum evx_status (*cosigning)(void *user, const struct evx_witness_record *r);
    // The newest checkpoint that a quorum cosigned, proved to agree with everything seen.
    enum evx_status (*witnessed)(void *user, struct evx_bytes note);
    // An accepted consignment below log index `size` that has no proof under a witnessed checkpoint yet, as
    // its receipt and log entry. NOT_FOUND. Free both.
    enum evx_status (*unproved)(void *user, uint64_t size, struct evx_courier_unproved *out);
    // The proof for it, under the checkpoint that witnessed() was told of.
    enum evx_status (*proved)(void *user, const struct evx_receipt *r);
};

struct evx_courier_setup {
    struct evx_inspection_id inspection;
    const char *organisation;          // borrowed
    const char *program;               // borrowed; for the broker's log
    struct evx_directory *directory;   // a reference is taken
    struct evx_opener *opener;         // borrowed; opens what is addressed to us
    const struct evx_fingerprint *own; // our ENC keys, borrowed
    size_t own_n;
    struct evx_bytes last_seen; // the last checkpoint's note, may be empty
    struct evx_bytes waiting;   // what evx_courier_waiting() gave last, may be empty
    uint64_t cursor;            // where fetching acknowledgements goes on

    const struct evx_sign_secret *witness; // our WIT key, borrowed; NULL: it does not cosign
    const struct evx_sign_public *witness_public;
    struct evx_witness_record cosigned; // the last one
    struct evx_bytes witnessed;         // the last note that witnessed() was told of, may be empty
    bool forked;                        // proof of a fork lies here: it cosigns nothing
    struct evx_courier_port port;
};

struct evx_courier;
EVX_MUST_CHECK enum evx_status evx_courier_new(struct evx_courier **out,
                                               const struct evx_courier_setup *setup);
void evx_courier_destroy(struct evx_courier **c);

// The stream that rows are sealed in, and the last sequence and id used in it.
void evx_courier_set_stream(struct evx_courier *c, const struct evx_outbox_stream *s);
// Fetch the whole log from `from` on, instead of acknowledgements only.
void evx_courier_fetch_log(struct evx_courier *c, const struct evx_frontier *from, uint64_t max_bytes);

// What the log was seen to adopt below the cursor; all of it, in order, before the first
// message. DIRECTORY_UNKNOWN, DIRECTORY_SPLIT, DIRECTORY_ROLLBACK.
EVX_MUST_CHECK enum evx_status evx_courier_adopted(struct evx_courier *c, uint64_t index,
                                                   const struct evx_log_directory *e);
// Then, from which number on proofs of equivocation are asked for: those above `after`.
void evx_courier_twice_from(struct evx_courier *c, uint64_t after);

// Where fetching acknowledgements goes on, after what it led to was undone.
void evx_courier_set_cursor(struct evx_courier *c, uint64_t next_index);

// Appends the checkpoints that were seen and are not yet proved to continue the last one, if they
// changed since the last call. To be durable together with what was accepted on their word: else a
// crash would let the broker off its proof.
EVX_MUST_CHECK enum evx_status evx_courier_waiting(struct evx_courier *c, struct evx_buf *out, bool *changed);

// How many more bytes of parcels it would like to have; 0 = enough.
size_t evx_courier_wants(const struct evx_courier *c);
// Takes a parcel; parcels come in the order of their numbers.
EVX_MUST_CHECK enum evx_status evx_courier_offer(struct evx_courier *c, struct evx_parcel **p);

// Forgets every parcel: they will be offered again.
void evx_courier_forget(struct evx_courier *c);

// --- what happened ---
EVX_MUST_CHECK enum evx_status evx_courier_connected(struct evx_courier *c, uint64_t now_ms);
void evx_courier_disconnected(struct evx_courier *c, uint64_t now_ms);
// One message: its control frame and its parts, joined. What is not allowed is
// logged and ignored.
EVX_MUST_CHECK enum evx_status evx_courier_message(struct evx_courier *c, struct evx_bytes control,
                                                   struct evx_bytes body, uint64_t now_ms);
// Time passed or rows were offered: sends what may be sent.
EVX_MUST_CHECK enum evx_status evx_courier_tick(struct evx_courier *c, uint64_t now_ms);
// When tick() wants to be called again at the latest.
uint64_t evx_courier_deadline(const struct evx_courier *c, uint64_t now_ms);

// Why it waits for a person, EVX_OK if it does not. Cleared by evx_courier_retry().
enum evx_status evx_courier_halted(const struct evx_courier *c);
void evx_courier_retry(struct evx_courier *c);
// True when there is nothing to cosign: it has signed what the broker asked for last, or is no witness.
bool evx_courier_cosigned(const struct evx_courier *c);
// The last thing the broker said that was not believed, EVX_OK if there is none.
enum evx_status evx_courier_fault(const struct evx_courier *c);
bool evx_courier_ready(const struct evx_courier *c);     // greeted
bool evx_courier_caught_up(const struct evx_courier *c); // see evx_agent_caught_up()
const struct evx_directory *evx_courier_directory(const struct evx_courier *c);

#endif
