// SPDX-License-Identifier: Apache-2.0
//
// The courier's own state, and what its files share.
#ifndef EVX_AGENTS_CLIENT_COURIER_STATE_H
#define EVX_AGENTS_CLIENT_COURIER_STATE_H

#include "agents/client/courier.h"
#include "crypto/directory_history.h"
#include "crypto/policy.h"

enum courier_state { COURIER_OFFLINE, COURIER_GREETING, COURIER_READY };

// A consignment that waits to be sent or for its receipt.
struct flight {
    struct evx_parcel *parcel;
    bool sent;
    unsigned attempts;
    uint64_t sent_ms;
    uint64_t not_before_ms;
};

struct flights {
    struct flight *at; // in order of number
    size_t n, cap;
    size_t bytes;      // of all
    size_t sent_bytes; // of those without a receipt yet
};

// A checkpoint that was signed by the log's key but not yet proved consistent.
struct sighting {
    struct evx_checkpoint checkpoint;
    struct evx_buf note;
};
#define COURIER_SIGHTINGS 256
#define COURIER_ANSWER_MS                                                                                    \
    10000 // how long the broker may take to answer a question; reading the log has longer
struct sights {
    bool any;
    struct sighting last;
    struct sighting waiting[COURIER_SIGHTINGS]; // ascending size
    size_t n;
    bool changed; // since evx_courier_waiting() said which they are
    bool asked;
    uint64_t asked_ms;
};

// What others cosigned, and what we cosign (courier_witness.c).
struct witness {
    const struct evx_sign_secret *secret; // NULL: it cosigns nothing
    struct evx_sign_public public_key;
    struct evx_witness_record last;
    struct evx_policy *policy; // of the directory in use; NULL: none could be made

    bool asked;    // a GetCheckpoint or Cosign without its answer yet
    bool answered; // since this connection
    unsigned late; // answers to earlier questions that may still come
    uint64_t asked_ms, not_before_ms;
    unsigned quiet;      // answers in a row that brought nothing new
    uint64_t asked_size; // of the log as it was known then

    struct sighting candidate; // to be cosigned once it is proved
    bool candidate_proved;
    struct evx_buf line; // made and on record, not yet sent
    uint64_t line_size;

    struct sighting quorate; // cosigned by a quorum, to be kept once it is proved
    bool quorate_proved;
    struct sighting kept; // the newest such one

    struct evx_courier_unproved wanted; // asked for a proof under `kept`
    bool proof_asked, all_proved;
    uint64_t proof_asked_ms, proof_not_before_ms;
};

enum fetch_mode { FETCH_ACKNOWLEDGEMENTS, FETCH_LOG };
struct held_entry { // an agency's entry, until FetchEnd brings the checkpoint for it
    uint64_t index;
    struct evx_buf log_entry;
    struct evx_buf body;
    struct evx_proof path;
};
struct fetch {
    enum fetch_mode mode;
    bool outstanding; // a Fetch without its FetchEnd yet
    bool wanted;      // More was said, or nothing asked yet
    bool caught_up;
    uint64_t asked_ms, not_before_ms;
    uint64_t from;    // of the request that is out
    uint64_t next;    // next index
    uint64_t settled; // FETCH_LOG: the index up to which checkpoint() was called
    uint64_t max_bytes;
    struct evx_frontier frontier; // FETCH_LOG
    uint64_t taken_bytes;
    struct held_entry *held; // FETCH_ACKNOWLEDGEMENTS
    size_t held_n, held_cap;
    // A FetchEnd that waits for its proofs.
    bool ending;
    struct sighting end;
    uint64_t end_next;
    bool stalled;    // FETCH_LOG: a directory is missing; what follows is asked for again
    bool torn;       // of the answer that is coming in this session, something was dropped: none of it counts
    bool tail_asked; // entries stop before the checkpoint: that they are its prefix is asked for
    bool tail_proved;
    bool tail_wrong; // they are not: told once the checkpoint itself is judged, with the better proof if
                     // there is one
    struct evx_digest tail_root;
};

