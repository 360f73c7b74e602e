// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/reading.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_BYTES 81

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    return strlen(name) <= EVX_LIMIT_NAME_BYTES && evx_utf8_valid(name, strlen(name)) ? name : "";
}

enum evx_status evx_reading_open(struct evx_reading *r, const struct evx_ingest_job *job, const char *file,
                                 struct evx_bytes content, const struct evx_ingest_sink *sink,
                                 struct evx_ingest_result *result)
{
    *r = (struct evx_reading){.job = job, .sink = sink, .result = result, .file = file, .content = content};
    *result = (struct evx_ingest_result){0};
    r->file_name = base_name(file);
    evx_blake2b(&r->digest, content);
    r->pool = evx_pool_new();
    r->draft = malloc(sizeof *r->draft);
    if (r->pool && r->draft) return EVX_OK;
    evx_reading_close(r);
    return EVX_E_MEMORY;
}

void evx_reading_close(struct evx_reading *r)
{
    if (!r) return;
    evx_pool_destroy(&r->pool);
    free(r->draft);
    r->draft = NULL;
    evx_buf_free(&r->packed);
}

void evx_reading_row(struct evx_reading *r)
{
    evx_pool_reset(r->pool);
    r->row_refused = false;
    r->result->rows++;
}

void evx_reading_row_end(struct evx_reading *r) { r->result->refused += r->row_refused; }

struct evx_draft *evx_reading_draft(struct evx_reading *r, const char *kind, uint64_t row,
                                    const char *profile)
{
    evx_draft_begin(r->draft, r->pool, &r->job->inspection, r->job->organisation, kind);
    evx_draft_origin(r->draft, &r->digest, r->file_name, row, profile);
    if (r->job->in_reply_to) evx_draft_reply(r->draft, r->job->in_reply_to);
    return r->draft;
}

enum evx_status evx_reading_emit(struct evx_reading *r, struct evx_draft *d, uint64_t row)
{
    if (r->row_refused && !r->silent) return EVX_OK; // a companion's child is known even if its row is wrong
    evx_buf_clear(&r->packed);
    enum evx_status s = evx_draft_pack(&r->packed, d);
    if (s == EVX_E_ITEM_CONTENT || s == EVX_E_TOO_LARGE) {
        const char *where = "evidence";
        EVX_IGNORE(evx_item_check(&d->item, &where), "asked only for the place");
        struct evx_place at = {row, "", ""};
        return evx_reading_problem(r, &at, EVX_E_CELL_LONG, EVX_SEVERITY_ERROR,
                                   "%s is longer, or has more parts, than an item may hold", where);
    }
    if (s) return s;
    r->result->evidence += d->item.body_case == EVX__V1__ITEM__BODY_EVIDENCE;
    return r->sink->item(r->sink->user, evx_buf_bytes(&r->packed), &d->item);
}

// Cut to 80 bytes without splitting a character; control characters are shown as '?'.
static void shown_value(char out[VALUE_BYTES], const char *value)
{
    size_t n = strnlen(value, VALUE_BYTES - 1);
    while (n && !evx_utf8_valid(value, n))
        n--;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)value[i];
        out[i] = c < 0x20 || c == 0x7f ? '?' : (char)c;
    }
    out[n] = '\0';
}

enum evx_status evx_reading_problem(struct evx_reading *r, const struct evx_place *at, enum evx_status code,
                                    enum evx_severity severity, const char *format, ...)
{
    if (severity == EVX_SEVERITY_ERROR) r->row_refused = true;
    if (r->silent) return EVX_OK;
    char value[VALUE_BYTES], message[320];
    shown_value(value, at->value);
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    struct evx_problem p = {.file = r->file,
                            .sheet = "",
                            .row = at->row,
                            .column = at->column,
                            .value = value,
                            .code = code,
                            .severity = severity,
                            .message = message};
    return r->sink->problem(r->sink->user, &p);
}
