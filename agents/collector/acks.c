// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/acks.h"

#include <stdlib.h>
#include <string.h>

// One result in one block: the message, its id, its rejected items and theirs.
struct result {
    Evx__V1__ConsignmentResult m;
    uint8_t id[32];
    size_t bytes; // about, packed
    struct rejected {
        Evx__V1__ItemResult m;
        uint8_t id[16];
    } * rejected;
    Evx__V1__ItemResult **list;
};

struct sender {
    char id[EVX_ORG_ID_BYTES];
    Evx__V1__ConsignmentResult *result[EVX_LIMIT_ACK_RESULTS]; // each the first member of a struct result
    size_t results, bytes;
    struct sender *next;
};

struct evx_acks {
    evx_acks_send send;
    void *user;
    struct sender *first, **end;
    struct evx_buf packed;
};

enum evx_status evx_acks_new(struct evx_acks **out, evx_acks_send send, void *user)
{
    *out = NULL;
    struct evx_acks *a = calloc(1, sizeof *a);
    if (!a) return EVX_E_MEMORY;
    a->send = send;
    a->user = user;
    a->end = &a->first;
    *out = a;
    return EVX_OK;
}

static void free_result(struct result *r)
{
    if (!r) return;
    free(r->rejected);
    free(r->list);
    free(r);
}

static void empty(struct sender *s)
{
    for (size_t i = 0; i < s->results; i++)
        free_result((struct result *)s->result[i]);
    s->results = s->bytes = 0;
}

void evx_acks_destroy(struct evx_acks **acks)
{
    if (!acks || !*acks) return;
    for (struct sender *s = (*acks)->first, *next; s; s = next) {
        next = s->next;
        empty(s);
        free(s);
    }
    evx_buf_free(&(*acks)->packed);
    free(*acks);
    *acks = NULL;
}

static size_t count_rejected(const struct evx_store_item *item, size_t items)
{
    size_t n = 0;
    for (size_t i = 0; i < items; i++)
        n += item[i].code != EVX_OK;
    return n;
}

static void fill_rejected(struct result *r, const struct evx_store_item *item, size_t items)
{
    for (size_t i = 0; i < items; i++) {
        if (!item[i].code) continue;
        struct rejected *one = &r->rejected[r->m.n_rejected];
        evx__v1__item_result__init(&one->m);
        memcpy(one->id, item[i].record.item_id.b, sizeof one->id);
        one->m.item_id = (ProtobufCBinaryData){sizeof one->id, one->id};
        one->m.code = (uint32_t)item[i].code;
        r->list[r->m.n_rejected++] = &one->m;
    }
}

// A consignment refused as a whole needs no list.
static struct result *make_result(const struct evx_store_consignment *c, const struct evx_store_item *item,
                                  size_t items)
{
    size_t rejected = c->code ? 0 : count_rejected(item, items);
    struct result *r = calloc(1, sizeof *r);
    if (!r) return NULL;
    evx__v1__consignment_result__init(&r->m);
    memcpy(r->id, c->id.b, sizeof r->id);
    r->m.consignment = (ProtobufCBinaryData){sizeof r->id, r->id};
    r->m.log_index = c->index;
    r->m.code = (uint32_t)c->code;
    r->bytes = 64 + rejected * 32;
    if (!rejected) return r;
    r->rejected = calloc(rejected, sizeof *r->rejected);
    r->list = calloc(rejected, sizeof(void *));
    if (!r->rejected || !r->list) {
        free_result(r);
        return NULL;
    }
    fill_rejected(r, item, items);
    r->m.rejected = r->list;
    return r;
}

static struct sender *sender_of(struct evx_acks *a, const char *id)
{
    for (struct sender *s = a->first; s; s = s->next)
        if (strcmp(s->id, id) == 0) return s;
    struct sender *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    memcpy(s->id, id, strnlen(id, sizeof s->id - 1));
    *a->end = s;
    a->end = &s->next;
    return s;
}

static enum evx_status hand_over(struct evx_acks *a, struct sender *sender)
{
    if (!sender->results) return EVX_OK;
    Evx__V1__Acknowledgement ack = EVX__V1__ACKNOWLEDGEMENT__INIT;
    ack.n_result = sender->results;
    ack.result = sender->result;
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    item.body_case = EVX__V1__ITEM__BODY_ACKNOWLEDGEMENT;
    item.acknowledgement = &ack;
    evx_buf_clear(&a->packed);
    enum evx_status s = evx_item_pack(&a->packed, &item);
    if (!s) s = a->send(a->user, sender->id, evx_buf_bytes(&a->packed));
    if (!s) empty(sender);
    return s;
}

enum evx_status evx_acks_add(void *acks, const struct evx_store_consignment *c,
                             const struct evx_store_item *item, size_t items)
{
    struct evx_acks *a = acks;
    struct sender *sender = sender_of(a, c->sender);
    struct result *r = sender ? make_result(c, item, items) : NULL;
    if (!r) return EVX_E_MEMORY;
    bool full = sender->results == EVX_LIMIT_ACK_RESULTS || sender->bytes + r->bytes > EVX_ACKS_BYTES;
    enum evx_status s = full ? hand_over(a, sender) : EVX_OK;
    if (s) {
        free_result(r);
        return s;
    }
    sender->result[sender->results++] = &r->m;
    sender->bytes += r->bytes;
    return EVX_OK;
}

enum evx_status evx_acks_flush(struct evx_acks *a)
{
    enum evx_status s = EVX_OK;
    for (struct sender *sender = a->first; !s && sender; sender = sender->next)
        s = hand_over(a, sender);
    return s;
}
