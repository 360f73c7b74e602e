// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/moment.h"

#include <string.h>

#include "proto/base/clock.h"

#define DAY_MS    86400000LL
#define MINUTE_MS 60000LL

// What the text says, before anybody asks whether such a moment exists.
struct reading {
    int year, month, day, hour, minute, second, milli;
    Evx__V1__Precision precision;
    bool short_year;
    bool has_offset, is_z;
    int offset_min;
};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static const char *take_number(const char *at, int digits, int *out)
{
    int value = 0;
    for (int i = 0; i < digits; i++) {
        if (!is_digit(at[i])) return NULL;
        value = value * 10 + (at[i] - '0');
    }
    *out = value;
    return at + digits;
}

static const char *take_year(const char *at, struct reading *r)
{
    const char *after = take_number(at, 4, &r->year);
    if (after) return after;
    after = take_number(at, 2, &r->year);
    if (!after || is_digit(*after)) return NULL;
    r->short_year = true;
    return after;
}

static const char *take_month_name(const char *at, int *month)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    if (strnlen(at, 3) < 3) return NULL;
    for (int i = 0; i < 12; i++)
        if (strncasecmp(at, names + i * 3, 3) == 0) {
            *month = i + 1;
            return at + 3;
        }
    return NULL;
}

static void finer(struct reading *r, Evx__V1__Precision p)
{
    if (p > r->precision) r->precision = p;
}

enum token_kind { YEAR, MONTH, MONTH_NAME, DAY, HOUR, MINUTE, SECOND, LITERAL };
static const struct token {
    const char *text;
    enum token_kind kind;
    Evx__V1__Precision precision;
} tokens[] = {
    {"yyyy", YEAR, EVX__V1__PRECISION__PRECISION_YEAR},
    {"mon", MONTH_NAME, EVX__V1__PRECISION__PRECISION_MONTH},
    {"mm", MONTH, EVX__V1__PRECISION__PRECISION_MONTH},
    {"dd", DAY, EVX__V1__PRECISION__PRECISION_DAY},
    {"HH", HOUR, EVX__V1__PRECISION__PRECISION_MINUTE},
    {"MM", MINUTE, EVX__V1__PRECISION__PRECISION_MINUTE},
    {"SS", SECOND, EVX__V1__PRECISION__PRECISION_SECOND},
};

static const struct token *token_at(const char *format)
{
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++)
        if (strncmp(format, tokens[i].text, strlen(tokens[i].text)) == 0) return &tokens[i];
    return NULL;
}

static const char *take_token(const char *at, enum token_kind kind, struct reading *r)
{
    switch (kind) {
    case YEAR: return take_year(at, r);
    case MONTH: return take_number(at, 2, &r->month);
    case MONTH_NAME: return take_month_name(at, &r->month);
    case DAY: return take_number(at, 2, &r->day);
    case HOUR: return take_number(at, 2, &r->hour);
    case MINUTE: return take_number(at, 2, &r->minute);
    case SECOND: return take_number(at, 2, &r->second);
    case LITERAL: break;
    }
    return NULL;
}

static bool read_pattern(struct reading *r, const char *text, const char *format)
{
    while (*format) {
        const struct token *t = token_at(format);
        if (!t) {
            if (*text++ != *format++) return false;
            continue;
        }
        text = take_token(text, t->kind, r);
        if (!text) return false;
        finer(r, t->precision);
        format += strlen(t->text);
    }
    return *text == '\0';
}

static const char *take_fraction(const char *at, struct reading *r)
{
    int scale = 100;
    const char *begin = ++at;
    for (; is_digit(*at); at++, scale /= 10)
        r->milli += (*at - '0') * scale;
    finer(r, EVX__V1__PRECISION__PRECISION_MILLISECOND);
    return at > begin && at - begin <= 9 ? at : NULL;
}

static const char *take_offset(const char *at, struct reading *r)
{
    r->has_offset = true;
    if (*at == 'Z') {
        r->is_z = true;
        return at + 1;
    }
    int sign = *at == '-' ? -1 : 1, hours, minutes;
    at = take_number(at + 1, 2, &hours);
    if (at && *at == ':') at++;
    if (at) at = take_number(at, 2, &minutes);
    if (!at || hours > 14 || minutes > 59) return NULL;
    r->offset_min = sign * (hours * 60 + minutes);
    return at;
}

static const char *take_clock(const char *at, struct reading *r)
{
    at = take_number(at, 2, &r->hour);
    if (!at || *at++ != ':') return NULL;
    at = take_number(at, 2, &r->minute);
    finer(r, EVX__V1__PRECISION__PRECISION_MINUTE);
    if (at && *at == ':') {
        at = take_number(at + 1, 2, &r->second);
        finer(r, EVX__V1__PRECISION__PRECISION_SECOND);
        if (at && *at == '.') at = take_fraction(at, r);
    }
    if (at && (*at == 'Z' || *at == '+' || *at == '-')) at = take_offset(at, r);
    return at;
}

static const char *take_date(const char *at, struct reading *r, bool partial)
{
    at = take_year(at, r);
    finer(r, EVX__V1__PRECISION__PRECISION_YEAR);
    if (!at || (partial && !*at)) return at;
    if (*at != '-') return NULL;
    at = take_number(at + 1, 2, &r->month);
    finer(r, EVX__V1__PRECISION__PRECISION_MONTH);
    if (!at || (partial && !*at)) return at;
    if (*at != '-') return NULL;
    finer(r, EVX__V1__PRECISION__PRECISION_DAY);
    return take_number(at + 1, 2, &r->day);
}

