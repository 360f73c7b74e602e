// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/erase.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/collector/certificate.h"
#include "agents/collector/holds.h"

#define AT_ONCE EVX_LIMIT_ITEMS

// --- deciding ---

static const char *purpose_of(Evx__V1__ErasureGround ground)
{
    switch ((int)ground) {
    case EVX__V1__ERASURE_GROUND__ERASURE_RIGHT: return "subject-request";
    case EVX__V1__ERASURE_GROUND__ERASURE_ORDER: return "legal-proceedings";
    default: return "retention";
    }
}

struct deciding {
    const struct evx_erase *e;
    const struct evx_erase_order *order;
    const struct evx_store_row *row;
    size_t n;
    struct evx_hold *hold;
    size_t holds;
    struct evx_opening *opening;
    struct evx_erase_held *held;
};

static enum evx_status record_it(struct deciding *d)
{
    struct evx_store_ref *ref = calloc(d->n, sizeof *ref);
    if (!ref) return EVX_E_MEMORY;
    for (size_t i = 0; i < d->n; i++)
        ref[i] = d->row[i].ref;
    struct evx_audit_record r = {.time_ms = d->order->now_ms,
                                 .verb = "erasure",
                                 .person = d->order->person,
                                 .on_behalf_of = evx_agent_organisation(d->e->agent),
                                 .purpose = purpose_of(d->order->ground),
                                 .view = evx_erasure_ground_name(d->order->ground)};
    enum evx_status s = evx_audit_release(&d->opening, d->e->audit, &r, ref, d->n);
    free(ref);
    return s;
}

// An item that was erased before has nothing left to be held.
static enum evx_status check_hold(struct deciding *d, const struct evx_store_row *row, bool open)
{
    Evx__V1__Item *item = NULL;
    enum evx_status s =
        open && !row->code ? evx_store_open_item(d->e->store, d->opening, row->ref, &item) : EVX_OK;
    if (s == EVX_E_ERASED) return EVX_OK;
    const struct evx_hold *h = s ? NULL : evx_holds_cover(d->hold, d->holds, &row->item_id, item);
    evx_item_free(item);
    if (!h) return s;
    *d->held = (struct evx_erase_held){h->number, row->item_id};
    return EVX_E_ERASE_HELD;
}

static enum evx_status check_holds(struct deciding *d)
{
    enum evx_status s = evx_holds_load(&d->hold, &d->holds, d->e->store);
    bool open = !s && evx_holds_need_content(d->hold, d->holds);
    for (size_t i = 0; !s && i < d->n; i++)
        s = check_hold(d, &d->row[i], open);
    return s;
}

static enum evx_status intend(struct deciding *d, const struct evx_store_row *row)
{
    struct evx_erasure e;
    enum evx_status s = evx_store_erasure(d->e->store, row->ref, &e);
    if (s != EVX_E_NOT_FOUND) return s;
    e = (struct evx_erasure){.ref = row->ref,
                             .item = row->item_id,
                             .step = EVX_ERASURE_INTENDED,
                             .ground = d->order->ground,
                             .time_ms = d->order->now_ms,
                             .generation = evx_store_key_generation(evx_store_master(d->e->store)) + 1};
    memcpy(e.sender, row->sender, sizeof e.sender);
    snprintf(e.authority, sizeof e.authority, "%s", d->order->authority);
    snprintf(e.decided_by, sizeof e.decided_by, "%s", d->order->decided_by);
    return evx_store_put_erasure(d->e->store, &e);
}

static enum evx_status intend_all(struct deciding *d)
{
    enum evx_status s = evx_store_begin(d->e->store);
    if (s) return s;
    for (size_t i = 0; !s && i < d->n; i++)
        s = intend(d, &d->row[i]);
    if (!s) return evx_store_commit(d->e->store);
    evx_store_rollback(d->e->store);
    return s;
}

