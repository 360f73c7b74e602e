// SPDX-License-Identifier: Apache-2.0
//
// The broker's core in one thread, with the fixture's exchange around it: what
// it sends is kept per session, verification and signing happen in place, the
// journal stands in a folder of its own. One clock, moved by the test.
#ifndef EVX_TESTS_UNIT_BROKER_RIG_H
#define EVX_TESTS_UNIT_BROKER_RIG_H

#include "broker/core.h"
#include "broker/signer.h"
#include "tests/testlib/fixture.h"

struct rig_out {
    struct rig_out *next;
    uint32_t session;
    Evx__V1__Frame *frame;
    struct evx_buf body;
};

struct rig {
    struct evx_fixture *fixture;
    struct evx_directory *directory; // in force; starts as the fixture's
    struct evx_core *core;
    struct evx_signer *signer;
    struct evx_sealer *sealer;
    struct evx_journal *journal; // the core's; borrowed
    char folder[64];
    char journal_path[128], register_path[128];
    uint64_t now_ms;
    struct rig_out *out;
    struct evx_verify_job *jobs; // waiting for rig_settle
    struct rig_sign {
        struct evx_inspection_id log;
        uint64_t size;
        struct evx_digest root;
    } signs[64];
    size_t signs_n;
    bool hold_verify, hold_sign; // rig_settle leaves them waiting
    uint64_t released;
    uint32_t dropped;       // last session that was to be dropped
    enum evx_status opened; // what opening the core's log gave
};

// A fresh one; aborts the test when anything fails.
void rig_new(struct rig *r);
// The same folder again, as after a restart. Returns what the start gave:
// a refused start leaves no core.
enum evx_status rig_restart(struct rig *r);
void rig_stop(struct rig *r); // without any farewell
void rig_free(struct rig *r);

// Puts a directory in force whose text is the fixture's with every `from`
// replaced by `to` (pairs, NULL ends), as version 1 of a new exchange of roots.
enum evx_status rig_directory(struct rig *r, const char *const *replace);
// Signs the given text and loads it as it is. NULL if it is refused.
struct evx_directory *rig_load_directory(struct rig *r, const char *const *replace);

// Runs jobs, groups and signatures until nothing moves.
void rig_settle(struct rig *r);
// A message from the machine of `org`. Takes nothing; body may be empty.
void rig_send(struct rig *r, uint32_t session, const char *org, const Evx__V1__Frame *f,
              struct evx_bytes body);
void rig_send_bytes(struct rig *r, uint32_t session, const char *org, struct evx_bytes frame,
                    struct evx_bytes body, enum evx_status fault);
void rig_hello(struct rig *r, uint32_t session, const char *org); // and swallows the Welcome
// Submits and settles.
void rig_submit(struct rig *r, uint32_t session, const char *org, const struct evx_digest *id,
                struct evx_bytes consignment);
// The next message to this session, NULL if there is none; free it.
struct rig_out *rig_take(struct rig *r, uint32_t session);
void rig_out_free(struct rig_out *o);
// Takes the next message: a signed refusal's code (its signature checked), 0
// when it is a receipt that verifies, EVX_E_BUG for anything else or nothing.
enum evx_status rig_verdict(struct rig *r, uint32_t session, struct evx_bytes consignment);

// A sender's chain, moved on by each seal.
struct rig_stream {
    const char *org;
    struct evx_chain_link link;
};
struct rig_stream rig_stream(const char *org, uint8_t number);
struct rig_sealing {
    size_t items, item_bytes;
    const char *const *to; // NULL: every inspectorate
    uint8_t nonce;         // varies the content
    bool stay;             // do not move the chain on
};
void rig_seal(struct rig *r, struct rig_stream *s, struct evx_buf *out, struct evx_digest *id,
              const struct rig_sealing *how);
// Seals a small one and submits it.
void rig_post(struct rig *r, uint32_t session, struct rig_stream *s, struct evx_buf *out,
              struct evx_digest *id);

// Frames that take two lines to write.
void rig_fetch(struct rig *r, uint32_t session, const char *org, uint64_t from, uint64_t max_bytes,
               uint32_t max_entries, bool follow);
struct evx_vkey rig_log_key(const struct rig *r);

#endif
