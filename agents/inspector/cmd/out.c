// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/cmd/out.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "agents/inspector/views/completeness.h"
#include "agents/inspector/views/identity.h"

static struct evx_jout begun(json_t *v) { return (struct evx_jout){v, v ? EVX_OK : EVX_E_MEMORY}; }
struct evx_jout evx_jout_schema(const char *schema) { return begun(evx_json_object(schema)); }
struct evx_jout evx_jout_object(void) { return begun(json_object()); }
struct evx_jout evx_jout_array(void) { return begun(json_array()); }

static void set(struct evx_jout *j, const char *key, json_t *value)
{
    if (j->s)
        json_decref(value);
    else
        j->s = evx_json_set(j->v, key, value);
}

void evx_jout_text(struct evx_jout *j, const char *key, const char *text)
{
    set(j, key, evx_json_text(text));
}
void evx_jout_number(struct evx_jout *j, const char *key, uint64_t n) { set(j, key, evx_json_number(n)); }
void evx_jout_flag(struct evx_jout *j, const char *key, bool flag) { set(j, key, json_boolean(flag)); }

void evx_jout_time(struct evx_jout *j, const char *key, int64_t utc_ms)
{
    set(j, key, utc_ms ? evx_json_time(utc_ms) : json_null());
}

void evx_jout_moment(struct evx_jout *j, const char *key, const Evx__V1__Moment *m)
{
    if (!m || !m->precision) {
        set(j, key, json_null());
        return;
    }
    struct evx_jout o = evx_jout_object();
    set(&o, "utc", evx_json_time(m->utc_ms));
    evx_jout_text(&o, "precision", evx_precision_name(m->precision));
    set(&o, "offset_min", json_integer(m->offset_min));
    evx_jout_text(&o, "zone", m->zone);
    evx_jout_text(&o, "zone_source",
                  m->zone_source == EVX__V1__ZONE_SOURCE__ZONE_STATED ? "stated" : "assumed");
    evx_jout_text(&o, "text", m->text);
    evx_jout_put(j, key, &o);
}

void evx_jout_put(struct evx_jout *j, const char *key, struct evx_jout *child)
{
    if (!j->s) j->s = child->s;
    set(j, key, child->v);
    child->v = NULL;
}

void evx_jout_add(struct evx_jout *array, struct evx_jout *child)
{
    if (!array->s) array->s = child->s;
    if (array->s)
        json_decref(child->v);
    else
        array->s = evx_json_add(array->v, child->v);
    child->v = NULL;
}

void evx_jout_add_text(struct evx_jout *array, const char *text)
{
    if (!array->s) array->s = evx_json_add(array->v, evx_json_text(text));
}

enum evx_status evx_jout_print(FILE *to, struct evx_jout *j)
{
    enum evx_status s = j->s;
    if (s)
        json_decref(j->v);
    else
        s = evx_json_print(to, j->v);
    j->v = NULL;
    return s;
}

struct evx_jout evx_jout_child(struct evx_desk *d, const struct evx_child_fact *c)
{
    struct evx_jout o = evx_jout_object();
    evx_jout_text(&o, "id", c->id);
    if (c->tracked) evx_jout_number(&o, "tracked", c->tracked);
    evx_jout_text(&o, "initials", c->initials);
    if (d->names) evx_jout_text(&o, "given", c->given);
    if (d->names) evx_jout_text(&o, "family", c->family);
    if (d->names) evx_jout_moment(&o, "born", c->born);
    return o;
}

void evx_out_heading(struct evx_desk *d, const char *text)
{
    static bool again;
    bool bold = evx_cli_colour(&d->o);
    printf("%s%s%s%s\n", again ? "\n" : "", bold ? "\033[1m" : "", text, bold ? "\033[0m" : "");
    again = true;
}

enum evx_status evx_out_table(struct evx_desk *d, struct evx_table **t)
{
    bool plain = d->o.plain;
    enum evx_status s = evx_table_print(stdout, *t, plain, !plain && evx_cli_colour(&d->o));
    evx_table_destroy(t);
    return s;
}

// Evidence is somebody else's text: nothing in it may steer the terminal.
static bool steers(const unsigned char *p, size_t *n)
{
    *n = 1;
    if (p[0] < 0x20 || p[0] == 0x7f) return true;
    if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f) return *n = 2, true; // C1
    // Marks and overrides of writing direction: U+200E..F, U+202A..E, U+2066..9
    bool marks =
        p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0x8e || p[2] == 0x8f || (p[2] >= 0xaa && p[2] <= 0xae));
    bool isolates = p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9;
    if (marks || isolates) *n = 3;
    return marks || isolates;
}

const char *evx_out_clean(struct evx_desk *d, const char *text)
{
    char *copy = evx_slab_copy(&d->v->slab, text), *to = copy;
    if (!copy) return "";
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        size_t n = 1;
        bool out = steers(p, &n);
        *to++ = out ? ' ' : (char)*p;
        p += n;
    }
    *to = 0;
    return copy;
}

