// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "agents/client/cli/grade.h"
#include "agents/client/cli/json.h"
#include "agents/client/cli/table.h"
#include "agents/collector/commands.h"
#include "agents/collector/erasures.h"
#include "agents/collector/store.h"

struct status {
    struct evx_store_totals totals;
    struct evx_checkpoint checkpoint;
    bool has_checkpoint;
    uint64_t next, owed, notes;
    struct evx_grade grade;
    struct evx_erasure_counts erasures;
};

static enum evx_status count_note(void *user, const struct evx_store_note *note)
{
    (void)note;
    ++*(uint64_t *)user;
    return EVX_OK;
}

// The note was verified when it was stored; here it is only read.
static enum evx_status read_checkpoint(struct status *st, struct evx_bytes note)
{
    if (!note.n) return EVX_OK;
    struct evx_note parsed;
    enum evx_status s = evx_note_parse(&parsed, note);
    if (!s) s = evx_checkpoint_parse_text(&st->checkpoint, parsed.text);
    st->has_checkpoint = !s;
    return s;
}

static enum evx_status gather(struct status *st, struct evx_store *store)
{
    struct evx_frontier frontier;
    struct evx_buf note = {0};
    enum evx_status s = evx_store_cursor(store, &frontier, &note);
    if (s == EVX_E_NOT_FOUND) s = EVX_OK;
    st->next = frontier.size;
    if (!s) s = read_checkpoint(st, evx_buf_bytes(&note));
    evx_buf_free(&note);
    if (!s) s = evx_store_count(store, &st->totals);
    if (!s) s = evx_store_owed_count(store, &st->owed);
    if (!s) s = evx_store_notes(store, count_note, &st->notes);
    if (!s) s = evx_erasures_reconcile(&st->erasures, store);
    return s;
}

// --- as JSON ---

static enum evx_status add_sender(void *user, const struct evx_store_sender *sender)
{
    json_t *j = json_object();
    enum evx_status s = evx_json_set(j, "id", evx_json_text(sender->id));
    if (!s) s = evx_json_set(j, "consignments", evx_json_number(sender->consignments));
    if (!s) s = evx_json_set(j, "refused", evx_json_number(sender->refused));
    if (!s) s = evx_json_set(j, "items", evx_json_number(sender->items));
    if (!s) s = evx_json_set(j, "accepted", evx_json_number(sender->accepted));
    if (!s) s = evx_json_set(j, "rejected", evx_json_number(sender->rejected));
    if (!s) s = evx_json_set(j, "last_received", evx_json_time((int64_t)sender->last_received_ms));
    enum evx_status added = evx_json_add(user, j);
    return s ? s : added;
}

static enum evx_status set_log(json_t *j, const struct status *st)
{
    json_t *log = json_object();
    const struct evx_checkpoint *c = &st->checkpoint;
    enum evx_status s =
        evx_json_set(log, "origin", st->has_checkpoint ? evx_json_text(c->origin) : json_null());
    if (!s) s = evx_json_set(log, "size", evx_json_number(c->size));
    if (!s) s = evx_json_set(log, "root", st->has_checkpoint ? evx_json_hex(c->root.b, 32) : json_null());
    enum evx_status set = evx_json_set(j, "log", log);
    return s ? s : set;
}

static enum evx_status set_erasures(json_t *j, const struct status *st)
{
    const struct evx_erasure_counts *e = &st->erasures;
    json_t *o = json_object();
    enum evx_status s = evx_json_set(o, "to_destroy", evx_json_number(e->intended));
    if (!s) s = evx_json_set(o, "to_certify", evx_json_number(e->destroyed));
    if (!s) s = evx_json_set(o, "certified", evx_json_number(e->certified));
    if (!s) s = evx_json_set(o, "unexplained", evx_json_number(e->unexplained));
    enum evx_status set = evx_json_set(j, "erasures", o);
    return s ? s : set;
}

static enum evx_status print_json(const struct status *st, struct evx_store *store)
{
    json_t *j = evx_json_object("evx.collector-status/1");
    json_t *senders = json_array(), *cursor = json_object();
    enum evx_status s = set_log(j, st);
    if (!s) s = evx_json_set(j, "witnessed", evx_json_grade(&st->grade));
    if (!s) s = evx_json_set(j, "consignments", evx_json_number(st->totals.consignments));
    if (!s) s = evx_json_set(j, "items", evx_json_number(st->totals.items));
    if (!s) s = evx_json_set(j, "accepted", evx_json_number(st->totals.accepted));
    if (!s) s = evx_json_set(j, "rejected", evx_json_number(st->totals.rejected));
    if (!s) s = evx_store_senders(store, add_sender, senders);
    if (!s) s = evx_json_set(cursor, "next", evx_json_number(st->next));
    if (!s) s = set_erasures(j, st);
    enum evx_status a = evx_json_set(j, "senders", senders), b = evx_json_set(j, "cursor", cursor);
    if (!s) s = a ? a : b;
    if (!s) s = evx_json_set(j, "owed", evx_json_number(st->owed));
    if (!s) s = evx_json_set(j, "notes", evx_json_number(st->notes));
    enum evx_status printed = evx_json_print(stdout, j);
    return s ? s : printed;
}

