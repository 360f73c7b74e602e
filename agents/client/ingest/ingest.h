// SPDX-License-Identifier: Apache-2.0
//
// From an agency's own file to evidence. Everything that is the same for all
// agencies is here: reading (CSV in any usual encoding, JSON), column profiles,
// strict dates, codes, problems with their place and remedy. An agency's folder
// holds only its mapping.
#ifndef EVX_AGENTS_CLIENT_INGEST_H
#define EVX_AGENTS_CLIENT_INGEST_H

#include "crypto/keys.h"
#include "proto/msg/codec.h"

enum evx_severity { EVX_SEVERITY_ERROR, EVX_SEVERITY_WARNING, EVX_SEVERITY_NOTE };

// One thing wrong in a file. Text fields are borrowed for the call.
struct evx_problem {
    const char *file;
    const char *sheet;  // "" when there is none
    uint64_t row;       // 1-based as a person counts, header = row 1; 0 = whole file
    const char *column; // header text or JSON path; "" = whole row
    const char *value;  // what stands there, cut to 80 characters
    enum evx_status code;
    enum evx_severity severity;
    const char *message; // this case, in words
};

struct evx_detected {
    char format[32];
    char encoding[32];
    char profile[64];
};

// Where the results of reading one file go.
struct evx_ingest_sink {
    // One piece of evidence (or attachment part), packed and within limits.
    enum evx_status (*item)(void *user, struct evx_bytes packed_item, const Evx__V1__Item *item);
    enum evx_status (*problem)(void *user, const struct evx_problem *p);
    void *user;
};
struct evx_ingest_result {
    struct evx_detected detected;
    uint64_t rows;                  // data rows (CSV) or resources (FHIR) seen
    uint64_t evidence;              // items given to the sink
    uint64_t refused;               // rows with at least one error
    uint64_t left_out;              // rows left out on purpose, each noted
    uint32_t columns, columns_read; // of a table: in the header, and known to the profile
};

// Set when a file was given up as a whole: its rows are then not to be sent, even
// where some of them were read before the fault.
static inline bool evx_problem_is_fatal(const struct evx_problem *p)
{
    return p->severity == EVX_SEVERITY_ERROR && p->code < EVX_E_CELL_REQUIRED && p->code != EVX_E_CSV_COLUMNS;
}

struct evx_profile_set;
struct evx_reading;

// What an agency's folder provides: names, profiles, and readers for what is not CSV.
struct evx_ingest_agency {
    const char *id;      // "police"
    const char *formats; // for `check --formats`: one format a line
    const struct evx_ingest_profile_text {
        const char *name;
        const char *yaml;
    } * profile;
    size_t profiles;
    // Reads a JSON document. NULL: no JSON is read.
    enum evx_status (*read_json)(struct evx_reading *r);
};

// A file that others refer to: the pupils of a census, the header of a return.
struct evx_companion {
    const char *file;
    struct evx_bytes content;
};

struct evx_ingest_job {
    const struct evx_ingest_agency *agency;
    const struct evx_profile_set *profiles;
    const char *organisation; // who the evidence comes from
    struct evx_inspection_id inspection;
    const char *encoding;                  // forced; NULL = detected
    const struct evx_companion *companion; // borrowed
    size_t companions;
    const struct evx_item_id *in_reply_to; // the request that all of it answers; NULL = none
    bool attach;                           // take any file as it is, as an attachment
    const char *narrative;                 // with attach: one line about the file; NULL = its name
};

// Reads one file's bytes in this process. What is wrong with the file goes to the
// sink and is not an error here; returns MEMORY, BUG or what the sink returned.
// The same bytes under the same job give the same items. Pure but for memory.
EVX_MUST_CHECK enum evx_status evx_ingest_bytes(struct evx_ingest_result *out,
                                                const struct evx_ingest_job *job, const char *file,
                                                struct evx_bytes content, const struct evx_ingest_sink *sink);
// The same in a child process that can do nothing but compute and write to a pipe
// (docs/ingest.md "Jail"). What comes back is checked again. A reader that dies is a
// FILE_READER problem of that file. Call it before any thread or key exists.
EVX_MUST_CHECK enum evx_status evx_ingest_jailed(struct evx_ingest_result *out,
                                                 const struct evx_ingest_job *job, const char *file,
                                                 struct evx_bytes content,
                                                 const struct evx_ingest_sink *sink);

// The file again as UTF-8 CSV with three columns added: code, problem, remedy.
// Cells that a spreadsheet would run as a formula get an apostrophe in front.
struct evx_row_note {
    uint64_t row;
    enum evx_status code;
    const char *message;
};
EVX_MUST_CHECK enum evx_status evx_annotate(struct evx_buf *out, struct evx_bytes content,
                                            const char *encoding, const struct evx_row_note *note,
                                            size_t notes);

#endif
