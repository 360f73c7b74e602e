// SPDX-License-Identifier: Apache-2.0
#include "agents/client/courier_state.h"

// Its checkpoint is noted first: a receipt that contradicts what was seen is not believed,
// and one that is believed before its checkpoint is proved is never forgotten unproved.
static enum evx_status accept(struct evx_courier *c, struct flight *f, const struct evx_receipt *r,
                              const struct evx_checkpoint *checkpoint)
{
    struct evx_buf entry = {0};
    enum evx_status s = evx_courier_see(c, checkpoint, evx_buf_bytes(&r->checkpoint));
    if (s == EVX_E_BUSY) return EVX_OK; // it is sent again, and receipted again
    if (!s) s = evx_log_entry(&entry, r->received_ms, f->parcel->header, f->parcel->signature);
    if (!s) s = c->port.accepted(c->port.user, f->parcel, r, evx_buf_bytes(&entry));
    evx_buf_free(&entry);
    if (s) return s;
    evx_courier_land(c, f);
    evx_courier_cover_again(c);
    return EVX_OK;
}

enum evx_status evx_courier_on_receipt(struct evx_courier *c, const Evx__V1__Frame *frame,
                                       struct evx_bytes body, uint64_t now)
{
    (void)body;
    const Evx__V1__Receipt *m = frame->receipt;
    struct flight *f = m->consignment.len == 32 ? evx_courier_flight(c, m->consignment.data) : NULL;
    // Of something already receipted: asked for, or a resend crossed its receipt.
    if (!f) return evx_courier_cover_receipt(c, m, now);
    struct evx_receipt r = {0};
    struct evx_checkpoint checkpoint;
    struct evx_vkey log;
    enum evx_status s = evx_receipt_from_frame(&r, m);
    if (!s) s = evx_courier_log_key(c, &log, evx_buf_bytes(&r.checkpoint));
    // That it speaks of this very header, of our log, and is proved: all of it is in here.
    if (!s) s = evx_receipt_verify(&r, &log, f->parcel->header, f->parcel->signature, &checkpoint);
    evx_courier_reclaimed(c, s == EVX_OK);
    s = s ? evx_courier_disbelieve(c, "receipt", s) : accept(c, f, &r, &checkpoint);
    evx_receipt_free(&r);
    return s ? s : evx_courier_tick(c, now);
}
