// SPDX-License-Identifier: Apache-2.0
//
// What an agency reads of the log: what inspectorates addressed to it, each proved to
// stand in the log. Acknowledgements count from those that may receive in this
// inspection; everything else goes to the inbox, from those that may send in it.
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

enum evx_status evx_courier_hold_entry(struct evx_courier *c, const Evx__V1__Entry *m, struct evx_bytes body)
{
    struct fetch *t = &c->fetch;
    // One of our own: its receipt says more. Nothing is believed or lost by leaving it.
    bool adoption = evx_log_entry_is_directory(evx_bytes(m->log_entry.data, m->log_entry.len));
    if (!adoption && (body.n == 0 || !strcmp(m->sender, c->organisation))) return EVX_OK;
    bool ascending = m->index >= t->from && (t->held_n == 0 || m->index > t->held[t->held_n - 1].index);
    if (!ascending) return evx_courier_disbelieve(c, "entry", EVX_E_PROTOCOL);
    enum evx_status s = held_room(t);
    if (s) return s;
    struct held_entry *h = &t->held[t->held_n++];
    *h = (struct held_entry){.index = m->index};
    s = evx_proof_from_slots(&h->path, m->path, m->n_path);
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

static bool is_local(enum evx_status s)
{
    return s == EVX_E_MEMORY || s == EVX_E_IO || s == EVX_E_DISK_FULL || s == EVX_E_BUG;
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

// One consignment on its way through: verdicts are taken at once, other items collected.
struct opening {
    struct evx_courier *c;
    const struct verified_entry *v;
    bool acknowledges; // the sender may
    bool *held_back;
    struct evx_inbox_item item[EVX_LIMIT_ITEMS];
    size_t items;
};

static enum evx_status take_item(struct opening *o, const struct evx_record *record, struct evx_bytes plain)
{
    Evx__V1__Item *item = NULL;
    enum evx_status s = evx_item_unpack(&item, plain);
    if (s) return s;
    if (item->body_case != EVX__V1__ITEM__BODY_ACKNOWLEDGEMENT)
        o->item[o->items++] = (struct evx_inbox_item){record->number, record->item_id, item->body_case};
    else if (o->acknowledges)
        for (size_t i = 0; i < item->acknowledgement->n_result && !s; i++)
            s = take_result(o->c, o->v->sender, item->acknowledgement->result[i], o->held_back);
    evx_item_free(item);
    return s;
}

static enum evx_status open_item(struct opening *o, struct evx_buf *plain, const struct evx_record *record,
                                 struct evx_bytes ciphertext, const struct evx_consignment_key *kek)
{
    struct evx_item_key ik;
    evx_item_key_of(&ik, kek, record->number);
    enum evx_status s =
        evx_open_item_checked(plain, record, ciphertext, o->v->consignment.header->nonce.data, &ik);
    evx_wipe(&ik, sizeof ik);
    if (!s) s = take_item(o, record, evx_buf_bytes(plain));
    // What cannot be read hides nothing that can.
    return s && !is_local(s) ? evx_courier_disbelieve(o->c, "item", s) : s;
}

static enum evx_status open_items(struct opening *o)
{
    struct evx_consignment_key kek;
    enum evx_status s = evx_open_wrap(&kek, o->c->opener, &o->v->consignment);
    if (s) return s;
    struct evx_buf plain = {0};
    struct evx_item_cursor cursor = {0};
    struct evx_record record;
    struct evx_bytes ciphertext;
    while (!s && evx_consignment_next(&cursor, &record, &ciphertext, &o->v->consignment))
        s = open_item(o, &plain, &record, ciphertext, &kek);
    evx_wipe(&kek, sizeof kek);
    if (plain.p) evx_wipe(plain.p, plain.cap);
    evx_buf_free(&plain);
    return s;
}

static bool is_inspectorate(const struct evx_courier *c, const char *sender)
{
    const struct evx_dir_org *org = evx_directory_org(c->directory, sender);
    return org && org->role == EVX_ROLE_INSPECTORATE;
}

// Only an inspectorate that receives in this inspection can say that it has something.
static bool may_acknowledge(const struct evx_courier *c, const char *sender)
{
    const struct evx_dir_org *org = evx_directory_org(c->directory, sender);
    return org && org->active && org->role == EVX_ROLE_INSPECTORATE &&
           (evx_directory_rights(c->directory, &c->inspection, sender) & EVX_RIGHT_RECEIVE);
}

// That it had the right to send is part of its admission.
static enum evx_status to_inbox(const struct opening *o, const struct held_entry *h)
{
    if (o->items == 0 || !o->c->port.letter) return EVX_OK;
    if (!is_inspectorate(o->c, o->v->sender)) return EVX_OK;
    struct evx_inbox_letter letter = {.index = h->index,
                                      .received_ms = o->v->received_ms,
                                      .sender = o->v->sender,
                                      .whole = evx_buf_bytes(&h->body),
                                      .item = o->item,
                                      .items = o->items};
    return o->c->port.letter(o->c->port.user, &letter);
}

static enum evx_status take_contents(struct evx_courier *c, const struct verified_entry *v,
                                     const struct held_entry *h, bool *held_back)
{
    struct opening *o = calloc(1, sizeof *o);
    if (!o) return EVX_E_MEMORY;
    o->c = c;
    o->v = v;
    o->acknowledges = may_acknowledge(c, v->sender);
    o->held_back = held_back;
    enum evx_status s = open_items(o);
    if (!s) s = to_inbox(o, h);
    free(o);
    return s;
}

static enum evx_status take_adoption(struct evx_courier *c, const struct held_entry *h)
{
    struct evx_log_directory e;
    if (h->body.n || evx_log_directory_parse(&e, evx_buf_bytes(&h->log_entry))) return EVX_E_STORE_DAMAGED;
    enum evx_status s = evx_courier_adopt(c, h->index, &e);
    if (s == EVX_E_DIRECTORY_SPLIT || s == EVX_E_DIRECTORY_ROLLBACK) return EVX_OK; // said; it rules nothing
    if (!s && c->port.adopted) s = c->port.adopted(c->port.user, h->index, &e);
    return s;
}

static enum evx_status verify(struct evx_courier *c, struct verified_entry *v, const struct held_entry *h,
                              const struct evx_checkpoint *checkpoint)
{
    struct evx_digest leaf;
    evx_log_leaf(&leaf, evx_buf_bytes(&h->log_entry));
    enum evx_status s = evx_inclusion_verify(&h->path, h->index, checkpoint->size, &leaf, &checkpoint->root);
    if (s) return s;
    if (evx_log_entry_is_directory(evx_buf_bytes(&h->log_entry))) return take_adoption(c, h);
    return evx_courier_verify_entry(c, v, h->index, evx_buf_bytes(&h->log_entry), evx_buf_bytes(&h->body),
                                    false);
}

// What the broker did wrong is asked for again later; what the sender did wrong is left.
static enum evx_status take_entry(struct evx_courier *c, const struct held_entry *h,
                                  const struct evx_checkpoint *checkpoint, bool *held_back)
{
    struct verified_entry v = {0};
    enum evx_status s = verify(c, &v, h, checkpoint);
    if (s == EVX_E_DIRECTORY_UNKNOWN) { // it was asked for; nobody is to blame
        *held_back = true;
        s = EVX_OK;
    } else if (s && !is_local(s)) {
        *held_back = true;
        s = evx_courier_disbelieve(c, "entry", s);
    } else if (!s) {
        s = v.fault;
        if (!s && v.ours) s = take_contents(c, &v, h, held_back);
        if (s && !is_local(s)) s = evx_courier_disbelieve(c, "letter", s);
    }
    evx_consignment_close(&v.consignment);
    return s;
}

enum evx_status evx_courier_take_held(struct evx_courier *c, const struct evx_checkpoint *checkpoint,
                                      bool *held_back)
{
    enum evx_status s = EVX_OK;
    // Behind a directory that is still missing nothing can be judged.
    for (size_t i = 0; i < c->fetch.held_n && !s && !c->directory_wanted; i++)
        s = take_entry(c, &c->fetch.held[i], checkpoint, held_back);
    return s;
}
