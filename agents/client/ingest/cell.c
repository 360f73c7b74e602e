// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/cell.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/client/ingest/identifier.h"

static char *borrow(const char *text) { return (char *)(uintptr_t)text; }

static enum evx_status wrong(const struct evx_cell *c, const char *text, enum evx_status code,
                             const char *said)
{
    struct evx_place at = {c->row, c->column->name, text};
    return evx_reading_problem(c->reading, &at, code, EVX_SEVERITY_ERROR, "%s", said);
}

static bool has_control(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p < 0x20 && *p != '\n' && *p != '\t') return true;
        if (*p == 0x7f || (p[0] == 0xC2 && p[1] >= 0x80 && p[1] < 0xA0)) return true;
    }
    return false;
}

static bool skipped(const struct evx_profile_column *col, const char *text)
{
    for (unsigned i = 0; i < col->skip_count; i++)
        if (strcasecmp(col->skip[i], text) == 0) return true;
    return false;
}

static Evx__V1__Subject *child(struct evx_cell *c)
{
    if (!*c->child) *c->child = evx_draft_subject(c->draft, EVX__V1__SUBJECT_ROLE__ROLE_CHILD);
    return *c->child;
}

static enum evx_status date_wrong(const struct evx_cell *c, const char *text, enum evx_status code,
                                  const char *format)
{
    char said[160];
    if (code == EVX_E_CELL_DATE_SHORT)
        snprintf(said, sizeof said, "the year has two digits; expected %.40s", format);
    else if (code == EVX_E_CELL_TIME_LOCAL)
        snprintf(said, sizeof said,
                 "the clocks of %s skip this time, repeat it, or are not known for that year",
                 evx_zone_name(c->profile->zone));
    else
        snprintf(said, sizeof said, "not a date of the form %.40s, or a day that does not exist", format);
    return wrong(c, text, code, said);
}

// The first format that fits wins; of several failures the most telling is reported.
static enum evx_status take_date(struct evx_cell *c, const char *text)
{
    char *const *formats = c->column->formats_count ? c->column->formats : c->profile->formats;
    unsigned n = c->column->formats_count ? c->column->formats_count : c->profile->formats_count;
    enum evx_status worst = EVX_E_CELL_DATE;
    for (unsigned i = 0; i < n; i++) {
        enum evx_status s = evx_moment_parse(&c->mapped->moment, text, formats[i], c->profile->zone);
        if (s == EVX_OK) {
            evx_moment_coarsen(&c->mapped->moment, c->column->precision);
            c->mapped->has_moment = true;
            return EVX_OK;
        }
        if (s > worst) worst = s;
    }
    return date_wrong(c, text, worst, formats[0]);
}

static enum evx_status take_moment(struct evx_cell *c, const char *text, Evx__V1__Moment **out)
{
    *out = NULL;
    enum evx_status s = take_date(c, text);
    if (!s && c->mapped->has_moment) *out = evx_draft_moment(c->draft, &c->mapped->moment, text);
    return s;
}

// The code and its meaning in one text, "K2 children's home".
static const char *code_text(struct evx_cell *c, const struct evx_profile_code *code)
{
    if (strcmp(code->code, code->means) == 0) return code->code;
    size_t n = strlen(code->code) + strlen(code->means) + 2;
    char *both = evx_pool_take(c->draft->pool, n);
    if (both) snprintf(both, n, "%s %s", code->code, code->means);
    return both;
}

static enum evx_status find_code(struct evx_cell *c, const char *text)
{
    const struct evx_profile_list *list = evx_profile_list(c->profile, c->column->list);
    const struct evx_profile_code *code = evx_profile_code(list, text);
    char said[160];
    snprintf(said, sizeof said, "not in the list '%.60s'", list->name);
    if (!code) return wrong(c, text, EVX_E_CELL_CODE, said);
    c->mapped->code = code;
    evx_draft_direction(c->draft, code->direction);
    evx_draft_significance(c->draft, code->significance);
    evx_draft_criteria(c->draft, code->criteria, code->criteria_count);
    return EVX_OK;
}

static enum evx_status take_code(struct evx_cell *c, const char *text)
{
    enum evx_status s = find_code(c, text);
    if (s || !c->mapped->code) return s;
    const char *both = code_text(c, c->mapped->code);
    evx_draft_text(c->draft, c->column->field, both);
    return both ? EVX_OK : EVX_E_MEMORY;
}

static enum evx_status take_number(struct evx_cell *c, const char *text)
{
    int64_t unscaled;
    uint32_t scale;
    if (!evx_decimal_parse(&unscaled, &scale, text, false))
        return wrong(c, text, EVX_E_CELL_NUMBER, "not a number");
    if (c->column->type == EVX_TYPE_DECIMAL) {
        evx_draft_decimal(c->draft, c->column->field, unscaled, scale);
        return EVX_OK;
    }
    for (; scale && unscaled % 10 == 0; scale--)
        unscaled /= 10;
    if (scale) return wrong(c, text, EVX_E_CELL_NUMBER, "not a whole number");
    evx_draft_integer(c->draft, c->column->field, unscaled);
    return EVX_OK;
}

