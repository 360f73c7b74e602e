// SPDX-License-Identifier: Apache-2.0
//
// The record of reads itself. Looking at it opens no evidence, so it leaves no record.
#include "agents/collector/audit_log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agents/inspector/cmd/cmd.h"
#include "agents/inspector/cmd/options.h"
#include "agents/inspector/cmd/out.h"
#include "proto/base/clock.h"

#define LAST_SHOWN 50

struct showing {
    struct evx_desk d;
    struct evx_store *store;
    struct evx_audit *audit;
    uint64_t records, bad; // in the file; the first that does not fit, 0 = none
    uint64_t from, record; // shown from here on; the one asked for, 0 = none
    enum evx_status chain; // what the file says of itself
    enum evx_status log;   // what the log says of it, when asked
    bool against_log;
    struct evx_audit_against_log found;
    struct evx_table *table;
    struct evx_jout rows;
};

// --- one row ---

static void row_json(struct showing *w, const struct evx_audit_record *r, const struct evx_digest *hash)
{
    char hex[65];
    struct evx_jout o = evx_jout_object();
    evx_hex(hex, hash->b, sizeof hash->b);
    evx_jout_number(&o, "record", r->number);
    evx_jout_time(&o, "time", (int64_t)r->time_ms);
    evx_jout_text(&o, "verb", r->verb);
    evx_jout_text(&o, "person", r->person);
    evx_jout_text(&o, "on_behalf_of", r->on_behalf_of);
    evx_jout_text(&o, "purpose", r->purpose);
    evx_jout_text(&o, "view", r->view);
    evx_jout_number(&o, "items", r->items);
    evx_jout_text(&o, "hash", hex);
    evx_jout_add(&w->rows, &o);
}

static enum evx_status row_text(struct showing *w, const struct evx_audit_record *r)
{
    char number[24], items[24], when[EVX_TIME_TEXT];
    snprintf(number, sizeof number, "%" PRIu64, r->number);
    snprintf(items, sizeof items, "%" PRIu64, r->items);
    evx_time_text(when, (int64_t)r->time_ms);
    const char *cell[] = {number, when, r->person, r->on_behalf_of, r->verb, r->purpose, r->view, items};
    return evx_table_row(w->table, cell);
}

static enum evx_status visit(void *user, const struct evx_audit_record *r, const struct evx_digest *hash)
{
    struct showing *w = user;
    if (r->number < w->from) return EVX_OK;
    if (!w->d.o.json) return row_text(w, r);
    row_json(w, r, hash);
    return w->rows.s;
}

// What fits is shown, up to the record that does not.
static enum evx_status list_rows(struct showing *w)
{
    static const char *const head[] = {">RECORD", "WHEN", "WHO", "FOR", "VERB", "PURPOSE", "VIEW", ">ITEMS"};
    enum evx_status s = evx_table_new(&w->table, head, 8);
    w->rows = evx_jout_array();
    if (!s) s = evx_audit_read(w->audit, 1, visit, w);
    return s == EVX_E_AUDIT_ALTERED ? EVX_OK : s;
}

// --- the verdict ---

static enum evx_status judge(struct showing *w)
{
    w->chain = evx_audit_verify(w->audit, &w->records, &w->bad);
    if (w->chain && w->chain != EVX_E_AUDIT_ALTERED) return w->chain;
    if (!w->against_log) return EVX_OK;
    w->log = evx_audit_verify_against_log(&w->found, w->audit, w->store, w->d.config.organisation);
    return w->log == EVX_E_AUDIT_BEHIND ? EVX_OK : w->log;
}

static enum evx_status complain(struct showing *w)
{
    char where[64], detail[200];
    const struct evx_audit_against_log *f = &w->found;
    snprintf(where, sizeof where, "record %" PRIu64, w->bad);
    if (w->chain) evx_cli_error(w->chain, where, "the records before it fit");
    snprintf(where, sizeof where, "records %" PRIu64 " to %" PRIu64, f->first, f->last);
    snprintf(detail, sizeof detail,
             "they are %s; the digest at log index %" PRIu64 " shows it; records 1 to %" PRIu64
             " are as the log has them",
             f->missing ? "missing" : "not the ones that were there", f->index, f->vouched);
    if (w->log) evx_cli_error(w->log, where, detail);
    return w->chain ? w->chain : w->log;
}

static void json_verdict(struct showing *w, struct evx_jout *j)
{
    evx_jout_number(j, "records", w->records);
    evx_jout_text(j, "chain", w->chain ? evx_error_info(w->chain)->code : "whole");
    if (w->chain) evx_jout_number(j, "first_bad", w->bad);
    if (!w->against_log) return;
    struct evx_jout log = evx_jout_object();
    evx_jout_text(&log, "verdict", w->log ? evx_error_info(w->log)->code : "agrees");
    evx_jout_number(&log, "digests", w->found.digests);
    evx_jout_number(&log, "vouched", w->found.vouched);
    if (w->log) evx_jout_number(&log, "first", w->found.first);
    if (w->log) evx_jout_number(&log, "last", w->found.last);
    if (w->log) evx_jout_flag(&log, "missing", w->found.missing);
    if (w->log) evx_jout_number(&log, "log_index", w->found.index);
    evx_jout_put(j, "log", &log);
}

