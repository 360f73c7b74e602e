// SPDX-License-Identifier: Apache-2.0
//
// What a verification says: claims in plain words, each with whose word it
// rests on, and facts for programs. A report that runs out of memory says so in
// its status and never looks better than it is.
#ifndef EVX_AGENTS_EVX_VERIFY_REPORT_H
#define EVX_AGENTS_EVX_VERIFY_REPORT_H

#include "proto/base/bytes.h"

enum evx_claim_kind {
    EVX_CLAIM_PROVED,
    EVX_CLAIM_ASSUMED,    // holds if what is said to be assumed is true
    EVX_CLAIM_NOT_PROVED, // nothing here shows it
    EVX_CLAIM_FAILED,     // shown to be otherwise
};

struct evx_claim {
    enum evx_claim_kind kind;
    enum evx_status status; // FAILED: why
    struct evx_buf text;    // NUL-terminated
    struct evx_buf witness; // whose word; may be empty
};

struct evx_fact {
    const char *key; // static
    bool is_number;
    uint64_t number;
    struct evx_buf text;
};

struct evx_report {
    char *path;        // what was looked at
    const char *what;  // static: "receipt", "bundle", "inspection" …
    enum evx_status s; // the first failure; OK = it holds
    struct evx_claim *claim;
    size_t claims, claims_cap;
    struct evx_fact *fact;
    size_t facts, facts_cap;
};

EVX_MUST_CHECK enum evx_status evx_report_open(struct evx_report *r, const char *path);
void evx_report_close(struct evx_report *r);

// witness: text, may be NULL. The format's output is cut at a few KiB.
void evx_report_proved(struct evx_report *r, const char *witness, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void evx_report_assumed(struct evx_report *r, const char *witness, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void evx_report_unproved(struct evx_report *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
// Does nothing for EVX_OK; else adds the claim, keeps the first status, and returns it.
EVX_MUST_CHECK enum evx_status evx_report_failed(struct evx_report *r, enum evx_status s, const char *format,
                                                 ...) __attribute__((format(printf, 3, 4)));
void evx_report_text(struct evx_report *r, const char *key, const char *text);
void evx_report_hex(struct evx_report *r, const char *key, const uint8_t *p, size_t n);
void evx_report_number(struct evx_report *r, const char *key, uint64_t number);

// The same for people and for programs. `n` reports of one run; text ends in a newline.
EVX_MUST_CHECK enum evx_status evx_report_print(struct evx_buf *out, const struct evx_report *r, size_t n);
EVX_MUST_CHECK enum evx_status evx_report_json(struct evx_buf *out, const struct evx_report *r, size_t n);
// OK only if every report holds.
EVX_MUST_CHECK enum evx_status evx_report_worst(const struct evx_report *r, size_t n);

#endif
