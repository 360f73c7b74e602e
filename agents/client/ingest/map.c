// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/client/ingest/cell.h"

static char *borrow(const char *text) { return (char *)(uintptr_t)text; }

static enum evx_status check_doubles(struct evx_mapping *m, struct evx_reading *r)
{
    for (size_t i = 0; i < m->header_n; i++) {
        struct evx_place at = {1, m->header[i], m->header[i]};
        if (!*m->header[i] || evx_header_find(m->header, m->header_n, m->header[i]) == i) continue;
        enum evx_status s = evx_reading_problem(r, &at, EVX_E_HEADER_TWICE, EVX_SEVERITY_ERROR,
                                                "the column stands twice in the header");
        if (s) return s;
    }
    return EVX_OK;
}

static enum evx_status locate(struct evx_mapping *m, struct evx_reading *r)
{
    for (unsigned i = 0; i < m->profile->columns_count; i++) {
        const struct evx_profile_column *col = &m->profile->columns[i];
        m->at[i] = evx_header_find(m->header, m->header_n, col->name);
        r->result->columns_read += m->at[i] < m->header_n;
        if (m->at[i] < m->header_n || !col->required) continue;
        struct evx_place at = {1, col->name, ""};
        enum evx_status s = evx_reading_problem(r, &at, EVX_E_HEADER_MISSING, EVX_SEVERITY_ERROR,
                                                "profile %s needs this column", m->profile->id);
        if (s) return s;
    }
    return EVX_OK;
}

enum evx_status evx_mapping_open(struct evx_mapping *m, struct evx_reading *r, const struct evx_profile *p,
                                 const char *const *header, size_t header_n)
{
    *m = (struct evx_mapping){.profile = p, .header = header, .header_n = header_n};
    r->result->columns = (uint32_t)header_n;
    m->at = calloc(p->columns_count + 1, sizeof *m->at);
    m->mapped = calloc(p->columns_count + 1, sizeof *m->mapped);
    enum evx_status s = m->at && m->mapped ? check_doubles(m, r) : EVX_E_MEMORY;
    if (!s) s = locate(m, r);
    if (s) evx_mapping_close(m);
    return s;
}

void evx_mapping_close(struct evx_mapping *m)
{
    free(m->at);
    free(m->mapped);
    evx_buf_free(&m->narrative);
    *m = (struct evx_mapping){0};
}

static struct evx_draft *begin(struct evx_mapping *m, struct evx_reading *r, uint64_t row)
{
    const struct evx_profile *p = m->profile;
    struct evx_draft *d = evx_reading_draft(r, p->kind, row, p->id);
    d->evidence.source_type = p->source;
    d->evidence.purpose = borrow(p->purpose ? p->purpose : "");
    d->evidence.lawful_basis = borrow(p->lawful_basis ? p->lawful_basis : "");
    d->evidence.marking = borrow(p->marking ? p->marking : "");
    d->evidence.retention_class = borrow(p->retention ? p->retention : "");
    evx_draft_direction(d, p->direction);
    evx_draft_significance(d, p->significance);
    evx_draft_criteria(d, p->criteria, p->criteria_count);
    return d;
}

static enum evx_status take_cells(struct evx_mapping *m, struct evx_reading *r, const struct evx_csv_row *row,
                                  Evx__V1__Subject **child)
{
    for (unsigned i = 0; i < m->profile->columns_count; i++) {
        m->mapped[i] = (struct evx_mapped){.text = ""};
        if (m->at[i] == m->header_n) continue;
        struct evx_cell c = {r,     m->profile, &m->profile->columns[i], &m->mapped[i], r->draft,
                             child, row->number};
        enum evx_status s = evx_cell_take(&c, row->cell[m->at[i]]);
        if (s) return s;
    }
    return EVX_OK;
}

static const struct evx_mapped *mapped_of(const struct evx_mapping *m, const char *column)
{
    return &m->mapped[evx_profile_column(m->profile, column) - m->profile->columns];
}

