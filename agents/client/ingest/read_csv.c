// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/read_csv.h"

#include <stdio.h>
#include <string.h>

#include "agents/client/ingest/encoding.h"
#include "agents/client/ingest/header.h"
#include "agents/client/ingest/map.h"
#include "agents/client/ingest/twice.h"

struct run {
    struct evx_reading *reading;
    struct evx_bytes utf8;
    struct evx_header header;
    const struct evx_profile *profile;
    struct evx_mapping mapping;
    struct evx_roster *roster;
    struct evx_twice twice;
    bool past_header;
};

static enum evx_status file_problem(struct evx_reading *r, uint64_t row, enum evx_status code,
                                    const char *said)
{
    struct evx_place at = {row, "", ""};
    return evx_reading_problem(r, &at, code, EVX_SEVERITY_ERROR, "%s", said);
}

static enum evx_status row_twice(struct run *run, uint64_t row)
{
    uint64_t other = evx_twice_other(&run->twice, row);
    if (!other) return EVX_OK;
    struct evx_place at = {row, "", ""};
    return evx_reading_problem(run->reading, &at, EVX_E_ROW_TWICE, EVX_SEVERITY_ERROR,
                               "the same cells as row %llu", (unsigned long long)other);
}

static enum evx_status on_row(void *user, const struct evx_csv_row *row)
{
    struct run *run = user;
    if (!run->past_header) {
        run->past_header = true;
        return EVX_OK;
    }
    evx_reading_row(run->reading);
    if (run->profile->aggregate) {
        run->reading->result->left_out++;
        return EVX_OK;
    }
    enum evx_status s = row_twice(run, row->number);
    if (!s) s = evx_mapping_row(&run->mapping, run->reading, row);
    evx_reading_row_end(run->reading);
    return s;
}

static enum evx_status reading_fault(struct evx_reading *r, enum evx_status s, uint64_t row)
{
    switch (s) {
    case EVX_E_CSV_QUOTE:
        return file_problem(r, row, s, "a quote is open or stray; nothing after it was read");
    case EVX_E_CELL_LONG:
        return file_problem(r, row, EVX_E_CSV_QUOTE, "a cell without end; a quote is not closed");
    case EVX_E_CSV_COLUMNS: return file_problem(r, row, EVX_E_FILE_TOO_LARGE, "a row may have 1,024 cells");
    case EVX_E_FILE_EMPTY: return file_problem(r, 0, s, "there is no row in it");
    default: return s;
    }
}

static enum evx_status missing_columns(struct run *run, const struct evx_profile *near)
{
    for (unsigned i = 0; i < near->match_count; i++) {
        if (evx_header_find(run->header.cell, run->header.n, near->match[i]) < run->header.n) continue;
        struct evx_place at = {1, near->match[i], ""};
        enum evx_status s = evx_reading_problem(run->reading, &at, EVX_E_HEADER_MISSING, EVX_SEVERITY_ERROR,
                                                "profile %s needs this column", near->id);
        if (s) return s;
    }
    return EVX_OK;
}

static enum evx_status no_profile(struct run *run)
{
    const struct evx_profile_set *set = run->reading->job->profiles;
    const struct evx_profile *near = evx_profile_nearest(set, run->header.cell, run->header.n);
    if (near) return missing_columns(run, near);
    if (run->header.n < 2) {
        snprintf(run->reading->result->detected.format, sizeof run->reading->result->detected.format, "text");
        return file_problem(run->reading, 0, EVX_E_FILE_FORMAT,
                            "plain text, not a table and not a known document");
    }
    return file_problem(run->reading, 1, EVX_E_PROFILE_NONE, "no profile knows these columns");
}

static enum evx_status roster_item(void *user, struct evx_bytes packed, const Evx__V1__Item *item)
{
    (void)packed;
    const Evx__V1__Evidence *e = item->evidence;
    return e->n_subject ? evx_roster_add(user, e->subject[0]) : EVX_OK;
}

static enum evx_status roster_problem(void *user, const struct evx_problem *p)
{
    (void)user;
    (void)p;
    return EVX_OK;
}

static enum evx_status read_rows(struct run *run);

