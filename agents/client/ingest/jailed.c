// SPDX-License-Identifier: Apache-2.0
//
// Reading a file in the jail: what the reader says is written to the pipe, and
// on the other side believed only after the same checks that a peer's bytes get.
#include <stdlib.h>
#include <string.h>

#include "agents/client/ingest/document.h"
#include "agents/client/ingest/encoding.h"
#include "agents/client/ingest/ingest.h"
#include "agents/client/ingest/jail.h"

enum frame_type { FRAME_ITEM = 1, FRAME_PROBLEM, FRAME_RESULT };

#define MEMORY_BYTES (768ull << 20)
#define CPU_SECONDS  120
#define IDLE_SECONDS 120
#define TEXT_CAP     400

struct errand {
    const struct evx_ingest_job *job;
    const char *file;
    struct evx_bytes content;
    // child
    struct evx_jail_out *out;
    struct evx_buf frame;
    // parent
    const struct evx_ingest_sink *sink;
    struct evx_ingest_result *result;
    uint64_t evidence;
    char text[3][TEXT_CAP + 1];
};

static enum evx_status put_text(struct evx_buf *b, const char *text)
{
    uint8_t n[2];
    size_t length = strnlen(text, TEXT_CAP);
    while (length && !evx_utf8_valid(text, length))
        length--;
    evx_put_be16(n, (uint16_t)length);
    enum evx_status s = evx_buf_append(b, n, sizeof n);
    return s ? s : evx_buf_append(b, text, length);
}

static enum evx_status send_item(void *user, struct evx_bytes packed, const Evx__V1__Item *item)
{
    struct errand *e = user;
    (void)item;
    return evx_jail_put(e->out, FRAME_ITEM, packed);
}

static enum evx_status send_problem(void *user, const struct evx_problem *p)
{
    struct errand *e = user;
    uint8_t head[13];
    evx_put_be64(head, p->row);
    evx_put_be32(head + 8, p->code);
    head[12] = (uint8_t)p->severity;
    evx_buf_clear(&e->frame);
    enum evx_status s = evx_buf_append(&e->frame, head, sizeof head);
    if (!s) s = put_text(&e->frame, p->column);
    if (!s) s = put_text(&e->frame, p->value);
    if (!s) s = put_text(&e->frame, p->message);
    return s ? s : evx_jail_put(e->out, FRAME_PROBLEM, evx_buf_bytes(&e->frame));
}

static void prepare(void *arg)
{
    struct errand *e = arg;
    evx_document_preload();
    if (e->job->encoding || !evx_utf8_valid(e->content.p, e->content.n)) evx_text_preload(e->job->encoding);
}

static enum evx_status work(void *arg, struct evx_jail_out *out)
{
    struct errand *e = arg;
    e->out = out;
    struct evx_ingest_sink sink = {send_item, send_problem, e};
    struct evx_ingest_result result;
    enum evx_status s = evx_ingest_bytes(&result, e->job, e->file, e->content, &sink);
    if (s) return s;
    return evx_jail_put(out, FRAME_RESULT, evx_bytes(&result, sizeof result));
}

static enum evx_status take_item(struct errand *e, struct evx_bytes packed)
{
    Evx__V1__Item *item;
    enum evx_status s = evx_item_unpack(&item, packed);
    if (s) return s == EVX_E_MEMORY ? s : EVX_E_FILE_READER;
    bool evidence = item->body_case == EVX__V1__ITEM__BODY_EVIDENCE;
    bool ours = evidence && memcmp(item->evidence->inspection.data, e->job->inspection.b, 16) == 0 &&
                strcmp(item->evidence->origin_agency, e->job->organisation) == 0;
    if (!ours && item->body_case != EVX__V1__ITEM__BODY_ATTACHMENT) s = EVX_E_FILE_READER;
    e->evidence += evidence;
    if (!s) s = e->sink->item(e->sink->user, packed, item);
    evx_item_free(item);
    return s;
}

static bool take_text(char out[TEXT_CAP + 1], struct evx_bytes *left)
{
    if (left->n < 2) return false;
    size_t n = evx_get_be16(left->p);
    if (n > TEXT_CAP || n > left->n - 2 || !evx_utf8_valid(left->p + 2, n)) return false;
    memcpy(out, left->p + 2, n);
    out[n] = '\0';
    *left = evx_bytes(left->p + 2 + n, left->n - 2 - n);
    return true;
}

static enum evx_status take_problem(struct errand *e, struct evx_bytes p)
{
    if (p.n < 13 || p.p[12] > EVX_SEVERITY_NOTE) return EVX_E_FILE_READER;
    struct evx_bytes left = evx_bytes(p.p + 13, p.n - 13);
    for (int i = 0; i < 3; i++)
        if (!take_text(e->text[i], &left)) return EVX_E_FILE_READER;
    struct evx_problem problem = {.file = e->file,
                                  .sheet = "",
                                  .row = evx_get_be64(p.p),
                                  .column = e->text[0],
                                  .value = e->text[1],
                                  .message = e->text[2],
                                  .code = evx_status_from_wire(evx_get_be32(p.p + 8)),
                                  .severity = (enum evx_severity)p.p[12]};
    return e->sink->problem(e->sink->user, &problem);
}

static bool text_ends(const char *text, size_t cap)
{
    return memchr(text, '\0', cap) != NULL && evx_utf8_valid(text, strlen(text));
}

static enum evx_status take_result(struct errand *e, struct evx_bytes p)
{
    struct evx_ingest_result r;
    if (p.n != sizeof r) return EVX_E_FILE_READER;
    memcpy(&r, p.p, sizeof r);
    const struct evx_detected *d = &r.detected;
    if (!text_ends(d->format, sizeof d->format) || !text_ends(d->encoding, sizeof d->encoding) ||
        !text_ends(d->profile, sizeof d->profile) || r.evidence != e->evidence)
        return EVX_E_FILE_READER;
    *e->result = r;
    return EVX_OK;
}

static enum evx_status on_frame(void *user, uint8_t type, struct evx_bytes payload)
{
    struct errand *e = user;
    switch (type) {
    case FRAME_ITEM: return take_item(e, payload);
    case FRAME_PROBLEM: return take_problem(e, payload);
    case FRAME_RESULT: return take_result(e, payload);
    default: return EVX_E_FILE_READER;
    }
}

static enum evx_status report_death(struct errand *e)
{
    struct evx_problem p = {.file = e->file,
                            .sheet = "",
                            .column = "",
                            .value = "",
                            .code = EVX_E_FILE_READER,
                            .severity = EVX_SEVERITY_ERROR,
                            .message = "the reader ended before the file did"};
    return e->sink->problem(e->sink->user, &p);
}

enum evx_status evx_ingest_jailed(struct evx_ingest_result *out, const struct evx_ingest_job *job,
                                  const char *file, struct evx_bytes content,
                                  const struct evx_ingest_sink *sink)
{
    *out = (struct evx_ingest_result){0};
    struct errand *e = calloc(1, sizeof *e);
    if (!e) return EVX_E_MEMORY;
    *e = (struct errand){.job = job, .file = file, .content = content, .sink = sink, .result = out};
    struct evx_jail jail = {prepare,     work,        e, on_frame, e, MEMORY_BYTES + 4 * content.n,
                            CPU_SECONDS, IDLE_SECONDS};
    enum evx_status s = evx_jail_run(&jail);
    if (s == EVX_E_FILE_READER) s = report_death(e);
    evx_buf_free(&e->frame);
    free(e);
    return s;
}
