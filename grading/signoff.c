// SPDX-License-Identifier: Apache-2.0
#include "grading/signoff.h"

#include <stdlib.h>
#include <string.h>

#include "grading/model.h"
#include "grading/nearest.h"

enum evx_status evx_finding_check(const struct evx_framework *f, const struct evx_finding *finding,
                                  const char **suggestion)
{
    uint32_t seen = 0;
    if (suggestion) *suggestion = NULL;
    for (size_t i = 0; i < finding->agencies; i++) {
        int a = evx_find_agency(f, finding->agency[i], suggestion);
        if (a < 0) return EVX_E_AGENCY_UNKNOWN;
        if (seen >> a & 1) return EVX_E_INCOMPLETE;
        seen |= 1u << a;
    }
    if (!finding->agencies || (finding->agencies > 1) != finding->shared) return EVX_E_INCOMPLETE;
    return EVX_OK;
}

enum evx_status evx_ledger_add(const struct evx_framework *f, struct evx_ledger_row *rows,
                               const struct evx_finding *finding, const char **suggestion)
{
    enum evx_status s = evx_finding_check(f, finding, suggestion);
    for (size_t i = 0; i < finding->agencies && !s; i++) {
        struct evx_ledger_row *row = &rows[evx_find_agency(f, finding->agency[i], NULL)];
        *(finding->shared ? &row->shared : &row->own) += 1;
    }
    return s;
}

struct evx_signoff {
    const struct evx_framework *f;
    uint64_t takes_part, signed_by; // bit per inspectorate
    struct evx_arena text;
    struct {
        const char *person;
        int64_t time_ms;
    } signature[EVX_LIMIT_GRADING_ROWS];
};

static int find(const struct evx_framework *f, const char *id, const char **suggestion)
{
    struct evx_nearest near = evx_nearest_begin(id);
    for (size_t i = 0; i < f->inspectorates; i++) {
        if (!strcmp(f->inspectorate[i].id, id)) return (int)i;
        evx_nearest_offer(&near, f->inspectorate[i].id);
    }
    if (suggestion) *suggestion = near.best;
    return -1;
}

enum evx_status evx_signoff_new(struct evx_signoff **out, const struct evx_framework *f,
                                const char *const *inspectorate, size_t n, const char **suggestion)
{
    *out = NULL;
    if (suggestion) *suggestion = NULL;
    struct evx_signoff *s = calloc(1, sizeof *s);
    if (!s) return EVX_E_MEMORY;
    s->f = f;
    for (size_t i = 0; i < f->inspectorates; i++)
        if (f->inspectorate[i].always) s->takes_part |= 1ull << i;
    for (size_t i = 0; i < n; i++) {
        int at = find(f, inspectorate[i], suggestion);
        if (at < 0) {
            free(s);
            return EVX_E_AGENCY_UNKNOWN;
        }
        s->takes_part |= 1ull << at;
    }
    *out = s;
    return EVX_OK;
}

void evx_signoff_destroy(struct evx_signoff **s)
{
    if (!s || !*s) return;
    evx_arena_free(&(*s)->text);
    free(*s);
    *s = NULL;
}

enum evx_status evx_signoff_sign(struct evx_signoff *s, const char *signer, const char *part,
                                 const char *person, int64_t time_ms)
{
    int by = find(s->f, signer, NULL), of = find(s->f, part, NULL);
    if (by < 0 || of < 0 || !(s->takes_part >> of & 1)) return EVX_E_AGENCY_UNKNOWN;
    if (by != of) return EVX_E_NOT_YOURS;
    if (!person || !*person) return EVX_E_INCOMPLETE;
    const char *name = evx_arena_text(&s->text, person, strlen(person));
    if (!name) return EVX_E_MEMORY;
    s->signature[of].person = name;
    s->signature[of].time_ms = time_ms;
    s->signed_by |= 1ull << of;
    return EVX_OK;
}

enum evx_status evx_signoff_changed(struct evx_signoff *s, const char *part)
{
    int of = find(s->f, part, NULL);
    if (of < 0) return EVX_E_AGENCY_UNKNOWN;
    s->signed_by &= ~(1ull << of);
    return EVX_OK;
}

bool evx_signoff_complete(const struct evx_signoff *s, const char **missing)
{
    uint64_t open = s->takes_part & ~s->signed_by;
    if (missing) *missing = NULL;
    for (size_t i = 0; i < s->f->inspectorates && missing && !*missing; i++)
        if (open >> i & 1) *missing = s->f->inspectorate[i].id;
    return !open && s->takes_part;
}