// The broker has more of our stream than we know: this machine was restored or copied.
// What waits here and is in the log already gets its receipt before the stream is left.
struct reclaim {
    uint64_t to;  // the broker's last sequence, 0 = nothing of this is going on
    size_t asked; // questions without an answer yet
    bool failed;  // one of ours is not what stands there: from there on nothing is
};

struct twice { // FETCH_LOG: equivocations
    uint64_t after;
    bool asked, answered; // answered: there were no further ones, in this session
    uint64_t asked_ms, not_before_ms;
};

struct evx_courier {
    struct evx_courier_port port;
    struct evx_inspection_id inspection;
    const char *organisation;
    const char *program;
    struct evx_directory *directory;
    struct evx_vkey log;
    struct evx_opener *opener;
    const struct evx_fingerprint *own;
    size_t own_n;

    enum courier_state state;
    uint64_t clock_ms; // the last time it was told
    uint64_t greeted_ms;
    uint64_t credit_bytes;
    uint64_t pause_until_ms;
    enum evx_status halted, fault;

    struct evx_outbox_stream stream;
    bool has_stream, stream_checked, stream_asked;
    uint64_t stream_asked_ms; // the last question about it, of either kind
    struct reclaim reclaim;
    bool directory_asked;
    uint64_t directory_newest; // what the broker says it has
    uint64_t directory_asked_ms, directory_again_ms;
    uint64_t directory_wanted; // the version that reading the log waits for, 0 if none
    uint64_t mentioned;        // the newest that the log or others' headers name
    struct evx_directory_history *history;

    struct flights flights;
    struct sights sights;
    struct witness witness;
    struct fetch fetch;
    struct twice twice;
    struct evx_buf scratch;
};

// Packs and sends.
EVX_MUST_CHECK enum evx_status evx_courier_send(struct evx_courier *c, Evx__V1__Frame *frame,
                                                struct evx_parcel *body);
void evx_courier_halt(struct evx_courier *c, enum evx_status why);
// Logs that something was not believed and goes on.
enum evx_status evx_courier_disbelieve(struct evx_courier *c, const char *what, enum evx_status why);
// Milliseconds to wait before attempt number `attempts`, with jitter.
uint64_t evx_courier_backoff(struct evx_courier *c, unsigned attempts);
bool evx_courier_is_ours(const struct evx_courier *c, const ProtobufCBinaryData *inspection);
EVX_MUST_CHECK enum evx_status evx_courier_use_directory(struct evx_courier *c, struct evx_directory *d);
// Under the log key that signed it, old or new, unless that is cut off.
EVX_MUST_CHECK enum evx_status evx_courier_log_key(const struct evx_courier *c, struct evx_vkey *out,
                                                   struct evx_bytes note);
EVX_MUST_CHECK enum evx_status evx_courier_open_checkpoint(const struct evx_courier *c,
                                                           struct evx_checkpoint *out, struct evx_bytes note);

// courier_clock.c: called with every new time, before it is used. A clock that was set back takes the
// times that were noted with it; one that was set forward is no silence of the broker.
void evx_courier_watch_clock(struct evx_courier *c, uint64_t now_ms);

// courier_submit.c
EVX_MUST_CHECK enum evx_status evx_courier_send_due(struct evx_courier *c, uint64_t now_ms);
EVX_MUST_CHECK enum evx_status evx_courier_submit(struct evx_courier *c, struct evx_parcel *p);
struct flight *evx_courier_flight(struct evx_courier *c, const uint8_t id[32]);
void evx_courier_land(struct evx_courier *c, struct flight *f); // forget it
void evx_courier_ground_all(struct evx_courier *c);             // connection lost: all to be sent again
void evx_courier_rewind(struct evx_courier *c, uint64_t sequence, uint64_t not_before_ms);
void evx_courier_drop_stream(struct evx_courier *c, const struct evx_stream_id *stream);
void evx_courier_flights_free(struct evx_courier *c);

