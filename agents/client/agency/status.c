// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agents/client/agency/claims.h"
#include "agents/client/agency/front.h"
#include "agents/client/cli/grade.h"
#include "agents/client/cli/json.h"
#include "agents/client/cli/table.h"
#include "proto/base/clock.h"

const struct evx_cli_option evx_status_options[] = {
    {"open", NULL, "only what has no final answer yet"},
};
const size_t evx_status_options_n = sizeof evx_status_options / sizeof *evx_status_options;

#define LATE_SHOWN 10

struct listing {
    const struct evx_cli_options *o;
    struct evx_agent *agent;
    struct evx_table *table;
    json_t *rows;
    uint64_t count[6];      // by rung
    struct evx_grade grade; // of the newest checkpoint held
    struct evx_claims claims;
    uint64_t now_ms, answer_within_ms, directory_warning_ms;
    json_t *late; // receipts that nobody answered in time: ids
    size_t late_n;
    struct evx_buf late_text;
};

static const char *code_of(enum evx_status code) { return code ? evx_error_info(code)->code : ""; }

static enum evx_status row_json(struct listing *l, const struct evx_outbox_row *r)
{
    json_t *o = json_object();
    enum evx_status s = o ? evx_json_set(o, "id", evx_json_hex(r->id.b, sizeof r->id.b)) : EVX_E_MEMORY;
    if (!s) s = evx_json_set(o, "state", evx_json_text(evx_rung_name(r->rung)));
    if (!s) s = evx_json_set(o, "code", evx_json_text(code_of(r->code)));
    if (!s) s = evx_json_set(o, "sequence", evx_json_number(r->sequence));
    if (!s) s = evx_json_set(o, "items", evx_json_number(r->items));
    if (!s) s = evx_json_set(o, "items_rejected", evx_json_number(r->items_rejected));
    if (!s) s = evx_json_set(o, "queued", evx_json_time((int64_t)r->queued_ms));
    if (!s && r->rung != EVX_RUNG_SPOOLED) s = evx_json_set(o, "index", evx_json_number(r->index));
    struct evx_grade grade = evx_grade_of_entry(&l->grade, r->index);
    if (!s && r->received_ms) s = evx_json_set(o, "grade", evx_json_text(evx_grade_word(grade.level)));
    return evx_json_add(l->rows, s ? NULL : o);
}

static enum evx_status row_text(struct listing *l, const struct evx_outbox_row *r)
{
    char id[EVX_SHORT_ID_TEXT], items[24], refused[24], when[EVX_TIME_TEXT];
    evx_short_id(id, r->id.b);
    snprintf(items, sizeof items, "%" PRIu32, r->items);
    snprintf(refused, sizeof refused, "%" PRIu32, r->items_rejected);
    evx_time_text(when, (int64_t)r->queued_ms);
    return evx_table_row(
        l->table, (const char *const[]){id, evx_rung_name(r->rung), items, refused, code_of(r->code), when});
}

// The broker says that it has it, and nobody who should have read it does: it may be withheld.
static enum evx_status note_unanswered(struct listing *l, const struct evx_outbox_row *r)
{
    char id[EVX_SHORT_ID_TEXT];
    if (!evx_row_answered(r, l->now_ms, l->answer_within_ms)) return EVX_OK;
    l->late_n++;
    if (l->late) return evx_json_add(l->late, evx_json_hex(r->id.b, sizeof r->id.b));
    evx_short_id(id, r->id.b);
    return l->late_n <= LATE_SHOWN ? evx_buf_printf(&l->late_text, " %s", id) : EVX_OK;
}

static enum evx_status visit(void *user, const struct evx_outbox_row *r)
{
    struct listing *l = user;
    l->count[r->rung]++;
    enum evx_status s = note_unanswered(l, r);
    if (s) return s;
    bool open = r->rung == EVX_RUNG_SPOOLED || r->rung == EVX_RUNG_ACCEPTED;
    if (evx_cli_has(l->o, "open") && !open) return EVX_OK;
    return l->rows ? row_json(l, r) : row_text(l, r);
}

static enum evx_status visit_item(void *user, const struct evx_outbox_item *item)
{
    struct listing *l = user;
    char id[33];
    evx_hex(id, item->id.b, sizeof item->id.b);
    const char *verdict = !item->judged ? "waiting" : item->code ? "rejected" : "accepted";
    if (l->rows)
        return evx_json_add(l->rows, json_pack("{s:s, s:s, s:s}", "item", id, "verdict", verdict, "code",
                                               code_of(item->code)));
    return evx_table_row(l->table, (const char *const[]){id, verdict, code_of(item->code)});
}

static void print_unanswered(const struct listing *l)
{
    if (!l->late_n) return;
    printf("%zu with a receipt but without an answer for more than %" PRIu64 " minutes:%.*s%s\n", l->late_n,
           l->answer_within_ms / 60000, (int)l->late_text.n, (const char *)l->late_text.p,
           l->late_n > LATE_SHOWN ? " …" : "");
    printf("  they may be withheld from the inspectorates. %s: %s (%s)\n", "What to do",
           evx_error_info(EVX_E_UNANSWERED)->remedy, evx_error_info(EVX_E_UNANSWERED)->code);
}

static void print_log(const struct listing *l)
{
    char text[EVX_GRADE_TEXT];
    evx_grade_text(text, &l->grade);
    if (l->grade.level != EVX_GRADE_NONE)
        printf("log: the first %" PRIu64 " entries are %s\n", l->grade.checkpoint.size, text);
    if (evx_agent_holds_fork(l->agent))
        printf("the log was forked: the proof is evidence-of-fork/proof.fork in the state folder (%s)\n",
               evx_error_info(EVX_E_CONSISTENCY)->code);
}