// --- for people ---

static enum evx_status row_sender(void *user, const struct evx_store_sender *sender)
{
    char n[5][24];
    const uint64_t value[5] = {sender->consignments, sender->refused, sender->items, sender->accepted,
                               sender->rejected};
    for (int i = 0; i < 5; i++)
        snprintf(n[i], sizeof n[i], "%" PRIu64, value[i]);
    const char *cells[] = {sender->id, n[0], n[1], n[2], n[3], n[4]};
    return evx_table_row(user, cells);
}

static enum evx_status print_table(const struct status *st, struct evx_store *store,
                                   const struct evx_cli_options *o)
{
    static const char *const headers[] = {"sender", ">consignments", ">refused",
                                          ">items", ">accepted",     ">rejected"};
    struct evx_table *table = NULL;
    enum evx_status s = evx_table_new(&table, headers, 6);
    if (!s) s = evx_store_senders(store, row_sender, table);
    if (!s) s = evx_table_print(stdout, table, o->plain, evx_cli_colour(o));
    evx_table_destroy(&table);
    if (s || o->plain) return s;
    printf("\nlog read to %" PRIu64 " of %" PRIu64 "; %" PRIu64 " items accepted, %" PRIu64
           " refused; %" PRIu64 " acknowledgements to queue; %" PRIu64 " remarks\n",
           st->next, st->checkpoint.size, st->totals.accepted, st->totals.rejected, st->owed, st->notes);
    const struct evx_erasure_counts *e = &st->erasures;
    if (e->intended || e->destroyed || e->certified)
        printf("%" PRIu64 " items erased and certified; %" PRIu64 " certificates to queue; %" PRIu64
               " keys to destroy: evx-collector run does both\n",
               e->certified, e->destroyed, e->intended);
    char text[EVX_GRADE_TEXT];
    evx_grade_text(text, &st->grade);
    if (st->grade.level != EVX_GRADE_NONE)
        printf("the log's first %" PRIu64 " entries are %s\n", st->grade.checkpoint.size, text);
    return EVX_OK;
}

static enum evx_status name_incident(const struct evx_erasure_counts *e)
{
    char id[EVX_SHORT_ID_TEXT];
    evx_short_id(id, e->first.item_id.b);
    fprintf(stderr,
            "%" PRIu64
            " items without key and without certificate; the first is EV-%s, item %u at index %" PRIu64
            " of the log, from %s\n",
            e->unexplained, id, e->first.ref.number, e->first.ref.index, e->first.sender);
    return EVX_E_ERASE_UNEXPLAINED;
}

static enum evx_status show(const struct evx_cli_options *o, const char *folder,
                            const struct evx_agent_config *config)
{
    struct evx_store *store = NULL;
    struct status st = {0};
    enum evx_status s = evx_store_open(&store, folder, NULL, NULL, true);
    if (!s) s = gather(&st, store);
    if (!s) s = evx_grade_read(&st.grade, config);
    if (!s) s = o->json ? print_json(&st, store) : print_table(&st, store, o);
    if (!s && st.erasures.unexplained) s = name_incident(&st.erasures);
    evx_store_close(&store);
    return s;
}

// Needs no key and no lock, so it works beside a running collector.
int evx_collector_cmd_status(int argc, char **argv)
{
    struct evx_cli_options o;
    enum evx_status s = evx_cli_parse(&o, NULL, 0, argc, argv);
    if (s) return evx_status_exit_code(s);
    struct evx_agent_config config = {0};
    struct evx_buf explain = {0};
    s = evx_agent_config_load(&config, o.config, &explain);
    if (s) {
        bool text = evx_buf_append(&explain, "", 1) == EVX_OK;
        evx_cli_error(s, o.config, text ? (const char *)explain.p : NULL);
        evx_buf_free(&explain);
        return evx_status_exit_code(s);
    }
    evx_buf_free(&explain);
    char *folder = evx_store_folder(config.state);
    s = folder ? show(&o, folder, &config) : EVX_E_MEMORY;
    if (s) evx_cli_error(s, folder, NULL);
    free(folder);
    evx_agent_config_free(&config);
    return evx_status_exit_code(s);
}
