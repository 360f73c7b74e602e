// SPDX-License-Identifier: Apache-2.0
//
// Reads a file as an agency would, in this process, and keeps what came out.
#ifndef EVX_TESTS_UNIT_AGENCIES_READER_H
#define EVX_TESTS_UNIT_AGENCIES_READER_H

#include "agents/client/ingest/ingest.h"

struct kept_problem {
    uint64_t row;
    char column[128], value[96], message[256];
    enum evx_status code;
    enum evx_severity severity;
};
#define KEPT_PROBLEMS 64
#define KEPT_ITEMS    256
struct kept {
    struct evx_ingest_result result;
    struct kept_problem problem[KEPT_PROBLEMS];
    size_t problems; // all that came; only the first are kept
    Evx__V1__Item *item[KEPT_ITEMS];
    size_t items;
    struct evx_digest all; // over every packed item, in order
};

// A path below the source tree, "tests/data/...". Aborts the test on failure.
void kept_read_file(struct kept *out, const struct evx_ingest_agency *agency, const char *const *path,
                    size_t n);
// Bytes under a file name. `companion` may be NULL.
void kept_read(struct kept *out, const struct evx_ingest_agency *agency, const char *name,
               struct evx_bytes content, const struct evx_companion *companion, size_t companions,
               bool jailed);
void kept_read_text(struct kept *out, const struct evx_ingest_agency *agency, const char *name,
                    const char *text);
void kept_free(struct kept *k);
// The first problem with a code, NULL if there is none.
const struct kept_problem *kept_find(const struct kept *k, enum evx_status code);
// A text field of evidence, NULL if it has none of that name.
const char *kept_field(const Evx__V1__Item *item, const char *name);
const char *kept_identifier(const Evx__V1__Item *item, const char *scheme);

#endif
