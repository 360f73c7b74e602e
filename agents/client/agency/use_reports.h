// SPDX-License-Identifier: Apache-2.0
//
// Reports of use put together: per inspectorate, which of its records are told, which are
// missing, what contradicts itself, and every use with the items of ours that it names.
// Pure. docs/protocol.md "Reports of use".
#ifndef EVX_AGENTS_CLIENT_AGENCY_USE_REPORTS_H
#define EVX_AGENTS_CLIENT_AGENCY_USE_REPORTS_H

#include "agents/client/agency/own_items.h"

#define EVX_USE_SPANS (4u << 20) // in all uses together

struct evx_use_span {
    size_t first, n; // positions among our own items
};
// One record of an inspectorate that used our evidence. Its spans ascend and are apart.
struct evx_use {
    char by[EVX_ORG_ID_BYTES];
    uint64_t record;
    int64_t time_ms;
    char *verb, *on_behalf_of, *purpose;
    struct evx_use_span *span;
    size_t spans;
    uint64_t items;   // in them
    uint64_t unknown; // items named that we did not send
};
enum evx_use_fault {
    EVX_USE_MISSING,  // no report tells of records first … last
    EVX_USE_TWICE,    // record `first` is told in two ways
    EVX_USE_NOT_OURS, // record `first` names items that we did not send
};
struct evx_use_remark {
    char by[EVX_ORG_ID_BYTES];
    enum evx_use_fault fault;
    uint64_t first, last;
};
struct evx_use_source {
    char by[EVX_ORG_ID_BYTES];
    uint64_t reports, last; // last record told
};

struct evx_use_reports; // opaque
// `own` is borrowed for as long as this lives.
EVX_MUST_CHECK enum evx_status evx_use_reports_new(struct evx_use_reports **out,
                                                   const struct evx_own_items *own);
void evx_use_reports_destroy(struct evx_use_reports **r);
// One report from one inspectorate, as it was verified; in any order, repetitions welcome.
// TOO_LARGE over EVX_USE_SPANS.
EVX_MUST_CHECK enum evx_status evx_use_reports_take(struct evx_use_reports *r, const char *by,
                                                    const Evx__V1__UseReport *m);
// When all are taken. Then the lists: uses by inspectorate and record, remarks likewise.
EVX_MUST_CHECK enum evx_status evx_use_reports_settle(struct evx_use_reports *r);
const struct evx_use *evx_use_reports_uses(const struct evx_use_reports *r, size_t *n);
const struct evx_use_remark *evx_use_reports_remarks(const struct evx_use_reports *r, size_t *n);
const struct evx_use_source *evx_use_reports_sources(const struct evx_use_reports *r, size_t *n);
bool evx_use_names(const struct evx_use *u, size_t position);

#endif
