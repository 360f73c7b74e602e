// SPDX-License-Identifier: Apache-2.0
#include "broker/metrics.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BUCKETS (sizeof((struct evx_journal_stats *)0)->commit_ns / sizeof(uint64_t))

struct taking {
    struct evx_report *report;
    size_t cap;
};

static void count_log(void *user, const struct evx_inspection_id *id, uint64_t size, uint64_t signed_size,
                      const struct evx_journal_stats *stats)
{
    (void)id, (void)size, (void)signed_size, (void)stats;
    ++*(size_t *)user;
}

static void take_log(void *user, const struct evx_inspection_id *id, uint64_t size, uint64_t signed_size,
                     const struct evx_journal_stats *stats)
{
    struct taking *t = user;
    if (t->report->logs == t->cap) return;
    t->report->log[t->report->logs++] =
        (struct evx_report_log){.id = *id, .size = size, .signed_size = signed_size, .stats = *stats};
}

struct evx_report *evx_report_of(const struct evx_core *core, const struct evx_directory *d,
                                 uint64_t free_bytes)
{
    struct taking t = {0};
    evx_core_logs(core, count_log, &t.cap);
    if (t.cap > EVX_REPORT_LOGS) t.cap = EVX_REPORT_LOGS;
    t.report = calloc(1, sizeof *t.report + t.cap * sizeof t.report->log[0]);
    if (!t.report) return NULL;
    evx_core_count(core, &t.report->core);
    evx_core_logs(core, take_log, &t);
    t.report->directory_version = evx_directory_version(d);
    t.report->directory_expires_ms = evx_directory_expires_ms(d);
    t.report->free_bytes = free_bytes;
    return t.report;
}

void evx_report_destroy(struct evx_report **r)
{
    if (!r) return;
    free(*r);
    *r = NULL;
}

static uint64_t commits_in(const struct evx_report *r, size_t bucket)
{
    uint64_t n = 0;
    for (size_t i = 0; i < r->logs; i++)
        n += r->log[i].stats.commit_ns[bucket];
    return n;
}

static uint64_t all_commits(const struct evx_report *r)
{
    uint64_t n = 0;
    for (size_t b = 0; b < BUCKETS; b++)
        n += commits_in(r, b);
    return n;
}

static double bucket_seconds(size_t bucket) { return 16e-6 * (double)(1ull << bucket); }

double evx_report_commit_seconds(const struct evx_report *r, unsigned percent)
{
    uint64_t all = all_commits(r), below = 0;
    for (size_t b = 0; b < BUCKETS && all; b++) {
        below += commits_in(r, b);
        if (below * 100 >= all * percent) return bucket_seconds(b);
    }
    return 0;
}

struct plain {
    const char *name, *type, *help;
    double value;
};

static enum evx_status put_plain(struct evx_buf *out, const struct plain *p)
{
    return evx_buf_printf(out, "# HELP evx_broker_%s %s\n# TYPE evx_broker_%s %s\nevx_broker_%s %.15g\n",
                          p->name, p->help, p->name, p->type, p->name, p->value);
}

static enum evx_status put_counts(struct evx_buf *out, const struct evx_report *r,
                                  const struct evx_report_net *n)
{
    const struct evx_core_counters *c = &r->core;
    const struct plain rows[] = {
        {"up_seconds", "gauge", "Seconds since the start.", (double)(n->now_ms - n->started_ms) / 1e3},
        {"written_seconds", "gauge", "When this file was written, Unix time.", (double)n->now_ms / 1e3},
        {"accepted_total", "counter", "Consignments made durable and receipted.", (double)c->accepted},
        {"accepted_bytes_total", "counter", "Their bytes.", (double)c->accepted_bytes},
        {"duplicates_total", "counter", "Consignments sent again and answered as before.",
         (double)c->duplicates},
        {"equivocations_total", "counter", "Streams frozen.", (double)c->equivocations},
        {"groups_total", "counter", "Group commits.", (double)c->groups},
        {"served_entries_total", "counter", "Log entries handed to readers.", (double)c->served_entries},
        {"served_bytes_total", "counter", "Bytes handed to readers.", (double)c->served_bytes},
        {"sessions", "gauge", "Sessions that have spoken.", (double)c->sessions},
        {"waiting", "gauge", "Consignments that wait for disk or signature.", (double)c->waiting},
        {"inflight_bytes", "gauge", "Consignment bytes between socket and disk.", (double)n->inflight_bytes},
        {"unsent_bytes", "gauge", "Bytes that readers have not taken.", (double)n->unsent_bytes},
        {"connections", "gauge", "TCP connections.", (double)n->connections},
        {"connections_cut_total", "counter", "Connections ended by a limit.", (double)n->connections_cut},
        {"admitted_total", "counter", "Handshakes admitted.", (double)n->admitted},
        {"denied_total", "counter", "Handshakes refused.", (double)n->denied},
        {"admission_alive", "gauge", "1 while the admission handler answers.", n->admission_alive},
        {"free_bytes", "gauge", "Free bytes where the journals stand.", (double)r->free_bytes},
        {"directory_version", "gauge", "Version of the directory in force.", (double)r->directory_version},
        {"directory_expires_seconds", "gauge", "Seconds until the directory expires.",
         (double)(r->directory_expires_ms - (int64_t)n->now_ms) / 1e3},
        {"commit_p99_seconds", "gauge", "Upper bound of the 99th percentile of a commit.",
         evx_report_commit_seconds(r, 99)},
    };
    enum evx_status s = EVX_OK;
    for (size_t i = 0; !s && i < sizeof rows / sizeof rows[0]; i++)
        s = put_plain(out, &rows[i]);
    return s;
}

