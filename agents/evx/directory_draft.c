// SPDX-License-Identifier: Apache-2.0
#include "agents/evx/directory_draft.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/evx/keepers_log.h"
#include "agents/evx/verbs.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"

enum evx_status evx_draft_file(struct evx_buf *file, struct evx_bytes *text, bool *is_note, const char *path)
{
    struct evx_note note;
    enum evx_status s = evx_file_read(file, path, EVX_LIMIT_NOTE_BYTES);
    if (s) return s;
    *is_note = evx_note_parse(&note, evx_buf_bytes(file)) == EVX_OK;
    *text = *is_note ? note.text : evx_buf_bytes(file);
    return EVX_OK;
}

enum evx_status evx_draft_load(struct evx_draft *out, const char *path)
{
    struct evx_buf file = {0};
    struct evx_bytes text;
    bool is_note = false;
    enum evx_status s = evx_draft_file(&file, &text, &is_note, path);
    if (!s && is_note) s = EVX_E_DIRECTORY_VERSION;
    if (!s) s = evx_draft_read(out, text);
    evx_buf_free(&file);
    if (s)
        evx_cli_error(s, path,
                      is_note ? "it is signed: begin its next version with evx directory new --from" : NULL);
    return s;
}

enum evx_status evx_draft_parse(struct evx_directory **out, const struct evx_draft *d)
{
    struct evx_buf text = {0};
    *out = NULL;
    enum evx_status s = evx_draft_text(&text, d);
    if (!s) s = evx_directory_parse(out, evx_buf_bytes(&text), NULL);
    evx_buf_free(&text);
    return s;
}

static uint64_t version_of(const struct evx_draft *d)
{
    for (size_t i = 0; i < d->n; i++)
        if (!strncmp(d->line[i], "version ", 8)) return strtoull(d->line[i] + 8, NULL, 10);
    return 0;
}

int evx_draft_save(const char *path, const struct evx_draft *d, bool complete, const char *action,
                   const char *details)
{
    struct evx_buf text = {0};
    struct evx_directory *parsed = NULL;
    unsigned line = 0;
    enum evx_status s = evx_draft_text(&text, d);
    if (!s && complete) s = evx_directory_parse(&parsed, evx_buf_bytes(&text), &line);
    evx_directory_destroy(&parsed);
    char where[512];
    snprintf(where, sizeof where, "%s", path);
    if (s == EVX_E_DIRECTORY_FORMAT && line && line <= d->n)
        snprintf(where, sizeof where, "line %u: %.400s", line, d->line[line - 1]);
    if (!s) s = evx_file_replace(path, evx_buf_bytes(&text), 0644);
    evx_buf_free(&text);
    struct evx_keepers_entry e = {action, version_of(d), path, details};
    if (!s) s = evx_keepers_append(&e, (int64_t)evx_clock_wall_ms());
    return s ? evx_cli_fail(s, where, NULL) : 0;
}
