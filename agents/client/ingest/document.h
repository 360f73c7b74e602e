// SPDX-License-Identifier: Apache-2.0
//
// JSON documents of agencies. Duplicate keys are refused. Numbers keep the text
// they had in the file (1.10 stays 1.10): they come as strings.
#ifndef EVX_AGENTS_CLIENT_INGEST_DOCUMENT_H
#define EVX_AGENTS_CLIENT_INGEST_DOCUMENT_H

#include <jansson.h>

#include "agents/client/ingest/reading.h"

struct evx_document_fault {
    unsigned line;
    char message[160];
};
// JSON_SYNTAX, JSON_DUPLICATE, FILE_TOO_LARGE, MEMORY. Release with json_decref.
EVX_MUST_CHECK enum evx_status evx_document_parse(json_t **out, struct evx_bytes json,
                                                  struct evx_document_fault *fault);
// Parses the content of a reading and reports what is wrong. *out is NULL then.
EVX_MUST_CHECK enum evx_status evx_document_open(json_t **out, struct evx_reading *r);

// Draws the seed of the parser's tables, which a process that may open no files
// could not.
void evx_document_preload(void);

// The text of a member, NULL if it is absent or no text. Numbers are texts here.
const char *evx_document_text(const json_t *object, const char *key);
// Follows "a.b.0.c" through objects and arrays; NULL where it ends.
const json_t *evx_document_at(const json_t *value, const char *path);
const char *evx_document_text_at(const json_t *value, const char *path);

#endif
