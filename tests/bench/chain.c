// SPDX-License-Identifier: Apache-2.0
//
// The load phase: real broker, real collector, sending processes of this
// program. Ends when the collector's store holds everything that was sent.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "proto/base/clock.h"
#include "tests/bench/bench.h"
#include "tests/bench/fleet.h"
#include "tests/bench/proc.h"

struct sender {
    pid_t pid;
    FILE *out;
};

static enum evx_status start_sender(struct sender *s, const struct bench_fleet *f,
                                    const struct bench_options *o, size_t number)
{
    int pipe_fd[2];
    char *config = bench_sender_config(f, number);
    if (!config || pipe(pipe_fd)) return EVX_E_IO;
    char item[32], batch[32], seconds[32], items[32];
    snprintf(item, sizeof item, "%zu", o->item_bytes);
    snprintf(batch, sizeof batch, "%zu", o->batch);
    snprintf(seconds, sizeof seconds, "%g", o->seconds);
    snprintf(items, sizeof items, "%llu", (unsigned long long)(o->items / o->senders));
    s->pid = fork();
    if (s->pid == 0) {
        dup2(pipe_fd[1], 1);
        close(pipe_fd[0]);
        close(pipe_fd[1]);
        execl("/proc/self/exe", "evx-bench", "sender", config, item, batch, seconds, items, "0", "-",
              (char *)NULL);
        _exit(127);
    }
    close(pipe_fd[1]);
    free(config);
    s->out = fdopen(pipe_fd[0], "r");
    return s->pid > 0 && s->out ? EVX_OK : EVX_E_IO;
}

static enum evx_status finish_sender(struct sender *s, struct bench_chain *out)
{
    unsigned long long items = 0;
    double seconds = 0;
    int got = fscanf(s->out, "%llu %lf", &items, &seconds);
    fclose(s->out);
    s->out = NULL;
    int status = 0;
    struct rusage use;
    wait4(s->pid, &status, 0, &use);
    if (got != 2 || !WIFEXITED(status) || WEXITSTATUS(status)) return EVX_E_PROTOCOL;
    out->items += items;
    if (seconds > out->receipt_s) out->receipt_s = seconds;
    out->cpu_seal_us += (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e6 +
                        (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
    double rss = (double)use.ru_maxrss / 1024;
    if (rss > out->rss_sender_mib) out->rss_sender_mib = rss;
    return EVX_OK;
}

// What the two servers had used when the store held so many items.
struct sample {
    uint64_t items;
    double cpu_us, at_s;
};

static struct sample sample_now(const struct bench_fleet *f, uint64_t items, uint64_t begin_ns)
{
    return (struct sample){items, proc_cpu_us(f->broker) + proc_cpu_us(f->collector),
                           (double)(evx_clock_monotonic_ns() - begin_ns) / 1e9};
}

// The cost of an item while the log was short and when it had become long.
struct growth {
    struct sample early_begin, early_end, late_begin, late_end;
    uint64_t window; // items
};

static void note_growth(struct growth *g, struct sample now)
{
    if (!g->early_begin.items && now.items >= 10000) g->early_begin = now;
    if (!g->early_end.items && now.items >= 10000 + g->window) g->early_end = now;
    if (now.items >= g->late_end.items + g->window) {
        g->late_begin = g->late_end.items ? g->late_end : now;
        g->late_end = now;
    }
}

static double cpu_between(struct sample a, struct sample b)
{
    return b.items > a.items ? (b.cpu_us - a.cpu_us) / (double)(b.items - a.items) : 0;
}

static enum evx_status follow_load(struct bench_fleet *f, struct sender *sender, size_t n,
                                   struct bench_chain *out, uint64_t before, uint64_t begin_ns)
{
    struct growth g = {.window = 100000};
    size_t running = n;
    uint64_t stored = 0, end = evx_clock_monotonic_ms() + 900000;
    enum evx_status s = EVX_OK;
    while (!s && (running || stored < before + out->items)) {
        for (size_t i = 0; i < n; i++)
            if (sender[i].out && bench_ended(sender[i].pid)) {
                enum evx_status one = finish_sender(&sender[i], out);
                if (!s) s = one;
                running--;
            }
        if (!s) s = bench_fleet_stored(f, &stored);
        if (!s) note_growth(&g, sample_now(f, stored, begin_ns));
        if (!s && evx_clock_monotonic_ms() > end) s = EVX_E_TIMEOUT;
        if (!s && (bench_ended(f->broker) || bench_ended(f->collector))) s = EVX_E_UNREACHABLE;
        // Looking must not cost what is being measured: seldom while it runs, often at its end.
        nanosleep(&(struct timespec){0, running ? 100000000 : 4000000}, NULL);
    }
    out->cpu_early_us = cpu_between(g.early_begin, g.early_end);
    out->cpu_late_us = cpu_between(g.late_begin, g.late_end);
    return s;
}

static void stop_senders(struct sender *sender, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!sender[i].out) continue;
        kill(sender[i].pid, SIGKILL);
        waitpid(sender[i].pid, NULL, 0);
        fclose(sender[i].out);
    }
}

enum evx_status bench_chain(struct bench_chain *out, struct bench_fleet *f, const struct bench_options *o)
{
    *out = (struct bench_chain){0};
    uint64_t before = 0;
    enum evx_status s = bench_fleet_stored(f, &before);
    if (s) return s;
    struct sender *sender = calloc(o->senders, sizeof *sender);
    if (!sender) return EVX_E_MEMORY;
    double broker = proc_cpu_us(f->broker), collector = proc_cpu_us(f->collector);
    uint64_t begin = evx_clock_monotonic_ns();
    for (size_t i = 0; !s && i < o->senders; i++)
        s = start_sender(&sender[i], f, o, i);
    if (!s) s = follow_load(f, sender, o->senders, out, before, begin);
    stop_senders(sender, o->senders);
    out->seconds = (double)(evx_clock_monotonic_ns() - begin) / 1e9;
    if (out->items) {
        out->cpu_seal_us /= (double)out->items;
        out->cpu_broker_us = (proc_cpu_us(f->broker) - broker) / (double)out->items;
        out->cpu_collector_us = (proc_cpu_us(f->collector) - collector) / (double)out->items;
    }
    out->rss_broker_mib = proc_peak_mib(f->broker);
    out->rss_collector_mib = proc_peak_mib(f->collector);
    free(sender);
    return s;
}

enum evx_status bench_stalled(struct bench_chain *out, struct bench_fleet *f, const struct bench_options *o)
{
    *out = (struct bench_chain){0};
    struct sender sender = {0};
    kill(f->collector, SIGSTOP);
    uint64_t begin = evx_clock_monotonic_ns();
    enum evx_status s = start_sender(&sender, f, o, 0);
    while (!s && !bench_ended(sender.pid))
        nanosleep(&(struct timespec){0, 20000000}, NULL);
    if (!s) s = finish_sender(&sender, out);
    if (!s && out->items) out->cpu_seal_us /= (double)out->items;
    stop_senders(&sender, 1);
    out->seconds = (double)(evx_clock_monotonic_ns() - begin) / 1e9;
    out->rss_broker_mib = proc_peak_mib(f->broker);
    kill(f->collector, SIGCONT);
    return s;
}
