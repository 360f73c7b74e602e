// SPDX-License-Identifier: Apache-2.0
//
// What an agent says about its own streams (P8): heartbeats, "I have sent so far …", and
// completeness statements, "I sent 1..N, root R", one for each stream of this outbox.
// Both are signed items like any other and travel in the current stream.
//
// docs/protocol.md "Completeness".
#ifndef EVX_AGENTS_CLIENT_COMPLETE_H
#define EVX_AGENTS_CLIENT_COMPLETE_H

#include "agents/client/agent.h"

// --- heartbeats ---
// True when the last one is at least `every_ms` old, never was, or lies in the future
// (the clock was set back). Pure.
bool evx_heartbeat_due(uint64_t last_ms, uint64_t every_ms, uint64_t now_ms);
// Queues one when it is due, never after a final statement. The errors of evx_agent_queue().
EVX_MUST_CHECK enum evx_status evx_agent_heartbeat(struct evx_agent *a, uint64_t every_ms, bool *queued);

// --- completeness statements ---
struct evx_stated {
    struct evx_stream_id stream;
    uint64_t first, last; // last = 0: nothing was sent
    struct evx_digest root;
    uint64_t items;
    bool final;
    struct evx_item_id id;         // of the statement
    struct evx_digest consignment; // that carries it
    uint64_t stated_ms;
};
typedef enum evx_status (*evx_stated_visit)(void *user, const struct evx_stated *s);
// Queues a statement for each stream: the current one over everything in it, those before
// it over what has a receipt, unless that was stated already. Each is shown to `visit`
// (may be NULL) once it is durable. `final`: nothing more will follow, see evx_agent_final().
EVX_MUST_CHECK enum evx_status evx_agent_state_completeness(struct evx_agent *a, bool final,
                                                            evx_stated_visit visit, void *user);
// The newest statement of each stream, as it was queued. Works on a reader.
EVX_MUST_CHECK enum evx_status evx_agent_statements(struct evx_agent *a, evx_stated_visit visit, void *user);
// When the final statement was given, 0 = it was not, or was taken back since.
EVX_MUST_CHECK enum evx_status evx_agent_final(struct evx_agent *a, uint64_t *stated_ms);
// Takes it back: something more follows. The next statement says what.
EVX_MUST_CHECK enum evx_status evx_agent_reopen(struct evx_agent *a);

// UNANSWERED: the row has its receipt for longer than `within_ms`, and no inspectorate that
// should has answered it: it may be withheld from them. Pure.
EVX_MUST_CHECK enum evx_status evx_row_answered(const struct evx_outbox_row *r, uint64_t now_ms,
                                                uint64_t within_ms);

// What an inspectorate confirmed of what we stated: EVX_OK; its code when it found
// something else; NOT_CONFIRMED when it is not about what we stated at all. Pure.
EVX_MUST_CHECK enum evx_status evx_confirmation_check(const struct evx_stated *stated,
                                                      const Evx__V1__CompletenessConfirmation *c);

#endif
