// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/cmd/list_import.h"

#include <stdlib.h>
#include <string.h>

#include "agents/client/ingest/csv.h"
#include "agents/client/ingest/identifier.h"
#include "agents/client/ingest/moment.h"
#include "proto/base/file.h"

#define COLUMNS 64

enum meaning { FAMILY, GIVEN, BORN, SEX, IDENTIFIER };
struct column {
    enum meaning meaning;
    const char *title, *scheme, *issuer;
};

struct reading {
    struct evx_views *v;
    struct evx_buf *explain;
    struct column column[COLUMNS];
    size_t columns;
    struct evx_buf rows; // Evx__V1__Subject *
};

static enum evx_status complain(struct reading *r, enum evx_status s, uint64_t row, const char *column,
                                const char *what)
{
    EVX_IGNORE(evx_buf_printf(r->explain, "row %llu, column %s: %s", (unsigned long long)row, column, what),
               "only explains");
    return s;
}

// --- the header ---

static char *plain_title(struct evx_slab *slab, const char *text)
{
    char *title = evx_slab_copy(slab, text);
    for (char *p = title; p && *p; p++) {
        if (*p >= 'A' && *p <= 'Z') *p = (char)(*p - 'A' + 'a');
        if (*p == '_' || *p == ' ') *p = '-';
    }
    return title;
}

static const char *only_agency(const struct evx_views *v, const char *role)
{
    const char *found = NULL;
    for (size_t a = 0; a < v->agencies; a++) {
        if (strcmp(v->agency[a].role, role) != 0) continue;
        if (found) return NULL;
        found = v->agency[a].id;
    }
    return found;
}

static bool local_identifier(struct column *c, const struct evx_views *v, char *title)
{
    static const struct {
        const char *scheme, *role;
    } local[] = {{"la-child-id", "social-care"},
                 {"police-person-id", "police"},
                 {"school-pupil-id", "school"},
                 {"fhir-patient-id", "health"}};
    c->meaning = IDENTIFIER;
    char *at = strchr(title, '@');
    if (at) {
        *at = 0;
        c->scheme = title;
        c->issuer = at + 1;
        return *title && evx_directory_org(v->options.directory, at + 1);
    }
    for (size_t i = 0; i < sizeof local / sizeof *local; i++) {
        if (strcmp(title, local[i].scheme) != 0) continue;
        c->scheme = local[i].scheme;
        c->issuer = only_agency(v, local[i].role);
        return c->issuer != NULL;
    }
    return false;
}

static bool understand(struct column *c, const struct evx_views *v, char *title)
{
    static const struct {
        const char *title;
        enum meaning meaning;
    } known[] = {{"family", FAMILY}, {"family-name", FAMILY}, {"surname", FAMILY},
                 {"given", GIVEN},   {"given-name", GIVEN},   {"forename", GIVEN},
                 {"dob", BORN},      {"date-of-birth", BORN}, {"born", BORN},
                 {"sex", SEX}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(title, known[i].title) != 0) continue;
        c->meaning = known[i].meaning;
        return true;
    }
    bool national = strcmp(title, "nhs-number") == 0 || strcmp(title, "upn") == 0;
    if (!national) return local_identifier(c, v, title);
    *c = (struct column){.meaning = IDENTIFIER, .title = c->title, .scheme = title, .issuer = ""};
    return true;
}

static enum evx_status take_header(struct reading *r, const struct evx_csv_row *row)
{
    if (row->cells > COLUMNS)
        return complain(r, EVX_E_CSV_COLUMNS, row->number, "header", "too many columns");
    for (size_t i = 0; i < row->cells; i++) {
        struct column *c = &r->column[i];
        char *title = plain_title(&r->v->slab, row->cell[i]);
        c->title = title ? evx_slab_copy(&r->v->slab, title) : NULL;
        if (!c->title) return EVX_E_MEMORY;
        if (!understand(c, r->v, title))
            return complain(r, EVX_E_HEADER_MISSING, row->number, c->title,
                            "not known here; known are family given dob sex nhs-number upn la-child-id "
                            "police-person-id school-pupil-id fhir-patient-id and SCHEME@ORGANISATION");
    }
    r->columns = row->cells;
    return EVX_OK;
}

// --- a child ---

static enum evx_status take_born(struct reading *r, Evx__V1__Subject *s, const struct evx_csv_row *row,
                                 size_t i)
{
    struct evx_moment m;
    Evx__V1__Moment *born = evx_slab_array(&r->v->slab, 1, sizeof *born);
    if (!born) return EVX_E_MEMORY;
    if (evx_moment_parse(&m, row->cell[i], "yyyy-mm-dd", EVX_ZONE_UTC) &&
        evx_moment_parse(&m, row->cell[i], "dd/mm/yyyy", EVX_ZONE_UTC))
        return complain(r, EVX_E_CELL_DATE, row->number, r->column[i].title,
                        "write 2012-03-14 or 14/03/2012");
    evx__v1__moment__init(born);
    born->precision = m.precision;
    born->utc_ms = m.utc_ms;
    born->zone = evx_slab_copy(&r->v->slab, "");
    born->text = evx_slab_copy(&r->v->slab, row->cell[i]);
    s->born = born;
    return born->text && born->zone ? EVX_OK : EVX_E_MEMORY;
}