static enum evx_status take_flag(struct evx_cell *c, const char *text)
{
    static const char *const words[2][4] = {{"false", "no", "n", "0"}, {"true", "yes", "y", "1"}};
    for (int value = 0; value < 2; value++)
        for (int i = 0; i < 4; i++)
            if (strcasecmp(text, words[value][i]) == 0) {
                evx_draft_flag(c->draft, c->column->field, value);
                return EVX_OK;
            }
    return wrong(c, text, EVX_E_CELL_CODE, "neither yes nor no");
}

static enum evx_status take_field(struct evx_cell *c, const char *text)
{
    Evx__V1__Moment *moment;
    enum evx_status s = EVX_OK;
    switch (c->column->type) {
    case EVX_TYPE_TEXT: evx_draft_text(c->draft, c->column->field, text); break;
    case EVX_TYPE_INTEGER:
    case EVX_TYPE_DECIMAL: s = take_number(c, text); break;
    case EVX_TYPE_FLAG: s = take_flag(c, text); break;
    case EVX_TYPE_CODE: s = take_code(c, text); break;
    case EVX_TYPE_DATE:
        s = take_moment(c, text, &moment);
        if (!s && moment) evx_draft_date(c->draft, c->column->field, moment);
        break;
    }
    return s;
}

static bool national(const char *scheme)
{
    return strcmp(scheme, "nhs-number") == 0 || strcmp(scheme, "upn") == 0;
}

static enum evx_status take_identifier(struct evx_cell *c, const char *text)
{
    const char *scheme = c->column->scheme;
    struct evx_place at = {c->row, c->column->name, text};
    if (strcmp(scheme, "nhs-number") == 0) {
        char digits[EVX_NHS_NUMBER_TEXT];
        if (!evx_nhs_number(digits, text))
            return wrong(c, text, EVX_E_CELL_IDENTIFIER,
                         "not an NHS number: ten digits, the last a check digit");
        text = evx_pool_text(c->draft->pool, digits, strlen(digits));
        if (!text) return EVX_E_MEMORY;
    }
    enum evx_status s = EVX_OK;
    if (strcmp(scheme, "upn") == 0 && !evx_upn_plausible(text))
        s = evx_reading_problem(c->reading, &at, EVX_E_CELL_IDENTIFIER, EVX_SEVERITY_WARNING,
                                "form or check letter is not that of a unique pupil number; taken as it is");
    evx_draft_identifier(c->draft, child(c), scheme, text,
                         national(scheme) ? "" : c->reading->job->organisation);
    return s;
}

static enum evx_status take_event_time(struct evx_cell *c, const char *text)
{
    Evx__V1__Moment *moment;
    enum evx_status s = take_moment(c, text, &moment);
    if (s || !moment) return s;
    Evx__V1__Evidence *e = &c->draft->evidence;
    if (c->column->to == EVX_TO_OCCURRED)
        e->occurred = moment;
    else if (c->column->to == EVX_TO_RECORDED)
        e->recorded = moment;
    else
        e->received = moment;
    return EVX_OK;
}

static enum evx_status take_sex(struct evx_cell *c, Evx__V1__Subject *s, const char *text)
{
    s->sex = borrow(text);
    if (c->column->type != EVX_TYPE_CODE) return EVX_OK;
    enum evx_status found = find_code(c, text);
    if (c->mapped->code) s->sex = c->mapped->code->means;
    return found;
}

static enum evx_status take_person(struct evx_cell *c, const char *text)
{
    Evx__V1__Subject *s = child(c);
    if (!s) return EVX_OK;
    if (c->column->to == EVX_TO_BORN) return take_moment(c, text, &s->born);
    if (c->column->to == EVX_TO_FAMILY_NAME)
        s->family_name = borrow(text);
    else if (c->column->to == EVX_TO_GIVEN_NAME)
        s->given_name = borrow(text);
    else
        return take_sex(c, s, text);
    return EVX_OK;
}

static enum evx_status take_target(struct evx_cell *c, const char *text)
{
    switch (c->column->to) {
    case EVX_TO_FIELD: return take_field(c, text);
    case EVX_TO_IDENTIFIER: return take_identifier(c, text);
    case EVX_TO_FAMILY_NAME:
    case EVX_TO_GIVEN_NAME:
    case EVX_TO_SEX:
    case EVX_TO_BORN: return take_person(c, text);
    case EVX_TO_OCCURRED:
    case EVX_TO_RECORDED:
    case EVX_TO_RECEIVED: return take_event_time(c, text);
    case EVX_TO_NOTHING: break;
    }
    return c->column->type == EVX_TYPE_DATE ? take_date(c, text) : EVX_OK;
}

enum evx_status evx_cell_take(struct evx_cell *c, const char *text)
{
    bool long_text = c->column->to == EVX_TO_FIELD || c->column->to == EVX_TO_NOTHING;
    size_t limit =
        long_text && c->column->type == EVX_TYPE_TEXT ? EVX_LIMIT_TEXT_BYTES : EVX_LIMIT_NAME_BYTES;
    if (has_control(text)) return wrong(c, text, EVX_E_CELL_CONTROL, "holds control characters");
    if (strlen(text) > limit) return wrong(c, text, EVX_E_CELL_LONG, "longer than the field allows");
    if (!*text || skipped(c->column, text))
        return c->column->required ? wrong(c, "", EVX_E_CELL_REQUIRED, "is empty") : EVX_OK;
    c->mapped->text = text;
    return take_target(c, text);
}
