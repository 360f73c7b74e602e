// SPDX-License-Identifier: Apache-2.0
//
// What inspectorates sent to this agency, acknowledgements apart: requests, judgements,
// confirmations, reports of use, certificates. Each was proved to stand in the log and
// verified before it came here; it is kept as the sealed bytes that arrived, without
// any plaintext, and opened and verified again whenever it is read.
//
// docs/agents.md "Inbox".
#ifndef EVX_AGENTS_CLIENT_INBOX_H
#define EVX_AGENTS_CLIENT_INBOX_H

#include "agents/client/agent.h"

struct evx_inbox_row {
    uint64_t index;  // of its consignment in the log
    uint32_t number; // of the item in the consignment
    struct evx_item_id id;
    char sender[EVX_ORG_ID_BYTES]; // an inspectorate, verified
    uint32_t kind;                 // field number in Item's oneof: EVX__V1__ITEM__BODY_REQUEST …
    uint64_t received_ms;          // the broker's claim
};

// Visits the items of one kind (0 = all) in the order of the log; `row` and `item` are
// borrowed for the call. A row that does not verify is not shown: the others are, and
// the answer is then STORE_DAMAGED. visit's own error ends the walk and is returned.
// Needs the ENC keys: evx_agent_open() or evx_agent_unlock(); NOT_ALLOWED without.
// Blocks on disk. One item is in memory at a time.
typedef enum evx_status (*evx_inbox_visit)(void *user, const struct evx_inbox_row *row,
                                           const Evx__V1__Item *item);
EVX_MUST_CHECK enum evx_status evx_agent_inbox(struct evx_agent *a, uint32_t kind, evx_inbox_visit visit,
                                               void *user);

// True when there is a row of that kind, whatever it is worth: needs no key.
EVX_MUST_CHECK enum evx_status evx_agent_inbox_any(struct evx_agent *a, uint32_t kind, bool *any);

// What is kept, and what was not because the inbox was full (it still stands in the log).
struct evx_inbox_state {
    uint64_t items, bytes;
    uint64_t left_out;       // consignments
    uint64_t left_out_index; // the first of them
};
EVX_MUST_CHECK enum evx_status evx_agent_inbox_state(struct evx_agent *a, struct evx_inbox_state *out);

// Gives an agent from evx_agent_open_reader() the ENC keys, and nothing else: so the
// inbox can be read while another process runs the agent. The errors of a key file.
EVX_MUST_CHECK enum evx_status evx_agent_unlock(struct evx_agent *a, const struct evx_agent_config *config,
                                                const struct evx_passphrase *ask, struct evx_buf *explain);

// One verified consignment from an inspectorate, as the courier hands it over. Borrowed.
struct evx_inbox_item {
    uint32_t number;
    struct evx_item_id id;
    uint32_t kind;
};
struct evx_inbox_letter {
    uint64_t index;
    uint64_t received_ms;
    const char *sender;
    struct evx_bytes whole;
    const struct evx_inbox_item *item; // those that are no acknowledgements; 1 or more
    size_t items;
};

#endif
