// SPDX-License-Identifier: Apache-2.0
//
// Erasing items, in two steps that a crash cannot tear apart: evx_erase_decide() makes
// the decision durable, evx_erase_finish() carries out whatever was decided: keys and
// wraps destroyed, what was derived from evidence thrown away, a certificate queued to
// the origin agency and every inspectorate, us among them, so that it stands in the log.
// A legal hold overrides every ground.
#ifndef EVX_AGENTS_COLLECTOR_ERASE_H
#define EVX_AGENTS_COLLECTOR_ERASE_H

#include "agents/client/agent.h"
#include "agents/collector/audit.h"
#include "agents/collector/erasures.h"

struct evx_erase {
    struct evx_agent *agent;
    struct evx_store *store;
    struct evx_audit *audit;
};

struct evx_erase_order {
    Evx__V1__ErasureGround ground;
    const char *authority;  // the decision relied on; never personal
    const char *decided_by; // who decided
    const char *person;     // who runs this
    uint64_t now_ms;
};
// Which hold stands in the way, of which item.
struct evx_erase_held {
    uint64_t hold;
    struct evx_item_id item;
};
// All of the items or none. Items that are recorded already stay as they are. The record
// of reads comes first: holds on a child can only be compared with the opened item.
// ERASE_HELD, HOLD_DAMAGED; STORE_DAMAGED when an item that a hold may cover does not open.
EVX_MUST_CHECK enum evx_status evx_erase_decide(const struct evx_erase *e,
                                                const struct evx_erase_order *order,
                                                const struct evx_store_row *row, size_t n,
                                                struct evx_erase_held *held);

struct evx_erase_done {
    uint64_t destroyed, certified; // items
    uint64_t certificates;
};
// Safe to repeat; does nothing when nothing is open. STORE_READ (an inspector reads); those of
// evx_agent_queue(): the keys are gone then and the certificate waits for the next time.
EVX_MUST_CHECK enum evx_status evx_erase_finish(const struct evx_erase *e, struct evx_erase_done *done);

#endif