// courier_stream.c
EVX_MUST_CHECK enum evx_status evx_courier_ask_stream(struct evx_courier *c, uint64_t now_ms);
EVX_MUST_CHECK enum evx_status evx_courier_renew(struct evx_courier *c, const struct evx_digest *known);

// courier_directory.c
EVX_MUST_CHECK enum evx_status evx_courier_history_open(struct evx_courier *c);
// One question of the reclaim was answered.
void evx_courier_reclaimed(struct evx_courier *c, bool ours);
EVX_MUST_CHECK enum evx_status evx_courier_ask_directory(struct evx_courier *c);
// The broker does not have the one that was asked for.
void evx_courier_directory_refused(struct evx_courier *c);
// False while the directory has expired: then nothing is sent or read.
bool evx_courier_directory_due(struct evx_courier *c, uint64_t now_ms);
// Somebody else uses this version: it is fetched, and missed when it does not come.
EVX_MUST_CHECK enum evx_status evx_courier_mention(struct evx_courier *c, uint64_t version);
// What the log says was adopted. DIRECTORY_UNKNOWN: asked for, take the entry again when
// directory_wanted is 0. DIRECTORY_SPLIT, DIRECTORY_ROLLBACK: the alarm was raised.
EVX_MUST_CHECK enum evx_status evx_courier_adopt(struct evx_courier *c, uint64_t index,
                                                 const struct evx_log_directory *e);

// courier_sight.c
// BUSY: too many wait to be proved, this one was not noted and must not be relied on.
EVX_MUST_CHECK enum evx_status evx_courier_see(struct evx_courier *c, const struct evx_checkpoint *checkpoint,
                                               struct evx_bytes note);
EVX_MUST_CHECK enum evx_status evx_courier_ask_consistency(struct evx_courier *c, uint64_t now_ms);
bool evx_courier_sights_settled(const struct evx_courier *c);
// As evx_courier_waiting() gave them. STORE_DAMAGED.
EVX_MUST_CHECK enum evx_status evx_courier_wait_again(struct evx_courier *c, struct evx_bytes waiting);
// Keeps both as proof and stops. `answer`: what the broker gave as their consistency proof, NULL for none.
EVX_MUST_CHECK enum evx_status evx_courier_fork(struct evx_courier *c, struct evx_bytes note,
                                                struct evx_bytes other, const Evx__V1__Consistency *answer);
void evx_courier_sighting_free(struct sighting *s);
EVX_MUST_CHECK enum evx_status evx_courier_sighting_set(struct sighting *s, const struct evx_checkpoint *c,
                                                        struct evx_bytes note);
void evx_courier_sights_free(struct evx_courier *c);

// courier_witness.c
EVX_MUST_CHECK enum evx_status evx_courier_witness_open(struct evx_courier *c,
                                                        const struct evx_courier_setup *setup);
void evx_courier_witness_free(struct evx_courier *c);
// The directory changed: other witnesses may count now.
EVX_MUST_CHECK enum evx_status evx_courier_witness_review(struct evx_courier *c);
void evx_courier_witness_offline(struct evx_courier *c);
// This tree was proved to agree with everything seen before.
void evx_courier_witness_proved(struct evx_courier *c, const struct evx_checkpoint *checkpoint);
EVX_MUST_CHECK enum evx_status evx_courier_witness_due(struct evx_courier *c, uint64_t now_ms);
uint64_t evx_courier_witness_deadline(const struct evx_courier *c);
// courier_cover.c: proofs under what others cosigned, for what was sent from here
EVX_MUST_CHECK enum evx_status evx_courier_cover_due(struct evx_courier *c, uint64_t now_ms);
EVX_MUST_CHECK enum evx_status evx_courier_cover_receipt(struct evx_courier *c, const Evx__V1__Receipt *m,
                                                         uint64_t now_ms);
void evx_courier_cover_again(struct evx_courier *c); // something may be without its proof now

