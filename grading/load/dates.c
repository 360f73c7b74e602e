// SPDX-License-Identifier: Apache-2.0
//
// Dates that a framework sets, and whom it wants tracked.
#include <string.h>

#include "grading/load/load.h"

struct due {
    struct evx_text id, source, event, within, activity, message, when;
};
static const struct evx_field due_fields[] = {
    EVX_KEY(due, "id", id, TEXT, true),
    EVX_KEY(due, "source", source, TEXT, true),
    EVX_KEY(due, "event", event, TEXT, true),
    EVX_KEY(due, "within", within, TEXT, true),
    EVX_KEY(due, "activity", activity, TEXT, true),
    EVX_KEY(due, "message", message, TEXT, true),
    EVX_KEY(due, "when", when, TEXT, false),
};
static const struct evx_shape due_shape = EVX_SHAPE("date", due, due_fields);

// Cuts the next word off *at into `word`; false when there is none or it is
// too long.
static bool cut(const char **at, char word[24])
{
    size_t n = 0;
    while (**at == ' ')
        ++*at;
    while ((*at)[n] && (*at)[n] != ' ')
        n++;
    if (!n || n >= 24) return false;
    memcpy(word, *at, n);
    word[n] = '\0';
    *at += n;
    return true;
}

static bool by_date(const char *at, struct evx_due_info *out)
{
    char word[24];
    evx_day probe;
    char full[16] = "2028-"; // a leap year: 02-29 is a date
    if (!cut(&at, word) || strlen(word) != 5 || *at) return false;
    memcpy(full + 5, word, 6);
    if (!evx_day_parse(&probe, full)) return false;
    out->unit = EVX_UNIT_DATE;
    out->most = (word[0] - '0') * 1000 + (word[1] - '0') * 100 + (word[3] - '0') * 10 + (word[4] - '0');
    out->least = out->most;
    return true;
}

static bool unit_of(const char *word, enum evx_unit *unit)
{
    for (int u = EVX_UNIT_DAYS; u <= EVX_UNIT_YEARS; u++) {
        *unit = (enum evx_unit)u;
        const char *name = evx_unit_name(*unit);
        size_t n = strlen(name);
        bool one = strlen(word) == n - 1 && !strncmp(word, name, n - 1);
        if (one || !strcmp(word, name)) return true;
    }
    return false;
}

// "70 working-days", "6 to 8 weeks", "-10 working-days", "by 06-30",
// "by next-month-end", "at once"
static bool read_within(const char *at, struct evx_due_info *out)
{
    char word[24];
    if (!strcmp(at, "at once")) return true;
    if (!strcmp(at, "by next-month-end")) {
        out->unit = EVX_UNIT_MONTH_END;
        return true;
    }
    if (!strncmp(at, "by ", 3)) return by_date(at + 3, out);
    if (!cut(&at, word) || !evx_text_number(word, &out->least)) return false;
    out->most = out->least;
    if (!strncmp(at, " to ", 4)) {
        at += 4;
        if (!cut(&at, word) || !evx_text_number(word, &out->most) || out->most < out->least) return false;
    }
    if (!cut(&at, word) || !unit_of(word, &out->unit)) return false;
    return !*at && out->most <= 10000 && out->least >= -10000;
}

