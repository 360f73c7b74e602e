// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "agents/inspector/report/sections.h"
#include "agents/inspector/views/when.h"
#include "proto/base/clock.h"

void evx_part_section(struct evx_html *h, const char *id, const char *title)
{
    h_begin(h, "section");
    h_attr(h, "aria-labelledby", id);
    h_begin(h, "h2");
    h_attr(h, "id", id);
    h_text(h, title);
    h_end(h);
}

void evx_part_table(struct evx_html *h, const char *caption)
{
    h_begin(h, "div");
    h_attr(h, "class", "frame");
    h_attr(h, "role", "region");
    h_attr(h, "aria-label", caption);
    h_attr(h, "tabindex", "0");
    h_begin(h, "table");
    h_element(h, "caption", caption);
}

void evx_part_table_end(struct evx_html *h)
{
    h_end(h);
    h_end(h);
}

void evx_part_head(struct evx_html *h, const char *const *title, size_t n)
{
    h_begin(h, "thead");
    h_begin(h, "tr");
    for (size_t i = 0; i < n; i++) {
        bool number = title[i][0] == '>';
        h_begin(h, "th");
        h_attr(h, "scope", "col");
        if (number) h_attr(h, "class", "number");
        h_text(h, title[i] + number);
        h_end(h);
    }
    h_end(h);
    h_end(h);
}

void evx_part_row_head(struct evx_html *h, const char *text)
{
    h_begin(h, "th");
    h_attr(h, "scope", "row");
    h_text(h, text);
    h_end(h);
}

void evx_part_cell(struct evx_html *h, const char *text) { h_element(h, "td", text); }

void evx_part_number(struct evx_html *h, size_t n)
{
    h_begin(h, "td");
    h_attr(h, "class", "number");
    h_textf(h, "%zu", n);
    h_end(h);
}

static bool in_appendix(const struct evx_report *r, size_t item)
{
    const struct evx_item_fact *f = &r->v->facts.item[item];
    for (size_t m = 0; m < f->mentions; m++) {
        uint32_t child = r->v->children.of_record[f->mention[m].record];
        for (size_t k = 0; k < r->shown; k++)
            if (r->completeness.child[k] == child) return true;
    }
    return false;
}

void evx_part_evidence(struct evx_html *h, struct evx_report *r, size_t item)
{
    char id[EVX_CITED_TEXT], target[EVX_CITED_TEXT + 1];
    if (item >= r->v->facts.items) {
        h_text(h, "the inspection's list");
        return;
    }
    evx_evidence_id(id, &r->v->facts.item[item].x.id);
    snprintf(target, sizeof target, "#%s", id);
    h_begin(h, "a");
    if (in_appendix(r, item)) h_attr(h, "href", target);
    h_attr(h, "class", "id");
    h_text(h, id);
    h_end(h);
}

static void machine_time(char out[EVX_TIME_TEXT], int64_t utc_ms, int precision)
{
    evx_time_text(out, utc_ms);
    if (precision == EVX__V1__PRECISION__PRECISION_YEAR) out[4] = 0;
    if (precision == EVX__V1__PRECISION__PRECISION_MONTH) out[7] = 0;
    if (precision == EVX__V1__PRECISION__PRECISION_DAY) out[10] = 0;
}

void evx_part_moment(struct evx_html *h, const Evx__V1__Moment *m)
{
    char when[EVX_WHEN_TEXT], zone[EVX_WHEN_TEXT], machine[EVX_TIME_TEXT];
    if (!m || !m->precision) {
        h_text(h, "not given");
        return;
    }
    evx_when_text(when, m);
    evx_when_zone(zone, m);
    bool day = m->precision <= EVX__V1__PRECISION__PRECISION_DAY;
    machine_time(machine, m->utc_ms + (day ? m->offset_min * 60000ll : 0), m->precision);
    h_begin(h, "time");
    h_attr(h, "datetime", machine);
    h_text(h, when);
    h_end(h);
    if (!*zone) return;
    h_begin(h, "small");
    h_textf(h, " %s%s", zone, m->zone_source == EVX__V1__ZONE_SOURCE__ZONE_STATED ? "" : " (assumed)");
    h_end(h);
}

void evx_part_time(struct evx_html *h, int64_t utc_ms, bool with_clock)
{
    Evx__V1__Moment m = EVX__V1__MOMENT__INIT;
    m.utc_ms = utc_ms;
    m.precision = with_clock ? EVX__V1__PRECISION__PRECISION_MINUTE : EVX__V1__PRECISION__PRECISION_DAY;
    m.zone_source = EVX__V1__ZONE_SOURCE__ZONE_STATED;
    evx_part_moment(h, utc_ms ? &m : NULL);
}

const char *evx_part_child(struct evx_report *r, const struct evx_child_fact *c)
{
    if (!r->names || (!*c->given && !*c->family)) return c->initials;
    const char *name = evx_slab_printf(&r->v->slab, "%s%s%s", c->given, *c->given ? " " : "", c->family);
    return name ? name : c->initials;
}
