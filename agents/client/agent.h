// SPDX-License-Identifier: Apache-2.0
//
// What every agent program does, as one object: configuration, keys, the
// directory, a durable outbox, and the conversation with the broker. An agency
// program maps files to items and hands them over; the collector fetches with
// the same object and sends its acknowledgements through the same outbox.
//
// One thread. Calls that may block say so.
#ifndef EVX_AGENTS_CLIENT_AGENT_H
#define EVX_AGENTS_CLIENT_AGENT_H

#include "crypto/directory_history.h"
#include "crypto/keyfile.h"
#include "crypto/policy.h"
#include "crypto/receipt.h"
#include "crypto/seal.h"

// One YAML file (keys: organisation, inspection, broker, directory, pin, keys,
// state, outbox-limit …; `evx doctor` checks it). Strings owned by the struct.
struct evx_agent_config {
    char *organisation; // "northam-police"
    char *inspection;   // 32 hex characters
    char *broker;       // "tcp://host:port"
    char *directory;    // path of the directory note
    char *keys;         // key folder
    char *state;        // folder for outbox.db and the like
    uint64_t outbox_limit_bytes;
    uint64_t heartbeat_ms;         // how often `watch` sends one
    uint64_t answer_within_ms;     // after which a receipt without an answer is named
    uint64_t directory_warning_ms; // how long before its end the directory is worth a warning
    char *timezone;                // "Europe/London"
    char *pin;                     // SHA-256 of the first directory's text in hex; NULL = trust the file
    char *store;                   // the collector's store; NULL = <state>/store
    char *profiles;                // folder of own column profiles; NULL = none
};
EVX_MUST_CHECK enum evx_status evx_agent_config_load(struct evx_agent_config *out, const char *path,
                                                     struct evx_buf *explain); // says line, key, suggestion
void evx_agent_config_free(struct evx_agent_config *c);
// A complete example with every key and its meaning; it loads.
EVX_MUST_CHECK enum evx_status evx_agent_config_sample(struct evx_buf *out);

struct evx_agent;
// Loads keys and directory, opens (creates) and locks the outbox. Blocks on
// disk. The errors of each; *explain (may be NULL) receives one line of text.
EVX_MUST_CHECK enum evx_status evx_agent_open(struct evx_agent **out, const struct evx_agent_config *config,
                                              const struct evx_passphrase *ask, struct evx_buf *explain);
// For status, items, receipt and find only: neither keys nor lock, so it also works
// while another process runs the agent. Everything else answers NOT_ALLOWED.
EVX_MUST_CHECK enum evx_status
evx_agent_open_reader(struct evx_agent **out, const struct evx_agent_config *config, struct evx_buf *explain);
void evx_agent_close(struct evx_agent **a);

const struct evx_directory *evx_agent_directory(const struct evx_agent *a);
// What a person should know about that directory: OK, or DIRECTORY_EXPIRED when it has
// expired or will within `warning_ms`, DIRECTORY_FROZEN, DIRECTORY_SPLIT or
// DIRECTORY_ROLLBACK when the last conversation showed it.
enum evx_status evx_agent_directory_alarm(const struct evx_agent *a, uint64_t now_ms, uint64_t warning_ms);
// An older version; NULL when it is not held.
const struct evx_directory *evx_agent_directory_at(const struct evx_agent *a, uint64_t version);
const struct evx_inspection_id *evx_agent_inspection(const struct evx_agent *a);
const char *evx_agent_organisation(const struct evx_agent *a);
struct evx_opener *evx_agent_opener(struct evx_agent *a); // has this agent's ENC keys
const struct evx_box_secret *evx_agent_enc_secret(const struct evx_agent *a,
                                                  struct evx_box_public *public_out);
// Every ENC key that is held, i = 0 the newest epoch; NULL beyond the oldest.
const struct evx_box_secret *evx_agent_enc_secret_at(const struct evx_agent *a, size_t i,
                                                     struct evx_box_public *public_out);

