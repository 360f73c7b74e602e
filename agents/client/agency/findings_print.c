// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "agents/client/agency/findings.h"
#include "agents/client/cli/json.h"

static const char *severity_name(enum evx_severity s)
{
    return s == EVX_SEVERITY_ERROR ? "error" : s == EVX_SEVERITY_WARNING ? "warning" : "note";
}

// Text from a file must not drive a terminal.
static void put_safe(FILE *to, const char *text)
{
    for (; *text; text++)
        fputc((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text, to);
}

static int by_group(const void *a, const void *b)
{
    const struct evx_finding *x = *(const struct evx_finding *const *)a,
                             *y = *(const struct evx_finding *const *)b;
    if (x->severity != y->severity) return x->severity < y->severity ? 1 : -1; // errors last, nearest the eye
    if (x->code != y->code) return x->code < y->code ? -1 : 1;
    int column = strcmp(x->column, y->column);
    if (column) return column;
    return x->row < y->row ? -1 : x->row > y->row;
}

static bool same_group(const struct evx_finding *a, const struct evx_finding *b)
{
    return a->code == b->code && a->severity == b->severity && strcmp(a->column, b->column) == 0;
}

// "rows 3, 7, 12-19": every row, however many.
static void print_rows(FILE *to, const struct evx_finding *const *f, size_t n)
{
    if (f[0]->row == 0) return;
    fprintf(to, "      %s ", n > 1 ? "rows" : "row");
    for (size_t i = 0; i < n;) {
        size_t last = i;
        while (last + 1 < n && f[last + 1]->row <= f[last]->row + 1)
            last++;
        fprintf(to, "%s%llu", i ? ", " : "", (unsigned long long)f[i]->row);
        if (f[last]->row > f[i]->row) fprintf(to, "-%llu", (unsigned long long)f[last]->row);
        i = last + 1;
    }
    fputc('\n', to);
}

static void print_example(FILE *to, const struct evx_finding *f)
{
    fputs("      for example ", to);
    if (f->row) fprintf(to, "row %llu: ", (unsigned long long)f->row);
    if (*f->value) {
        fputc('\'', to);
        put_safe(to, f->value);
        fputs("' ", to);
    }
    put_safe(to, f->message);
    fputc('\n', to);
}

static void print_group(FILE *to, const struct evx_finding *const *f, size_t n)
{
    const struct evx_error_info *info = evx_error_info(f[0]->code);
    fprintf(to, "    %s %s: %s", severity_name(f[0]->severity), info->code, info->what);
    if (*f[0]->column) {
        fputs(" [", to);
        put_safe(to, f[0]->column);
        fputc(']', to);
    }
    fprintf(to, n > 1 ? ", %zu times\n" : "\n", n);
    print_rows(to, f, n);
    for (size_t i = 0; i < n && i < 3; i++)
        print_example(to, f[i]);
    fprintf(to, "      remedy: %s\n", info->remedy);
}

static enum evx_status print_groups(FILE *to, const struct evx_findings *f)
{
    const struct evx_finding **order = calloc(f->problems + 1, sizeof(void *));
    if (!order) return EVX_E_MEMORY;
    for (size_t i = 0; i < f->problems; i++)
        order[i] = &f->problem[i];
    qsort(order, f->problems, sizeof(void *), by_group);
    for (size_t i = 0, n; i < f->problems; i += n) {
        for (n = 1; i + n < f->problems && same_group(order[i], order[i + n]);)
            n++;
        print_group(to, order + i, n);
    }
    free(order);
    return EVX_OK;
}

enum evx_status evx_findings_print(FILE *to, const struct evx_findings *f)
{
    const struct evx_ingest_result *r = &f->result;
    put_safe(to, f->file);
    fprintf(to, "\n  understood as %s", r->detected.format[0] ? r->detected.format : "nothing");
    if (r->detected.encoding[0]) fprintf(to, ", %s", r->detected.encoding);
    if (r->detected.profile[0]) fprintf(to, ", profile %s", r->detected.profile);
    if (r->columns) fprintf(to, ", %u of %u columns read", r->columns_read, r->columns);
    fputc('\n', to);
    if (f->preview.n) {
        fputs("  the first pieces of evidence\n", to);
        fwrite(f->preview.p, 1, f->preview.n, to);
    }
    if (f->problems) fputs("  found\n", to);
    enum evx_status s = print_groups(to, f);
    if (s) return s;
    fprintf(to, "  %llu rows: %llu evidence, %llu refused, %llu left out; %zu errors, %zu warnings\n",
            (unsigned long long)r->rows, (unsigned long long)r->evidence, (unsigned long long)r->refused,
            (unsigned long long)r->left_out, f->errors, f->warnings);
    return ferror(to) ? EVX_E_IO : EVX_OK;
}

static json_t *problem_json(const struct evx_finding *f)
{
    const struct evx_error_info *info = evx_error_info(f->code);
    return json_pack("{s:s, s:I, s:o, s:o, s:s, s:s, s:o, s:s}", "sheet", "", "row", (json_int_t)f->row,
                     "column", evx_json_text(f->column), "value", evx_json_text(f->value), "code", info->code,
                     "severity", severity_name(f->severity), "message", evx_json_text(f->message), "remedy",
                     info->remedy);
}

static enum evx_status set_counts(json_t *o, const struct evx_ingest_result *r)
{
    json_t *detected = json_pack("{s:s, s:s, s:s}", "format", r->detected.format, "encoding",
                                 r->detected.encoding, "profile", r->detected.profile);
    enum evx_status s = evx_json_set(o, "detected", detected);
    if (!s) s = evx_json_set(o, "rows", evx_json_number(r->rows));
    if (!s) s = evx_json_set(o, "evidence", evx_json_number(r->evidence));
    if (!s) s = evx_json_set(o, "refused", evx_json_number(r->refused));
    if (!s) s = evx_json_set(o, "left_out", evx_json_number(r->left_out));
    return s;
}

enum evx_status evx_findings_print_json(FILE *to, const struct evx_findings *f)
{
    json_t *o = evx_json_object("evx.check/1"), *problems = json_array();
    enum evx_status s = o && problems ? evx_json_set(o, "file", evx_json_text(f->file)) : EVX_E_MEMORY;
    if (!s) s = set_counts(o, &f->result);
    for (size_t i = 0; !s && i < f->problems; i++)
        s = evx_json_add(problems, problem_json(&f->problem[i]));
    if (!s) s = evx_json_set(o, "problems", json_incref(problems));
    if (!s) s = evx_json_line(to, o);
    json_decref(problems);
    json_decref(o);
    return s;
}
