// SPDX-License-Identifier: Apache-2.0
#include "agents/client/agency/files.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "proto/base/file.h"

static enum evx_status add(struct evx_files *f, const char *path, enum evx_status status)
{
    struct evx_file *more = realloc(f->file, (f->n + 1) * sizeof *more);
    if (!more) return EVX_E_MEMORY;
    f->file = more;
    f->file[f->n] = (struct evx_file){.path = strdup(path), .status = status};
    if (!f->file[f->n].path) return EVX_E_MEMORY;
    f->n++;
    return EVX_OK;
}

static int by_name(const FTSENT **a, const FTSENT **b) { return strcmp((*a)->fts_name, (*b)->fts_name); }

static enum evx_status visit(struct evx_files *f, FTS *tree, FTSENT *e)
{
    bool hidden = e->fts_level > 0 && e->fts_name[0] == '.';
    switch (e->fts_info) {
    case FTS_D:
        if (hidden) fts_set(tree, e, FTS_SKIP);
        return EVX_OK;
    case FTS_F: return hidden ? EVX_OK : add(f, e->fts_path, EVX_OK);
    case FTS_NS:
    case FTS_DNR:
    case FTS_ERR: return add(f, e->fts_path, EVX_E_FILE_UNREADABLE);
    default: return EVX_OK;
    }
}

static enum evx_status walk(struct evx_files *f, char *path)
{
    char *const roots[] = {path, NULL};
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
    if (!tree) return EVX_E_IO;
    enum evx_status s = EVX_OK;
    for (FTSENT *e; !s && (e = fts_read(tree));)
        s = visit(f, tree, e);
    fts_close(tree);
    return s;
}

static enum evx_status read_one(struct evx_file *f)
{
    if (f->status) return EVX_OK;
    f->status = evx_file_read(&f->content, f->path, EVX_LIMIT_INPUT_FILE_BYTES);
    if (!f->status) evx_blake2b(&f->digest, evx_buf_bytes(&f->content));
    return f->status == EVX_E_MEMORY ? EVX_E_MEMORY : EVX_OK;
}

static enum evx_status list_companions(struct evx_files *f)
{
    f->companion = calloc(f->n + 1, sizeof *f->companion);
    if (!f->companion) return EVX_E_MEMORY;
    for (size_t i = 0; i < f->n; i++)
        if (!f->file[i].status)
            f->companion[f->companions++] =
                (struct evx_companion){f->file[i].path, evx_buf_bytes(&f->file[i].content)};
    return EVX_OK;
}

enum evx_status evx_files_open(struct evx_files *out, char *const *path, size_t n)
{
    *out = (struct evx_files){0};
    enum evx_status s = EVX_OK;
    for (size_t i = 0; !s && i < n; i++)
        s = walk(out, path[i]);
    for (size_t i = 0; !s && i < out->n; i++)
        s = read_one(&out->file[i]);
    if (!s) s = list_companions(out);
    if (s) evx_files_close(out);
    return s;
}

void evx_files_close(struct evx_files *f)
{
    if (!f) return;
    for (size_t i = 0; i < f->n; i++) {
        free(f->file[i].path);
        evx_buf_free(&f->file[i].content);
    }
    free(f->file);
    free(f->companion);
    *f = (struct evx_files){0};
}
