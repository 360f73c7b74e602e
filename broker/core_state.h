// SPDX-License-Identifier: Apache-2.0
//
// What the core's own files share.
#ifndef EVX_BROKER_CORE_STATE_H
#define EVX_BROKER_CORE_STATE_H

#include "broker/core.h"
#include "broker/ledger.h"
#include "broker/pace.h"

enum evx_session_state {
    EVX_SESSION_NEW, // admitted, has not greeted
    EVX_SESSION_READY,
    EVX_SESSION_SERVING, // a fetch is being answered
    EVX_SESSION_STATES,
};

struct evx_fetch {
    struct evx_ledger *ledger;
    bool everything; // an inspectorate's: every index; else only what `org` may read
    bool follow;
    uint64_t from;
    uint64_t next;
    uint64_t size; // of the checkpoint that the answer ends with
    struct evx_digest root;
    struct evx_buf note;
    uint64_t bytes_left;
    uint32_t entries_left;
    bool any;
};

struct evx_session {
    struct evx_session *next;
    uint32_t number;
    enum evx_session_state state;
    struct evx_fingerprint identity;
    char org[EVX_ORG_ID_BYTES];
    enum evx_role role;
    uint64_t credit_used; // consignment bytes not yet answered
    uint64_t queued;      // bytes sent that the peer has not taken
    struct evx_pace messages, refusals;
    bool dropped;
    struct evx_fetch fetch;
    struct evx_ledger *follows; // tell it when this log grows past followed_size
    uint64_t followed_size;
};

#define EVX_SESSION_BUCKETS 512

struct evx_core {
    struct evx_core_config config;
    struct evx_core_ports ports;
    struct evx_directory *directory;
    struct evx_directory *older;
    struct evx_session *session[EVX_SESSION_BUCKETS];
    struct evx_ledger *ledgers; // a list
    uint64_t free_bytes;
    uint64_t held_bytes; // consignments between socket and disk
    enum evx_status fault;
    struct evx_core_counters counters;
};

// --- core_session.c ---
struct evx_session *evx_session_find(struct evx_core *core, uint32_t number);
struct evx_session *evx_session_get(struct evx_core *core,
                                    uint32_t number); // made if new; NULL without memory
void evx_session_remove(struct evx_core *core, uint32_t number);
void evx_sessions_free(struct evx_core *core);
// Looks the transport key up again for every message, so that a revocation works at once.
enum evx_status evx_session_identify(struct evx_core *core, struct evx_session *s,
                                     const struct evx_fingerprint *identity, uint64_t now_ms);
// Drops whom the directory no longer admits and ends fetches it no longer allows.
void evx_sessions_review(struct evx_core *core, uint64_t now_ms);

// --- reply.c: each sends one message ---
void evx_reply(struct evx_core *core, struct evx_session *s, Evx__V1__Frame__BodyCase which, void *message,
               struct evx_buf *body);
struct evx_refusal {
    enum evx_status code;
    const struct evx_digest *consignment; // NULL: none was named
    const struct evx_inspection_id *inspection;
    uint64_t expected_sequence;
    uint64_t now_ms;
};
void evx_refuse(struct evx_core *core, struct evx_session *s, const struct evx_refusal *r);
void evx_refuse_code(struct evx_core *core, struct evx_session *s, enum evx_status code, uint64_t now_ms);
void evx_reply_receipt(struct evx_core *core, struct evx_session *s, struct evx_ledger *ledger,
                       const struct evx_ledger_pending *p, const struct evx_ledger_signed *proof);
// The newest checkpoint with its lines, the witnessed one, and what is to be cosigned.
// `refused`: why a line that was sent is not kept.
void evx_reply_checkpoint(struct evx_core *core, struct evx_session *s, struct evx_ledger *l,
                          enum evx_status refused, uint64_t now_ms);
void evx_core_say(struct evx_core *core, enum evx_log_level level, const char *id, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void evx_core_stop(struct evx_core *core, enum evx_status fault, const char *where);

// --- one handler a message ---
typedef void evx_handler(struct evx_core *core, struct evx_session *s, const Evx__V1__Frame *f,
                         const struct evx_core_input *in);
evx_handler evx_handle_hello, evx_handle_ping, evx_handle_submit, evx_handle_fetch, evx_handle_fetch_again,
    evx_handle_get_receipt, evx_handle_get_directory, evx_handle_get_checkpoint, evx_handle_get_consistency,
    evx_handle_get_stream, evx_handle_get_equivocations, evx_handle_cosign;

// --- rights.c ---
// The log a request names, if this session may ask `want` of it. NULL: refused already.
enum evx_want { EVX_WANT_PROOFS, EVX_WANT_ENTRIES, EVX_WANT_COSIGN };
struct evx_ledger *evx_rights_ledger(struct evx_core *core, struct evx_session *s,
                                     ProtobufCBinaryData inspection, enum evx_want want, uint64_t now_ms);
bool evx_rights_hold(const struct evx_core *core, const struct evx_session *s, const struct evx_ledger *l,
                     enum evx_want want);
struct evx_ledger *evx_core_ledger(const struct evx_core *core, const struct evx_inspection_id *id);

// --- core_group.c, core_sign.c, core_fetch.c ---
bool evx_core_write_groups(struct evx_core *core, uint64_t now_ms);
void evx_core_answer_job(struct evx_core *core, struct evx_verify_job *job,
                         uint64_t now_ms); // refusal; frees
void evx_core_free_job(struct evx_core *core, struct evx_verify_job *job);
bool evx_core_serve(struct evx_core *core);
void evx_core_tell_followers(struct evx_core *core, struct evx_ledger *ledger);
void evx_core_store_notes(struct evx_core *core, struct evx_ledger *ledger);

#endif