static enum evx_status take_identifier(struct reading *r, Evx__V1__Subject *s, const struct evx_csv_row *row,
                                       size_t i)
{
    const struct column *c = &r->column[i];
    char nhs[EVX_NHS_NUMBER_TEXT];
    const char *value = row->cell[i];
    if (strcmp(c->scheme, "nhs-number") == 0) {
        if (!evx_nhs_number(nhs, value))
            return complain(r, EVX_E_CELL_IDENTIFIER, row->number, c->title, "the check digit is wrong");
        value = nhs;
    }
    if (s->n_identifier == EVX_LIMIT_IDENTIFIERS) return EVX_E_TOO_LARGE;
    Evx__V1__Identifier *id = evx_slab_array(&r->v->slab, 1, sizeof *id);
    if (!id) return EVX_E_MEMORY;
    evx__v1__identifier__init(id);
    id->scheme = evx_slab_copy(&r->v->slab, c->scheme);
    id->issuer = evx_slab_copy(&r->v->slab, c->issuer);
    id->value = evx_slab_copy(&r->v->slab, value);
    s->identifier[s->n_identifier++] = id;
    return id->scheme && id->issuer && id->value ? EVX_OK : EVX_E_MEMORY;
}

static enum evx_status take_cell(struct reading *r, Evx__V1__Subject *s, const struct evx_csv_row *row,
                                 size_t i)
{
    char *text = evx_slab_copy(&r->v->slab, row->cell[i]);
    if (!text) return EVX_E_MEMORY;
    if (!*text) return EVX_OK;
    switch (r->column[i].meaning) {
    case FAMILY: s->family_name = text; return EVX_OK;
    case GIVEN: s->given_name = text; return EVX_OK;
    case SEX: s->sex = text; return EVX_OK;
    case BORN: return take_born(r, s, row, i);
    case IDENTIFIER: return take_identifier(r, s, row, i);
    }
    return EVX_E_BUG;
}

static enum evx_status take_row(void *user, const struct evx_csv_row *row)
{
    struct reading *r = user;
    if (!r->columns) return take_header(r, row);
    if (row->cells != r->columns)
        return complain(r, EVX_E_CSV_COLUMNS, row->number, "all", "not as many as the header");
    Evx__V1__Subject *s = evx_slab_array(&r->v->slab, 1, sizeof *s);
    if (!s) return EVX_E_MEMORY;
    evx__v1__subject__init(s);
    s->identifier = evx_slab_array(&r->v->slab, EVX_LIMIT_IDENTIFIERS, sizeof *s->identifier);
    enum evx_status st = s->identifier ? EVX_OK : EVX_E_MEMORY;
    for (size_t i = 0; !st && i < row->cells; i++)
        st = take_cell(r, s, row, i);
    if (!st && !*s->family_name && !s->n_identifier)
        return complain(r, EVX_E_CELL_REQUIRED, row->number, "family",
                        "a child needs a family name or an identifier");
    return st ? st : evx_buf_append(&r->rows, &s, sizeof s);
}

static struct evx_bytes without_mark(const struct evx_buf *b)
{
    bool mark = b->n >= 3 && memcmp(b->p, "\xef\xbb\xbf", 3) == 0;
    return mark ? evx_bytes(b->p + 3, b->n - 3) : evx_buf_bytes(b);
}

enum evx_status evx_list_read(struct evx_list *out, struct evx_views *v, const char *path,
                              struct evx_buf *explain)
{
    *out = (struct evx_list){0};
    struct reading *r = calloc(1, sizeof *r);
    struct evx_buf file = {0};
    uint64_t fault = 0;
    if (!r) return EVX_E_MEMORY;
    r->v = v;
    r->explain = explain;
    enum evx_status s = evx_file_read(&file, path, EVX_LIMIT_CONFIG_BYTES);
    if (!s && !evx_utf8_valid(file.p, file.n)) s = EVX_E_FILE_ENCODING;
    if (!s) s = evx_csv_read(without_mark(&file), take_row, r, &fault);
    if (s && fault && !explain->n) s = complain(r, s, fault, "any", "the row cannot be read");
    out->n = r->rows.n / sizeof *out->child;
    if (!s && !out->n) s = EVX_E_FILE_EMPTY;
    out->child = evx_slab_array(&v->slab, out->n, sizeof *out->child);
    if (!s && !out->child) s = EVX_E_MEMORY;
    if (!s) memcpy(out->child, r->rows.p, r->rows.n);
    evx_buf_free(&r->rows);
    evx_buf_free(&file);
    free(r);
    return s;
}
