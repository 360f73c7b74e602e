// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "agents/client/agency/batch.h"
#include "agents/client/agency/front.h"
#include "agents/client/complete.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"

const struct evx_cli_option evx_watch_options[] = {
    {"once", NULL, "take what is there, then end"},
    {"partial", NULL, "send the good rows of a file even if others are refused"},
    {"profile", "FILE", "use this column profile too; preferred to those built in"},
    {"encoding", "NAME", "the text's encoding, instead of the detected one"},
    {"wait", "SECONDS", "how long to wait for receipts each time, 60 unless given"},
    {"no-wait", NULL, "put it into the outbox only"},
    {"reopen", NULL, "although the final completeness statement was given: something does follow"},
};
const size_t evx_watch_options_n = sizeof evx_watch_options / sizeof *evx_watch_options;

#define PATHS_MAX     1024
#define QUIET_SECONDS 2  // a file still being written is left alone
#define RETRY_ROUNDS  30 // of a second

struct watch {
    struct evx_cli_options o;
    struct evx_profile_set set;
    struct evx_agent_config config;
    struct evx_ingest_job job;
    const char *folder;
    char *sent, *refused; // folders
    uint64_t wait;
    char *path[PATHS_MAX];
    size_t paths;
    bool pending;     // something is queued that the broker has not receipted
    uint64_t beat_ms; // monotonic; when the next heartbeat may be due
    unsigned quiet;   // rounds without a file since the last attempt
};

static volatile sig_atomic_t ended;
static void end(int number)
{
    (void)number;
    ended = 1;
}

// It may have come while a delivery had taken the signals.
static bool over(void) { return ended || evx_cli_stopped(); }

static bool ready(const char *path, bool once)
{
    struct stat st;
    if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode)) return false;
    return once || time(NULL) - st.st_mtime >= QUIET_SECONDS;
}

static void forget_paths(struct watch *w)
{
    while (w->paths)
        free(w->path[--w->paths]);
}

static enum evx_status list(struct watch *w)
{
    DIR *d = opendir(w->folder);
    if (!d) return EVX_E_FILE_UNREADABLE;
    enum evx_status s = EVX_OK;
    for (struct dirent *e; !s && w->paths < PATHS_MAX && (e = readdir(d));) {
        if (e->d_name[0] == '.') continue;
        char *path = evx_path_join(w->folder, e->d_name);
        if (!path)
            s = EVX_E_MEMORY;
        else if (ready(path, evx_cli_has(&w->o, "once")))
            w->path[w->paths++] = path;
        else
            free(path);
    }
    closedir(d);
    return s;
}

static char *beside(const char *folder, const char *path, const char *suffix)
{
    struct evx_buf name = {0};
    const char *slash = strrchr(path, '/');
    char *out = NULL;
    if (!evx_buf_printf(&name, "%s%s", slash ? slash + 1 : path, suffix) && !evx_buf_append(&name, "", 1))
        out = evx_path_join(folder, (const char *)name.p);
    evx_buf_free(&name);
    return out;
}

static enum evx_status report_text(struct evx_buf *out, const struct evx_findings *f)
{
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    if (!to) return EVX_E_MEMORY;
    enum evx_status s = evx_findings_print(to, f);
    if (fclose(to) != 0 && !s) s = EVX_E_MEMORY;
    if (!s) s = evx_buf_append(out, text, n);
    free(text);
    return s;
}

// The report is durable before the file is moved: a moved file always has one.
static enum evx_status put_away(struct watch *w, const struct evx_file *file, const struct evx_batch_file *b)
{
    const char *folder = b->outcome == EVX_OUTCOME_REFUSED ? w->refused : w->sent;
    char *to = beside(folder, file->path, ""), *txt = beside(folder, file->path, ".txt");
    struct evx_buf text = {0};
    enum evx_status s = to && txt ? report_text(&text, &b->findings) : EVX_E_MEMORY;
    if (!s) s = evx_file_replace(txt, evx_buf_bytes(&text), 0600);
    if (!s && rename(file->path, to) != 0) s = EVX_E_IO;
    if (!s) printf("%s  %s\n", b->outcome == EVX_OUTCOME_REFUSED ? "refused" : "sent", file->path);
    evx_buf_free(&text);
    free(to);
    free(txt);
    return s;
}

static int deliver(struct watch *w, struct evx_agent *agent)
{
    w->quiet = 0;
    int code = evx_agent_all_receipted(NULL, agent) ? 0 : evx_front_deliver(agent, w->wait);
    w->pending = code == evx_status_exit_code(EVX_E_QUEUED);
    return code;
}