const char *evx_out_cut(struct evx_desk *d, const char *text, size_t width)
{
    if (d->o.plain || evx_text_width(text) <= width) return text;
    char *copy = evx_slab_printf(&d->v->slab, "%s", text);
    size_t n = copy ? strlen(copy) : 0;
    while (n && evx_text_width(copy) > width - 1) {
        do
            n--;
        while (n && ((unsigned char)copy[n] & 0xc0) == 0x80);
        copy[n] = 0;
    }
    while (n && copy[n - 1] == ' ')
        copy[--n] = 0;
    const char *cut = copy ? evx_slab_printf(&d->v->slab, "%s…", copy) : NULL;
    return cut ? cut : "";
}

#define WIDTH_USUAL 100
#define WIDTH_LEAST 60
#define WIDTH_MOST  160

size_t evx_out_width(const struct evx_desk *d)
{
    struct winsize w = {0};
    if (d->o.plain) return SIZE_MAX / 2;
    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) || !w.ws_col) return WIDTH_USUAL;
    size_t width = w.ws_col < WIDTH_LEAST ? WIDTH_LEAST : w.ws_col;
    return width < WIDTH_MOST ? width : WIDTH_MOST;
}

// Bytes of the longest beginning that fits in `room` columns and ends where a word does;
// one word that is longer stands alone.
static size_t line_bytes(struct evx_desk *d, const char *text, size_t room)
{
    size_t best = 0;
    for (size_t n = 0;; n++) {
        if (text[n] && text[n] != ' ') continue;
        const char *line = evx_slab_text(&d->v->slab, text, n);
        if (!line || (best && evx_text_width(line) > room)) return best;
        best = n;
        if (!text[n]) return best;
    }
}

void evx_out_wrap(struct evx_desk *d, const char *text, size_t indent, size_t lines)
{
    size_t width = evx_out_width(d), room = width > indent + 20 ? width - indent : 20;
    for (size_t i = 0; i < lines && *text; i++) {
        size_t n = line_bytes(d, text, i + 1 < lines ? room : room - 1);
        const char *rest = text + n + strspn(text + n, " ");
        printf("%*s%.*s%s\n", (int)indent, "", (int)n, text, i + 1 == lines && *rest ? "…" : "");
        text = rest;
    }
}

static const char *in_utc(struct evx_desk *d, int64_t utc_ms, Evx__V1__Precision precision)
{
    Evx__V1__Moment m = EVX__V1__MOMENT__INIT;
    char text[EVX_WHEN_TEXT];
    m.utc_ms = utc_ms;
    m.precision = precision;
    evx_when_text(text, &m);
    const char *copy = utc_ms ? evx_slab_copy(&d->v->slab, text) : "";
    return copy ? copy : "";
}

const char *evx_out_day(struct evx_desk *d, int64_t utc_ms)
{
    return in_utc(d, utc_ms, EVX__V1__PRECISION__PRECISION_DAY);
}

const char *evx_out_occurred(struct evx_desk *d, size_t item)
{
    const struct evx_index_time *t = &d->v->facts.item[item].x.occurred;
    Evx__V1__Moment m = EVX__V1__MOMENT__INIT;
    char text[EVX_WHEN_TEXT];
    if (!t->precision) return "undated";
    m.utc_ms = t->utc_ms;
    m.offset_min = t->offset_min;
    m.precision = t->precision < EVX__V1__PRECISION__PRECISION_DAY ? (Evx__V1__Precision)t->precision
                                                                   : EVX__V1__PRECISION__PRECISION_DAY;
    evx_when_text(text, &m);
    const char *copy = evx_slab_copy(&d->v->slab, text);
    return copy ? copy : "";
}

const char *evx_out_time(struct evx_desk *d, int64_t utc_ms)
{
    return in_utc(d, utc_ms, EVX__V1__PRECISION__PRECISION_MINUTE);
}

const char *evx_out_number(struct evx_desk *d, size_t n)
{
    const char *text = evx_slab_printf(&d->v->slab, "%zu", n);
    return text ? text : "";
}

const char *evx_out_evidence(struct evx_desk *d, size_t item)
{
    char id[EVX_CITED_TEXT];
    if (item >= d->v->facts.items) return "";
    evx_evidence_id(id, &d->v->facts.item[item].x.id);
    const char *text = evx_slab_copy(&d->v->slab, id);
    return text ? text : "";
}

const char *evx_direction_name(int direction)
{
    static const char *const names[] = {"not stated", "strength", "concern", "neutral"};
    return direction >= 0 && direction <= EVX__V1__DIRECTION__DIRECTION_NEUTRAL ? names[direction] : names[0];
}

const char *evx_significance_name(int significance)
{
    static const char *const names[] = {"not stated", "routine", "notable", "critical"};
    return significance >= 0 && significance <= EVX__V1__SIGNIFICANCE__SIGNIFICANCE_CRITICAL
               ? names[significance]
               : names[0];
}

const char *evx_source_name(int source)
{
    static const char *const names[] = {"not stated", "observation", "record", "interview"};
    return source >= 0 && source <= EVX__V1__SOURCE_TYPE__SOURCE_INTERVIEW ? names[source] : names[0];
}
