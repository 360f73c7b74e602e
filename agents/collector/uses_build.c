// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/uses_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// One use with everything it points to.
struct made {
    Evx__V1__Use m; // first
    Evx__V1__Moment at;
    char time[EVX_TIME_TEXT];
    char *text[3]; // verb, on behalf of, purpose
    struct evx_item_id *id;
    ProtobufCBinaryData *item;
    Evx__V1__UseRange *range, **ranges;
};

static void free_made(struct made *u)
{
    if (!u) return;
    for (int i = 0; i < 3; i++)
        free(u->text[i]);
    free(u->id);
    free(u->item);
    free(u->range);
    free(u->ranges);
    free(u);
}

void evx_uses_clear(struct evx_uses_report *r)
{
    for (size_t i = 0; i < r->m.n_use; i++)
        free_made((struct made *)r->m.use[i]);
    r->m.n_use = 0;
    r->bytes = r->ranges = 0;
}

static char *cut(const char *text)
{
    size_t n = strnlen(text, EVX_LIMIT_NAME_BYTES);
    while (n && n < strlen(text) && ((uint8_t)text[n] & 0xc0) == 0x80) // not inside a character
        n--;
    return strndup(text, n);
}

static struct made *make_use(const struct evx_audit_record *record)
{
    struct made *u = calloc(1, sizeof *u);
    if (!u) return NULL;
    evx__v1__use__init(&u->m);
    evx__v1__moment__init(&u->at);
    evx_time_text(u->time, (int64_t)record->time_ms);
    u->at.precision = EVX__V1__PRECISION__PRECISION_MILLISECOND;
    u->at.utc_ms = (int64_t)record->time_ms;
    u->at.zone = (char *)"UTC";
    u->at.text = u->time;
    u->at.zone_source = EVX__V1__ZONE_SOURCE__ZONE_STATED;
    u->m.at = &u->at;
    u->m.record = record->number;
    u->text[0] = cut(record->verb);
    u->text[1] = cut(record->on_behalf_of);
    u->text[2] = cut(record->purpose);
    u->m.verb = u->text[0], u->m.on_behalf_of = u->text[1], u->m.purpose = u->text[2];
    if (u->text[0] && u->text[1] && u->text[2]) return u;
    free_made(u);
    return NULL;
}

static enum evx_status put_id(struct made *u, struct evx_store *store, struct evx_store_ref ref)
{
    struct evx_store_row row;
    enum evx_status s = evx_store_row_at(store, ref, &row);
    if (s) return s;
    struct evx_item_id *id = &u->id[u->m.n_item];
    *id = row.item_id;
    u->item[u->m.n_item++] = (ProtobufCBinaryData){sizeof id->b, id->b};
    return EVX_OK;
}

static enum evx_status put_ids(struct made *u, struct evx_store *store, const struct evx_ref_run *run,
                               size_t runs)
{
    u->id = calloc(EVX_USES_IDS, sizeof *u->id);
    u->item = calloc(EVX_USES_IDS, sizeof *u->item);
    u->m.item = u->item;
    enum evx_status s = u->id && u->item ? EVX_OK : EVX_E_MEMORY;
    for (size_t i = 0; i < runs; i++)
        for (uint32_t k = 0; k < run[i].repeat; k++)
            for (uint32_t n = 0; !s && n < run[i].count; n++)
                s = put_id(u, store, (struct evx_store_ref){run[i].index + k, run[i].number + n});
    return s;
}

static enum evx_status put_ranges(struct made *u, const struct evx_ref_run *run, size_t runs)
{
    u->range = calloc(runs, sizeof *u->range);
    u->ranges = calloc(runs, sizeof *u->ranges);
    if (!u->range || !u->ranges) return EVX_E_MEMORY;
    for (size_t i = 0; i < runs; i++) {
        evx__v1__use_range__init(&u->range[i]);
        u->range[i].index = run[i].index;
        u->range[i].number = run[i].number;
        u->range[i].count = run[i].count;
        u->range[i].repeat = run[i].repeat;
        u->ranges[i] = &u->range[i];
    }
    u->m.range = u->ranges;
    u->m.n_range = runs;
    return EVX_OK;
}

