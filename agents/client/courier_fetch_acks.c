// SPDX-License-Identifier: Apache-2.0
//
// What an agency reads of the log: acknowledgements addressed to it, each proved to
// stand in the log, from an inspectorate that may receive in this inspection.
#include <stdlib.h>
#include <string.h>

#include "agents/client/courier_state.h"
#include "proto/base/log.h"

#define HELD_MAX 4096

static enum evx_status held_room(struct fetch *t)
{
    if (t->held_n < t->held_cap) return EVX_OK;
    if (t->held_cap >= HELD_MAX) return EVX_E_PROTOCOL;
    size_t cap = t->held_cap ? 2 * t->held_cap : 16;
    struct held_entry *held = realloc(t->held, cap * sizeof *held);
    if (!held) return EVX_E_MEMORY;
    t->held = held;
    t->held_cap = cap;
    return EVX_OK;
}

static enum evx_status copy_path(struct evx_proof *out, const Evx__V1__Entry *m)
{
    out->n = m->n_path;
    if (m->n_path > EVX_LIMIT_PROOF_HASHES) return EVX_E_MALFORMED;
    for (size_t i = 0; i < m->n_path; i++) {
        if (m->path[i].len != sizeof out->hash[i].b) return EVX_E_MALFORMED;
        memcpy(out->hash[i].b, m->path[i].data, sizeof out->hash[i].b);
    }
    return EVX_OK;
}

enum evx_status evx_courier_hold_entry(struct evx_courier *c, const Evx__V1__Entry *m, struct evx_bytes body)
{
    struct fetch *t = &c->fetch;
    // One of our own: its receipt says more. Nothing is believed or lost by leaving it.
    if (body.n == 0 || !strcmp(m->sender, c->organisation)) return EVX_OK;
    bool ascending = m->index >= t->from && (t->held_n == 0 || m->index > t->held[t->held_n - 1].index);
    if (!ascending) return evx_courier_disbelieve(c, "entry", EVX_E_PROTOCOL);
    enum evx_status s = held_room(t);
    if (s) return s;
    struct held_entry *h = &t->held[t->held_n++];
    *h = (struct held_entry){.index = m->index};
    s = copy_path(&h->path, m);
    if (!s) s = evx_buf_append(&h->log_entry, m->log_entry.data, m->log_entry.len);
    if (!s) s = evx_buf_append(&h->body, body.p, body.n);
    return s == EVX_E_MALFORMED ? evx_courier_disbelieve(c, "entry", s) : s;
}

void evx_courier_release_held(struct evx_courier *c)
{
    for (size_t i = 0; i < c->fetch.held_n; i++) {
        evx_buf_free(&c->fetch.held[i].log_entry);
        evx_buf_free(&c->fetch.held[i].body);
    }
    c->fetch.held_n = 0;
}

static enum evx_status copy_refused(struct evx_outbox_item **out, size_t *n,
                                    const Evx__V1__ConsignmentResult *r)
{
    *n = 0;
    *out = calloc(r->n_rejected + 1, sizeof **out);
    if (!*out) return EVX_E_MEMORY;
    for (size_t i = 0; i < r->n_rejected; i++) {
        const Evx__V1__ItemResult *item = r->rejected[i];
        if (item->item_id.len != sizeof(*out)->id.b) continue;
        memcpy((*out)[*n].id.b, item->item_id.data, item->item_id.len);
        (*out)[*n].judged = true;
        (*out)[(*n)++].code = evx_status_from_wire(item->code);
    }
    return EVX_OK;
}

static enum evx_status take_result(struct evx_courier *c, const char *sender,
                                   const Evx__V1__ConsignmentResult *r, bool *held_back)
{
    struct evx_outbox_verdict v = {
        .organisation = sender, .log_index = r->log_index, .code = evx_status_from_wire(r->code)};
    struct evx_outbox_item *item = NULL;
    if (r->consignment.len != sizeof v.id.b) return EVX_OK;
    memcpy(v.id.b, r->consignment.data, sizeof v.id.b);
    enum evx_status s = copy_refused(&item, &v.items, r);
    v.item = item;
    if (!s) s = c->port.verdict(c->port.user, &v);
    free(item);
    *held_back = *held_back || s == EVX_E_GAP;
    if (s == EVX_E_NOT_FOUND || s == EVX_E_RECEIPT_MISMATCH)
        return evx_courier_disbelieve(c, "acknowledgement", s);
    return s == EVX_E_GAP ? EVX_OK : s;
}

