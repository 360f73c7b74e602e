// SPDX-License-Identifier: Apache-2.0
#include "agents/evx/verify/inspection.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/file.h"

static void clean(struct evx_inspecting *n)
{
    for (size_t i = 0; i < n->stateds; i++)
        free(n->stated[i].path);
    free(n->stated);
    free(n->confirmed);
    evx_sightings_free(&n->seen);
    evx_streams_free(&n->streams);
    evx_directory_history_destroy(&n->history);
}

static enum evx_status read_directories(struct evx_notes *out, const struct evx_inspecting *n)
{
    char *path = evx_path_join(n->folder, "directory");
    struct dirent **name = NULL;
    int found = path ? scandir(path, &name, NULL, alphasort) : 0;
    enum evx_status s = path ? EVX_OK : EVX_E_MEMORY;
    for (int i = 0; i < found; i++) {
        char *file = name[i]->d_name[0] == '.' ? NULL : evx_path_join(path, name[i]->d_name);
        if (file && !s) s = evx_report_failed(n->r, evx_notes_read(out, file), "%s cannot be read", file);
        free(file);
        free(name[i]);
    }
    free(name);
    free(path);
    return s;
}

static enum evx_status trust_directories(struct evx_inspecting *n)
{
    struct evx_notes notes = {0};
    enum evx_status s = read_directories(&notes, n);
    if (!s) s = evx_trust_chain(&n->history, &n->checker->trust, &notes, n->r);
    evx_notes_free(&notes);
    return s;
}

// A log that is still growing is exported with two: its newest, and the newest that
// enough witnesses have signed so far.
static enum evx_status choose_checkpoint(struct evx_inspecting *n, char **path)
{
    *path = evx_path_join(n->folder, "witnessed-checkpoint");
    n->witnessed_apart = *path && evx_path_exists(*path);
    if (*path && !n->witnessed_apart) {
        free(*path);
        *path = evx_path_join(n->folder, "checkpoint");
    }
    return *path ? EVX_OK : EVX_E_MEMORY;
}

static enum evx_status trust_checkpoint(struct evx_inspecting *n)
{
    struct evx_buf note = {0};
    char *path = NULL;
    enum evx_status s = choose_checkpoint(n, &path);
    if (!s) s = evx_file_read(&note, path, EVX_LIMIT_NOTE_BYTES);
    s = evx_report_failed(n->r, s, "the folder has no checkpoint that can be read");
    if (!s)
        s = evx_signer_check(&n->grade, &n->checker->trust, n->history, evx_buf_bytes(&note),
                             EVX_QUORUM_DEMAND, n->r);
    // A quorum that is missing is said; the entries are looked at all the same.
    if (s == EVX_E_QUORUM) s = EVX_OK;
    if (!s && !evx_signer_inspection(&n->id, n->grade.checkpoint.origin))
        s = evx_report_failed(n->r, EVX_E_CHECKPOINT, "the log is not one of an inspection");
    if (!s) s = evx_sightings_checkpoint(&n->checker->seen, &n->grade.checkpoint, path);
    evx_buf_free(&note);
    free(path);
    return s;
}

enum evx_status evx_check_inspection(struct evx_checker *c, const char *folder, struct evx_report *r)
{
    struct evx_inspecting n = {.checker = c, .folder = folder, .r = r};
    r->what = "inspection";
    enum evx_status s = trust_directories(&n);
    if (!s) s = trust_checkpoint(&n);
    if (!s) s = evx_inspecting_extras(&n);
    if (!s) s = evx_inspecting_log(&n);
    if (!s) s = evx_inspecting_say(&n);
    clean(&n);
    return s ? s : r->s;
}
