// SPDX-License-Identifier: Apache-2.0
//
// The sender chains in a log (P7) and what senders said about them (P8). Memory
// grows with the number of streams and statements, not with that of entries.
#ifndef EVX_AGENTS_EVX_VERIFY_STREAMS_H
#define EVX_AGENTS_EVX_VERIFY_STREAMS_H

#include "agents/evx/verify/entry.h"
#include "crypto/chain.h"

struct evx_stream {
    struct evx_digest name; // SHA-256(organisation || NUL || stream): the table's key
    char org[EVX_ORG_ID_BYTES];
    struct evx_stream_id id;
    struct evx_chain_head head;
    uint64_t items; // in all its consignments
    bool replaces;  // began with a signed reset
};

struct evx_streams {
    struct evx_stream *slot; // open addressing; used when head.sequence > 0
    size_t slots, used;
};
void evx_streams_free(struct evx_streams *s);
// Takes the next entry of a stream. LOG_CHAIN unless it is the next number and
// names the one before; MEMORY. *out (may be NULL) is valid until the next call.
EVX_MUST_CHECK enum evx_status evx_streams_take(struct evx_streams *s, const struct evx_entry *e,
                                                const char *org, const struct evx_stream **out);
const struct evx_stream *evx_streams_find(const struct evx_streams *s, const char *org,
                                          const struct evx_stream_id *id);

// One statement, checked at its own place in the log: everything that it names must
// stand before it.
struct evx_stated {
    char org[EVX_ORG_ID_BYTES]; // whose
    struct evx_stream_id stream;
    uint64_t first, last;
    struct evx_digest root;
    uint64_t items;
    bool final;
    uint64_t index;    // where the statement itself stands
    uint64_t sequence; // … in its own stream
    bool same_stream;  // it stands in the stream that it speaks of
    char *path;        // owned; may be NULL
    // found so far
    struct evx_frontier ids;
    uint64_t found_items, later; // later: consignments after a final statement
};
// Every statement sees every entry, in order.
void evx_stated_take(struct evx_stated *st, const struct evx_entry *e, const char *org, uint64_t index);
// Once the log has been read. STATEMENT_FALSE.
EVX_MUST_CHECK enum evx_status evx_stated_judge(const struct evx_stated *st);

#endif