static enum evx_status directory_alarm(const struct listing *l)
{
    return evx_agent_directory_alarm(l->agent, l->now_ms, l->directory_warning_ms);
}

static void print_directory(const struct listing *l)
{
    const struct evx_directory *d = evx_agent_directory(l->agent);
    enum evx_status alarm = directory_alarm(l);
    char until[EVX_TIME_TEXT];
    if (!alarm) return;
    evx_time_text(until, evx_directory_expires_ms(d));
    bool soon = alarm == EVX_E_DIRECTORY_EXPIRED && evx_directory_expires_ms(d) > (int64_t)l->now_ms;
    printf("directory version %" PRIu64 ", good until %s: %s\n", evx_directory_version(d), until,
           soon ? "it expires soon; then nothing can be sent" : evx_error_info(alarm)->what);
    printf("  What to do: %s (%s)\n", evx_error_info(alarm)->remedy, evx_error_info(alarm)->code);
}

static json_t *json_directory(const struct listing *l)
{
    const struct evx_directory *d = evx_agent_directory(l->agent);
    return json_pack("{s:I, s:o, s:s}", "version", (json_int_t)evx_directory_version(d), "expires",
                     evx_json_time(evx_directory_expires_ms(d)), "alarm", code_of(directory_alarm(l)));
}

static enum evx_status print_text(struct listing *l, bool overview)
{
    enum evx_status s = evx_table_print(stdout, l->table, l->o->plain, evx_cli_colour(l->o));
    if (s || !overview || l->o->plain) return s;
    evx_claims_print(&l->claims);
    print_unanswered(l);
    print_log(l);
    print_directory(l);
    return EVX_OK;
}

static enum evx_status print(struct listing *l, const char *key)
{
    bool overview = strcmp(key, "consignments") == 0;
    if (!l->rows) return print_text(l, overview);
    json_t *o = evx_json_object("evx.status/1"), *counts = json_object();
    enum evx_status s = o && counts ? EVX_OK : EVX_E_MEMORY;
    for (int i = 0; !s && i < 6; i++)
        s = evx_json_set(counts, evx_rung_name((enum evx_rung)i), evx_json_number(l->count[i]));
    if (!s) s = evx_json_set(o, key, json_incref(l->rows));
    if (!s) s = evx_json_set(o, "counts", json_incref(counts));
    if (!s) s = evx_json_set(o, "log", evx_json_grade(&l->grade));
    if (!s) s = evx_json_set(o, "directory", json_directory(l));
    if (!s) s = evx_json_set(o, "fork", json_boolean(evx_agent_holds_fork(l->agent)));
    if (!s && overview) s = evx_json_set(o, "statements", evx_claims_json(&l->claims));
    if (!s && overview)
        s = evx_json_set(o, "final",
                         l->claims.final_ms ? evx_json_time((int64_t)l->claims.final_ms) : json_null());
    if (!s && overview) s = evx_json_set(o, "unanswered", json_incref(l->late));
    if (!s) s = evx_json_line(stdout, o);
    json_decref(counts);
    json_decref(o);
    return s;
}

static enum evx_status list_items(struct listing *l, const char *text)
{
    static const char *const headers[] = {"ITEM", "VERDICT", "CODE"};
    struct evx_digest id;
    enum evx_status s = evx_agent_find(l->agent, text, &id);
    if (!s) s = evx_table_new(&l->table, headers, 3);
    if (!s) s = evx_agent_items(l->agent, &id, visit_item, l);
    return s ? s : print(l, "items");
}

static enum evx_status list_consignments(struct listing *l, const struct evx_agent_config *config,
                                         struct evx_cli_options *o)
{
    static const char *const headers[] = {"CONSIGNMENT", "STATE", ">ITEMS", ">REFUSED", "CODE", "QUEUED"};
    enum evx_status s = evx_table_new(&l->table, headers, 6);
    if (!s) s = evx_claims_load(&l->claims, l->agent, config, o);
    if (!s) s = evx_agent_status(l->agent, visit, l);
    return s ? s : print(l, "consignments");
}

int evx_agency_status(int argc, char **argv)
{
    struct evx_cli_options o;
    struct evx_agent_config config;
    struct listing l = {.o = &o};
    enum evx_status s = evx_cli_parse(&o, evx_status_options, evx_status_options_n, argc, argv);
    if (!s) s = evx_cli_agent_open_reader(&l.agent, &config, &o);
    if (s) return evx_status_exit_code(s);
    if (o.json) l.rows = json_array();
    if (o.json) l.late = json_array();
    s = evx_agent_grade(l.agent, &l.grade);
    if (s == EVX_E_NOT_FOUND) s = EVX_OK;
    l.now_ms = evx_clock_wall_ms();
    l.answer_within_ms = config.answer_within_ms;
    l.directory_warning_ms = config.directory_warning_ms;
    if (!s) s = o.argc ? list_items(&l, o.argv[0]) : list_consignments(&l, &config, &o);
    json_decref(l.rows);
    json_decref(l.late);
    evx_claims_free(&l.claims);
    evx_buf_free(&l.late_text);
    evx_table_destroy(&l.table);
    evx_agent_close(&l.agent);
    evx_agent_config_free(&config);
    return s ? evx_cli_fail(s, o.argc ? o.argv[0] : NULL, NULL) : 0;
}