static bool read_iso(struct reading *r, const char *text)
{
    const char *at = take_date(text, r, false);
    if (at && (*at == 'T' || *at == ' ')) at = take_clock(at + 1, r);
    return at && *at == '\0';
}

static bool read_fhir(struct reading *r, const char *text)
{
    const char *at = take_date(text, r, true);
    if (!at || !*at) return at != NULL;
    if (*at != 'T') return false;
    at = take_clock(at + 1, r);
    return at && *at == '\0' && r->has_offset && r->precision >= EVX__V1__PRECISION__PRECISION_SECOND;
}

static bool plausible(const struct reading *r)
{
    return r->year >= 1800 && r->year <= 2200 && evx_date_valid(r->year, r->month, r->day) && r->hour < 24 &&
           r->minute < 60 && r->second < 60;
}

static enum evx_status place_local(struct evx_moment *out, int64_t local_ms, enum evx_zone zone)
{
    int64_t utc[2];
    int n = evx_zone_resolve(utc, zone, local_ms);
    bool timed = out->precision >= EVX__V1__PRECISION__PRECISION_MINUTE;
    if (timed && (n != 1 || !evx_zone_known(zone, utc[0]))) return EVX_E_CELL_TIME_LOCAL;
    out->utc_ms = utc[0];
    out->offset_min = (int)((local_ms - utc[0]) / MINUTE_MS);
    out->zone = evx_zone_name(zone);
    out->zone_source = EVX__V1__ZONE_SOURCE__ZONE_ASSUMED;
    return EVX_OK;
}

static enum evx_status place(struct evx_moment *out, const struct reading *r, enum evx_zone zone)
{
    int64_t clock = ((r->hour * 60LL + r->minute) * 60 + r->second) * 1000 + r->milli;
    int64_t local_ms = evx_days_from_civil(r->year, r->month, r->day) * DAY_MS + clock;
    out->precision = r->precision;
    if (!r->has_offset) return place_local(out, local_ms, zone);
    out->utc_ms = local_ms - r->offset_min * MINUTE_MS;
    out->offset_min = r->offset_min;
    out->zone = r->is_z ? "UTC" : "";
    out->zone_source = EVX__V1__ZONE_SOURCE__ZONE_STATED;
    return EVX_OK;
}

bool evx_moment_format_valid(const char *format)
{
    if (strcmp(format, "iso") == 0 || strcmp(format, "fhir") == 0) return true;
    bool year = false;
    while (*format) {
        const struct token *t = token_at(format);
        if (!t && ((*format >= 'a' && *format <= 'z') || (*format >= 'A' && *format <= 'Z')) &&
            *format != 'T')
            return false;
        year = year || (t && t->kind == YEAR);
        format += t ? strlen(t->text) : 1;
    }
    return year;
}

enum evx_status evx_moment_parse(struct evx_moment *out, const char *text, const char *format,
                                 enum evx_zone zone)
{
    *out = (struct evx_moment){.zone = ""};
    struct reading r = {.month = 1, .day = 1};
    bool fits;
    if (strcmp(format, "iso") == 0)
        fits = read_iso(&r, text);
    else if (strcmp(format, "fhir") == 0)
        fits = read_fhir(&r, text);
    else
        fits = read_pattern(&r, text, format);
    if (!fits) return EVX_E_CELL_DATE;
    if (r.short_year) return EVX_E_CELL_DATE_SHORT;
    if (!plausible(&r)) return EVX_E_CELL_DATE;
    return place(out, &r, zone);
}

static int64_t floor_days(int64_t local_ms) { return local_ms / DAY_MS - (local_ms % DAY_MS < 0); }

void evx_moment_coarsen(struct evx_moment *m, Evx__V1__Precision precision)
{
    if (precision == EVX__V1__PRECISION__PRECISION_UNKNOWN || m->precision <= precision) return;
    m->precision = precision;
    if (precision > EVX__V1__PRECISION__PRECISION_DAY) return;
    int year, month, day;
    int64_t days = floor_days(m->utc_ms + m->offset_min * MINUTE_MS), utc[2];
    evx_civil_from_days(days, &year, &month, &day);
    if (precision < EVX__V1__PRECISION__PRECISION_DAY) day = 1;
    if (precision < EVX__V1__PRECISION__PRECISION_MONTH) month = 1;
    int64_t local_ms = evx_days_from_civil(year, month, day) * DAY_MS;
    utc[0] = local_ms - m->offset_min * MINUTE_MS;
    if (strcmp(m->zone, "Europe/London") == 0) evx_zone_resolve(utc, EVX_ZONE_LONDON, local_ms);
    m->utc_ms = utc[0];
    m->offset_min = (int)((local_ms - utc[0]) / MINUTE_MS);
}

static int64_t interval_ms(const struct evx_moment *m)
{
    switch (m->precision) {
    case EVX__V1__PRECISION__PRECISION_YEAR: return 366 * DAY_MS;
    case EVX__V1__PRECISION__PRECISION_MONTH: return 31 * DAY_MS;
    case EVX__V1__PRECISION__PRECISION_DAY: return DAY_MS;
    case EVX__V1__PRECISION__PRECISION_MINUTE: return MINUTE_MS;
    case EVX__V1__PRECISION__PRECISION_SECOND: return 1000;
    default: return 1;
    }
}

int64_t evx_moment_end_ms(const struct evx_moment *m) { return m->utc_ms + interval_ms(m) - 1; }
