// SPDX-License-Identifier: Apache-2.0
#include "agents/client/courier_state.h"

static enum evx_status accept(struct evx_courier *c, struct flight *f, const struct evx_receipt *r,
                              const struct evx_checkpoint *checkpoint)
{
    struct evx_buf entry = {0};
    enum evx_status s = evx_log_entry(&entry, r->received_ms, f->parcel->header, f->parcel->signature);
    if (!s) s = c->port.accepted(c->port.user, f->parcel, r, evx_buf_bytes(&entry));
    evx_buf_free(&entry);
    if (s) return s;
    evx_courier_land(c, f);
    return evx_courier_see(c, checkpoint, evx_buf_bytes(&r->checkpoint));
}

enum evx_status evx_courier_on_receipt(struct evx_courier *c, const Evx__V1__Frame *frame,
                                       struct evx_bytes body, uint64_t now)
{
    (void)body;
    const Evx__V1__Receipt *m = frame->receipt;
    struct flight *f = m->consignment.len == 32 ? evx_courier_flight(c, m->consignment.data) : NULL;
    if (!f) return EVX_OK; // of something already receipted: a resend crossed its receipt
    struct evx_receipt r = {0};
    struct evx_checkpoint checkpoint;
    enum evx_status s = evx_receipt_from_frame(&r, m);
    // That it speaks of this very header, of our log, and is proved: all of it is in here.
    if (!s) s = evx_receipt_verify(&r, &c->log, f->parcel->header, f->parcel->signature, &checkpoint);
    s = s ? evx_courier_disbelieve(c, "receipt", s) : accept(c, f, &r, &checkpoint);
    evx_receipt_free(&r);
    return s ? s : evx_courier_tick(c, now);
}
