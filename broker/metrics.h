// SPDX-License-Identifier: Apache-2.0
//
// What the operator may know: counts, sizes and times, never content. Written
// as Prometheus text to a file, replaced whole, so that a collector of text
// files and `evx-broker status` read the same thing. docs/broker.md lists it.
#ifndef EVX_BROKER_METRICS_H
#define EVX_BROKER_METRICS_H

#include "broker/core.h"

#define EVX_REPORT_LOGS 256

struct evx_report_log {
    struct evx_inspection_id id;
    uint64_t size, signed_size;
    struct evx_journal_stats stats;
};

struct evx_report {
    struct evx_core_counters core;
    uint64_t directory_version;
    int64_t directory_expires_ms;
    uint64_t free_bytes;
    size_t logs;
    struct evx_report_log log[]; // `logs` of them
};

// What only the network side knows.
struct evx_report_net {
    uint64_t started_ms, now_ms;
    uint64_t connections, connections_cut, inflight_bytes, unsent_bytes;
    uint64_t admitted, denied;
    bool admission_alive;
};

// Takes a picture of the core. NULL without memory.
struct evx_report *evx_report_of(const struct evx_core *core, const struct evx_directory *d,
                                 uint64_t free_bytes);
void evx_report_destroy(struct evx_report **r);

EVX_MUST_CHECK enum evx_status evx_report_text(struct evx_buf *out, const struct evx_report *r,
                                               const struct evx_report_net *net);
// Upper bound in seconds below which `percent` of commits stayed, over all logs.
double evx_report_commit_seconds(const struct evx_report *r, unsigned percent);
// Replaces the file without waiting for the disk: it is worth nothing after a crash.
EVX_MUST_CHECK enum evx_status evx_metrics_write(const char *path, struct evx_bytes text);

#endif