static enum evx_status check_order(struct evx_mapping *m, struct evx_reading *r, uint64_t row)
{
    for (unsigned i = 0; i < m->profile->rules_count; i++) {
        const struct evx_profile_rule *rule = &m->profile->rules[i];
        if (rule->rule != EVX_RULE_ORDER) continue;
        const struct evx_mapped *first = mapped_of(m, rule->first), *last = mapped_of(m, rule->last);
        if (!first->has_moment || !last->has_moment) continue;
        if (evx_moment_end_ms(&last->moment) >= first->moment.utc_ms) continue;
        struct evx_place at = {row, rule->last, last->text};
        enum evx_status s = evx_reading_problem(r, &at, EVX_E_CELL_DATE_ORDER, EVX_SEVERITY_ERROR,
                                                "lies before %s (%s)", rule->first, first->text);
        if (s) return s;
    }
    return EVX_OK;
}

static enum evx_status join(struct evx_mapping *m, struct evx_reading *r, Evx__V1__Subject *child,
                            uint64_t row)
{
    const struct evx_profile_join *j = m->profile->join;
    if (!j || !m->roster || !child || evx_roster_complete(m->roster, r->draft, child)) return EVX_OK;
    struct evx_place at = {row, "", ""};
    bool error = j->orphan == EVX_ORPHAN_ERROR;
    return evx_reading_problem(r, &at, EVX_E_ROW_ORPHAN, error ? EVX_SEVERITY_ERROR : EVX_SEVERITY_WARNING,
                               "the companion file (%s) has no such child", j->profile);
}

// "2024_autumn_pupils.csv" says at least the year; the term, if it stands behind
// the year, is kept in the moment's text.
static size_t named_period(const char *at)
{
    static const char *const terms[] = {"autumn", "spring", "summer"};
    if (strspn(at, "0123456789") != 4) return 0;
    for (size_t i = 0; at[4] && i < 3; i++)
        if (strncasecmp(at + 5, terms[i], strlen(terms[i])) == 0) return 5 + strlen(terms[i]);
    return 4;
}

static void date_from_file_name(struct evx_draft *d, const char *name)
{
    for (const char *at = name; *at; at += strspn(at, "0123456789")) {
        at += strcspn(at, "0123456789");
        struct evx_moment m;
        char year[5] = "";
        size_t n = named_period(at);
        if (n) memcpy(year, at, 4);
        if (evx_moment_parse(&m, year, "yyyy", EVX_ZONE_LONDON)) continue;
        d->evidence.occurred = evx_draft_moment(d, &m, evx_pool_text(d->pool, at, n));
        return;
    }
}

static enum evx_status narrate(struct evx_mapping *m, struct evx_draft *d)
{
    if (!m->profile->narrative) return EVX_OK;
    evx_buf_clear(&m->narrative);
    enum evx_status s = evx_narrative_fill(&m->narrative, m->profile, m->mapped, m->profile->narrative);
    if (!s) d->evidence.narrative = (char *)m->narrative.p;
    return s;
}

static enum evx_status map(struct evx_mapping *m, struct evx_reading *r, const struct evx_csv_row *row)
{
    struct evx_draft *d = begin(m, r, row->number);
    Evx__V1__Subject *child = NULL;
    enum evx_status s = take_cells(m, r, row, &child);
    if (!s) s = check_order(m, r, row->number);
    if (!s) s = join(m, r, child, row->number);
    if (!s && m->profile->occurred_from_file_name && !d->evidence.occurred)
        date_from_file_name(d, r->file_name);
    if (!s) s = narrate(m, d);
    return s ? s : evx_reading_emit(r, d, row->number);
}

enum evx_status evx_mapping_row(struct evx_mapping *m, struct evx_reading *r, const struct evx_csv_row *row)
{
    if (row->cells == m->header_n) return map(m, r, row);
    struct evx_place at = {row->number, "", ""};
    return evx_reading_problem(r, &at, EVX_E_CSV_COLUMNS, EVX_SEVERITY_ERROR,
                               "%zu cells where the header has %zu", row->cells, m->header_n);
}
