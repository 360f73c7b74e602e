// SPDX-License-Identifier: Apache-2.0
//
// The directory versions held here: the one the configuration names, and every later
// one fetched, each verified against the one before and kept in the state folder.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/client/agent_state.h"
#include "proto/base/file.h"

static char *path_of(const struct agent_directories *d, uint64_t version)
{
    char name[48];
    snprintf(name, sizeof name, "%llu.note", (unsigned long long)version);
    return evx_path_join(d->folder, name);
}

static enum evx_status save(const struct agent_directories *d, const struct evx_directory *v)
{
    char *path = path_of(d, evx_directory_version(v));
    if (!path) return EVX_E_MEMORY;
    enum evx_status s = evx_file_replace(path, evx_directory_note(v), 0600);
    free(path);
    return s;
}

static enum evx_status push(struct agent_directories *d, struct evx_directory *v)
{
    if (d->n == AGENT_DIRECTORIES) {
        evx_directory_destroy(&d->at[0]);
        memmove(&d->at[0], &d->at[1], --d->n * sizeof d->at[0]);
    }
    d->at[d->n++] = v;
    return EVX_OK;
}

static enum evx_status explain_load(struct evx_buf *explain, const char *path, unsigned line,
                                    enum evx_status s)
{
    if (!s || !explain) return s;
    enum evx_status e =
        line ? evx_buf_printf(explain, "%s, line %u", path, line) : evx_buf_printf(explain, "%s", path);
    return e ? e : s;
}

static enum evx_status load_file(struct evx_directory **out, const char *path,
                                 const struct evx_directory *previous, const struct evx_digest *pin,
                                 struct evx_buf *explain)
{
    *out = NULL;
    struct evx_buf note = {0};
    unsigned line = 0;
    enum evx_status s = evx_file_read(&note, path, EVX_LIMIT_NOTE_BYTES);
    if (!s) s = evx_directory_load(out, evx_buf_bytes(&note), previous, pin, &line);
    evx_buf_free(&note);
    return explain_load(explain, path, line, s);
}

// Versions before the configured one that were kept: for entries sealed under them.
static enum evx_status load_older(struct agent_directories *d, uint64_t version)
{
    if (version == 0 || d->n == AGENT_DIRECTORIES / 2) return EVX_OK;
    char *path = path_of(d, version);
    if (!path) return EVX_E_MEMORY;
    struct evx_directory *v = NULL;
    enum evx_status s = evx_path_exists(path) ? load_file(&v, path, NULL, NULL, NULL) : EVX_E_NOT_FOUND;
    free(path);
    if (s == EVX_E_NOT_FOUND) return EVX_OK;
    if (s) return s;
    memmove(&d->at[1], &d->at[0], d->n++ * sizeof d->at[0]);
    d->at[0] = v;
    return load_older(d, version - 1);
}

static enum evx_status load_newer(struct agent_directories *d, struct evx_buf *explain)
{
    for (;;) {
        struct evx_directory *newest = evx_agent_directories_newest(d), *next = NULL;
        char *path = path_of(d, evx_directory_version(newest) + 1);
        if (!path) return EVX_E_MEMORY;
        bool there = evx_path_exists(path);
        enum evx_status s = there ? load_file(&next, path, newest, NULL, explain) : EVX_OK;
        free(path);
        if (s || !there) return s;
        s = push(d, next);
        if (s) return s;
    }
}

static enum evx_status load_first(struct agent_directories *d, const char *path, const char *pin,
                                  bool read_only, struct evx_buf *explain)
{
    struct evx_digest hash;
    if (pin && !evx_unhex(hash.b, sizeof hash.b, pin)) return EVX_E_CONFIG;
    struct evx_directory *v = NULL;
    enum evx_status s = load_file(&v, path, NULL, pin ? &hash : NULL, explain);
    if (s) return s;
    s = push(d, v);
    return s || read_only ? s : save(d, v);
}

enum evx_status evx_agent_directories_load(struct agent_directories *out, const char *path, const char *pin,
                                           const char *state, bool read_only, struct evx_buf *explain)
{
    out->folder = evx_path_join(state, "directory");
    if (!out->folder) return EVX_E_MEMORY;
    enum evx_status s = read_only ? EVX_OK : evx_dir_make(out->folder);
    if (!s) s = load_first(out, path, pin, read_only, explain);
    if (!s) s = load_older(out, evx_directory_version(out->at[0]) - 1);
    return s ? s : load_newer(out, explain);
}

void evx_agent_directories_free(struct agent_directories *d)
{
    for (size_t i = 0; i < d->n; i++)
        evx_directory_destroy(&d->at[i]);
    free(d->folder);
    *d = (struct agent_directories){0};
}

