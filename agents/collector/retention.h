// SPDX-License-Identifier: Apache-2.0
//
// Which items are past their time. The periods are the organisation's own and are told
// to each run; nothing here knows a schedule.
#ifndef EVX_AGENTS_COLLECTOR_RETENTION_H
#define EVX_AGENTS_COLLECTOR_RETENTION_H

#include "agents/collector/erase.h"

#define EVX_RETENTION_RULES 16
#define EVX_RETENTION_DAYS  36525 // the longest period that is taken: a hundred years

struct evx_retention { // zero-initialise
    struct {
        uint16_t class;
        uint32_t days;
    } rule[EVX_RETENTION_RULES];
    size_t rules;
    uint64_t now_ms;
    struct evx_store_row *row; // due and not held, in log order
    size_t n;
    uint64_t held; // due, but covered by a hold
};
// "1=2190". False when it is none, the class has one already, or there are too many.
bool evx_retention_keep(struct evx_retention *r, const char *text);
// Fills row, n and held. Items without a rule for their class are never due. The errors of
// evx_holds_load() and of the record of reads, which is written when holds on children make it
// necessary to open items.
EVX_MUST_CHECK enum evx_status evx_retention_due(struct evx_retention *r, const struct evx_erase *e,
                                                 const char *person);
void evx_retention_free(struct evx_retention *r);

#endif
