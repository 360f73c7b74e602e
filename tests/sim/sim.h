// SPDX-License-Identifier: Apache-2.0
//
// One run: a fleet in one thread under one seed. The broker's core and signer,
// the agents' courier, queue and feed, and the collector's ingest are the
// product's own code. Simulated are what stands around them: the network, the
// clocks, the disks (outbox, store, journal, register), the people.
#ifndef EVX_TESTS_SIM_SIM_H
#define EVX_TESTS_SIM_SIM_H

#include "agents/client/agent_state.h"
#include "broker/core.h"
#include "broker/signer.h"
#include "tests/sim/arena.h"
#include "tests/sim/cast.h"
#include "tests/sim/dice.h"
#include "tests/sim/kinds.h"
#include "tests/sim/queue.h"

#define SIM_NODES       6
#define SIM_BROKERS     2 // the second one is the liar's other view
#define SIM_DIRECTORIES 8
#define SIM_SESSIONS    512
#define SIM_WORK_MS     30000  // faults, lies and work end here
#define SIM_DRAIN_MS    600000 // by then everything must be settled
#define SIM_EVENTS      60000  // more is a run that does not end

struct sim_outbox_disk;
struct sim_store_disk;
struct sim_log_disk;

// What a party holds against the broker.
struct sim_alarm {
    enum sim_alarm_kind kind;
    enum evx_status code;
    uint64_t at_ms;
};
#define SIM_ALARMS 64

struct sim_node {
    struct sim *sim;
    unsigned number;
    const struct sim_person *person;
    bool collects; // an inspectorate's machine, else an agency's
    unsigned view; // the broker that it is connected to
    // its process
    struct evx_agent *agent;
    struct sim_collector *collector; // NULL for an agency
    struct evx_link *link;
    unsigned life;   // number of the process: what was planned for an earlier one is void
    uint64_t run_at; // planned; 0 = not
    unsigned fuse;   // calls to a disk or the network until it dies there; 0 = it lives on
    bool dying;
    bool retired; // it holds proof of a fork and goes no further
    // its clock
    int64_t ahead_ms;
    int32_t drift_ppm;
    bool jumped; // forward
    // its disks
    struct sim_outbox_disk *outbox, *outbox_backup;
    struct sim_store_disk *store, *store_backup;
    unsigned directories, directories_backup; // versions 1 … this are held
    unsigned epoch;                           // signing key in use, from 0
    bool signs_twice, seals_twice, revoked;   // what the directory says of its keys by now
    uint64_t revoked_from;                    // this index of the log on …
    uint64_t revoked_since;                   // … and said when the log had this size
    bool restored, careless;                  // was put back to a backup; and nobody began a new stream
    struct evx_bytes fork[2];                 // checkpoints that contradict each other
    struct sim_alarm alarm[SIM_ALARMS];
    unsigned alarms;
    unsigned given_up; // answers that were given once more
};

struct sim_broker {
    struct sim *sim;
    unsigned number;
    bool up;
    unsigned life;
    struct evx_core *core;
    struct evx_signer *signer;
    enum evx_status opened; // what adding the log to the signer gave
    struct evx_verify_job *jobs, **jobs_end;
    struct sim_signing {
        uint64_t size;
        struct evx_digest root;
    } signing[16];
    unsigned signings;
    uint64_t step_at; // planned; 0 = not
    unsigned fuse;
    bool dying;
    struct sim_log_disk *disk, *backup;
    unsigned directories;
    uint64_t refused; // starts that the signer or the ledger refused
};

// What went in: one row a consignment that an honest party sealed.
struct sim_sealed {
    struct evx_digest id;
    const struct sim_node *by;
    struct evx_stream_id stream;
    uint64_t sequence;
    const struct evx_item_id *item;
    uint32_t items;
    unsigned epoch; // of the key that signed it
};
#define SIM_SEALED 1024

// What a witness put its name to.
struct sim_cosigned {
    const struct sim_node *witness;
    uint64_t size;
    struct evx_digest root;
};
#define SIM_COSIGNED 512

struct sim_tally {
    uint64_t fault[SIM_FAULTS], lie[SIM_LIES], frames[SIM_LIES];
    uint64_t events, sealed, receipts, acknowledged, cosigned, entries, verdicts, resets, directories,
        letters;
    uint64_t alarm[SIM_ALARM_KINDS];
};

struct sim_options {
    uint64_t faults, lies; // bits: which may happen
    bool verbose;
    uint64_t blind; // bits of enum sim_defence: those are switched off
};

struct sim {
    const struct sim_options *options;
    uint64_t seed;
    uint64_t now_ms, end_ms;
    struct sim_dice dice;
    struct sim_arena arena;
    struct sim_queue queue;
    uint64_t digest; // of everything that happened
    struct sim_node node[SIM_NODES];
    unsigned nodes;
    struct sim_broker broker[SIM_BROKERS];
    struct sim_session *session[SIM_SESSIONS];
    unsigned sessions;
    struct evx_directory *directory[SIM_DIRECTORIES]; // version 1 first
    unsigned directories;
    bool window_closed;
    uint64_t faults, lies; // bits: which do happen in this run
    bool parted;           // the network between everybody is down
    struct sim_liar *liar;
    struct sim_log_disk *mended; // the journal that an operator finds again
    bool log_is_old;             // and has not found yet
    struct sim_sealed sealed[SIM_SEALED];
    unsigned sealeds;
    struct sim_cosigned cosigned[SIM_COSIGNED];
    unsigned cosigneds;
    const struct sim_node *running; // whose clock is read
    struct sim_tally tally;
    char broken[256]; // the first invariant that did not hold; empty: all did
};

struct sim *sim_current(void);
// One run. False when an invariant was broken; s->broken says which.
bool sim_run(struct sim *s, uint64_t seed, const struct sim_options *options);
void sim_free(struct sim *s);

// --- for its parts ---
void sim_plan(struct sim *s, uint64_t in_ms, void (*happen)(struct sim *, struct sim_event *), void *subject,
              uint64_t number);
void sim_say(struct sim *s, const char *who, const char *format, ...) __attribute__((format(printf, 3, 4)));
void sim_mark(struct sim *s, uint64_t a, uint64_t b); // becomes part of the digest
void sim_broke(struct sim *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool sim_happens(struct sim *s, enum sim_fault kind); // allowed in this run; counts it
const char *sim_name(const struct sim_node *n);
uint64_t sim_clock(const struct sim *s, const struct sim_node *n);

// One more call to a disk or the network by this party: not OK when it died there.
enum evx_status sim_touch(struct sim_node *n);
enum evx_status sim_touch_broker(struct sim_broker *b);

#endif