enum evx_status evx_erase_decide(const struct evx_erase *e, const struct evx_erase_order *order,
                                 const struct evx_store_row *row, size_t n, struct evx_erase_held *held)
{
    *held = (struct evx_erase_held){0};
    if (!n) return EVX_OK;
    if (strlen(order->authority) >= EVX_ERASURE_AUTHORITY || strlen(order->decided_by) >= EVX_ERASURE_PERSON)
        return EVX_E_TOO_LARGE;
    struct deciding d = {.e = e, .order = order, .row = row, .n = n, .held = held};
    enum evx_status s = record_it(&d);
    if (!s) s = check_holds(&d);
    if (!s) s = intend_all(&d);
    evx_opening_close(&d.opening);
    free(d.hold);
    return s;
}

// --- carrying out ---

struct batch {
    enum evx_erasure_step step;
    struct evx_erasure *at; // AT_ONCE of them
    size_t n;
};

// One certificate speaks of one decision about one agency's items.
static bool same_decision(const struct evx_erasure *a, const struct evx_erasure *b)
{
    return a->ground == b->ground && a->time_ms == b->time_ms && a->generation == b->generation &&
           strcmp(a->sender, b->sender) == 0 && strcmp(a->authority, b->authority) == 0 &&
           strcmp(a->decided_by, b->decided_by) == 0;
}

static enum evx_status take(void *user, const struct evx_erasure *e)
{
    struct batch *b = user;
    if (e->step != b->step || b->n == AT_ONCE) return EVX_OK;
    if (b->step == EVX_ERASURE_DESTROYED && b->n && !same_decision(&b->at[0], e)) return EVX_OK;
    b->at[b->n++] = *e;
    return EVX_OK;
}

static enum evx_status move_to(struct evx_store *store, struct batch *b, enum evx_erasure_step step,
                               const struct evx_digest *certificate)
{
    enum evx_status s = evx_store_begin(store);
    if (s) return s;
    for (size_t i = 0; !s && i < b->n; i++) {
        b->at[i].step = step;
        if (certificate) b->at[i].certificate = *certificate;
        s = evx_store_put_erasure(store, &b->at[i]);
    }
    if (!s) return evx_store_commit(store);
    evx_store_rollback(store);
    return s;
}

static enum evx_status destroy(const struct evx_erase *e, struct batch *b)
{
    struct evx_store_ref *ref = calloc(b->n, sizeof *ref);
    if (!ref) return EVX_E_MEMORY;
    for (size_t i = 0; i < b->n; i++)
        ref[i] = b->at[i].ref;
    enum evx_status s = evx_store_erase(e->store, ref, b->n);
    if (!s) s = evx_store_drop_index(e->store);
    if (!s) s = move_to(e->store, b, EVX_ERASURE_DESTROYED, NULL);
    free(ref);
    return s;
}

static enum evx_status destroy_alone(const struct evx_erase *e, struct batch *b)
{
    enum evx_status s = evx_store_exclude_readers(e->store);
    if (s) return s;
    s = destroy(e, b);
    evx_store_admit_readers(e->store);
    return s;
}

static enum evx_status certify(const struct evx_erase *e, struct batch *b)
{
    struct evx_digest consignment;
    enum evx_status s = evx_certificate_queue(&consignment, e->agent, b->at, b->n);
    return s ? s : move_to(e->store, b, EVX_ERASURE_CERTIFIED, &consignment);
}

static enum evx_status all_of(const struct evx_erase *e, struct batch *b, enum evx_erasure_step step,
                              struct evx_erase_done *done)
{
    enum evx_status s = EVX_OK;
    do {
        b->step = step;
        b->n = 0;
        s = evx_store_erasures(e->store, take, b);
        if (s || !b->n) return s;
        s = step == EVX_ERASURE_INTENDED ? destroy_alone(e, b) : certify(e, b);
        if (!s && step == EVX_ERASURE_INTENDED) done->destroyed += b->n;
        if (!s && step == EVX_ERASURE_DESTROYED) done->certified += b->n, done->certificates++;
    } while (!s);
    return s;
}

enum evx_status evx_erase_finish(const struct evx_erase *e, struct evx_erase_done *done)
{
    *done = (struct evx_erase_done){0};
    struct batch b = {.at = calloc(AT_ONCE, sizeof *b.at)};
    if (!b.at) return EVX_E_MEMORY;
    enum evx_status s = all_of(e, &b, EVX_ERASURE_INTENDED, done);
    if (!s) s = all_of(e, &b, EVX_ERASURE_DESTROYED, done);
    free(b.at);
    return s;
}
