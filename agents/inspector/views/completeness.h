// SPDX-License-Identifier: Apache-2.0
//
// Who has answered for which child. For every child in scope and every agency there
// is evidence, or a signed nil return, or it is late, or silent. Silence is never a
// nil return: only a signed item makes one.
#ifndef EVX_AGENTS_INSPECTOR_VIEWS_COMPLETENESS_H
#define EVX_AGENTS_INSPECTOR_VIEWS_COMPLETENESS_H

#include "agents/inspector/views/views.h"

enum evx_return_state { EVX_RETURN_EVIDENCE, EVX_RETURN_NIL, EVX_RETURN_LATE, EVX_RETURN_SILENT };
#define EVX_RETURN_STATES 4
const char *evx_return_name(enum evx_return_state s); // "nil return"
const char *evx_ground_name(int ground);              // "held nothing"

#define EVX_NO_ITEM UINT32_MAX
struct evx_return_cell {
    enum evx_return_state state;
    size_t items; // standing evidence that this agency sent about this child
    uint32_t nil; // its nil return, EVX_NO_ITEM = none; shown even beside evidence
    int ground;
    int64_t due_ms; // the earliest date that binds it, 0 = none
    size_t open;    // requests to it about this child that nobody answered
};

struct evx_completeness {
    const uint32_t *child;        // positions in v->children: the tracked ones, else those named in
    size_t children;              // requests, else all
    bool by_list;                 // there is a list of tracked children
    struct evx_return_cell *cell; // [child][agency]
    size_t total[EVX_RETURN_STATES];
};
EVX_MUST_CHECK enum evx_status evx_completeness_work_out(struct evx_completeness *out, struct evx_views *v);
const struct evx_return_cell *evx_return_at(const struct evx_completeness *c, const struct evx_views *v,
                                            size_t child, size_t agency);

// A request, and who of those asked has not answered it.
struct evx_request_row {
    uint32_t item;
    size_t agency;
    bool late;
};
EVX_MUST_CHECK enum evx_status evx_requests_open(struct evx_request_row **out, size_t *n,
                                                 struct evx_views *v);

#endif
