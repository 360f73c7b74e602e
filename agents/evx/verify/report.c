// SPDX-License-Identifier: Apache-2.0
#include "agents/evx/verify/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum evx_status evx_report_open(struct evx_report *r, const char *path)
{
    memset(r, 0, sizeof *r);
    r->what = "unknown";
    r->path = strdup(path);
    return r->path ? EVX_OK : EVX_E_MEMORY;
}

void evx_report_close(struct evx_report *r)
{
    for (size_t i = 0; i < r->claims; i++) {
        evx_buf_free(&r->claim[i].text);
        evx_buf_free(&r->claim[i].witness);
    }
    for (size_t i = 0; i < r->facts; i++)
        evx_buf_free(&r->fact[i].text);
    free(r->claim);
    free(r->fact);
    free(r->path);
    memset(r, 0, sizeof *r);
}

static void *grown(struct evx_report *r, void *array, size_t used, size_t *cap, size_t element)
{
    if (used < *cap) return array;
    size_t wanted = *cap ? *cap * 2 : 16;
    void *more = realloc(array, wanted * element);
    if (more)
        *cap = wanted;
    else
        r->s = EVX_E_MEMORY;
    return more;
}

static enum evx_status put_text(struct evx_buf *out, const char *text)
{
    return evx_buf_append(out, text, strlen(text) + 1);
}

static void add(struct evx_report *r, enum evx_claim_kind kind, enum evx_status s, const char *witness,
                const char *format, va_list ap)
{
    char text[4096];
    vsnprintf(text, sizeof text, format, ap);
    struct evx_claim *array = grown(r, r->claim, r->claims, &r->claims_cap, sizeof *array);
    if (!array) return;
    r->claim = array;
    struct evx_claim *c = &array[r->claims++];
    *c = (struct evx_claim){.kind = kind, .status = s};
    enum evx_status m = put_text(&c->text, text);
    if (!m) m = put_text(&c->witness, witness ? witness : "");
    if (m) r->s = m;
}

void evx_report_proved(struct evx_report *r, const char *witness, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    add(r, EVX_CLAIM_PROVED, EVX_OK, witness, format, ap);
    va_end(ap);
}

void evx_report_assumed(struct evx_report *r, const char *witness, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    add(r, EVX_CLAIM_ASSUMED, EVX_OK, witness, format, ap);
    va_end(ap);
}

void evx_report_unproved(struct evx_report *r, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    add(r, EVX_CLAIM_NOT_PROVED, EVX_OK, NULL, format, ap);
    va_end(ap);
}

enum evx_status evx_report_failed(struct evx_report *r, enum evx_status s, const char *format, ...)
{
    if (!s) return EVX_OK;
    if (!r->s) r->s = s;
    va_list ap;
    va_start(ap, format);
    add(r, EVX_CLAIM_FAILED, s, NULL, format, ap);
    va_end(ap);
    return s;
}

static struct evx_fact *add_fact(struct evx_report *r, const char *key)
{
    struct evx_fact *array = grown(r, r->fact, r->facts, &r->facts_cap, sizeof *array);
    if (!array) return NULL;
    r->fact = array;
    struct evx_fact *f = &array[r->facts++];
    *f = (struct evx_fact){.key = key};
    return f;
}

void evx_report_text(struct evx_report *r, const char *key, const char *text)
{
    struct evx_fact *f = add_fact(r, key);
    enum evx_status s = f ? put_text(&f->text, text) : EVX_E_MEMORY;
    if (s) r->s = s;
}

void evx_report_hex(struct evx_report *r, const char *key, const uint8_t *p, size_t n)
{
    char hex[129];
    evx_hex(hex, p, n < 64 ? n : 64);
    evx_report_text(r, key, hex);
}

void evx_report_number(struct evx_report *r, const char *key, uint64_t number)
{
    struct evx_fact *f = add_fact(r, key);
    if (!f) return;
    f->is_number = true;
    f->number = number;
}

enum evx_status evx_report_worst(const struct evx_report *r, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (r[i].s) return r[i].s;
    return EVX_OK;
}
