// SPDX-License-Identifier: Apache-2.0
//
// What an agent keeps of witnessing: its own record, the newest checkpoint that a quorum
// cosigned, proofs under it, and, if it comes to that, the proof that the log was forked.
#include <stdlib.h>
#include <string.h>

#include "agents/client/agent_state.h"
#include "crypto/policy.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"

#define RECORD   "witness" // values of the outbox
#define QUORATE  "witnessed"
#define WAITING  "waiting"
#define EVIDENCE "evidence-of-fork"

#define SETTLE_MS 1000 // what a job that is done still gives to witnessing

static enum evx_status value(struct evx_agent *a, const char *name, struct evx_buf *out)
{
    return evx_outbox_get(a->outbox, name, out);
}

enum evx_status evx_agent_keep_waiting(struct evx_agent *a)
{
    struct evx_buf waiting = {0};
    bool changed = false;
    enum evx_status s = a->courier ? evx_courier_waiting(a->courier, &waiting, &changed) : EVX_OK;
    if (!s && changed) s = evx_outbox_put(a->outbox, WAITING, evx_buf_bytes(&waiting));
    evx_buf_free(&waiting);
    return s;
}

// Durable on return, and with it everything of this round so far.
static enum evx_status port_cosigning(void *user, const struct evx_witness_record *r)
{
    struct evx_agent *a = user;
    uint8_t bytes[EVX_WITNESS_RECORD_BYTES];
    evx_witness_record_write(bytes, r);
    enum evx_status s = evx_agent_change(a);
    if (!s) s = evx_outbox_put(a->outbox, RECORD, evx_bytes(bytes, sizeof bytes));
    return s ? s : evx_agent_settle(a);
}

static enum evx_status port_witnessed(void *user, struct evx_bytes note)
{
    struct evx_agent *a = user;
    enum evx_status s = evx_agent_change(a);
    return s ? s : evx_outbox_put(a->outbox, QUORATE, note);
}

static enum evx_status port_unproved(void *user, uint64_t size, struct evx_courier_unproved *out)
{
    struct evx_agent *a = user;
    struct evx_outbox_row row;
    *out = (struct evx_courier_unproved){0};
    enum evx_status s = evx_outbox_unproved(a->outbox, a->proved_to, size, &row);
    if (s) return s;
    a->proved_to = row.index;
    out->stream = row.stream;
    out->sequence = row.sequence;
    return evx_outbox_receipt(a->outbox, &row.id, &out->receipt, &out->log_entry);
}

static enum evx_status port_proved(void *user, const struct evx_receipt *r)
{
    struct evx_agent *a = user;
    struct evx_buf text = {0};
    enum evx_status s = evx_agent_change(a);
    if (!s) s = evx_tlog_proof_text(&text, r);
    if (!s) s = evx_outbox_put_proof(a->outbox, &r->consignment, evx_buf_bytes(&text));
    evx_buf_free(&text);
    return s;
}

static void proof_name(char out[72], const struct evx_digest *id)
{
    memcpy(out, "proof/", 6);
    evx_hex(out + 6, id->b, sizeof id->b);
}

enum evx_status evx_outbox_put_proof(struct evx_outbox *o, const struct evx_digest *id,
                                     struct evx_bytes proof)
{
    char name[72];
    proof_name(name, id);
    return evx_outbox_put(o, name, proof);
}

enum evx_status evx_outbox_get_proof(struct evx_outbox *o, const struct evx_digest *id, struct evx_buf *out)
{
    char name[72];
    proof_name(name, id);
    return evx_outbox_get(o, name, out);
}

static char *evidence_path(const struct evx_agent *a, const char *name)
{
    char *folder = evx_path_join(a->state, EVIDENCE);
    char *path = folder ? evx_path_join(folder, name) : NULL;
    free(folder);
    return path;
}

// What lies there already is the older proof: it stays.
static enum evx_status keep_evidence(const struct evx_agent *a, const char *name, struct evx_bytes bytes)
{
    char *path = evidence_path(a, name);
    if (!path) return EVX_E_MEMORY;
    enum evx_status s = evx_file_create(path, bytes, 0600);
    free(path);
    return s == EVX_E_FILE_EXISTS ? EVX_OK : s;
}

