// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/metrics.h"

#include "proto/base/file.h"

static enum evx_status one(struct evx_buf *out, const char *name, const char *help, uint64_t value)
{
    return evx_buf_printf(out, "# HELP %s %s\n# TYPE %s gauge\n%s %llu\n", name, help, name, name,
                          (unsigned long long)value);
}

enum evx_status evx_collector_metrics(struct evx_store *store, const char *path)
{
    struct evx_store_totals t;
    uint64_t owed = 0;
    struct evx_buf out = {0};
    enum evx_status s = evx_store_count(store, &t);
    if (!s) s = evx_store_owed_count(store, &owed);
    if (!s) s = one(&out, "evx_collector_log_entries", "log entries stored", t.log_size);
    if (!s) s = one(&out, "evx_collector_consignments", "consignments addressed to us", t.consignments);
    if (!s) s = one(&out, "evx_collector_items", "items announced in them", t.items);
    if (!s) s = one(&out, "evx_collector_items_accepted", "items accepted", t.accepted);
    if (!s) s = one(&out, "evx_collector_items_rejected", "items refused with a code", t.rejected);
    if (!s) s = one(&out, "evx_collector_answers_owed", "consignments without a queued answer", owed);
    if (!s) s = evx_file_replace(path, evx_buf_bytes(&out), 0644);
    evx_buf_free(&out);
    return s;
}