static enum evx_status take_item(struct evx_courier *c, const char *sender, struct evx_bytes plain,
                                 bool *held_back)
{
    Evx__V1__Item *item = NULL;
    enum evx_status s = evx_item_unpack(&item, plain);
    if (s) return s;
    if (item->body_case == EVX__V1__ITEM__BODY_ACKNOWLEDGEMENT)
        for (size_t i = 0; i < item->acknowledgement->n_result && !s; i++)
            s = take_result(c, sender, item->acknowledgement->result[i], held_back);
    evx_item_free(item);
    return s;
}

static enum evx_status open_items(struct evx_courier *c, const struct verified_entry *v, bool *held_back)
{
    struct evx_consignment_key kek;
    enum evx_status s = evx_open_wrap(&kek, c->opener, &v->consignment);
    if (s) return s;
    struct evx_buf plain = {0};
    struct evx_item_cursor cursor = {0};
    struct evx_record record;
    struct evx_bytes ciphertext;
    while (!s && evx_consignment_next(&cursor, &record, &ciphertext, &v->consignment)) {
        struct evx_item_key ik;
        evx_item_key_of(&ik, &kek, record.number);
        s = evx_open_item_checked(&plain, &record, ciphertext, v->consignment.header->nonce.data, &ik);
        if (!s) s = take_item(c, v->sender, evx_buf_bytes(&plain), held_back);
        evx_wipe(&ik, sizeof ik);
    }
    evx_wipe(&kek, sizeof kek);
    if (plain.p) evx_wipe(plain.p, plain.cap);
    evx_buf_free(&plain);
    return s;
}

// Only an inspectorate that receives in this inspection can say that it has something.
static bool may_acknowledge(const struct evx_courier *c, const char *sender)
{
    const struct evx_dir_org *org = evx_directory_org(c->directory, sender);
    return org && org->active && org->role == EVX_ROLE_INSPECTORATE &&
           (evx_directory_rights(c->directory, &c->inspection, sender) & EVX_RIGHT_RECEIVE);
}

static bool is_local(enum evx_status s)
{
    return s == EVX_E_MEMORY || s == EVX_E_IO || s == EVX_E_DISK_FULL || s == EVX_E_BUG;
}

static enum evx_status verify(struct evx_courier *c, struct verified_entry *v, const struct held_entry *h,
                              const struct evx_checkpoint *checkpoint)
{
    struct evx_digest leaf;
    evx_log_leaf(&leaf, evx_buf_bytes(&h->log_entry));
    enum evx_status s = evx_inclusion_verify(&h->path, h->index, checkpoint->size, &leaf, &checkpoint->root);
    if (s) return s;
    return evx_courier_verify_entry(c, v, h->index, evx_buf_bytes(&h->log_entry), evx_buf_bytes(&h->body),
                                    false);
}

// What the broker did wrong is asked for again later; what the sender did wrong is left.
static enum evx_status take_entry(struct evx_courier *c, const struct held_entry *h,
                                  const struct evx_checkpoint *checkpoint, bool *held_back)
{
    struct verified_entry v = {0};
    enum evx_status s = verify(c, &v, h, checkpoint);
    if (s && !is_local(s)) {
        *held_back = true;
        s = evx_courier_disbelieve(c, "entry", s);
    } else if (!s) {
        s = v.fault;
        if (!s && v.ours && may_acknowledge(c, v.sender)) s = open_items(c, &v, held_back);
        if (s && !is_local(s)) s = evx_courier_disbelieve(c, "acknowledgement", s);
    }
    evx_consignment_close(&v.consignment);
    return s;
}

enum evx_status evx_courier_take_held(struct evx_courier *c, const struct evx_checkpoint *checkpoint,
                                      bool *held_back)
{
    enum evx_status s = EVX_OK;
    for (size_t i = 0; i < c->fetch.held_n && !s; i++)
        s = take_entry(c, &c->fetch.held[i], checkpoint, held_back);
    return s;
}
