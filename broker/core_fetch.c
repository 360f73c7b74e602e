// SPDX-License-Identifier: Apache-2.0
//
// Serving a log by index. A fetch is a small record; nothing is read before its
// session has room, so a reader that stalls costs that record and what it has
// not taken, at most EVX_LIMIT_SESSION_QUEUE.
#include <string.h>

#include "broker/core_state.h"
#include "crypto/receipt.h"

#define SLICE_ENTRIES 32
#define SLICE_BYTES   (2u << 20)

static enum evx_status next_index(struct evx_session *s, uint64_t *index)
{
    struct evx_fetch *f = &s->fetch;
    *index = f->next;
    if (f->everything) return f->next < f->size ? EVX_OK : EVX_E_NOT_FOUND;
    struct evx_journal *j = f->ledger->journal;
    uint64_t everybodys = 0;
    enum evx_status status = j->ops->next_for(j, s->org, f->next, index);
    enum evx_status other = j->ops->next_for(j, EVX_JOURNAL_EVERYBODY, f->next, &everybodys);
    if (!other && (status == EVX_E_NOT_FOUND || everybodys < *index)) *index = everybodys;
    if (status == EVX_E_NOT_FOUND || (other && other != EVX_E_NOT_FOUND)) status = other;
    if (!status && *index >= f->size) status = EVX_E_NOT_FOUND;
    return status;
}

static enum evx_status readable(struct evx_session *s, uint64_t index, bool *yes)
{
    uint64_t found = 0;
    struct evx_journal *j = s->fetch.ledger->journal;
    enum evx_status status = j->ops->next_for(j, s->org, index, &found);
    *yes = !status && found == index;
    return status == EVX_E_NOT_FOUND ? EVX_OK : status;
}

// Fills m.path for an agency, which cannot rebuild the tree from entries it
// does not see.
static enum evx_status add_path(struct evx_session *s, const struct evx_journal_entry *e, Evx__V1__Entry *m,
                                struct evx_proof *proof, ProtobufCBinaryData *slot)
{
    const struct evx_fetch *f = &s->fetch;
    if (f->everything) return EVX_OK;
    enum evx_status status = evx_ledger_proof(proof, f->ledger, e->index, &e->leaf, f->size, &f->root);
    if (!status) evx_proof_to_slots(slot, proof);
    m->n_path = proof->n;
    m->path = slot;
    return status;
}

// What an agency sent it has, and it holds no key to open it again: its own
// entries come without their bodies.
static bool wants_body(const struct evx_session *s, const struct evx_journal_entry *e)
{
    return s->fetch.everything || strcmp(e->sender, s->org) != 0;
}

static enum evx_status send_entry(struct evx_core *core, struct evx_session *s, struct evx_journal_entry *e,
                                  struct evx_buf *body, bool mine)
{
    struct evx_proof proof = {0};
    ProtobufCBinaryData slot[EVX_LIMIT_PROOF_HASHES];
    Evx__V1__Entry m = EVX__V1__ENTRY__INIT;
    struct evx_fetch *f = &s->fetch;
    m.inspection = (ProtobufCBinaryData){sizeof f->ledger->id.b, f->ledger->id.b};
    m.index = e->index;
    m.log_entry = (ProtobufCBinaryData){e->log_entry.n, e->log_entry.p};
    m.body = body->n != 0;
    m.bytes = body->n;
    m.sender = e->sender;
    m.expired = mine && e->body_bytes == 0;
    enum evx_status status = add_path(s, e, &m, &proof, slot);
    if (status) return status;
    uint64_t cost = e->log_entry.n + body->n;
    f->bytes_left -= cost < f->bytes_left ? cost : f->bytes_left;
    f->entries_left--;
    f->next = e->index + 1;
    f->any = true;
    core->counters.served_entries++;
    core->counters.served_bytes += cost;
    evx_reply(core, s, EVX__V1__FRAME__BODY_ENTRY, &m, body);
    return EVX_OK;
}

// One entry, or NOT_FOUND when the batch is at its end.
static enum evx_status serve_entry(struct evx_core *core, struct evx_session *s)
{
    struct evx_fetch *f = &s->fetch;
    struct evx_journal *j = f->ledger->journal;
    struct evx_journal_entry e = {0};
    struct evx_buf body = {0};
    bool mine = false;
    uint64_t index = 0;
    enum evx_status status = f->entries_left ? next_index(s, &index) : EVX_E_NOT_FOUND;
    if (!status) status = j->ops->read(j, index, &e);
    if (!status) status = readable(s, index, &mine);
    bool with_body = !status && mine && wants_body(s, &e);
    uint64_t cost = status ? 0 : e.log_entry.n + (with_body ? e.body_bytes : 0);
    // The first of a batch always goes, so that small credit still gets on.
    if (!status && f->any && cost > f->bytes_left) status = EVX_E_NOT_FOUND;
    if (!status && with_body && e.body_bytes) {
        status = j->ops->read_body(j, index, &body);
        if (status == EVX_E_NOT_FOUND) status = EVX_E_STORE_DAMAGED;
    }
    if (!status) status = send_entry(core, s, &e, &body, mine);
    evx_journal_entry_free(&e);
    evx_buf_free(&body);
    return status;
}

