// SPDX-License-Identifier: Apache-2.0
//
// Single items, one at a time: from submit to the verified receipt, and between
// them what one fdatasync costs on the same disk at the same time.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "proto/base/clock.h"
#include "proto/base/file.h"
#include "tests/bench/bench.h"
#include "tests/bench/fleet.h"
#include "tests/bench/proc.h"

// One fdatasync of a 4 KiB append every few milliseconds while the child works.
static size_t probe_disk(const char *folder, pid_t child, double *ms, size_t cap)
{
    char *path = evx_path_join(folder, "probe.bin");
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    static uint8_t page[4096];
    size_t n = 0;
    while (fd >= 0 && n < cap && !bench_ended(child)) {
        uint64_t begin = evx_clock_monotonic_ns();
        if (write(fd, page, sizeof page) != (ssize_t)sizeof page || fdatasync(fd)) break;
        ms[n++] = (double)(evx_clock_monotonic_ns() - begin) / 1e6;
        nanosleep(&(struct timespec){0, 3000000}, NULL);
    }
    if (fd >= 0) close(fd);
    if (path) unlink(path);
    free(path);
    return n;
}

static pid_t start_singles(const struct bench_fleet *f, const struct bench_options *o, const char *out_path)
{
    char *config = bench_sender_config(f, 0);
    char item[32], singles[32];
    snprintf(item, sizeof item, "%zu", o->item_bytes);
    snprintf(singles, sizeof singles, "%zu", o->singles);
    pid_t pid = config ? fork() : -1;
    if (pid == 0) {
        execl("/proc/self/exe", "evx-bench", "sender", config, item, "1", "0", "0", singles, out_path,
              (char *)NULL);
        _exit(127);
    }
    free(config);
    return pid;
}

static size_t read_figures(const char *path, double *ms, size_t cap)
{
    FILE *f = fopen(path, "r");
    size_t n = 0;
    while (f && n < cap && fscanf(f, "%lf", &ms[n]) == 1)
        n++;
    if (f) fclose(f);
    return n;
}

enum evx_status bench_latency(struct bench_latency *out, struct bench_fleet *f, const struct bench_options *o)
{
    *out = (struct bench_latency){0};
    size_t cap = o->singles + 100000;
    double *ms = calloc(cap, sizeof *ms);
    char *out_path = evx_path_join(f->folder, "singles.txt");
    enum evx_status s = ms && out_path ? EVX_OK : EVX_E_MEMORY;
    pid_t child = s ? -1 : start_singles(f, o, out_path);
    if (!s && child < 0) s = EVX_E_IO;
    if (!s) {
        size_t n = probe_disk(f->folder, child, ms, cap);
        int status = 0;
        waitpid(child, &status, 0);
        if (!WIFEXITED(status) || WEXITSTATUS(status)) s = EVX_E_PROTOCOL;
        qsort(ms, n, sizeof *ms, bench_compare_double);
        out->disk_p50_ms = bench_percentile(ms, n, 0.50);
        out->disk_p99_ms = bench_percentile(ms, n, 0.99);
    }
    if (!s) {
        out->n = read_figures(out_path, ms, cap);
        size_t skip = out->n > 20 ? 10 : 0; // connecting is not what is measured
        qsort(ms + skip, out->n - skip, sizeof *ms, bench_compare_double);
        out->p50_ms = bench_percentile(ms + skip, out->n - skip, 0.50);
        out->p99_ms = bench_percentile(ms + skip, out->n - skip, 0.99);
    }
    free(ms);
    free(out_path);
    return s;
}