// courier_verify.c
struct verified_entry {
    uint64_t received_ms;
    const char *sender;
    const struct evx_dir_key *key;
    struct evx_consignment consignment; // header NULL when there is no body
    bool ours;                          // addressed to one of our keys
    enum evx_status fault;
};
// OK with `fault` set when the sender is to blame; STORE_DAMAGED and the like when the
// broker is. Close v->consignment afterwards.
EVX_MUST_CHECK enum evx_status evx_courier_verify_entry(struct evx_courier *c, struct verified_entry *v,
                                                        uint64_t index, struct evx_bytes log_entry,
                                                        struct evx_bytes body, bool expired);

// courier_fetch.c and its two modes
EVX_MUST_CHECK enum evx_status evx_courier_fetch_due(struct evx_courier *c, uint64_t now_ms);
EVX_MUST_CHECK enum evx_status evx_courier_fetch_finish(struct evx_courier *c, uint64_t now_ms);
void evx_courier_fetch_abandon(struct evx_courier *c);
// The entries served do not lead to the checkpoint that was signed over them.
EVX_MUST_CHECK enum evx_status evx_courier_tail_wrong(struct evx_courier *c);
EVX_MUST_CHECK enum evx_status evx_courier_log_entry(struct evx_courier *c, const Evx__V1__Entry *m,
                                                     struct evx_bytes body);
EVX_MUST_CHECK enum evx_status evx_courier_hold_entry(struct evx_courier *c, const Evx__V1__Entry *m,
                                                      struct evx_bytes body);
// Takes the verdicts out of the held entries; *held_back: one of them came before the receipt it answers.
EVX_MUST_CHECK enum evx_status
evx_courier_take_held(struct evx_courier *c, const struct evx_checkpoint *checkpoint, bool *held_back);
void evx_courier_release_held(struct evx_courier *c);

// courier_twice.c
EVX_MUST_CHECK enum evx_status evx_courier_twice_due(struct evx_courier *c, uint64_t now_ms);
void evx_courier_twice_abandon(struct evx_courier *c); // the session ended
bool evx_courier_twice_settled(const struct evx_courier *c);

// one handler a message
enum evx_status evx_courier_on_equivocation(struct evx_courier *c, const Evx__V1__Frame *f,
                                            struct evx_bytes body, uint64_t now);
enum evx_status evx_courier_on_welcome(struct evx_courier *c, const Evx__V1__Frame *f, struct evx_bytes body,
                                       uint64_t now);
enum evx_status evx_courier_on_receipt(struct evx_courier *c, const Evx__V1__Frame *f, struct evx_bytes body,
                                       uint64_t now);
enum evx_status evx_courier_on_rejection(struct evx_courier *c, const Evx__V1__Frame *f,
                                         struct evx_bytes body, uint64_t now);
enum evx_status evx_courier_on_entry(struct evx_courier *c, const Evx__V1__Frame *f, struct evx_bytes body,
                                     uint64_t now);
enum evx_status evx_courier_on_fetch_end(struct evx_courier *c, const Evx__V1__Frame *f,
                                         struct evx_bytes body, uint64_t now);
enum evx_status evx_courier_on_more(struct evx_courier *c, const Evx__V1__Frame *f, struct evx_bytes body,
                                    uint64_t now);
enum evx_status evx_courier_on_directory(struct evx_courier *c, const Evx__V1__Frame *f,
                                         struct evx_bytes body, uint64_t now);
enum evx_status evx_courier_on_consistency(struct evx_courier *c, const Evx__V1__Frame *f,
                                           struct evx_bytes body, uint64_t now);
enum evx_status evx_courier_on_checkpoint(struct evx_courier *c, const Evx__V1__Frame *f,
                                          struct evx_bytes body, uint64_t now);
enum evx_status evx_courier_on_stream_head(struct evx_courier *c, const Evx__V1__Frame *f,
                                           struct evx_bytes body, uint64_t now);

#endif