// Reads a companion with its own profile; what is wrong with it is said when it is
// read for its own sake.
static enum evx_status enrol(struct run *run, const struct evx_companion *c, struct evx_bytes utf8,
                             const struct evx_profile *profile)
{
    struct evx_ingest_sink sink = {roster_item, roster_problem, run->roster};
    struct evx_ingest_result unused;
    struct evx_reading r;
    enum evx_status s = evx_reading_open(&r, run->reading->job, c->file, c->content, &sink, &unused);
    if (s) return s;
    r.silent = true;
    struct run other = {.reading = &r, .utf8 = utf8, .profile = profile};
    s = evx_csv_header_read(&other.header, utf8);
    if (!s) s = read_rows(&other);
    evx_csv_header_free(&other.header);
    evx_reading_close(&r);
    return s;
}

static enum evx_status try_companion(struct run *run, const struct evx_companion *c)
{
    struct evx_text text;
    struct evx_header header;
    if (c->content.p == run->reading->content.p) return EVX_OK;
    enum evx_status s = evx_text_decode(&text, c->content, run->reading->job->encoding);
    if (s) return s == EVX_E_MEMORY ? s : EVX_OK;
    s = evx_csv_header_read(&header, text.utf8);
    if (!s) {
        const struct evx_profile *p = evx_profile_match(run->reading->job->profiles, header.cell, header.n);
        if (p && strcmp(p->id, run->profile->join->profile) == 0) s = enrol(run, c, text.utf8, p);
        evx_csv_header_free(&header);
    }
    evx_text_free(&text);
    return s == EVX_E_MEMORY ? s : EVX_OK;
}

static enum evx_status gather_roster(struct run *run)
{
    const struct evx_profile_join *j = run->profile->join;
    const struct evx_ingest_job *job = run->reading->job;
    if (!j || run->reading->silent) return EVX_OK;
    enum evx_status s = evx_roster_new(&run->roster, j->scheme);
    for (size_t i = 0; !s && i < job->companions; i++)
        s = try_companion(run, &job->companion[i]);
    if (s) return s;
    evx_roster_finish(run->roster);
    if (evx_roster_size(run->roster)) {
        run->mapping.roster = run->roster;
        return EVX_OK;
    }
    struct evx_place at = {0, "", ""};
    return evx_reading_problem(run->reading, &at, EVX_E_ROW_ORPHAN, EVX_SEVERITY_WARNING,
                               "without its companion (%s) the children have their local number only",
                               j->profile);
}

static bool has_rule(const struct evx_profile *p, enum evx_rule_kind kind)
{
    for (unsigned i = 0; i < p->rules_count; i++)
        if (p->rules[i].rule == kind) return true;
    return false;
}

static enum evx_status read_rows(struct run *run)
{
    struct evx_reading *r = run->reading;
    enum evx_status s = evx_mapping_open(&run->mapping, r, run->profile, run->header.cell, run->header.n);
    if (s) return s;
    if (r->row_refused) goto out;
    s = gather_roster(run);
    if (!s && has_rule(run->profile, EVX_RULE_UNIQUE)) s = evx_twice_find(&run->twice, run->utf8);
    if (s) goto out;
    uint64_t fault;
    s = evx_csv_read(run->utf8, on_row, run, &fault);
    if (s)
        s = reading_fault(r, s, fault);
    else if (r->result->rows == 0)
        s = file_problem(r, 0, EVX_E_FILE_EMPTY, "a header, but no rows below it");
out:
    evx_twice_free(&run->twice);
    evx_roster_destroy(&run->roster);
    evx_mapping_close(&run->mapping);
    return s;
}

static enum evx_status note_aggregate(struct run *run)
{
    struct evx_place at = {0, "", ""};
    return evx_reading_problem(run->reading, &at, EVX_E_ROW_AGGREGATE, EVX_SEVERITY_NOTE,
                               "%llu rows of published figures, about no child, are left out",
                               (unsigned long long)run->reading->result->left_out);
}

enum evx_status evx_read_csv(struct evx_reading *r, struct evx_bytes utf8)
{
    struct run run = {.reading = r, .utf8 = utf8};
    struct evx_detected *detected = &r->result->detected;
    snprintf(detected->format, sizeof detected->format, "csv");
    enum evx_status s = evx_csv_header_read(&run.header, utf8);
    if (s) return reading_fault(r, s, 1);
    run.profile = evx_profile_match(r->job->profiles, run.header.cell, run.header.n);
    if (!run.profile)
        s = no_profile(&run);
    else {
        snprintf(detected->profile, sizeof detected->profile, "%.63s", run.profile->id);
        s = read_rows(&run);
        if (!s && r->result->left_out) s = note_aggregate(&run);
    }
    evx_csv_header_free(&run.header);
    return s;
}
