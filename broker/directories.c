// SPDX-License-Identifier: Apache-2.0
#include "broker/directories.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/file.h"

static char *folder_of(const char *state) { return evx_path_join(state, "directory"); }

static char *path_of(const char *state, uint64_t version)
{
    char *path = NULL;
    return asprintf(&path, "%s/directory/%llu.note", state, (unsigned long long)version) < 0 ? NULL : path;
}

enum evx_status evx_directories_note(struct evx_buf *out, const char *state, uint64_t version)
{
    char *path = path_of(state, version);
    if (!path) return EVX_E_MEMORY;
    enum evx_status s =
        evx_path_exists(path) ? evx_file_read(out, path, EVX_LIMIT_NOTE_BYTES) : EVX_E_NOT_FOUND;
    free(path);
    return s;
}

static uint64_t version_of_name(const char *name)
{
    char *end = NULL;
    unsigned long long v = strtoull(name, &end, 10);
    return end != name && !strcmp(end, ".note") ? v : 0;
}

// 0: none was accepted yet.
static uint64_t newest_accepted(const char *state)
{
    uint64_t newest = 0;
    char *folder = folder_of(state);
    DIR *d = folder ? opendir(folder) : NULL;
    for (struct dirent *e; d && (e = readdir(d));)
        if (version_of_name(e->d_name) > newest) newest = version_of_name(e->d_name);
    if (d) closedir(d);
    free(folder);
    return newest;
}

static enum evx_status load_accepted(struct evx_directory **out, const char *state, uint64_t version,
                                     const struct evx_digest *pin)
{
    struct evx_buf note = {0};
    enum evx_status s = evx_directories_note(&note, state, version);
    if (!s) s = evx_directory_load(out, evx_buf_bytes(&note), NULL, pin, NULL);
    evx_buf_free(&note);
    return s;
}

static enum evx_status keep(const char *state, const struct evx_directory *d)
{
    char *folder = folder_of(state);
    char *path = path_of(state, evx_directory_version(d));
    enum evx_status s = folder && path ? evx_dir_make(folder) : EVX_E_MEMORY;
    if (!s && !evx_path_exists(path)) s = evx_file_create(path, evx_directory_note(d), 0644);
    free(folder);
    free(path);
    return s;
}

// Takes `next`; the version in force becomes the older one.
static enum evx_status advance(struct evx_directories *d, struct evx_directory *next, const char *state)
{
    enum evx_status s = keep(state, next);
    if (s) {
        evx_directory_destroy(&next);
        return s;
    }
    evx_directory_destroy(&d->older);
    d->older = d->newest;
    d->newest = next;
    return EVX_OK;
}

enum evx_status evx_directories_reload(struct evx_directories *d, const char *file, const char *state,
                                       bool *changed, unsigned *line)
{
    *changed = false;
    struct evx_buf note = {0};
    struct evx_directory *next = NULL;
    enum evx_status s = evx_file_read(&note, file, EVX_LIMIT_NOTE_BYTES);
    if (!s) s = evx_directory_load(&next, evx_buf_bytes(&note), NULL, evx_directory_hash(d->newest), line);
    if (!s) goto out; // the very same text
    s = evx_directory_load(&next, evx_buf_bytes(&note), d->newest, NULL, line);
    if (s) goto out;
    s = advance(d, next, state);
    next = NULL;
    *changed = !s;
out:
    evx_directory_destroy(&next);
    evx_buf_free(&note);
    return s;
}

static enum evx_status open_first(struct evx_directories *out, const char *file, const char *state,
                                  const struct evx_digest *pin, unsigned *line)
{
    struct evx_buf note = {0};
    enum evx_status s = evx_file_read(&note, file, EVX_LIMIT_NOTE_BYTES);
    if (!s) s = evx_directory_load(&out->newest, evx_buf_bytes(&note), NULL, pin, line);
    if (!s) s = keep(state, out->newest);
    evx_buf_free(&note);
    return s;
}

enum evx_status evx_directories_open(struct evx_directories *out, const char *file, const char *state,
                                     const struct evx_digest *pin, unsigned *line)
{
    *out = (struct evx_directories){0};
    if (line) *line = 0;
    uint64_t version = newest_accepted(state);
    if (!version) return open_first(out, file, state, pin, line);
    bool changed = false;
    enum evx_status s = load_accepted(&out->newest, state, version, NULL);
    if (!s && version > 1 && load_accepted(&out->older, state, version - 1, NULL)) out->older = NULL;
    if (!s) s = evx_directories_reload(out, file, state, &changed, line);
    if (s) evx_directories_free(out);
    return s;
}

void evx_directories_free(struct evx_directories *d)
{
    evx_directory_destroy(&d->newest);
    evx_directory_destroy(&d->older);
}
