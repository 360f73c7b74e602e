// SPDX-License-Identifier: Apache-2.0
#include "broker/places.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/file.h"

char *evx_journal_path(const char *state, const struct evx_inspection_id *id)
{
    char hex[33], *path = NULL;
    evx_hex(hex, id->b, sizeof id->b);
    return asprintf(&path, "%s/%s/journal.db", state, hex) < 0 ? NULL : path;
}

char *evx_register_path(const char *signer_state, const struct evx_inspection_id *id)
{
    char hex[33], *path = NULL;
    evx_hex(hex, id->b, sizeof id->b);
    return asprintf(&path, "%s/%s.register", signer_state, hex) < 0 ? NULL : path;
}

static enum evx_status visit_one(const char *state, const char *name, evx_place_visit visit, void *user)
{
    struct evx_inspection_id id;
    if (strlen(name) != 32 || !evx_unhex(id.b, sizeof id.b, name)) return EVX_OK;
    char *path = evx_journal_path(state, &id);
    bool there = path && evx_path_exists(path);
    free(path);
    return there ? visit(user, &id) : EVX_OK;
}

enum evx_status evx_places_each(const char *state, evx_place_visit visit, void *user)
{
    DIR *d = opendir(state);
    if (!d) return EVX_E_FILE_UNREADABLE;
    enum evx_status s = EVX_OK;
    for (struct dirent *e; !s && (e = readdir(d));)
        s = visit_one(state, e->d_name, visit, user);
    closedir(d);
    return s;
}
