// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/ingest_parts.h"

#include <string.h>

static bool is_inspectorate(const struct evx_intake_step *step)
{
    return step->sender && step->sender->role == EVX_ROLE_INSPECTORATE;
}

static bool in_this_consignment(const struct evx_intake *in, const uint8_t target[16], uint32_t before)
{
    for (uint32_t i = 0; i < before; i++)
        if (!in->item[i].code && memcmp(in->item[i].record.item_id.b, target, 16) == 0) return true;
    return false;
}

// What is not here yet may still come from the sender; views compare the senders
// again. Nobody changes what another organisation sent.
static enum evx_status check_target(struct evx_intake *in, const struct evx_intake_step *step,
                                    const ProtobufCBinaryData *target, uint32_t number, enum evx_status *code)
{
    struct evx_item_id id;
    if (target->len != sizeof id.b) return EVX_OK;
    memcpy(id.b, target->data, sizeof id.b);
    if (in_this_consignment(in, id.b, number)) return EVX_OK;
    struct evx_store_row row;
    enum evx_status s = in->world.find(in->world.user, &id, &row);
    if (s && s != EVX_E_NOT_FOUND) return s;
    if (!s) {
        if (strcmp(row.sender, step->c->sender) != 0) *code = EVX_E_ITEM_TARGET;
        return EVX_OK;
    }
    struct evx_store_note note = {.index = step->c->index,
                                  .number = number,
                                  .code = EVX_E_NOT_FOUND,
                                  .text = "refers to an item that is not here"};
    return evx_intake_note(in, &note);
}

static enum evx_status check_evidence(struct evx_intake *in, const struct evx_intake_step *step,
                                      const Evx__V1__Evidence *m, uint32_t number, enum evx_status *code)
{
    const ProtobufCBinaryData *inspection = &step->header->inspection;
    if (m->inspection.len != inspection->len ||
        memcmp(m->inspection.data, inspection->data, inspection->len) != 0) {
        *code = EVX_E_ITEM_INSPECTION;
        return EVX_OK;
    }
    return check_target(in, step, &m->supersedes, number, code);
}

static enum evx_status check_correction(struct evx_intake *in, const struct evx_intake_step *step,
                                        const Evx__V1__Correction *m, uint32_t number, enum evx_status *code)
{
    enum evx_status s = check_evidence(in, step, m->replacement, number, code);
    return s || *code ? s : check_target(in, step, &m->target, number, code);
}

static void remember_part(struct evx_intake *in, const struct evx_intake_step *step,
                          const Evx__V1__Attachment *m, uint32_t number)
{
    struct evx_store_part *part = &in->part[in->parts++];
    *part = (struct evx_store_part){
        .ref = {step->c->index, number}, .part = m->part, .part_count = m->part_count};
    memcpy(part->sender, step->c->sender, sizeof part->sender);
    memcpy(part->file.b, m->file->digest.data, sizeof part->file.b);
}

enum evx_status evx_intake_rules(struct evx_intake *in, const struct evx_intake_step *step,
                                 const Evx__V1__Item *item, uint32_t number, enum evx_status *code)
{
    switch (item->body_case) {
    case EVX__V1__ITEM__BODY_EVIDENCE: return check_evidence(in, step, item->evidence, number, code);
    case EVX__V1__ITEM__BODY_CORRECTION: return check_correction(in, step, item->correction, number, code);
    case EVX__V1__ITEM__BODY_WITHDRAWAL:
        return check_target(in, step, &item->withdrawal->target, number, code);
    case EVX__V1__ITEM__BODY_ATTACHMENT: remember_part(in, step, item->attachment, number); return EVX_OK;
    case EVX__V1__ITEM__BODY_HEARTBEAT: return evx_intake_heartbeat(in, step, item->heartbeat, number);
    case EVX__V1__ITEM__BODY_COMPLETENESS:
        return evx_intake_statement(in, step, item->completeness, number, &in->item[number].record.item_id);
    case EVX__V1__ITEM__BODY_NIL_RETURN: return EVX_OK;
    case EVX__V1__ITEM__BODY_REQUEST:
    case EVX__V1__ITEM__BODY_ACKNOWLEDGEMENT:
    case EVX__V1__ITEM__BODY_JUDGEMENT:
    case EVX__V1__ITEM__BODY_CONFIRMATION:
    case EVX__V1__ITEM__BODY_ERASURE:
    case EVX__V1__ITEM__BODY_USES:
    case EVX__V1__ITEM__BODY_ACCESS:
        if (!is_inspectorate(step)) *code = EVX_E_NOT_ENTITLED;
        return EVX_OK;
    case EVX__V1__ITEM__BODY__NOT_SET:
    case _EVX__V1__ITEM__BODY__CASE_IS_INT_SIZE: break;
    }
    *code = EVX_E_ITEM_CONTENT;
    return EVX_OK;
}
