// SPDX-License-Identifier: Apache-2.0
//
// Is everything here that each agency says it sent? Per agency and stream: how far the
// log goes, what the sender signed about itself (completeness statement, heartbeats), and
// a verdict. Made of the collector's records alone: no item is opened.
#ifndef EVX_AGENTS_INSPECTOR_VIEWS_STREAMS_H
#define EVX_AGENTS_INSPECTOR_VIEWS_STREAMS_H

#include "agents/collector/claims.h"
#include "agents/inspector/views/views.h"

// From what is worst to what is best.
enum evx_stream_verdict {
    EVX_STREAM_EQUIVOCATION, // two contents signed under one number
    EVX_STREAM_TAIL,         // its sender's signed word names more than the log has
    EVX_STREAM_GAP,          // a consignment is missing, later ones are there
    EVX_STREAM_DIFFERENT,    // its statement and the log differ
    EVX_STREAM_SILENT,       // no sign of life for too long, and no final statement
    EVX_STREAM_UNSTATED,     // whole as far as anybody can tell; no statement covers it
    EVX_STREAM_STATED,       // complete to `last` by its own signed word; more may follow
    EVX_STREAM_COMPLETE,     // the same, and nothing more was to follow and nothing did
};
#define EVX_STREAM_VERDICTS 8
const char *evx_stream_verdict_name(enum evx_stream_verdict v); // "tail withheld"
// True for those that prove something missing or contradictory.
bool evx_stream_verdict_missing(enum evx_stream_verdict v);

struct evx_stream_row {
    struct evx_store_stream stream;
    uint64_t last_index; // in the log, of the newest consignment
    uint64_t last_ms;    // when the broker received it
    bool stated, beat_seen, equivocates, gap, replaced;
    struct evx_store_statement statement; // the newest about this stream
    uint64_t after;                       // consignments that came behind what it covers, itself not counted
    struct evx_store_beat beat;           // the newest about this stream
    uint64_t gap_said, gap_index;         // a consignment that came after a gap
    enum evx_stream_verdict verdict;
    const char *words; // the verdict in a sentence or two
};

struct evx_streams_agency {
    const struct evx_views_agency *agency;
    struct evx_stream_row *row; // in the order of their first appearance
    size_t rows;
    enum evx_stream_verdict verdict; // the worst of them; SILENT when there is none
    const char *words;
};

struct evx_streams {
    uint64_t log_size;
    struct evx_streams_agency *agency;
    size_t agencies;
    size_t complete, missing, silent; // of the agencies
    struct evx_store_equivocation *equivocation;
    size_t equivocations;
};

#define EVX_SILENT_AFTER_MS (60 * 60000) // four heartbeats at their usual interval
// Lives as long as the views. silent_after_ms 0 = EVX_SILENT_AFTER_MS.
EVX_MUST_CHECK enum evx_status evx_streams_work_out(struct evx_streams *out, struct evx_views *v,
                                                    uint64_t silent_after_ms);
// The verdict on one row from its other members; `open`: the inspection still is. Pure.
enum evx_stream_verdict evx_stream_judge(const struct evx_stream_row *r, int64_t now_ms,
                                         uint64_t silent_after_ms, bool open);

#endif
