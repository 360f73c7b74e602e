// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }

static size_t digits(const uint8_t *p, size_t n)
{
    size_t i = 0;
    while (i < n && is_digit(p[i]))
        i++;
    return i;
}

// Length of the JSON number at p, 0 if it is none.
static size_t number_length(const uint8_t *p, size_t n)
{
    size_t at = n && *p == '-';
    size_t whole = digits(p + at, n - at);
    if (whole == 0 || (whole > 1 && p[at] == '0')) return 0;
    at += whole;
    if (at < n && p[at] == '.') {
        size_t fraction = digits(p + at + 1, n - at - 1);
        if (fraction == 0) return 0;
        at += 1 + fraction;
    }
    if (at < n && (p[at] == 'e' || p[at] == 'E')) {
        size_t sign = at + 1 < n && (p[at + 1] == '+' || p[at + 1] == '-');
        size_t power = digits(p + at + 1 + sign, n - at - 1 - sign);
        if (power == 0) return 0;
        at += 1 + sign + power;
    }
    return at;
}

static size_t string_length(const uint8_t *p, size_t n)
{
    size_t i = 1;
    while (i < n && p[i] != '"')
        i += p[i] == '\\' && i + 1 < n ? 2 : 1;
    return i < n ? i + 1 : n;
}

static bool ends_value(const uint8_t *p, size_t n) { return n == 0 || strchr(" \t\r\n,]}", *p) != NULL; }

// Puts every number outside strings in quotes.
static enum evx_status quote_numbers(struct evx_buf *out, struct evx_bytes json)
{
    enum evx_status s = evx_buf_reserve(out, json.n + json.n / 4 + 16);
    for (size_t i = 0; !s && i < json.n;) {
        size_t n = 1;
        bool number = is_digit(json.p[i]) || json.p[i] == '-';
        if (json.p[i] == '"')
            n = string_length(json.p + i, json.n - i);
        else if (number) {
            size_t length = number_length(json.p + i, json.n - i);
            number = length && ends_value(json.p + i + length, json.n - i - length);
            n = number ? length : 1;
        }
        if (number) s = evx_buf_append(out, "\"", 1);
        if (!s) s = evx_buf_append(out, json.p + i, n);
        if (!s && number) s = evx_buf_append(out, "\"", 1);
        i += n;
    }
    return s;
}

static enum evx_status fault_status(const json_error_t *e)
{
    switch (json_error_code(e)) {
    case json_error_duplicate_key: return EVX_E_JSON_DUPLICATE;
    case json_error_out_of_memory: return EVX_E_FILE_TOO_LARGE;
    default: return EVX_E_JSON_SYNTAX;
    }
}

enum evx_status evx_document_parse(json_t **out, struct evx_bytes json, struct evx_document_fault *fault)
{
    *out = NULL;
    *fault = (struct evx_document_fault){0};
    if (json.n > EVX_LIMIT_JSON_FILE_BYTES) return EVX_E_FILE_TOO_LARGE;
    struct evx_buf quoted = {0};
    json_error_t e;
    enum evx_status s = quote_numbers(&quoted, json);
    if (!s) {
        *out = json_loadb((const char *)quoted.p, quoted.n, JSON_REJECT_DUPLICATES, &e);
        if (!*out) {
            s = fault_status(&e);
            fault->line = e.line > 0 ? (unsigned)e.line : 0;
            snprintf(fault->message, sizeof fault->message, "line %u: %.140s", fault->line, e.text);
        }
    }
    evx_buf_free(&quoted);
    return s;
}

void evx_document_preload(void) { json_object_seed(0); }

enum evx_status evx_document_open(json_t **out, struct evx_reading *r)
{
    struct evx_document_fault fault;
    struct evx_bytes json = r->content;
    if (json.n >= 3 && memcmp(json.p, "\xEF\xBB\xBF", 3) == 0) json = evx_bytes(json.p + 3, json.n - 3);
    enum evx_status s = evx_document_parse(out, json, &fault);
    if (s == EVX_OK || s == EVX_E_MEMORY) return s;
    struct evx_place at = {fault.line, "", ""};
    const char *said = s == EVX_E_FILE_TOO_LARGE ? "a JSON document may have 64 MiB" : fault.message;
    return evx_reading_problem(r, &at, s, EVX_SEVERITY_ERROR, "%s", said);
}

const char *evx_document_text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

const json_t *evx_document_at(const json_t *value, const char *path)
{
    char step[64];
    while (value && *path) {
        size_t n = strcspn(path, ".");
        if (n >= sizeof step) return NULL;
        memcpy(step, path, n);
        step[n] = '\0';
        value = json_is_array(value) ? json_array_get(value, strtoul(step, NULL, 10))
                                     : json_object_get(value, step);
        path += n + (path[n] == '.');
    }
    return value;
}

const char *evx_document_text_at(const json_t *value, const char *path)
{
    return json_string_value(evx_document_at(value, path));
}
