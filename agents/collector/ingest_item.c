// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/ingest_parts.h"

#include <string.h>

// True when an item before it in this consignment has the same id; else notes it.
// Ids are the sender's choice: crowding one slot makes only its own consignment slow.
static bool repeated_here(struct evx_intake *in, const struct evx_item_id *id, size_t position)
{
    uint64_t at = evx_get_be64(id->b) % EVX_INTAKE_IDS;
    for (; in->here[at]; at = (at + 1) % EVX_INTAKE_IDS)
        if (memcmp(in->item[in->here[at] - 1].record.item_id.b, id->b, sizeof id->b) == 0) return true;
    in->here[at] = (uint16_t)(position + 1);
    return false;
}

// Only what was accepted takes an id: a refused item may come again, mended.
static enum evx_status check_id(struct evx_intake *in, const struct evx_item_id *id, size_t position,
                                enum evx_status *code)
{
    struct evx_store_row row;
    enum evx_status s = in->world.find(in->world.user, id, &row);
    if (s && s != EVX_E_NOT_FOUND) return s;
    bool repeated = repeated_here(in, id, position);
    if ((!s && !row.code) || repeated) *code = EVX_E_ITEM_TWICE;
    return EVX_OK;
}

static enum evx_status check_content(struct evx_intake *in, const struct evx_intake_step *step,
                                     struct evx_store_item *item)
{
    Evx__V1__Item *m = NULL;
    item->code = evx_item_unpack(&m, evx_buf_bytes(&in->plain));
    enum evx_status s = EVX_OK;
    if (!item->code) {
        item->kind = (uint32_t)m->body_case;
        s = evx_intake_rules(in, step, m, item->record.number, &item->code);
    }
    evx_item_free(m);
    return s;
}

static enum evx_status open_item(struct evx_intake *in, const struct evx_intake_step *step,
                                 const struct evx_item_key *ik, struct evx_bytes ciphertext,
                                 struct evx_store_item *item)
{
    const uint8_t *nonce = step->header->nonce.data;
    item->code = evx_open_item_checked(&in->plain, &item->record, ciphertext, nonce, ik);
    if (item->code) return EVX_OK;
    enum evx_status s = check_content(in, step, item);
    evx_wipe(in->plain.p, in->plain.n);
    if (s || item->code) return s;
    return evx_rewrap(item->wrapped, in->world.master, ik, &item->record.item_id);
}

static enum evx_status take_item(struct evx_intake *in, const struct evx_intake_step *step,
                                 const struct evx_consignment_key *kek, struct evx_bytes ciphertext,
                                 struct evx_store_item *item)
{
    enum evx_status s = check_id(in, &item->record.item_id, (size_t)(item - in->item), &item->code);
    if (s || item->code) return s;
    struct evx_item_key ik;
    evx_item_key_of(&ik, kek, item->record.number);
    s = open_item(in, step, &ik, ciphertext, item);
    evx_wipe(&ik, sizeof ik);
    if (s) return s;
    return evx_intake_trouble(item->code) ? item->code : EVX_OK;
}

enum evx_status evx_intake_items(struct evx_intake *in, const struct evx_intake_step *step)
{
    const struct evx_consignment *consignment = step->fetched->consignment;
    struct evx_store_consignment *c = step->c;
    struct evx_consignment_key kek = {{0}};
    memset(in->here, 0, sizeof in->here);
    if (!c->code) c->code = evx_open_wrap(&kek, in->world.opener, consignment);
    enum evx_status s = evx_intake_trouble(c->code) ? c->code : EVX_OK;
    struct evx_item_cursor cursor = {0};
    struct evx_store_item *item = in->item;
    struct evx_bytes ciphertext;
    while (!s && in->items < EVX_LIMIT_ITEMS &&
           evx_consignment_next(&cursor, &item->record, &ciphertext, consignment)) {
        item->code = c->code;
        item->kind = 0;
        if (!c->code) s = take_item(in, step, &kek, ciphertext, item);
        item++;
        in->items++;
    }
    evx_wipe(&kek, sizeof kek);
    return s;
}
