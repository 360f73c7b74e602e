// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/profile_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "agents/client/ingest/moment.h"

struct check {
    struct evx_profile *p;
    const char *name;
    struct evx_buf *explain;
};

__attribute__((format(printf, 2, 3))) static enum evx_status wrong(const struct check *c, const char *format,
                                                                   ...)
{
    char said[240];
    va_list args;
    va_start(args, format);
    vsnprintf(said, sizeof said, format, args);
    va_end(args);
    return evx_buf_printf(c->explain, "%s: %s", c->name, said) ? EVX_E_MEMORY : EVX_E_CONFIG;
}

static enum evx_status check_formats(const struct check *c, char **formats, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (!evx_moment_format_valid(formats[i]))
            return wrong(c, "format '%s' is not made of yyyy mm mon dd HH MM SS, and not iso or fhir",
                         formats[i]);
    return EVX_OK;
}

static enum evx_status check_criteria(const struct check *c, char **criteria, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        const char *slash = strchr(criteria[i], '/');
        if (!slash || slash == criteria[i] || !slash[1])
            return wrong(c, "criterion '%s' is not of the form framework/criterion", criteria[i]);
    }
    return EVX_OK;
}

static bool kebab(const char *text)
{
    return text && *text && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(text);
}

static bool is_date(const struct evx_profile_column *col)
{
    return col->type == EVX_TYPE_DATE || col->to == EVX_TO_BORN ||
           (col->to >= EVX_TO_OCCURRED && col->to <= EVX_TO_RECEIVED);
}

static enum evx_status check_column(const struct check *c, const struct evx_profile_column *col)
{
    if (col->to == EVX_TO_FIELD && !kebab(col->field))
        return wrong(c, "column '%s' needs a field name in lower case with dashes", col->name);
    if (col->to == EVX_TO_IDENTIFIER && !col->scheme)
        return wrong(c, "column '%s' needs a scheme", col->name);
    if (col->type == EVX_TYPE_CODE && (!col->list || !evx_profile_list(c->p, col->list)))
        return wrong(c, "column '%s' names no list of codes that is in the profile", col->name);
    if (is_date(col) && !col->formats_count && !c->p->formats_count)
        return wrong(c, "column '%s' is a date but neither it nor the profile has formats", col->name);
    if (evx_profile_column(c->p, col->name) != col) return wrong(c, "column '%s' stands twice", col->name);
    return check_formats(c, col->formats, col->formats_count);
}

static enum evx_status check_list(const struct check *c, const struct evx_profile_list *l)
{
    for (unsigned i = 0; i < l->codes_count; i++) {
        const struct evx_profile_code *code = &l->codes[i];
        if (evx_profile_code(l, code->code) != code)
            return wrong(c, "code '%s' stands twice in list '%s'", code->code, l->name);
        enum evx_status s = check_criteria(c, code->criteria, code->criteria_count);
        if (s) return s;
    }
    return EVX_OK;
}

static enum evx_status check_rule(const struct check *c, const struct evx_profile_rule *r)
{
    if (r->rule != EVX_RULE_ORDER) return EVX_OK;
    const struct evx_profile_column *first = r->first ? evx_profile_column(c->p, r->first) : NULL;
    const struct evx_profile_column *last = r->last ? evx_profile_column(c->p, r->last) : NULL;
    if (!first || !last || !is_date(first) || !is_date(last))
        return wrong(c, "rule order needs 'first' and 'last', both date columns of the profile");
    return EVX_OK;
}

static enum evx_status check_narrative(const struct check *c)
{
    for (const char *at = strchr(c->p->narrative, '{'); at; at = strchr(at + 1, '{')) {
        char column[128];
        int n = (int)strcspn(at + 1, ":|}");
        snprintf(column, sizeof column, "%.*s", n, at + 1);
        if (!strchr(at, '}') || !evx_profile_column(c->p, column))
            return wrong(c, "the narrative's {%s} is not a column of the profile", column);
    }
    return EVX_OK;
}

static enum evx_status check_match(const struct check *c)
{
    if (c->p->aggregate) return EVX_OK;
    for (unsigned i = 0; i < c->p->match_count; i++)
        if (!evx_profile_column(c->p, c->p->match[i]))
            return wrong(c, "match names '%s', which is not a column of the profile", c->p->match[i]);
    return EVX_OK;
}

static enum evx_status check_head(const struct check *c)
{
    struct evx_profile *p = c->p;
    if (!p->source) p->source = EVX__V1__SOURCE_TYPE__SOURCE_RECORD;
    if (!p->direction) p->direction = EVX__V1__DIRECTION__DIRECTION_NEUTRAL;
    if (!p->significance) p->significance = EVX__V1__SIGNIFICANCE__SIGNIFICANCE_ROUTINE;
    if (p->zone_name && !evx_zone_find(&p->zone, p->zone_name))
        return wrong(c, "zone '%s' is not Europe/London or UTC", p->zone_name);
    if (!p->aggregate && !kebab(p->kind)) return wrong(c, "kind must be lower case with dashes");
    if (!p->aggregate && !p->columns_count) return wrong(c, "no columns");
    return check_criteria(c, p->criteria, p->criteria_count);
}

enum evx_status evx_profile_check(struct evx_profile *p, const char *name, struct evx_buf *explain)
{
    struct check c = {p, name, explain};
    enum evx_status s = check_head(&c);
    if (!s) s = check_formats(&c, p->formats, p->formats_count);
    for (unsigned i = 0; !s && i < p->lists_count; i++)
        s = check_list(&c, &p->lists[i]);
    for (unsigned i = 0; !s && i < p->columns_count; i++)
        s = check_column(&c, &p->columns[i]);
    for (unsigned i = 0; !s && i < p->rules_count; i++)
        s = check_rule(&c, &p->rules[i]);
    if (!s && p->narrative) s = check_narrative(&c);
    return s ? s : check_match(&c);
}
