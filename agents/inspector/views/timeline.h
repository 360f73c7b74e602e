// SPDX-License-Identifier: Apache-2.0
//
// One child's events across agencies. Routine ones are counted, not listed, unless
// asked for; superseded, corrected and withdrawn ones are always listed, marked.
#ifndef EVX_AGENTS_INSPECTOR_VIEWS_TIMELINE_H
#define EVX_AGENTS_INSPECTOR_VIEWS_TIMELINE_H

#include "agents/inspector/views/views.h"

enum evx_timeline_order { EVX_BY_OCCURRED, EVX_BY_RECORDED, EVX_BY_RECEIVED };

struct evx_timeline_entry {
    const uint32_t *item; // positions: one event, or a run of routine ones
    size_t n;
    bool collapsed;
    size_t same; // of one event: how many further items say exactly the same
};
struct evx_timeline {
    struct evx_timeline_entry *entry;
    size_t n, events, routine;
};

// all: nothing collapsed. Otherwise routine events between two others are one entry.
EVX_MUST_CHECK enum evx_status evx_timeline_work_out(struct evx_timeline *out, struct evx_views *v,
                                                     size_t child, enum evx_timeline_order by, bool all);

#endif
