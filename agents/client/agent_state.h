// SPDX-License-Identifier: Apache-2.0
//
// The agent's own state, and what its files share.
#ifndef EVX_AGENTS_CLIENT_AGENT_STATE_H
#define EVX_AGENTS_CLIENT_AGENT_STATE_H

#include <stdatomic.h>

#include "agents/client/courier.h"
#include "agents/client/net/link.h"
#include "agents/client/outbox.h"
#include "crypto/keyfile.h"

#define AGENT_ENC_KEYS       64
#define AGENT_DIRECTORIES    256
#define AGENT_ADOPTION_BYTES (8 + EVX_LOG_ENTRY_DIRECTORY_BYTES)

struct agent_keys {
    struct evx_sign_secret *sign;
    struct evx_sign_public sign_public;
    struct evx_sign_secret *witness; // NULL: this agent is no witness
    struct evx_sign_public witness_public;
    struct evx_box_secret *transport;
    struct evx_box_public transport_public;
    struct {
        uint32_t epoch;
        struct evx_box_secret *secret;
        struct evx_box_public public_key;
    } enc[AGENT_ENC_KEYS]; // ascending epoch
    struct evx_fingerprint enc_fingerprint[AGENT_ENC_KEYS];
    size_t enc_n;
};

struct agent_directories {
    char *folder;
    struct evx_directory *at[AGENT_DIRECTORIES]; // consecutive versions, ascending
    size_t n;
};

struct evx_agent {
    char *organisation;
    struct evx_inspection_id inspection;
    char *broker;
    char *state;
    int lock_fd;
    bool read_only;
    struct agent_keys keys;
    struct agent_directories directories;
    struct evx_sealer *sealer;
    struct evx_opener *opener;
    struct evx_outbox *outbox;
    struct evx_courier *courier;
    struct evx_link *link;
    bool urgent;       // the open transaction holds what somebody waits for
    uint64_t noted_ms; // when it was opened for anything else, monotonic
    uint64_t up_ms;    // when the connection was last seen alive, monotonic
    atomic_bool stop;

    // Just sealed, on its way to the courier without being read back.
    struct evx_parcel **fresh;
    size_t fresh_first, fresh_n, fresh_cap, fresh_bytes;
    uint64_t offered;   // number of the last row given to the courier
    bool drained;       // nothing spooled after `offered`
    uint64_t proved_to; // below this log index everything accepted has a proof under a witnessed checkpoint

    struct evx_fetch_handler handler;
    bool has_handler, handler_stale;
    bool alarm_known;
    enum evx_status alarm; // about the directory, as the outbox has it
};

// agent.c
EVX_MUST_CHECK enum evx_status evx_agent_cursor(struct evx_agent *a, uint64_t *cursor);

// agent_keys.c
// What decides which of several epochs is in force.
struct agent_keys_from {
    const char *folder;
    const struct evx_directory *directory;
    const char *organisation;
    int64_t now_ms;
};
EVX_MUST_CHECK enum evx_status evx_agent_keys_load(struct agent_keys *out, const struct agent_keys_from *from,
                                                   const struct evx_passphrase *ask, struct evx_buf *explain);
// The ENC keys alone: enough to read.
EVX_MUST_CHECK enum evx_status evx_agent_keys_load_enc(struct agent_keys *out, const char *folder,
                                                       const struct evx_passphrase *ask,
                                                       struct evx_buf *explain);
void evx_agent_keys_free(struct agent_keys *k);

// agent_directory.c
EVX_MUST_CHECK enum evx_status evx_agent_directories_load(struct agent_directories *out, const char *path,
                                                          const char *pin, const char *state, bool read_only,
                                                          struct evx_buf *explain);
void evx_agent_directories_free(struct agent_directories *d);
struct evx_directory *evx_agent_directories_newest(const struct agent_directories *d);
const struct evx_directory *evx_agent_directories_at(const struct agent_directories *d, uint64_t version);
// DIRECTORY_ROLLBACK, DIRECTORY_SPLIT when something newer, or another of this number, was seen before.
EVX_MUST_CHECK enum evx_status evx_agent_never_back(struct evx_agent *a);
EVX_MUST_CHECK enum evx_status evx_agent_keep_alarm(struct evx_agent *a);
EVX_MUST_CHECK enum evx_status evx_agent_directories_add(struct agent_directories *d,
                                                         struct evx_directory *next);

// agent_witness.c
void evx_agent_witness_ports(struct evx_courier_port *port);
// Fills its part of the setup, which borrows from both buffers.
EVX_MUST_CHECK enum evx_status evx_agent_witness_setup(struct evx_agent *a, struct evx_courier_setup *setup,
                                                       struct evx_buf *quorate, struct evx_buf *waiting);

// agent_ports.c: what the courier asks for
struct evx_courier_port evx_agent_ports(struct evx_agent *a);
// Opens a transaction unless one is open: for what must be durable before the round is over …
EVX_MUST_CHECK enum evx_status evx_agent_change(struct evx_agent *a);
// … and for what may be found out again after a crash: durable with the next such change,
// when little happens, or at the end of the run.
EVX_MUST_CHECK enum evx_status evx_agent_note(struct evx_agent *a);
// Commits what is open, if anything is.
EVX_MUST_CHECK enum evx_status evx_agent_settle(struct evx_agent *a);
// A transaction of the caller's own; what was only noted is committed before it.
EVX_MUST_CHECK enum evx_status evx_agent_begin(struct evx_agent *a);
EVX_MUST_CHECK enum evx_status evx_agent_new_stream(struct evx_agent *a, const struct evx_digest *reset_of);

// agent_witness.c: the checkpoints that wait to be proved, into the open transaction if they changed.
EVX_MUST_CHECK enum evx_status evx_agent_keep_waiting(struct evx_agent *a);

// agent_feed.c: rows to the courier
EVX_MUST_CHECK enum evx_status evx_agent_feed(struct evx_agent *a);
void evx_agent_feed_fresh(struct evx_agent *a, struct evx_parcel **p);
void evx_agent_feed_again(struct evx_agent *a); // everything from the outbox once more
void evx_agent_feed_free(struct evx_agent *a);

#endif