static enum evx_status port_forked(void *user, const struct evx_fork *f)
{
    struct evx_agent *a = user;
    struct evx_buf text = {0};
    char *folder = evx_path_join(a->state, EVIDENCE);
    enum evx_status s = folder ? evx_dir_make(folder) : EVX_E_MEMORY;
    if (!s) s = keep_evidence(a, "first.checkpoint", evx_buf_bytes(&f->first));
    if (!s) s = keep_evidence(a, "second.checkpoint", evx_buf_bytes(&f->second));
    if (!s) s = evx_fork_text(&text, f);
    if (!s) s = keep_evidence(a, "proof.fork", evx_buf_bytes(&text));
    evx_buf_free(&text);
    free(folder);
    return s;
}

bool evx_agent_holds_fork(const struct evx_agent *a)
{
    char *path = evidence_path(a, "proof.fork");
    bool there = path && evx_path_exists(path);
    free(path);
    return there;
}

void evx_agent_witness_ports(struct evx_courier_port *port)
{
    port->forked = port_forked;
    port->cosigning = port_cosigning;
    port->witnessed = port_witnessed;
    port->unproved = port_unproved;
    port->proved = port_proved;
}

enum evx_status evx_agent_witness_setup(struct evx_agent *a, struct evx_courier_setup *setup,
                                        struct evx_buf *quorate, struct evx_buf *waiting)
{
    struct evx_buf record = {0};
    enum evx_status s = value(a, RECORD, &record);
    if (!s && record.n) s = evx_witness_record_read(&setup->cosigned, evx_buf_bytes(&record));
    if (!s) s = value(a, QUORATE, quorate);
    if (!s) s = value(a, WAITING, waiting);
    setup->waiting = evx_buf_bytes(waiting);
    setup->witness = a->keys.witness;
    setup->witness_public = &a->keys.witness_public;
    setup->witnessed = evx_buf_bytes(quorate);
    setup->forked = evx_agent_holds_fork(a);
    evx_buf_free(&record);
    return s;
}

bool evx_agent_cosigned(void *unused, struct evx_agent *a)
{
    (void)unused;
    return evx_courier_cosigned(a->courier);
}

bool evx_agent_settled(struct evx_agent *a, uint64_t *since_ms)
{
    uint64_t now = evx_clock_monotonic_ms();
    if (!*since_ms) *since_ms = now;
    return evx_courier_cosigned(a->courier) || now >= *since_ms + SETTLE_MS;
}

enum evx_status evx_agent_witnessed(struct evx_agent *a, struct evx_buf *note)
{
    return value(a, QUORATE, note);
}

enum evx_status evx_agent_grade(struct evx_agent *a, struct evx_grade *out)
{
    struct evx_policy *policy = NULL;
    struct evx_buf note = {0};
    *out = (struct evx_grade){0};
    enum evx_status s = evx_policy_from_directory(&policy, evx_agent_directory(a), &a->inspection);
    if (!s) s = value(a, QUORATE, &note);
    if (!s && !note.n) s = value(a, "checkpoint", &note);
    if (!s) s = note.n ? evx_policy_grade(out, policy, evx_buf_bytes(&note)) : EVX_E_NOT_FOUND;
    evx_buf_free(&note);
    evx_policy_destroy(&policy);
    return s;
}

enum evx_status evx_agent_best_receipt(struct evx_agent *a, const struct evx_digest *id,
                                       struct evx_receipt *receipt, struct evx_buf *log_entry,
                                       struct evx_grade *grade)
{
    struct evx_policy *policy = NULL;
    struct evx_buf text = {0};
    struct evx_receipt better = {0};
    *grade = (struct evx_grade){0};
    enum evx_status s = evx_agent_receipt(a, id, receipt, log_entry);
    if (!s) s = evx_policy_from_directory(&policy, evx_agent_directory(a), &a->inspection);
    if (!s) s = evx_outbox_get_proof(a->outbox, id, &text);
    if (!s && text.n) s = evx_tlog_proof_parse(&better, evx_buf_bytes(&text));
    if (!s && text.n) {
        better.consignment = receipt->consignment;
        better.received_ms = receipt->received_ms;
        evx_receipt_free(receipt);
        *receipt = better;
    }
    if (!s) s = evx_policy_grade(grade, policy, evx_buf_bytes(&receipt->checkpoint));
    if (s) evx_receipt_free(receipt);
    evx_buf_free(&text);
    evx_policy_destroy(&policy);
    return s;
}
