// SPDX-License-Identifier: Apache-2.0
//
// What came out of reading one file: its items, its problems (every one), and the
// first pieces of evidence for people to look at.
#ifndef EVX_AGENTS_CLIENT_AGENCY_FINDINGS_H
#define EVX_AGENTS_CLIENT_AGENCY_FINDINGS_H

#include <stdio.h>

#include "agents/client/agency/files.h"

struct evx_finding { // a problem, owned
    uint64_t row;
    enum evx_status code;
    enum evx_severity severity;
    char *column, *value, *message;
};
#define EVX_PREVIEWS 5
struct evx_found_item {
    size_t begin, n; // in `packed`
    uint64_t row;
};
struct evx_findings {
    const char *file;
    struct evx_ingest_result result;
    struct evx_finding *problem;
    size_t problems, problems_cap;
    size_t errors, warnings;
    bool fatal; // the file as a whole is refused
    struct evx_buf packed;
    struct evx_found_item *item;
    size_t items, items_cap;
    bool keep_items;
    struct evx_buf preview; // lines of text
    unsigned previews;
};
// Reads file `i` of `files` in the jail. A file that could not be opened becomes a
// problem like any other. MEMORY, IO.
EVX_MUST_CHECK enum evx_status evx_findings_read(struct evx_findings *out, const struct evx_ingest_job *job,
                                                 const struct evx_file *file, bool keep_items);
void evx_findings_free(struct evx_findings *f);

// For people: what was understood, the problems grouped, the counts last.
EVX_MUST_CHECK enum evx_status evx_findings_print(FILE *to, const struct evx_findings *f);
// The object evx.check/1, on one line.
EVX_MUST_CHECK enum evx_status evx_findings_print_json(FILE *to, const struct evx_findings *f);
// Writes the file with its problems beside the rows to FOLDER/name.annotated.csv.
EVX_MUST_CHECK enum evx_status evx_findings_annotate(const struct evx_findings *f,
                                                     const struct evx_file *file, const char *encoding,
                                                     const char *folder);

#endif
