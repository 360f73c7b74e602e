// SPDX-License-Identifier: Apache-2.0
//
// The sections of the report, in order, and what they share.
#ifndef EVX_AGENTS_INSPECTOR_REPORT_SECTIONS_H
#define EVX_AGENTS_INSPECTOR_REPORT_SECTIONS_H

#include "agents/inspector/report/html.h"
#include "agents/inspector/report/report.h"

extern const char evx_report_style[];

void evx_section_summary(struct evx_html *h, struct evx_report *r);
void evx_section_completeness(struct evx_html *h, struct evx_report *r);
void evx_section_streams(struct evx_html *h, struct evx_report *r);
void evx_section_timelines(struct evx_html *h, struct evx_report *r);
void evx_section_matrix(struct evx_html *h, struct evx_report *r);
void evx_section_contradictions(struct evx_html *h, struct evx_report *r);
void evx_section_grading(struct evx_html *h, struct evx_report *r);
void evx_section_appendix(struct evx_html *h, struct evx_report *r);

// --- shared ---
// <section><h2 id=…>: closed by h_end.
void evx_part_section(struct evx_html *h, const char *id, const char *title);
// A scrollable, focusable frame with <table><caption>; closed by evx_part_table_end.
void evx_part_table(struct evx_html *h, const char *caption);
void evx_part_table_end(struct evx_html *h);
void evx_part_head(struct evx_html *h, const char *const *title,
                   size_t n);                                 // <thead>, scope=col; ">Title": right aligned
void evx_part_row_head(struct evx_html *h, const char *text); // <th scope=row>
void evx_part_cell(struct evx_html *h, const char *text);
void evx_part_number(struct evx_html *h, size_t n);
// The id of an item as a link to its line in the appendix.
void evx_part_evidence(struct evx_html *h, struct evx_report *r, size_t item);
// "12 Feb 2026 09:30 +00:00" as <time datetime=…>, or "not given".
void evx_part_moment(struct evx_html *h, const Evx__V1__Moment *m);
void evx_part_time(struct evx_html *h, int64_t utc_ms, bool with_clock);
const char *evx_part_child(struct evx_report *r, const struct evx_child_fact *c); // initials or name

#endif
