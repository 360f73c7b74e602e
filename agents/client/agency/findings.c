// SPDX-License-Identifier: Apache-2.0
#include "agents/client/agency/findings.h"

#include <stdlib.h>
#include <string.h>

#include "agents/client/cli/json.h"
#include "proto/base/file.h"

static bool grow(void **array, size_t n, size_t *cap, size_t size)
{
    if (n < *cap) return true;
    size_t more = *cap ? 2 * *cap : 64;
    void *p = realloc(*array, more * size);
    if (!p) return false;
    *array = p;
    *cap = more;
    return true;
}

static enum evx_status take_problem(void *user, const struct evx_problem *p)
{
    struct evx_findings *f = user;
    if (!grow((void **)&f->problem, f->problems, &f->problems_cap, sizeof *f->problem)) return EVX_E_MEMORY;
    struct evx_finding *x = &f->problem[f->problems];
    *x = (struct evx_finding){p->row,           p->code,           p->severity, strdup(p->column),
                              strdup(p->value), strdup(p->message)};
    if (!x->column || !x->value || !x->message) {
        free(x->column);
        free(x->value);
        free(x->message);
        return EVX_E_MEMORY;
    }
    f->problems++;
    f->errors += p->severity == EVX_SEVERITY_ERROR;
    f->warnings += p->severity == EVX_SEVERITY_WARNING;
    f->fatal = f->fatal || evx_problem_is_fatal(p);
    return EVX_OK;
}

static enum evx_status preview(struct evx_findings *f, const Evx__V1__Evidence *e)
{
    static const char *const directions[] = {"", "strength", "concern", "neutral"};
    static const char *const weights[] = {"", "routine", "notable", "critical"};
    size_t from = f->preview.n;
    enum evx_status s = evx_buf_printf(&f->preview, "    row %llu  %s  %s  %s, %s  %.160s",
                                       (unsigned long long)(e->origin ? e->origin->row : 0),
                                       e->occurred ? e->occurred->text : "(no date)", e->kind,
                                       directions[e->direction], weights[e->significance], e->narrative);
    for (size_t i = from; i < f->preview.n; i++)
        if (f->preview.p[i] < 0x20 || f->preview.p[i] == 0x7f) f->preview.p[i] = ' ';
    f->previews++;
    return s ? s : evx_buf_append_text(&f->preview, "\n");
}

static enum evx_status take_item(void *user, struct evx_bytes packed, const Evx__V1__Item *item)
{
    struct evx_findings *f = user;
    bool evidence = item->body_case == EVX__V1__ITEM__BODY_EVIDENCE;
    enum evx_status s = EVX_OK;
    if (evidence && f->previews < EVX_PREVIEWS) s = preview(f, item->evidence);
    if (s || !f->keep_items) return s;
    if (!grow((void **)&f->item, f->items, &f->items_cap, sizeof *f->item)) return EVX_E_MEMORY;
    uint64_t row = evidence && item->evidence->origin ? item->evidence->origin->row : 0;
    f->item[f->items++] = (struct evx_found_item){f->packed.n, packed.n, row};
    return evx_buf_append(&f->packed, packed.p, packed.n);
}

static enum evx_status unreadable(struct evx_findings *f, const struct evx_file *file)
{
    struct evx_problem p = {.file = file->path,
                            .sheet = "",
                            .column = "",
                            .value = "",
                            .code = file->status,
                            .severity = EVX_SEVERITY_ERROR,
                            .message = "it could not be opened or read"};
    if (file->status == EVX_E_FILE_TOO_LARGE) p.message = "a file may have 256 MiB";
    return take_problem(f, &p);
}

enum evx_status evx_findings_read(struct evx_findings *out, const struct evx_ingest_job *job,
                                  const struct evx_file *file, bool keep_items)
{
    *out = (struct evx_findings){.file = file->path, .keep_items = keep_items};
    if (file->status) return unreadable(out, file);
    struct evx_ingest_sink sink = {take_item, take_problem, out};
    enum evx_status s =
        evx_ingest_jailed(&out->result, job, file->path, evx_buf_bytes(&file->content), &sink);
    if (s) evx_findings_free(out);
    return s;
}

void evx_findings_free(struct evx_findings *f)
{
    if (!f) return;
    for (size_t i = 0; i < f->problems; i++) {
        free(f->problem[i].column);
        free(f->problem[i].value);
        free(f->problem[i].message);
    }
    free(f->problem);
    free(f->item);
    evx_buf_free(&f->packed);
    evx_buf_free(&f->preview);
    *f = (struct evx_findings){0};
}

static int by_row(const void *a, const void *b)
{
    const struct evx_row_note *x = a, *y = b;
    return (x->row > y->row) - (x->row < y->row);
}

static char *annotated_path(const char *folder, const char *file)
{
    const char *slash = strrchr(file, '/');
    struct evx_buf name = {0};
    char *path = NULL;
    if (!evx_buf_printf(&name, "%s.annotated.csv", slash ? slash + 1 : file) && !evx_buf_append(&name, "", 1))
        path = evx_path_join(folder, (const char *)name.p);
    evx_buf_free(&name);
    return path;
}

enum evx_status evx_findings_annotate(const struct evx_findings *f, const struct evx_file *file,
                                      const char *encoding, const char *folder)
{
    struct evx_row_note *note = calloc(f->problems + 1, sizeof *note);
    char *path = annotated_path(folder, file->path);
    struct evx_buf text = {0};
    enum evx_status s = note && path ? EVX_OK : EVX_E_MEMORY;
    for (size_t i = 0; !s && i < f->problems; i++)
        note[i] = (struct evx_row_note){f->problem[i].row, f->problem[i].code, f->problem[i].message};
    if (!s) qsort(note, f->problems, sizeof *note, by_row);
    if (!s) s = evx_annotate(&text, evx_buf_bytes(&file->content), encoding, note, f->problems);
    if (!s) s = evx_file_replace(path, evx_buf_bytes(&text), 0600);
    evx_buf_free(&text);
    free(path);
    free(note);
    return s;
}