static enum evx_status put_refusals(struct evx_buf *out, const struct evx_report *r)
{
    enum evx_status s = evx_buf_append_text(out, "# HELP evx_broker_rejected_total Refusals by code.\n"
                                                 "# TYPE evx_broker_rejected_total counter\n");
    for (size_t i = 0; !s && i < evx_error_count() && i < 160; i++) {
        const struct evx_error_info *e = evx_error_at(i);
        if (r->core.rejected[i])
            s = evx_buf_printf(out, "evx_broker_rejected_total{code=\"%s\",name=\"%s\"} %llu\n", e->code,
                               e->name, (unsigned long long)r->core.rejected[i]);
    }
    return s;
}

static enum evx_status put_commits(struct evx_buf *out, const struct evx_report *r)
{
    enum evx_status s =
        evx_buf_append_text(out, "# HELP evx_broker_commit_seconds Time of a journal commit.\n"
                                 "# TYPE evx_broker_commit_seconds histogram\n");
    uint64_t below = 0;
    for (size_t b = 0; !s && b < BUCKETS; b++) {
        below += commits_in(r, b);
        s = evx_buf_printf(out, "evx_broker_commit_seconds_bucket{le=\"%.6g\"} %llu\n", bucket_seconds(b),
                           (unsigned long long)below);
    }
    if (!s)
        s = evx_buf_printf(out,
                           "evx_broker_commit_seconds_bucket{le=\"+Inf\"} %llu\n"
                           "evx_broker_commit_seconds_count %llu\n",
                           (unsigned long long)below, (unsigned long long)below);
    return s;
}

static enum evx_status put_logs(struct evx_buf *out, const struct evx_report *r)
{
    enum evx_status s = evx_buf_append_text(
        out, "# HELP evx_broker_log_size Entries of a log.\n# TYPE evx_broker_log_size gauge\n");
    for (size_t i = 0; !s && i < r->logs; i++) {
        const struct evx_report_log *l = &r->log[i];
        char id[33];
        evx_hex(id, l->id.b, sizeof l->id.b);
        s = evx_buf_printf(
            out,
            "evx_broker_log_size{log=\"%s\"} %llu\nevx_broker_log_signed_size{log=\"%s\"} %llu\n"
            "evx_broker_journal_bytes{log=\"%s\"} %llu\n",
            id, (unsigned long long)l->size, id, (unsigned long long)l->signed_size, id,
            (unsigned long long)(l->stats.file_bytes + l->stats.log_bytes));
    }
    return s;
}

enum evx_status evx_report_text(struct evx_buf *out, const struct evx_report *r,
                                const struct evx_report_net *net)
{
    enum evx_status s = put_counts(out, r, net);
    if (!s) s = put_refusals(out, r);
    if (!s) s = put_commits(out, r);
    return s ? s : put_logs(out, r);
}

enum evx_status evx_metrics_write(const char *path, struct evx_bytes text)
{
    struct evx_buf name = {0};
    enum evx_status s = evx_buf_printf(&name, "%s.new%c", path, 0);
    int fd = s ? -1 : open((const char *)name.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (!s && fd < 0) s = EVX_E_IO;
    if (!s && write(fd, text.p, text.n) != (ssize_t)text.n) s = EVX_E_IO;
    if (fd >= 0) close(fd);
    if (!s && rename((const char *)name.p, path)) s = EVX_E_IO;
    evx_buf_free(&name);
    return s;
}
