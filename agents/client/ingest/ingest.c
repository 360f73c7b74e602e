// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/ingest.h"

#include <stdio.h>
#include <string.h>

#include "agents/client/ingest/attach.h"
#include "agents/client/ingest/encoding.h"
#include "agents/client/ingest/read_csv.h"
#include "agents/client/ingest/reading.h"

static enum evx_status refuse(struct evx_reading *r, uint64_t row, enum evx_status code, const char *said)
{
    struct evx_place at = {row, "", ""};
    return evx_reading_problem(r, &at, code, EVX_SEVERITY_ERROR, "%s", said);
}

// Formats that people send and that are not read, with the way out of each.
static const struct unread {
    const char *bytes;
    size_t n;
    const char *format, *said;
} unreads[] = {
    {"PK\x03\x04", 4, "zip", "an Excel workbook or zip file: save each sheet as CSV UTF-8 and check those"},
    {"\xd0\xcf\x11\xe0", 4, "ole", "an old Excel file, or one with a password: save each sheet as CSV UTF-8"},
    {"%PDF", 4, "pdf", "a PDF: send it with submit --attach"},
    {"<", 1, "xml", "XML is not read: export as CSV or FHIR JSON, or send it with submit --attach"},
};

static const struct unread *unread_of(struct evx_bytes c)
{
    size_t skip = c.n >= 3 && memcmp(c.p, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (skip < c.n && strchr(" \t\r\n", c.p[skip]) && c.p[skip])
        skip++;
    for (size_t i = 0; i < sizeof unreads / sizeof *unreads; i++)
        if (c.n - skip >= unreads[i].n && memcmp(c.p + skip, unreads[i].bytes, unreads[i].n) == 0)
            return &unreads[i];
    return NULL;
}

static bool looks_like_json(struct evx_bytes c)
{
    size_t at = c.n >= 3 && memcmp(c.p, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (at < c.n && (c.p[at] == ' ' || c.p[at] == '\t' || c.p[at] == '\r' || c.p[at] == '\n'))
        at++;
    return at < c.n && (c.p[at] == '{' || c.p[at] == '[');
}

static enum evx_status read_json(struct evx_reading *r)
{
    struct evx_detected *d = &r->result->detected;
    snprintf(d->format, sizeof d->format, "json");
    snprintf(d->encoding, sizeof d->encoding, "UTF-8");
    if (!r->job->agency->read_json)
        return refuse(r, 0, EVX_E_FILE_FORMAT, "a JSON document; this agency sends none");
    if (r->content.n > EVX_LIMIT_JSON_FILE_BYTES)
        return refuse(r, 0, EVX_E_FILE_TOO_LARGE, "a JSON document may have 64 MiB");
    return r->job->agency->read_json(r);
}

static enum evx_status read_text(struct evx_reading *r)
{
    struct evx_text text;
    struct evx_detected *d = &r->result->detected;
    enum evx_status s = evx_text_decode(&text, r->content, r->job->encoding);
    snprintf(d->encoding, sizeof d->encoding, "%s", text.encoding);
    if (s == EVX_E_FILE_ENCODING) {
        char said[120];
        snprintf(said, sizeof said, "not valid %s; read until here",
                 text.encoding[0] ? text.encoding : "text");
        return refuse(r, text.bad_line, s, said);
    }
    if (!s) s = evx_read_csv(r, text.utf8);
    evx_text_free(&text);
    return s;
}

static enum evx_status read_content(struct evx_reading *r)
{
    if (r->content.n == 0) return refuse(r, 0, EVX_E_FILE_EMPTY, "the file has no bytes");
    if (r->content.n > EVX_LIMIT_INPUT_FILE_BYTES)
        return refuse(r, 0, EVX_E_FILE_TOO_LARGE, "a file may have 256 MiB");
    if (r->job->attach) return evx_attach_file(r);
    const struct unread *u = unread_of(r->content);
    if (u) {
        snprintf(r->result->detected.format, sizeof r->result->detected.format, "%s", u->format);
        return refuse(r, 0, EVX_E_FILE_FORMAT, u->said);
    }
    return looks_like_json(r->content) ? read_json(r) : read_text(r);
}

enum evx_status evx_ingest_bytes(struct evx_ingest_result *out, const struct evx_ingest_job *job,
                                 const char *file, struct evx_bytes content,
                                 const struct evx_ingest_sink *sink)
{
    struct evx_reading r;
    enum evx_status s = evx_reading_open(&r, job, file, content, sink, out);
    if (!s) s = read_content(&r);
    evx_reading_close(&r);
    return s;
}