// --- sending ---
// Seals items into as few consignments as limits allow (at most `batch` items
// each, 0 = 256) for all receiving inspectorates of the inspection, or for the
// organisations in `to` (NULL-terminated), and writes them durably to the
// outbox, before any network. All or nothing. OUTBOX_FULL, TOO_LARGE … .
struct evx_queued {
    size_t consignments;
    size_t items;
    struct evx_item_id *item_ids; // `items` of them, in order; free with evx_queued_free
    struct evx_digest *consignment_ids;
};
EVX_MUST_CHECK enum evx_status evx_agent_queue(struct evx_agent *a, const struct evx_plain_item *item,
                                               size_t items, const char *const *to, size_t batch,
                                               uint32_t header_flags, struct evx_queued *out);
void evx_queued_free(struct evx_queued *q);

// --- the conversation ---
// Talks to the broker until `done` says so or `timeout_ms` passed (0 = one
// round without waiting). Connects, resends, takes receipts (verified before
// believed), fetches, follows. Blocks. UNREACHABLE, NOT_ENROLLED, SERVER_KEY,
// TIMEOUT; EVX_OK when done() held.
typedef bool (*evx_agent_done)(void *user, struct evx_agent *a);
EVX_MUST_CHECK enum evx_status evx_agent_run(struct evx_agent *a, evx_agent_done done, void *user,
                                             uint64_t timeout_ms);
bool evx_agent_all_receipted(void *unused, struct evx_agent *a);    // nothing left without a receipt
bool evx_agent_all_acknowledged(void *unused, struct evx_agent *a); // … or without a terminal state
// Consignments in the outbox that have no receipt yet; O(1), for pacing.
size_t evx_agent_unreceipted(const struct evx_agent *a);
bool evx_agent_greeted(void *unused, struct evx_agent *a); // the broker knows us and answers
void evx_agent_stop(struct evx_agent *a);                  // async-signal-safe: run returns QUEUED soon
// Leaves the current stream for a new one that names it (P7). What was spooled in the
// old one and never accepted is marked rejected (CHAIN): submit it again.
EVX_MUST_CHECK enum evx_status evx_agent_stream_reset(struct evx_agent *a, uint64_t *given_up);

// --- the receipt ladder ---
// spooled -> accepted -> acknowledged | rejected | withdrawn | erased; never back, and from
// acknowledged on only to erased.
enum evx_rung {
    EVX_RUNG_SPOOLED,
    EVX_RUNG_ACCEPTED,
    EVX_RUNG_ACKNOWLEDGED,
    EVX_RUNG_REJECTED,
    EVX_RUNG_WITHDRAWN,
    EVX_RUNG_ERASED
};
const char *evx_rung_name(enum evx_rung r);
struct evx_outbox_row {
    struct evx_digest id;
    struct evx_stream_id stream;
    uint64_t sequence;
    enum evx_rung rung;
    enum evx_status code; // of a rejection
    uint32_t items, items_rejected;
    uint64_t bytes, queued_ms, changed_ms;
    uint64_t index, received_ms; // from accepted on
    bool awaits;                 // an inspectorate is to answer it
};
typedef enum evx_status (*evx_outbox_visit)(void *user, const struct evx_outbox_row *row);
EVX_MUST_CHECK enum evx_status evx_agent_status(struct evx_agent *a, evx_outbox_visit visit, void *user);
// The stored, verified receipt and log entry of one consignment.
EVX_MUST_CHECK enum evx_status evx_agent_receipt(struct evx_agent *a, const struct evx_digest *id,
                                                 struct evx_receipt *receipt, struct evx_buf *log_entry);
EVX_MUST_CHECK enum evx_status evx_agent_find(struct evx_agent *a, const char *id_text,
                                              struct evx_digest *id);
// The same under the newest checkpoint that a quorum cosigned, if there is such a
// proof yet, else the original; *grade says which (docs/protocol.md "Grades").
EVX_MUST_CHECK enum evx_status evx_agent_best_receipt(struct evx_agent *a, const struct evx_digest *id,
                                                      struct evx_receipt *receipt, struct evx_buf *log_entry,
                                                      struct evx_grade *grade);