static enum evx_status print_json(struct showing *w)
{
    struct evx_jout j = evx_jout_schema("evx.audit/1");
    json_verdict(w, &j);
    evx_jout_put(&j, "rows", &w->rows);
    return evx_jout_print(stdout, &j);
}

static enum evx_status print_text(struct showing *w)
{
    const struct evx_audit_against_log *f = &w->found;
    enum evx_status s = evx_table_print(stdout, w->table, w->d.o.plain, evx_cli_colour(&w->d.o));
    if (s || w->d.o.plain) return s;
    if (!w->chain) printf("\n%" PRIu64 " records; each fits the one before\n", w->records);
    if (w->against_log && !w->log)
        printf("%" PRIu64 " digests in the log; records 1 to %" PRIu64 " are as the log has them, %" PRIu64
               " newer ones are not in it yet\n",
               f->digests, f->vouched, w->records > f->vouched ? w->records - f->vouched : 0);
    if (!w->against_log) printf("against the log: evx-inspect audit --verify\n");
    return EVX_OK;
}

// --- the items of one record ---

static enum evx_status item_row(struct showing *w, const struct evx_store_row *row)
{
    char hex[33], index[24], number[12];
    evx_hex(hex, row->item_id.b, sizeof row->item_id.b);
    snprintf(index, sizeof index, "%" PRIu64, row->ref.index);
    snprintf(number, sizeof number, "%" PRIu32, row->ref.number);
    if (!w->d.o.json) return evx_table_row(w->table, (const char *const[]){hex, row->sender, index, number});
    struct evx_jout o = evx_jout_object();
    evx_jout_text(&o, "item_id", hex);
    evx_jout_text(&o, "sender", row->sender);
    evx_jout_number(&o, "log_index", row->ref.index);
    evx_jout_number(&o, "number", row->ref.number);
    evx_jout_add(&w->rows, &o);
    return w->rows.s;
}

static enum evx_status run_items(struct showing *w, const struct evx_ref_run *run)
{
    enum evx_status s = EVX_OK;
    for (uint32_t k = 0; !s && k < run->repeat; k++)
        for (uint32_t n = 0; !s && n < run->count; n++) {
            struct evx_store_row row;
            s = evx_store_row_at(w->store, (struct evx_store_ref){run->index + k, run->number + n}, &row);
            if (!s) s = item_row(w, &row);
        }
    return s;
}

static enum evx_status list_items(struct showing *w)
{
    static const char *const head[] = {"ITEM", "SENDER", ">LOG INDEX", ">NUMBER"};
    struct evx_buf list = {0};
    enum evx_status s = evx_table_new(&w->table, head, 4);
    w->rows = evx_jout_array();
    if (!s) s = evx_audit_items(w->audit, w->record, &list);
    for (size_t i = 0; !s && i < evx_reflist_runs(evx_buf_bytes(&list)); i++) {
        struct evx_ref_run run = evx_reflist_run(evx_buf_bytes(&list), i);
        s = run_items(w, &run);
    }
    evx_buf_free(&list);
    if (s) return s;
    if (!w->d.o.json) return evx_table_print(stdout, w->table, w->d.o.plain, evx_cli_colour(&w->d.o));
    struct evx_jout j = evx_jout_schema("evx.audit-items/1");
    evx_jout_number(&j, "record", w->record);
    evx_jout_put(&j, "items", &w->rows);
    return evx_jout_print(stdout, &j);
}

static enum evx_status show(struct showing *w)
{
    enum evx_status s = evx_audit_open(&w->audit, w->d.store, evx_store_master(w->store));
    if (!s && w->record) return list_items(w);
    if (!s) s = judge(w);
    if (!w->from) w->from = w->records > LAST_SHOWN ? w->records - LAST_SHOWN + 1 : 1;
    if (!s) s = list_rows(w);
    if (!s) s = w->d.o.json ? print_json(w) : print_text(w);
    if (s) evx_cli_error(s, w->d.store, NULL);
    return s ? s : complain(w);
}

int evx_inspect_audit(int argc, char **argv)
{
    struct showing w = {0};
    enum evx_status s =
        evx_desk_open_store(&w.d, &w.store, evx_audit_options, evx_audit_options_n, argc, argv);
    if (!s) s = evx_cli_number(&w.from, &w.d.o, "from", 1, INT64_MAX);
    if (!s) s = evx_cli_number(&w.record, &w.d.o, "record", 1, INT64_MAX);
    if (!s && w.d.o.argc) evx_cli_error(s = EVX_E_USAGE, "audit", "audit takes options only");
    w.against_log = evx_cli_has(&w.d.o, "verify");
    if (!s) s = show(&w);
    json_decref(w.rows.v);
    evx_table_destroy(&w.table);
    evx_audit_close(&w.audit);
    evx_store_close(&w.store);
    evx_desk_close(&w.d);
    return evx_status_exit_code(s);
}