static enum evx_status add_due(struct evx_loading *l, const struct due *row)
{
    struct evx_framework *f = l->f;
    const char *near;
    for (size_t i = 0; i < f->dues; i++)
        if (!strcmp(f->due[i].info.id, row->id.s) && !strcmp(f->due[i].info.event, row->event.s))
            return evx_load_twice(l, &row->id);
    if (evx_find_event(f, row->event.s, &near) < 0)
        return evx_reader_fail_near(&l->reader, &row->event, "event", near);
    struct evx_due_rule *d = &f->due[f->dues++];
    d->info = (struct evx_due_info){.id = row->id.s,
                                    .source = row->source.s,
                                    .event = row->event.s,
                                    .activity = row->activity.s,
                                    .message = row->message.s,
                                    .within = row->within.s,
                                    .when = row->when.s};
    if (!read_within(row->within.s, &d->info))
        return evx_reader_fail(
            &l->reader, row->within.line, "within",
            "'%.60s' is not 'N working-days|days|weeks|months|years', 'N to M …', 'by MM-DD', "
            "'by next-month-end' or 'at once'",
            row->within.s);
    struct evx_condition_use use;
    enum evx_status s = evx_load_word(l, &row->activity);
    return s ? s : evx_condition_compile(&l->reader, f, &row->when, &d->when, &use);
}

enum evx_status evx_load_due(struct evx_loading *l, const struct evx_node *list)
{
    struct due *row;
    size_t n;
    enum evx_status s =
        evx_read_rows(&l->reader, list, &due_shape, EVX_LIMIT_GRADING_ROWS, (void **)&row, &n);
    if (s) return s;
    l->f->due = evx_load_take(l, n, sizeof *l->f->due);
    if (!l->f->due) return EVX_E_MEMORY;
    for (size_t i = 0; i < n && !s; i++)
        s = add_due(l, &row[i]);
    return s;
}

struct sampling {
    struct evx_text id, source, take, mark, message;
    struct evx_number count;
};
static const struct evx_field sampling_fields[] = {
    EVX_KEY(sampling, "id", id, TEXT, true),      EVX_KEY(sampling, "source", source, TEXT, true),
    EVX_KEY(sampling, "take", take, TEXT, true),  EVX_KEY(sampling, "message", message, TEXT, true),
    EVX_KEY(sampling, "mark", mark, TEXT, false), EVX_KEY(sampling, "count", count, NUMBER, false),
};
static const struct evx_shape sampling_shape = EVX_SHAPE("sampling rule", sampling, sampling_fields);

static enum evx_status add_sampling(struct evx_loading *l, const struct sampling *row)
{
    static const char *const takes[] = {"always", "every", "each", "some", "at-least"};
    struct evx_sampling *all = &l->f->sampling;
    size_t take;
    enum evx_status s = evx_load_choice(l, &row->take, takes, 5, &take);
    if (s) return s;
    bool marked = take != EVX_TAKE_EVERY && take != EVX_TAKE_AT_LEAST, counted = take != EVX_TAKE_ALWAYS;
    if (marked != (row->mark.line != 0))
        return evx_reader_fail(&l->reader, row->id.line, "mark",
                               "'always', 'each' and 'some' say which mark, the others do not");
    if (counted != (row->count.line != 0) || (counted && (row->count.value < 1 || row->count.value > 1000)))
        return evx_reader_fail(&l->reader, row->id.line, "count",
                               "a count from 1 to 1000 belongs to all but 'always'");
    if (marked && (s = evx_load_word(l, &row->mark))) return s;
    for (size_t i = 0; i < all->n; i++)
        if (!strcmp(all->rule[i].id, row->id.s)) return evx_load_twice(l, &row->id);
    all->rule[all->n++] = (struct evx_sampling_rule){row->id.s,      row->source.s,       row->mark.s,
                                                     row->message.s, (enum evx_take)take, row->count.value};
    return EVX_OK;
}

enum evx_status evx_load_sampling(struct evx_loading *l, const struct evx_node *list)
{
    struct sampling *row;
    size_t n;
    enum evx_status s =
        evx_read_rows(&l->reader, list, &sampling_shape, EVX_LIMIT_GRADING_ROWS, (void **)&row, &n);
    if (s) return s;
    l->f->sampling.rule = evx_load_take(l, n, sizeof *l->f->sampling.rule);
    if (!l->f->sampling.rule) return EVX_E_MEMORY;
    for (size_t i = 0; i < n && !s; i++)
        s = add_sampling(l, &row[i]);
    return s;
}
