// SPDX-License-Identifier: Apache-2.0
//
// The broker as a state machine: who may say what, in which order the checks
// stand, what becomes part of the log, who is answered what and when. It opens
// no socket and no file, reads no clock and draws no random number: messages
// and outcomes come in, sends and jobs go out through ports. So the same code
// serves behind ZeroMQ and inside a simulation in one thread.
//
//   message -> [verify job] -> verified -> group -> journal -> [sign job] -> signed -> receipt
//
// One thread. Calls block only where the journal blocks (evx_core_step).
#ifndef EVX_BROKER_CORE_H
#define EVX_BROKER_CORE_H

#include "broker/journal.h"
#include "broker/verify.h"
#include "proto/base/log.h"

struct evx_core;

struct evx_core_ports {
    void *user;
    // Takes both buffers' memory. body is NULL or holds the parts that follow.
    void (*send)(void *user, uint32_t session, struct evx_buf *frame, struct evx_buf *body);
    // The connection of this session is to be ended.
    void (*drop)(void *user, uint32_t session);
    // `bytes` of consignments that came in are no longer held.
    void (*release)(void *user, uint64_t bytes);
    // Takes the job; evx_verify_run(job), then evx_core_verified().
    void (*verify)(void *user, struct evx_verify_job *job);
    // To be answered by evx_core_signed(), in order.
    void (*sign)(void *user, const struct evx_inspection_id *log, uint64_t size,
                 const struct evx_digest *root);
    void (*log)(void *user, enum evx_log_level level, const char *id, const char *text);
    // Makes the journal of an inspection, and tells the signer of it.
    enum evx_status (*open_journal)(void *user, const struct evx_dir_inspection *i, struct evx_journal **out);
    // A signed directory of an earlier version. NOT_FOUND.
    enum evx_status (*directory_note)(void *user, uint64_t version, struct evx_buf *out);
};

struct evx_core_config {
    const struct evx_sign_secret *sign; // the broker's SIG key, for refusals; borrowed
    struct evx_fingerprint signer;
    uint64_t reserve_bytes; // refuse new work below this much free space
};

struct evx_core_counters {
    uint64_t accepted, duplicates, accepted_bytes, equivocations;
    uint64_t groups, served_entries, served_bytes, sessions, waiting, inflight_bytes;
    uint64_t rejected[256]; // by position in the error catalogue
};

EVX_MUST_CHECK enum evx_status evx_core_new(struct evx_core **out, const struct evx_core_config *config,
                                            const struct evx_core_ports *ports);
void evx_core_destroy(struct evx_core **core);

// Takes a reference of each; older may be NULL. Opens the log of every
// inspection that is new in it and asks the signer to confirm each. Sessions
// that the new directory no longer admits are dropped, fetches it no longer
// allows are ended. LOG_BEHIND, STORE_DAMAGED, IO …: the broker must not run.
EVX_MUST_CHECK enum evx_status evx_core_set_directory(struct evx_core *core, struct evx_directory *newest,
                                                      struct evx_directory *older, uint64_t now_ms);
// True once every log was confirmed by the signer.
bool evx_core_ready(const struct evx_core *core);

// One message of a connected peer. `fault` is what the transport found wrong
// with it (TOO_LARGE, BUSY); then there is no body.
struct evx_core_input {
    uint32_t session;
    struct evx_fingerprint identity; // of the transport key that was admitted
    struct evx_bytes frame;
    struct evx_buf *body; // taken; may be NULL
    enum evx_status fault;
    uint64_t now_ms;
};
void evx_core_message(struct evx_core *core, const struct evx_core_input *in);
void evx_core_closed(struct evx_core *core, uint32_t session);
// The peer's side has taken this many bytes of what was sent (frames and bodies).
void evx_core_drained(struct evx_core *core, uint32_t session, uint64_t bytes);
void evx_core_verified(struct evx_core *core, struct evx_verify_job *job, uint64_t now_ms);
// `note` is the signed checkpoint when status is OK. Any other status is fatal.
void evx_core_signed(struct evx_core *core, const struct evx_inspection_id *log, uint64_t size,
                     enum evx_status status, struct evx_bytes note, uint64_t now_ms);
// Free bytes where the journals stand.
void evx_core_set_free(struct evx_core *core, uint64_t bytes);

// Writes what is waiting, one group a log, and serves a slice of every fetch.
// True when there is more to do at once.
bool evx_core_step(struct evx_core *core, uint64_t now_ms);
// Housekeeping; call it about once a second and when idle.
void evx_core_tick(struct evx_core *core, uint64_t now_ms, bool idle);
// True when nothing is on its way: all was answered and every note is stored.
bool evx_core_quiet(const struct evx_core *core);
// Stores what a clean stop wants stored.
void evx_core_finish(struct evx_core *core);

// Not OK: a write or a signature failed; nothing is acknowledged any more and
// the process must end.
enum evx_status evx_core_fault(const struct evx_core *core);

void evx_core_count(const struct evx_core *core, struct evx_core_counters *out);
// Log sizes for the operator: visits every log.
typedef void (*evx_core_log_visit)(void *user, const struct evx_inspection_id *id, uint64_t size,
                                   uint64_t signed_size, const struct evx_journal_stats *stats);
void evx_core_logs(const struct evx_core *core, evx_core_log_visit visit, void *user);

#endif