// Items of one consignment with the collector's verdicts.
struct evx_outbox_item {
    struct evx_item_id id;
    enum evx_status code;
    bool judged;
};
EVX_MUST_CHECK enum evx_status
evx_agent_items(struct evx_agent *a, const struct evx_digest *id,
                enum evx_status (*visit)(void *, const struct evx_outbox_item *), void *user);

// Takes what certificates in the inbox say: consignments all of whose items were erased by
// whoever had accepted them become erased; *consignments of them. Needs the ENC keys.
EVX_MUST_CHECK enum evx_status evx_agent_take_certificates(struct evx_agent *a, uint64_t *consignments);

// --- fetching ---
// Every entry of the log from the cursor on, in index order, each verified:
// inclusion by a rebuilt frontier against the signed checkpoint (consistent
// with every checkpoint seen before), sender's signature, rights. The handler
// makes its effects durable TOGETHER WITH index + frontier (that is the cursor)
// and returns OK; any error stops the run. body.n = 0 when the entry is not
// addressed to this organisation.
struct evx_fetched {
    uint64_t index;
    uint64_t received_ms;
    struct evx_bytes log_entry;
    struct evx_bytes body;                     // the whole consignment or empty
    const char *sender;                        // organisation id, verified
    const struct evx_dir_key *key;             // its signing key
    const struct evx_consignment *consignment; // opened and admitted; NULL when the body is absent
    const struct evx_log_directory *adopted;   // set when the entry logs a directory; then there is no sender
    enum evx_status fault;                     // what our own check says: not OK = to be rejected
    struct evx_frontier frontier;              // of the log after this entry
};
struct evx_fetch_handler {
    enum evx_status (*entry)(void *user, struct evx_agent *a, const struct evx_fetched *f);
    // Called with a signed checkpoint after each served batch; make everything durable here.
    enum evx_status (*checkpoint)(void *user, struct evx_agent *a, const struct evx_checkpoint *c,
                                  struct evx_bytes note);
    // Proof of an equivocation, unchecked (agents/collector/equivocation.h); NULL = none wanted.
    enum evx_status (*equivocation)(void *user, struct evx_agent *a, uint64_t number, struct evx_bytes first,
                                    struct evx_bytes second);
    uint64_t equivocations; // the highest number taken before
    void *user;
    uint64_t max_bytes; // credit per request, 0 = EVX_LIMIT_FETCH_BYTES
};
// What earlier entries adopted, in order, before evx_agent_set_fetch(). Versions that
// are not held any more are left out.
EVX_MUST_CHECK enum evx_status evx_agent_adopted(struct evx_agent *a, uint64_t index,
                                                 const struct evx_log_directory *e);
// Where to begin: next index, and the frontier at it (size = next index).
EVX_MUST_CHECK enum evx_status evx_agent_set_fetch(struct evx_agent *a, const struct evx_fetch_handler *h,
                                                   const struct evx_frontier *from);
// --- witnesses (P10) ---
// The newest checkpoint that a quorum cosigned, with its lines; empty: none yet.
EVX_MUST_CHECK enum evx_status evx_agent_witnessed(struct evx_agent *a, struct evx_buf *note);
// Its grade, or that of the last checkpoint seen if there is none. NOT_FOUND: none was seen.
EVX_MUST_CHECK enum evx_status evx_agent_grade(struct evx_agent *a, struct evx_grade *out);
// Nothing to cosign and no proof to fetch at this moment; for those who end after a job.
bool evx_agent_cosigned(void *unused, struct evx_agent *a);
// The same for a job that is done otherwise: true at the latest a second after it was asked
// first; *since_ms is 0 before that.
bool evx_agent_settled(struct evx_agent *a, uint64_t *since_ms);
// Proof that the log was forked lies in the state folder, under evidence-of-fork/.
bool evx_agent_holds_fork(const struct evx_agent *a);

// True when the log as of the last FetchEnd has been handled to its end.
bool evx_agent_caught_up(void *unused, struct evx_agent *a);

#endif
