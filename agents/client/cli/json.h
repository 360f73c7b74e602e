// SPDX-License-Identifier: Apache-2.0
//
// The JSON that read commands print with --json: one object with "schema"
// first, keys in the order they were set, then a newline.
#ifndef EVX_AGENTS_CLIENT_CLI_JSON_H
#define EVX_AGENTS_CLIENT_CLI_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "proto/base/bytes.h"

// {"schema": schema}; NULL without memory.
json_t *evx_json_object(const char *schema);
// Setters take the new value even when they fail, like jansson's _new functions; a
// NULL value (no memory) is reported. All return MEMORY or OK.
EVX_MUST_CHECK enum evx_status evx_json_set(json_t *object, const char *key, json_t *value);
EVX_MUST_CHECK enum evx_status evx_json_add(json_t *array, json_t *value);
json_t *evx_json_hex(const uint8_t *p, size_t n);
json_t *evx_json_text(const char *text); // invalid UTF-8 is replaced; NULL text = ""
json_t *evx_json_number(uint64_t v);
json_t *evx_json_time(int64_t utc_ms); // "2026-01-31T09:30:00.000Z"
// Prints and drops the reference. IO, MEMORY.
EVX_MUST_CHECK enum evx_status evx_json_print(FILE *to, json_t *object);
// One line, no newline inside; keeps the reference.
EVX_MUST_CHECK enum evx_status evx_json_line(FILE *to, const json_t *object);

#endif
