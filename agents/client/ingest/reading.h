// SPDX-License-Identifier: Apache-2.0
//
// One file being read: what every reader (CSV, FHIR, CASE, attachments) uses to
// report problems and hand evidence on.
#ifndef EVX_AGENTS_CLIENT_INGEST_READING_H
#define EVX_AGENTS_CLIENT_INGEST_READING_H

#include "agents/client/ingest/draft.h"
#include "agents/client/ingest/ingest.h"

struct evx_reading {
    const struct evx_ingest_job *job;
    const struct evx_ingest_sink *sink;
    struct evx_ingest_result *result;
    const char *file;      // for problems: as the person gave it
    const char *file_name; // for evidence: without folders
    struct evx_bytes content;
    struct evx_digest digest; // BLAKE2b-256 of the content
    struct evx_pool *pool;    // memory of the row at hand
    struct evx_draft *draft;
    struct evx_buf packed;
    bool row_refused; // an error was reported for the row at hand
    bool silent;      // read for another file's sake: nothing is reported
};

EVX_MUST_CHECK enum evx_status evx_reading_open(struct evx_reading *r, const struct evx_ingest_job *job,
                                                const char *file, struct evx_bytes content,
                                                const struct evx_ingest_sink *sink,
                                                struct evx_ingest_result *result);
void evx_reading_close(struct evx_reading *r);

// Starts a row: counts it, frees the last row's memory.
void evx_reading_row(struct evx_reading *r);
// A fresh draft with inspection, agency, origin.
struct evx_draft *evx_reading_draft(struct evx_reading *r, const char *kind, uint64_t row,
                                    const char *profile);
// Packs the draft and gives it to the sink, unless the row was refused. A draft
// that breaks a limit becomes a CELL_LONG problem of the row.
EVX_MUST_CHECK enum evx_status evx_reading_emit(struct evx_reading *r, struct evx_draft *d, uint64_t row);
// Ends a row: counts it as refused if an error was reported.
void evx_reading_row_end(struct evx_reading *r);

struct evx_place {
    uint64_t row;
    const char *column, *value; // "" when there is none
};
EVX_MUST_CHECK enum evx_status evx_reading_problem(struct evx_reading *r, const struct evx_place *at,
                                                   enum evx_status code, enum evx_severity severity,
                                                   const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#endif