static bool is_alarm(enum evx_status s)
{
    return s == EVX_E_DIRECTORY_FROZEN || s == EVX_E_DIRECTORY_SPLIT || s == EVX_E_DIRECTORY_ROLLBACK;
}

static enum evx_status kept_alarm(const struct evx_agent *a)
{
    struct evx_buf kept = {0};
    enum evx_status s = evx_outbox_get(a->outbox, "directory-alarm", &kept);
    enum evx_status alarm = !s && kept.n == 2 ? evx_status_from_wire(evx_get_be16(kept.p)) : EVX_OK;
    evx_buf_free(&kept);
    return is_alarm(alarm) ? alarm : EVX_OK;
}

enum evx_status evx_agent_directory_alarm(const struct evx_agent *a, uint64_t now_ms, uint64_t warning_ms)
{
    enum evx_status alarm = kept_alarm(a);
    int64_t left = evx_directory_expires_ms(evx_agent_directory(a)) - (int64_t)now_ms;
    return alarm || left > (int64_t)warning_ms ? alarm : EVX_E_DIRECTORY_EXPIRED;
}

// What the conversation found out is kept for those who only look. That a newer directory is
// kept back can end; two directories of one number stay a matter for people.
enum evx_status evx_agent_keep_alarm(struct evx_agent *a)
{
    if (!a->alarm_known) a->alarm = kept_alarm(a);
    a->alarm_known = true;
    enum evx_status now = evx_courier_fault(a->courier), kept = a->alarm;
    uint8_t be[2];
    if (!is_alarm(now)) now = EVX_OK;
    bool settled = now || (kept == EVX_E_DIRECTORY_FROZEN && evx_courier_caught_up(a->courier));
    if (now == kept || !settled) return EVX_OK;
    if (kept && kept != EVX_E_DIRECTORY_FROZEN) return EVX_OK;
    evx_put_be16(be, (uint16_t)now);
    enum evx_status s = evx_agent_change(a);
    if (!s) s = evx_outbox_put(a->outbox, "directory-alarm", evx_bytes(be, sizeof be));
    if (!s) a->alarm = now;
    return s;
}

// The newest version ever seen here: neither an older file nor another of its number is
// taken after it, whatever became of the folder that kept the versions.
enum evx_status evx_agent_never_back(struct evx_agent *a)
{
    const struct evx_directory *d = evx_agent_directory(a);
    struct evx_buf seen = {0};
    uint8_t now[40];
    evx_put_be64(now, evx_directory_version(d));
    memcpy(now + 8, evx_directory_hash(d)->b, 32);
    enum evx_status s = evx_outbox_get(a->outbox, "directory", &seen);
    uint64_t before = !s && seen.n == sizeof now ? evx_get_be64(seen.p) : 0;
    if (!s && before > evx_directory_version(d)) s = EVX_E_DIRECTORY_ROLLBACK;
    if (!s && before == evx_directory_version(d) && memcmp(seen.p, now, sizeof now) != 0)
        s = EVX_E_DIRECTORY_SPLIT;
    bool fresh = before < evx_directory_version(d);
    evx_buf_free(&seen);
    if (s || !fresh || a->read_only) return s;
    bool open = evx_outbox_in_transaction(a->outbox);
    if (!open) s = evx_outbox_begin(a->outbox);
    if (!s) s = evx_outbox_put(a->outbox, "directory", evx_bytes(now, sizeof now));
    if (!s && !open) s = evx_outbox_commit(a->outbox);
    return s;
}

struct evx_directory *evx_agent_directories_newest(const struct agent_directories *d)
{
    return d->at[d->n - 1];
}

const struct evx_directory *evx_agent_directories_at(const struct agent_directories *d, uint64_t version)
{
    uint64_t first = evx_directory_version(d->at[0]);
    return version >= first && version - first < d->n ? d->at[version - first] : NULL;
}

enum evx_status evx_agent_directories_add(struct agent_directories *d, struct evx_directory *next)
{
    enum evx_status s = save(d, next);
    if (s) return s;
    uint64_t version = evx_directory_version(next);
    if (version > evx_directory_version(d->at[d->n - 1])) return push(d, evx_directory_ref(next));
    // Older ones are read at need to understand the beginning of a log.
    if (d->n == AGENT_DIRECTORIES || version + 1 != evx_directory_version(d->at[0])) return EVX_OK;
    memmove(&d->at[1], &d->at[0], d->n++ * sizeof d->at[0]);
    d->at[0] = evx_directory_ref(next);
    return EVX_OK;
}