// An agency whose next readable entry lies beyond the end is done up to the end.
static uint64_t next_after(struct evx_session *s)
{
    struct evx_fetch *f = &s->fetch;
    if (f->everything) return f->next;
    uint64_t index = 0;
    enum evx_status status = next_index(s, &index);
    return status == EVX_E_NOT_FOUND ? f->size : index;
}

static enum evx_status add_consistency(struct evx_session *s, Evx__V1__FetchEnd *m, struct evx_proof *proof,
                                       ProtobufCBinaryData *slot)
{
    const struct evx_fetch *f = &s->fetch;
    if (f->from == 0 || f->from > f->size) return EVX_OK;
    enum evx_status status = evx_consistency_proof(proof, f->from, f->size, evx_ledger_node, f->ledger);
    if (!status) evx_proof_to_slots(slot, proof);
    m->n_consistency = proof->n;
    m->consistency = slot;
    return status;
}

static void tell_more(struct evx_core *core, struct evx_session *s, struct evx_ledger *l)
{
    Evx__V1__More m = EVX__V1__MORE__INIT;
    m.inspection = (ProtobufCBinaryData){sizeof l->id.b, l->id.b};
    m.size = l->newest.size;
    s->follows = NULL;
    evx_reply(core, s, EVX__V1__FRAME__BODY_MORE, &m, NULL);
}

static enum evx_status end_fetch(struct evx_core *core, struct evx_session *s)
{
    struct evx_fetch *f = &s->fetch;
    struct evx_proof proof = {0};
    ProtobufCBinaryData slot[EVX_LIMIT_PROOF_HASHES];
    Evx__V1__FetchEnd m = EVX__V1__FETCH_END__INIT;
    m.inspection = (ProtobufCBinaryData){sizeof f->ledger->id.b, f->ledger->id.b};
    m.next_index = next_after(s);
    m.size = f->size;
    m.checkpoint = (ProtobufCBinaryData){f->note.n, f->note.p};
    enum evx_status status = add_consistency(s, &m, &proof, slot);
    if (status) return status;
    s->state = EVX_SESSION_READY;
    s->follows = f->follow ? f->ledger : NULL;
    s->followed_size = f->size;
    evx_reply(core, s, EVX__V1__FRAME__BODY_FETCH_END, &m, NULL);
    if (s->follows && s->follows->newest.size > f->size) tell_more(core, s, s->follows);
    return EVX_OK;
}

static void fail_fetch(struct evx_core *core, struct evx_session *s, enum evx_status status)
{
    s->state = EVX_SESSION_READY;
    if (status == EVX_E_IO) {
        evx_core_stop(core, status, "fetch");
        return;
    }
    evx_core_say(core, EVX_LOG_ERROR, "STORE-DAMAGED", "log=%s index=%llu code=%s", s->fetch.ledger->hex,
                 (unsigned long long)s->fetch.next, evx_error_info(status)->code);
    evx_refuse(core, s, &(struct evx_refusal){.code = status, .inspection = &s->fetch.ledger->id});
}

// True when this session could go on at once.
static bool serve_slice(struct evx_core *core, struct evx_session *s)
{
    uint64_t start = core->counters.served_bytes;
    for (int i = 0; i < SLICE_ENTRIES && core->counters.served_bytes - start < SLICE_BYTES; i++) {
        if (s->dropped || s->queued >= EVX_LIMIT_SESSION_QUEUE) return false;
        enum evx_status status = serve_entry(core, s);
        if (status == EVX_E_NOT_FOUND) {
            status = end_fetch(core, s);
            if (status) fail_fetch(core, s, status);
            return false;
        }
        if (status) {
            fail_fetch(core, s, status);
            return false;
        }
    }
    return true;
}

bool evx_core_serve(struct evx_core *core)
{
    bool more = false;
    for (size_t i = 0; i < EVX_SESSION_BUCKETS; i++)
        for (struct evx_session *s = core->session[i]; s && !core->fault; s = s->next)
            if (s->state == EVX_SESSION_SERVING && serve_slice(core, s)) more = true;
    return more;
}

void evx_core_tell_followers(struct evx_core *core, struct evx_ledger *l)
{
    for (size_t i = 0; i < EVX_SESSION_BUCKETS; i++)
        for (struct evx_session *s = core->session[i]; s; s = s->next)
            if (s->follows == l && l->newest.size > s->followed_size && s->state == EVX_SESSION_READY)
                tell_more(core, s, l);
}