// 0, 75 when the broker cannot be reached (all is queued), else what stops the watch.
static int queue_all(struct watch *w, struct evx_batch *b, struct evx_agent *agent)
{
    size_t consignments;
    enum evx_status s = evx_batch_queue(b, agent, w->config.state, 0, &consignments);
    for (size_t i = 0; !s && i < b->files.n; i++)
        s = put_away(w, &b->files.file[i], &b->file[i]);
    return s ? evx_cli_fail(s, w->folder, NULL) : deliver(w, agent);
}

static int send_all(struct watch *w, struct evx_batch *b)
{
    struct evx_agent *agent;
    struct evx_agent_config config;
    enum evx_status s = evx_cli_agent_open(&agent, &config, &w->o);
    if (s) return evx_status_exit_code(s);
    s = evx_front_may_send(b, agent, config.state, &w->o);
    int code = s ? evx_status_exit_code(s) : queue_all(w, b, agent);
    evx_agent_close(&agent);
    evx_agent_config_free(&config);
    return code;
}

// What waits, and a heartbeat when it is time for one.
static int send_rest(struct watch *w)
{
    struct evx_agent *agent;
    struct evx_agent_config config;
    bool queued;
    enum evx_status s = evx_cli_agent_open(&agent, &config, &w->o);
    if (s) return evx_status_exit_code(s);
    w->beat_ms = evx_clock_monotonic_ms() + config.heartbeat_ms;
    s = evx_agent_heartbeat(agent, config.heartbeat_ms, &queued);
    int code = s ? evx_cli_fail(s, w->folder, NULL) : deliver(w, agent);
    evx_agent_close(&agent);
    evx_agent_config_free(&config);
    return code;
}

static bool rest_is_due(struct watch *w)
{
    bool retry = w->pending && ++w->quiet >= RETRY_ROUNDS;
    return retry || (!evx_cli_has(&w->o, "once") && evx_clock_monotonic_ms() >= w->beat_ms);
}

static int take_round(struct watch *w)
{
    struct evx_batch b;
    enum evx_status s = list(w);
    if (s) return evx_cli_fail(s, w->folder, NULL);
    if (w->paths == 0) return rest_is_due(w) ? send_rest(w) : 0;
    s = evx_batch_read(&b, &w->job, w->path, w->paths, evx_cli_has(&w->o, "partial"));
    int code = s ? evx_cli_fail(s, w->folder, NULL) : send_all(w, &b);
    if (!s) evx_batch_free(&b);
    forget_paths(w);
    return code;
}

static int watch(struct watch *w)
{
    struct sigaction act = {.sa_handler = end};
    int code = 0;
    do {
        sigaction(SIGINT, &act, NULL);
        sigaction(SIGTERM, &act, NULL);
        code = take_round(w);
        if (code && code != evx_status_exit_code(EVX_E_QUEUED)) return code;
        fflush(stdout);
        if (!evx_cli_has(&w->o, "once") && !over()) nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    } while (!over() && !evx_cli_has(&w->o, "once"));
    return code;
}

static enum evx_status prepare(struct watch *w)
{
    enum evx_status s = evx_front_job(&w->job, &w->config, &w->set, &w->o);
    if (s) return s;
    w->folder = w->o.argv[0];
    w->sent = evx_path_join(w->folder, "sent");
    w->refused = evx_path_join(w->folder, "refused");
    s = w->sent && w->refused ? evx_dir_make(w->sent) : EVX_E_MEMORY;
    if (!s) s = evx_dir_make(w->refused);
    if (s) evx_cli_error(s, w->folder, NULL);
    return s;
}

int evx_agency_watch(int argc, char **argv)
{
    static struct watch w;
    enum evx_status s = evx_cli_parse(&w.o, evx_watch_options, evx_watch_options_n, argc, argv);
    if (!s && w.o.argc != 1) return evx_cli_fail(EVX_E_USAGE, "watch", "name one folder");
    if (!s) s = evx_front_wait(&w.wait, &w.o);
    if (!s) s = evx_front_profiles(&w.set, &w.o);
    if (s) return evx_status_exit_code(s);
    s = prepare(&w);
    int code = s ? evx_status_exit_code(s) : watch(&w);
    free(w.sent);
    free(w.refused);
    evx_agent_config_free(&w.config);
    evx_profile_set_free(&w.set);
    return code;
}
