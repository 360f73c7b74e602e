// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/fleet.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agents/collector/store.h"
#include "crypto/keyfile.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"
#include "tests/bench/exchange.h"
#include "tests/bench/proc.h"

static uint16_t free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    uint16_t port = 0;
    if (fd >= 0 && !bind(fd, (struct sockaddr *)&at, n) && !getsockname(fd, (struct sockaddr *)&at, &n))
        port = ntohs(at.sin_port);
    if (fd >= 0) close(fd);
    return port;
}

static char *own_folder(void)
{
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n <= 0) return NULL;
    path[n] = '\0';
    return strdup(dirname(path));
}

enum evx_status bench_fleet_make(struct bench_fleet *f, const struct bench_options *o)
{
    *f = (struct bench_fleet){.port = free_port(), .bin = own_folder()};
    if (o->folder) {
        f->folder = strdup(o->folder);
    } else {
        const char *base = getenv("TMPDIR");
        if (asprintf(&f->folder, "%s/evx-bench-XXXXXX", base ? base : "/tmp") < 0) f->folder = NULL;
        if (f->folder && !mkdtemp(f->folder)) return EVX_E_IO;
    }
    if (!f->folder || !f->bin || !f->port) return EVX_E_MEMORY;
    enum evx_status s = evx_dir_make(f->folder);
    return s ? s : bench_exchange_make(f->folder, o, f->port);
}

// Starts `program run --config FOLDER/config` with its log beside it.
static pid_t start_program(const struct bench_fleet *f, const char *program, const char *config)
{
    char path[PATH_MAX], config_path[PATH_MAX], log_path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", f->bin, program);
    snprintf(config_path, sizeof config_path, "%s/%s", f->folder, config);
    snprintf(log_path, sizeof log_path, "%s/%s.log", f->folder, program);
    pid_t pid = fork();
    if (pid) return pid;
    int log = open(log_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(log, 1);
    dup2(log, 2);
    execl(path, program, "run", "--config", config_path, (char *)NULL);
    _exit(127);
}

static bool alive(pid_t pid) { return pid > 0 && waitpid(pid, NULL, WNOHANG) == 0; }

static bool listening(uint16_t port)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool yes = fd >= 0 && !connect(fd, (struct sockaddr *)&at, sizeof at);
    if (fd >= 0) close(fd);
    return yes;
}

enum evx_status bench_fleet_start_broker(struct bench_fleet *f)
{
    f->broker = start_program(f, "evx-broker", "broker.yaml");
    for (int i = 0; i < 500 && alive(f->broker); i++) {
        if (listening(f->port)) return EVX_OK;
        nanosleep(&(struct timespec){0, 20000000}, NULL);
    }
    return EVX_E_UNREACHABLE;
}

double bench_fleet_broker_rss_mib(const struct bench_fleet *f) { return proc_rss_mib(f->broker); }

// The store stays open beside the running collector: opening it anew for every
// look would be work that the collector does not have.
static enum evx_status open_store(struct bench_fleet *f)
{
    char folder[PATH_MAX], key[PATH_MAX];
    snprintf(folder, sizeof folder, "%s/state/bench-inspectorate-0/store", f->folder);
    snprintf(key, sizeof key, "%s/keys/bench-inspectorate-0/enc-1.key", f->folder);
    struct evx_box_secret *secret = NULL;
    struct evx_box_public public_key;
    enum evx_status s = evx_keyfile_load_box(&secret, &public_key, key, EVX_KEY_ENC, NULL);
    if (!s) s = evx_store_open(&f->store, folder, secret, &public_key, true);
    evx_box_secret_destroy(&secret);
    return s;
}

enum evx_status bench_fleet_start_collector(struct bench_fleet *f)
{
    f->collector = start_program(f, "evx-collector", "bench-inspectorate-0.yaml");
    for (int i = 0; i < 500 && alive(f->collector); i++) {
        if (open_store(f) == EVX_OK) return EVX_OK; // until then it is being made
        nanosleep(&(struct timespec){0, 20000000}, NULL);
    }
    return EVX_E_UNREACHABLE;
}

enum evx_status bench_fleet_stored(struct bench_fleet *f, uint64_t *items)
{
    *items = 0;
    struct evx_store_totals totals = {0};
    enum evx_status s = evx_store_count(f->store, &totals);
    *items = totals.accepted;
    return s;
}

static void stop_one(pid_t *pid)
{
    if (*pid <= 0) return;
    kill(*pid, SIGTERM);
    for (int i = 0; i < 500; i++) {
        if (waitpid(*pid, NULL, WNOHANG) != 0) break;
        nanosleep(&(struct timespec){0, 10000000}, NULL);
        if (i == 499) kill(*pid, SIGKILL);
    }
    *pid = 0;
}

void bench_fleet_stop(struct bench_fleet *f)
{
    evx_store_close(&f->store);
    stop_one(&f->crowd);
    stop_one(&f->collector);
    stop_one(&f->broker);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *walk)
{
    (void)st, (void)flag, (void)walk;
    return remove(path);
}

void bench_fleet_free(struct bench_fleet *f, bool keep)
{
    if (f->folder && keep) fprintf(stderr, "kept: %s\n", f->folder);
    if (f->folder && !keep) nftw(f->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(f->folder);
    free(f->bin);
    *f = (struct bench_fleet){0};
}

char *bench_sender_config(const struct bench_fleet *f, size_t sender)
{
    char *path = NULL;
    return asprintf(&path, "%s/bench-sender-%zu.yaml", f->folder, sender) < 0 ? NULL : path;
}
