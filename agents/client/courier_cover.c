// SPDX-License-Identifier: Apache-2.0
//
// Proofs for others to check offline: for each of our consignments, its inclusion under
// a checkpoint that a quorum of witnesses cosigned. Asked for one by one, when nothing
// is on its way to the broker. The stored receipt is not touched: it stays what it was.
#include <string.h>

#include "agents/client/courier_state.h"
#include "proto/base/log.h"

#define AGAIN_MS 10000

void evx_courier_cover_again(struct evx_courier *c)
{
    c->witness.all_proved = c->witness.proof_asked = false;
}

static void drop_wanted(struct evx_courier *c)
{
    struct witness *w = &c->witness;
    evx_receipt_free(&w->wanted.receipt);
    evx_buf_free(&w->wanted.log_entry);
    w->wanted = (struct evx_courier_unproved){0};
    w->proof_asked = false;
}

static enum evx_status ask(struct evx_courier *c, uint64_t now_ms)
{
    struct witness *w = &c->witness;
    Evx__V1__GetReceipt m = EVX__V1__GET_RECEIPT__INIT;
    m.inspection = (ProtobufCBinaryData){sizeof c->inspection.b, c->inspection.b};
    m.consignment =
        (ProtobufCBinaryData){sizeof w->wanted.receipt.consignment.b, w->wanted.receipt.consignment.b};
    m.stream = (ProtobufCBinaryData){sizeof w->wanted.stream.b, w->wanted.stream.b};
    m.sequence = w->wanted.sequence;
    m.under_size = w->kept.checkpoint.size;
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_GET_RECEIPT;
    f.get_receipt = &m;
    enum evx_status s = evx_courier_send(c, &f, NULL);
    w->proof_asked = !s;
    w->proof_asked_ms = now_ms;
    return s;
}

enum evx_status evx_courier_cover_due(struct evx_courier *c, uint64_t now_ms)
{
    struct witness *w = &c->witness;
    if (!c->port.unproved || w->kept.checkpoint.size == 0 || w->all_proved || c->flights.n) return EVX_OK;
    if (w->proof_asked && now_ms < w->proof_asked_ms + COURIER_ANSWER_MS) return EVX_OK;
    if (now_ms < w->proof_not_before_ms) return EVX_OK;
    drop_wanted(c);
    enum evx_status s = c->port.unproved(c->port.user, w->kept.checkpoint.size, &w->wanted);
    if (s == EVX_E_NOT_FOUND) {
        w->all_proved = true;
        return EVX_OK;
    }
    return s ? s : ask(c, now_ms);
}

static bool is_under(const struct evx_courier *c, const struct evx_receipt *r)
{
    struct evx_checkpoint under;
    return evx_courier_open_checkpoint(c, &under, evx_buf_bytes(&r->checkpoint)) != EVX_OK ||
           under.size == c->witness.kept.checkpoint.size;
}

// The entry that was receipted before, at the same place, under the tree that was
// cosigned and proved: the note itself is the one that is kept here.
static enum evx_status check(const struct evx_courier *c, struct evx_receipt *r)
{
    const struct witness *w = &c->witness;
    struct evx_checkpoint under;
    if (r->index != w->wanted.receipt.index) return EVX_E_RECEIPT_MISMATCH;
    evx_buf_clear(&r->checkpoint);
    struct evx_vkey log;
    enum evx_status s = evx_buf_append(&r->checkpoint, w->kept.note.p, w->kept.note.n);
    if (!s) s = evx_courier_log_key(c, &log, evx_buf_bytes(&r->checkpoint));
    return s ? s : evx_tlog_proof_verify(r, &log, evx_buf_bytes(&w->wanted.log_entry), &under);
}

enum evx_status evx_courier_cover_receipt(struct evx_courier *c, const Evx__V1__Receipt *m, uint64_t now_ms)
{
    struct witness *w = &c->witness;
    const struct evx_digest *id = &w->wanted.receipt.consignment;
    if (!w->proof_asked || m->consignment.len != sizeof id->b ||
        memcmp(m->consignment.data, id->b, sizeof id->b))
        return EVX_OK;
    struct evx_receipt r = {0};
    enum evx_status s = evx_receipt_from_frame(&r, m);
    if (!s && !is_under(c, &r)) { // asked before a newer one was kept
        evx_receipt_free(&r);
        return EVX_OK;
    }
    if (!s) s = check(c, &r);
    if (s) {
        w->proof_not_before_ms = now_ms + AGAIN_MS;
        s = evx_courier_disbelieve(c, "proof", s);
    } else {
        s = c->port.proved(c->port.user, &r);
    }
    evx_receipt_free(&r);
    drop_wanted(c);
    return s ? s : evx_courier_tick(c, now_ms);
}