static enum evx_status keep(struct evx_uses_report *r, struct made *u)
{
    size_t n = r->m.n_use;
    if (n % 64 == 0) {
        Evx__V1__Use **more = realloc(r->m.use, (n + 64) * sizeof *more);
        if (!more) return EVX_E_MEMORY;
        r->m.use = more;
    }
    r->m.use[r->m.n_use++] = &u->m;
    r->bytes += 96 + strlen(u->text[1]) + strlen(u->text[2]) + 18 * u->m.n_item + 20 * u->m.n_range;
    r->ranges += u->m.n_range;
    r->last = u->m.record;
    return EVX_OK;
}

static bool has_room(const struct evx_uses_report *r, size_t ids, size_t ranges)
{
    size_t bytes = r->bytes + 96 + 2 * EVX_LIMIT_NAME_BYTES + 18 * ids + 20 * ranges;
    return r->m.n_use < EVX_LIMIT_ITEMS && bytes <= EVX_USES_BYTES && r->ranges + ranges <= EVX_USES_RANGES;
}

static enum evx_status add_use(struct evx_uses_report *r, struct evx_uses *u,
                               const struct evx_audit_record *record, const struct evx_ref_run *run,
                               size_t runs, bool by_id)
{
    if (!has_room(r, by_id ? EVX_USES_IDS : 0, by_id ? 0 : runs)) {
        bool inside = r->last == record->number;
        enum evx_status s = evx_uses_flush(r, u, inside ? record->number : record->number - 1, inside);
        if (s) return s;
    }
    struct made *use = make_use(record);
    if (!use) return EVX_E_MEMORY;
    enum evx_status s = by_id ? put_ids(use, u->store, run, runs) : put_ranges(use, run, runs);
    if (!s) s = keep(r, use);
    if (s) free_made(use);
    return s;
}

enum evx_status evx_uses_add_run(struct evx_uses_report *r, const struct evx_ref_run *run)
{
    size_t n = r->runs.n / sizeof *run;
    struct evx_ref_run *last = n ? (struct evx_ref_run *)(void *)r->runs.p + n - 1 : NULL;
    r->items += (uint64_t)run->count * run->repeat;
    if (last && last->number == run->number && last->count == run->count &&
        last->index + last->repeat == run->index) {
        last->repeat += run->repeat;
        return EVX_OK;
    }
    return evx_buf_append(&r->runs, run, sizeof *run);
}

enum evx_status evx_uses_take(struct evx_uses_report *r, struct evx_uses *u,
                              const struct evx_audit_record *record)
{
    const struct evx_ref_run *run = (const struct evx_ref_run *)(const void *)r->runs.p;
    size_t runs = r->runs.n / sizeof *run;
    bool by_id = r->items <= EVX_USES_IDS;
    enum evx_status s = EVX_OK;
    for (size_t at = 0, n; !s && !r->stopped && at < runs; at += n) {
        n = runs - at < EVX_LIMIT_ITEMS ? runs - at : EVX_LIMIT_ITEMS;
        s = add_use(r, u, record, run + at, n, by_id);
    }
    evx_buf_clear(&r->runs);
    r->items = 0;
    return s;
}

enum evx_status evx_uses_flush(struct evx_uses_report *r, struct evx_uses *u, uint64_t last, bool more)
{
    if (r->stopped || !r->m.n_use) return EVX_OK;
    char name[EVX_ORG_ID_BYTES + 8];
    struct evx_buf packed = {0};
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    item.body_case = EVX__V1__ITEM__BODY_USES;
    item.uses = &r->m;
    r->m.first = r->from;
    r->m.last = last;
    r->m.more = more;
    enum evx_status s = evx_item_pack(&packed, &item);
    if (!s) s = u->send(u->user, r->agency, evx_buf_bytes(&packed));
    evx_buf_free(&packed);
    r->stopped = s == EVX_E_RECIPIENT;
    if (r->stopped) return EVX_OK;
    u->reports += !s;
    u->uses += s ? 0 : r->m.n_use;
    r->from = more ? last : last + 1;
    snprintf(name, sizeof name, "uses %s", r->agency);
    if (!s) s = evx_audit_note(u->audit, name, r->from - 1);
    evx_uses_clear(r);
    return s;
}
