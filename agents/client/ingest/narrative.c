// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "agents/client/ingest/map.h"

// What stands in braces in a profile's narrative: a column, and what is said when it is empty.
struct slot {
    const char *column, *otherwise;
    size_t column_n, otherwise_n;
    bool means;
};

// `at` points behind the opening brace. Returns the place behind the closing one.
static const char *read_slot(struct slot *p, const char *at)
{
    *p = (struct slot){.column = at, .column_n = strcspn(at, ":|}")};
    at += p->column_n;
    p->means = strncmp(at, ":means", 6) == 0;
    if (p->means) at += 6;
    if (*at == '|') {
        p->otherwise = at + 1;
        p->otherwise_n = strcspn(at + 1, "}");
    }
    at += strcspn(at, "}");
    return *at ? at + 1 : at;
}

static const struct evx_mapped *mapped_of(const struct evx_profile *p, const struct evx_mapped *mapped,
                                          const struct slot *h)
{
    for (unsigned i = 0; i < p->columns_count; i++)
        if (strlen(p->columns[i].name) == h->column_n &&
            strncasecmp(p->columns[i].name, h->column, h->column_n) == 0)
            return &mapped[i];
    return NULL;
}

static enum evx_status put(struct evx_buf *out, const struct slot *h, const struct evx_mapped *m)
{
    if (!m || !*m->text)
        return h->otherwise ? evx_buf_append(out, h->otherwise, h->otherwise_n)
                            : evx_buf_append_text(out, "(not given)");
    if (h->means && m->code) return evx_buf_append_text(out, m->code->means);
    // A day that the export writes with a midnight behind it is shown as a day.
    bool day = m->has_moment && m->moment.precision <= EVX__V1__PRECISION__PRECISION_DAY;
    return evx_buf_append(out, m->text, day ? strcspn(m->text, " ") : strlen(m->text));
}

// Empty cells leave no gaps.
static void close_gaps(struct evx_buf *b)
{
    size_t kept = 0;
    for (size_t i = 0; i < b->n; i++)
        if (b->p[i] != ' ' || (kept && b->p[kept - 1] != ' ')) b->p[kept++] = b->p[i];
    while (kept && b->p[kept - 1] == ' ')
        kept--;
    b->n = kept;
}

enum evx_status evx_narrative_fill(struct evx_buf *out, const struct evx_profile *p,
                                   const struct evx_mapped *mapped, const char *narrative)
{
    enum evx_status s = EVX_OK;
    while (!s && *narrative) {
        size_t n = strcspn(narrative, "{");
        s = evx_buf_append(out, narrative, n);
        narrative += n;
        if (s || !*narrative) break;
        struct slot h;
        narrative = read_slot(&h, narrative + 1);
        s = put(out, &h, mapped_of(p, mapped, &h));
    }
    close_gaps(out);
    return s ? s : evx_buf_append(out, "", 1);
}
