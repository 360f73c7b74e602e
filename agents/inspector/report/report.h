// SPDX-License-Identifier: Apache-2.0
//
// All views as one self-contained HTML file: no script, no font, no picture, nothing
// fetched. Prints well, reads well aloud. Names are initials unless asked for.
#ifndef EVX_AGENTS_INSPECTOR_REPORT_REPORT_H
#define EVX_AGENTS_INSPECTOR_REPORT_REPORT_H

#include "agents/inspector/views/contradictions.h"
#include "agents/inspector/views/judging.h"
#include "agents/inspector/views/matrix.h"
#include "agents/inspector/views/streams.h"
#include "agents/inspector/views/tally.h"
#include "agents/inspector/views/timeline.h"
#include "crypto/policy.h"

struct evx_report {
    // given
    struct evx_views *v;
    const struct evx_framework *framework; // NULL = not available here
    const char *framework_id;
    bool names;
    const char *const *fact; // for what is permitted, "name=value"
    size_t facts;
    size_t max_children;    // timelines when no child is tracked
    struct evx_grade grade; // of the newest checkpoint held
    // worked out
    struct evx_store_totals totals;
    struct evx_tally *tally;
    struct evx_completeness completeness;
    struct evx_streams streams;
    struct evx_request_row *request;
    size_t requests;
    struct evx_matrix matrix;
    struct evx_contradictions contradictions;
    struct evx_permitted permitted;
    const char *suggestion; // nearest known fact after FACT_UNKNOWN
    size_t shown;           // children with a timeline
};
#define EVX_REPORT_MAX_CHILDREN 50

// Releases everything (one audit record, "disclosure") and computes.
EVX_MUST_CHECK enum evx_status evx_report_work_out(struct evx_report *r);
// Appends the document.
EVX_MUST_CHECK enum evx_status evx_report_html(struct evx_buf *out, struct evx_report *r);

#endif
