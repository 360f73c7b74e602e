// SPDX-License-Identifier: Apache-2.0
//
// What the commands print with: JSON objects whose first failure is kept, tables,
// headings, cells cut to fit.
#ifndef EVX_AGENTS_INSPECTOR_CMD_OUT_H
#define EVX_AGENTS_INSPECTOR_CMD_OUT_H

#include "agents/client/cli/json.h"
#include "agents/client/cli/table.h"
#include "agents/inspector/cmd/desk.h"
#include "agents/inspector/views/when.h"

// A JSON value under construction; after a failure the setters do nothing.
struct evx_jout {
    json_t *v;
    enum evx_status s;
};
struct evx_jout evx_jout_schema(const char *schema);
struct evx_jout evx_jout_object(void);
struct evx_jout evx_jout_array(void);
void evx_jout_text(struct evx_jout *j, const char *key, const char *text);
void evx_jout_number(struct evx_jout *j, const char *key, uint64_t n);
void evx_jout_flag(struct evx_jout *j, const char *key, bool flag);
void evx_jout_time(struct evx_jout *j, const char *key, int64_t utc_ms); // 0: null
// {"utc","precision","offset_min","zone","zone_source","text"}, or null
void evx_jout_moment(struct evx_jout *j, const char *key, const Evx__V1__Moment *m);
// Take the child object; it is gone afterwards.
void evx_jout_put(struct evx_jout *j, const char *key, struct evx_jout *child);
void evx_jout_add(struct evx_jout *array, struct evx_jout *child);
void evx_jout_add_text(struct evx_jout *array, const char *text);
// Prints to `to` and drops it.
EVX_MUST_CHECK enum evx_status evx_jout_print(FILE *to, struct evx_jout *j);

// {"id","tracked","initials"[,"given","family"],"born"}
struct evx_jout evx_jout_child(struct evx_desk *d, const struct evx_child_fact *c);

// A line in bold on a terminal, with an empty line before unless it is the first.
void evx_out_heading(struct evx_desk *d, const char *text);
EVX_MUST_CHECK enum evx_status evx_out_table(struct evx_desk *d, struct evx_table **t); // prints and destroys
// A copy without control characters and marks of writing direction. Never NULL.
const char *evx_out_clean(struct evx_desk *d, const char *text);
// At most `width` display columns; "…" where it was cut. Slab text, never NULL.
const char *evx_out_cut(struct evx_desk *d, const char *text, size_t width);
// Columns of the terminal, 100 when there is none.
size_t evx_out_width(const struct evx_desk *d);
// Prints the text broken between words, each line after `indent` spaces, at most `lines`
// of them (the last one then ends in "…").
void evx_out_wrap(struct evx_desk *d, const char *text, size_t indent, size_t lines);
// "12 Feb 2026", "12 Feb 2026 09:30" in UTC, "" for 0.
const char *evx_out_day(struct evx_desk *d, int64_t utc_ms);
// When it happened, as the index has it: local day of the source; "undated".
const char *evx_out_occurred(struct evx_desk *d, size_t item);
const char *evx_out_time(struct evx_desk *d, int64_t utc_ms);
const char *evx_out_number(struct evx_desk *d, size_t n);
const char *evx_out_evidence(struct evx_desk *d, size_t item); // "EV-…"; "" for EVX_NO_ITEM
const char *evx_direction_name(int direction);                 // "strength"
const char *evx_significance_name(int significance);           // "routine"
const char *evx_source_name(int source);                       // "interview"

#endif
