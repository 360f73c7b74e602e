// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/attach.h"

#include <stdio.h>
#include <string.h>

static const struct magic {
    const char *bytes;
    size_t n;
    const char *media_type;
} magics[] = {
    {"%PDF-", 5, "application/pdf"},
    {"\x89PNG\r\n\x1a\n", 8, "image/png"},
    {"\xff\xd8\xff", 3, "image/jpeg"},
    {"PK\x03\x04", 4, "application/zip"},
    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, "application/vnd.ms-office"},
    {"<?xml", 5, "application/xml"},
    {"{", 1, "application/json"},
};

const char *evx_media_type(struct evx_bytes content)
{
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
        if (content.n >= magics[i].n && memcmp(content.p, magics[i].bytes, magics[i].n) == 0)
            return magics[i].media_type;
    return evx_utf8_valid(content.p, content.n) ? "text/plain" : "application/octet-stream";
}

static void fill_reference(Evx__V1__AttachmentRef *ref, struct evx_reading *r, const char *media_type)
{
    evx__v1__attachment_ref__init(ref);
    ref->digest = (ProtobufCBinaryData){sizeof r->digest.b, r->digest.b};
    ref->size = r->content.n;
    ref->media_type = (char *)(uintptr_t)media_type;
    ref->file_name = (char *)(uintptr_t)r->file_name;
}

static enum evx_status give_part(struct evx_reading *r, Evx__V1__Attachment *a, struct evx_bytes part)
{
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    item.body_case = EVX__V1__ITEM__BODY_ATTACHMENT;
    item.attachment = a;
    a->content = (ProtobufCBinaryData){part.n, (uint8_t *)(uintptr_t)part.p};
    evx_buf_clear(&r->packed);
    enum evx_status s = evx_item_pack(&r->packed, &item);
    return s ? s : r->sink->item(r->sink->user, evx_buf_bytes(&r->packed), &item);
}

enum evx_status evx_attach_parts(Evx__V1__AttachmentRef *ref, struct evx_reading *r, const char *media_type)
{
    fill_reference(ref, r, media_type);
    Evx__V1__Attachment a = EVX__V1__ATTACHMENT__INIT;
    a.file = ref;
    a.part_count = (uint32_t)((r->content.n + EVX_LIMIT_ATTACHMENT_PART - 1) / EVX_LIMIT_ATTACHMENT_PART);
    enum evx_status s = EVX_OK;
    for (size_t at = 0; !s && at < r->content.n; at += EVX_LIMIT_ATTACHMENT_PART) {
        size_t left = r->content.n - at;
        a.part++;
        s = give_part(r, &a,
                      evx_bytes(r->content.p + at,
                                left < EVX_LIMIT_ATTACHMENT_PART ? left : EVX_LIMIT_ATTACHMENT_PART));
    }
    return s;
}

enum evx_status evx_attach_file(struct evx_reading *r)
{
    Evx__V1__AttachmentRef ref;
    const char *media_type = evx_media_type(r->content);
    snprintf(r->result->detected.format, sizeof r->result->detected.format, "attachment");
    evx_reading_row(r);
    enum evx_status s = evx_attach_parts(&ref, r, media_type);
    if (s) return s;
    struct evx_draft *d = evx_reading_draft(r, "document", 0, "attachment");
    const char *said = r->job->narrative ? r->job->narrative : r->file_name;
    d->evidence.narrative = (char *)(uintptr_t)said;
    d->evidence.purpose = "joint inspection";
    d->evidence.marking = "OFFICIAL-SENSITIVE";
    d->evidence.retention_class = "inspection-record";
    evx_draft_text(d, "media-type", media_type);
    evx_draft_attach(d, &ref);
    return evx_reading_emit(r, d, 0);
}
