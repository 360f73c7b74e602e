// SPDX-License-Identifier: Apache-2.0
//
// The commands as a person runs them, in this process: their output as JSON, the
// audit record of each, the tables they are generated from.
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/inspector/cmd/cmd.h"
#include "agents/inspector/cmd/options.h"
#include "crypto/keyfile.h"
#include "proto/base/file.h"
#include "scene.h"

static const struct scene_child orla = {"Orla",       "Whitcombe", "2012-03-04", "nhs-number",
                                        "9990000018", "",          "F"};
static const struct scene_child witcombe = {
    "Orla", "Witcombe", "2012-03-04", "police-person-id", "P-77", "northam-police", ""};

struct desk_scene {
    struct scene s;
    char config[400], out[400], list[400];
};

static void write_file(char path[400], const struct scene *s, const char *name, struct evx_bytes content)
{
    snprintf(path, 400, "%s/%s", s->folder, name);
    cr_assert_eq(evx_file_replace(path, content, 0600), EVX_OK);
}

static void begin(struct desk_scene *d)
{
    char path[400], text[1600];
    scene_begin(&d->s);
    struct scene_evidence e = {.kind = "missing-episode",
                               .occurred = "2026-01-10T20:00:00Z",
                               .narrative = "found at the park",
                               .criterion = "32c",
                               .child = &orla};
    scene_evidence(&d->s, HEALTH, &e);
    e.child = &witcombe;
    scene_evidence(&d->s, POLICE, &e);
    scene_nil(&d->s, SCHOOL, EVX__V1__NIL_GROUND__NIL_HELD_NOTHING, &orla, NULL);
    write_file(path, &d->s, "directory.note", evx_fixture_note(d->s.fixture));
    write_file(d->list, &d->s, "children.csv",
               evx_bytes_of_text("family,given,dob,nhs-number\nWhitcombe,Orla,04/03/2012,999 000 0018\n"));
    snprintf(path, sizeof path, "%s/keys", d->s.folder);
    cr_assert_eq(evx_dir_make(path), EVX_OK);
    snprintf(path, sizeof path, "%s/keys/enc-1.key", d->s.folder);
    cr_assert_eq(evx_keyfile_save_box(path, EVX_KEY_ENC, d->s.secret, EVX_KEYFILE_PLAIN, NULL), EVX_OK);
    snprintf(text, sizeof text,
             "organisation: inspectorate-care\ninspection: %s\nbroker: tcp://127.0.0.1:7300\n"
             "directory: directory.note\nkeys: keys\nstate: state\nstore: %s\n",
             EVX_FIXTURE_INSPECTION, d->s.folder);
    write_file(d->config, &d->s, "evx.yaml", evx_bytes_of_text(text));
    snprintf(d->out, sizeof d->out, "%s/out", d->s.folder);
    evx_store_close(&d->s.store);
}

static int run(struct desk_scene *d, int (*command)(int, char **), const char *const *operand)
{
    char *argv[32] = {(char *)"evx-inspect", (char *)"--config", d->config};
    int argc = 3;
    while (*operand && argc < 31)
        argv[argc++] = (char *)*operand++;
    cr_assert(freopen(d->out, "w", stdout) != NULL);
    int code = command(argc, argv);
    fflush(stdout);
    return code;
}
#define RUN(d, command, ...) run((d), (command), (const char *const[]){__VA_ARGS__, NULL})

static json_t *output(struct desk_scene *d, const char *schema)
{
    json_error_t e;
    json_t *j = json_load_file(d->out, JSON_REJECT_DUPLICATES, &e);
    cr_assert(j != NULL, "%s line %d", e.text, e.line);
    cr_assert_str_eq(json_string_value(json_object_get(j, "schema")), schema);
    return j;
}

Test(desk, each_reading_command_leaves_one_record_before_it_shows_anything, .timeout = 120)
{
    struct desk_scene d;
    begin(&d);
    static const struct {
        int (*command)(int, char **);
        const char *operand, *schema;
    } row[] = {
        {evx_inspect_summary, NULL, "evx.summary/1"},
        {evx_inspect_timeline, "1", "evx.timeline/1"},
        {evx_inspect_matrix, NULL, "evx.matrix/1"},
        {evx_inspect_gaps, NULL, "evx.gaps/1"},
        {evx_inspect_contradictions, NULL, "evx.contradictions/1"},
        {evx_inspect_search, "park", "evx.search/1"},
        {evx_inspect_link, NULL, "evx.links/1"},
        {evx_inspect_judge, NULL, "evx.judgements/1"},
    };
    cr_assert_eq(RUN(&d, evx_inspect_link, "import", d.list), 0);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        uint64_t before = scene_audits(&d.s);
        cr_assert_eq(RUN(&d, row[i].command, "--json", row[i].operand), 0, "row %zu", i);
        cr_assert_eq(scene_audits(&d.s), before + 1, "row %zu", i);
        json_decref(output(&d, row[i].schema));
        cr_assert_eq(RUN(&d, row[i].command, "--plain", row[i].operand), 0, "row %zu, as text", i);
    }
    scene_end(&d.s);
}

static void save_keys(struct desk_scene *d)
{
    char path[400];
    snprintf(path, sizeof path, "%s/keys/sig.key", d->s.folder);
    cr_assert_eq(evx_keyfile_save_sign(path, EVX_KEY_SIG,
                                       evx_fixture_sign(d->s.fixture, "inspectorate-care", EVX_KEY_SIG),
                                       EVX_KEYFILE_PLAIN, NULL),
                 EVX_OK);
    snprintf(path, sizeof path, "%s/keys/trn.key", d->s.folder);
    cr_assert_eq(evx_keyfile_save_box(path, EVX_KEY_TRN,
                                      evx_fixture_box(d->s.fixture, "inspectorate-care", EVX_KEY_TRN),
                                      EVX_KEYFILE_PLAIN, NULL),
                 EVX_OK);
}

// --- every command of the table ---

static struct {
    size_t calls;
    bool fails; // as a full disk would
    bool after_output;
} recording;

static enum evx_status note_call(void)
{
    recording.calls++;
    recording.after_output = recording.after_output || ftell(stdout) != 0;
    return recording.fails ? EVX_E_DISK_FULL : EVX_OK;
}

enum evx_status __real_evx_audit_append(struct evx_audit *a, struct evx_audit_record *r,
                                        const struct evx_store_ref *ref, size_t n);
enum evx_status __wrap_evx_audit_append(struct evx_audit *a, struct evx_audit_record *r,
                                        const struct evx_store_ref *ref, size_t n);
enum evx_status __wrap_evx_audit_append(struct evx_audit *a, struct evx_audit_record *r,
                                        const struct evx_store_ref *ref, size_t n)
{
    enum evx_status s = note_call();
    return s ? s : __real_evx_audit_append(a, r, ref, n);
}
enum evx_status __real_evx_audit_release(struct evx_opening **out, struct evx_audit *a,
                                         struct evx_audit_record *r, const struct evx_store_ref *ref,
                                         size_t n);
enum evx_status __wrap_evx_audit_release(struct evx_opening **out, struct evx_audit *a,
                                         struct evx_audit_record *r, const struct evx_store_ref *ref,
                                         size_t n);
enum evx_status __wrap_evx_audit_release(struct evx_opening **out, struct evx_audit *a,
                                         struct evx_audit_record *r, const struct evx_store_ref *ref,
                                         size_t n)
{
    *out = NULL;
    enum evx_status s = note_call();
    return s ? s : __real_evx_audit_release(out, a, r, ref, n);
}

struct use {
    const char *verb;
    const char *operand[8];
    uint64_t records;
};

static const struct evx_command *command_of(const char *verb)
{
    for (size_t i = 0; i < evx_inspect_commands_n; i++)
        if (strcmp(evx_inspect_commands[i].name, verb) == 0) return &evx_inspect_commands[i];
    return NULL;
}

static size_t shown(struct desk_scene *d)
{
    struct evx_buf text = {0};
    cr_assert_eq(evx_file_read(&text, d->out, 1 << 20), EVX_OK);
    size_t n = text.n;
    evx_buf_free(&text);
    return n;
}

static void check_use(struct desk_scene *d, const struct use *u)
{
    const struct evx_command *c = command_of(u->verb);
    cr_assert_not_null(c, "%s", u->verb);
    recording.fails = u->records > 0;
    uint64_t before = scene_audits(&d->s);
    if (u->records) {
        cr_assert_neq(run(d, c->run, u->operand), 0, "%s went on without a record", u->verb);
        cr_assert_eq(shown(d), 0, "%s showed something without a record", u->verb);
        cr_assert_eq(scene_audits(&d->s), before);
    }
    recording.fails = recording.after_output = false;
    recording.calls = 0;
    int code = run(d, c->run, u->operand);
    cr_assert_gt(shown(d), 0, "%s %s shows nothing: exit %d", u->verb, u->operand[0], code);
    cr_assert_eq(recording.calls, u->records, "%s: %zu records", u->verb, recording.calls);
    cr_assert_eq(scene_audits(&d->s), before + u->records, "%s", u->verb);
    cr_assert(!recording.after_output, "%s shows something before the record stands", u->verb);
}

static const char *link_id(struct desk_scene *d, char out[32])
{
    cr_assert_eq(RUN(d, evx_inspect_link, "--json"), 0);
    json_t *j = output(d, "evx.links/1");
    snprintf(out, 32, "%s",
             json_string_value(json_object_get(json_array_get(json_object_get(j, "links"), 0), "id")));
    json_decref(j);
    return out;
}

// A new command without a row here fails: say what it leaves.
Test(desk, no_command_shows_anything_before_its_one_record, .timeout = 240)
{
    static struct desk_scene d;
    char cited[EVX_CITED_TEXT], report[400], bundle[400], id[32];
    begin(&d);
    save_keys(&d);
    snprintf(report, sizeof report, "%s/report.html", d.s.folder);
    snprintf(bundle, sizeof bundle, "%s/item.evx", d.s.folder);
    evx_evidence_id(cited, &scene_view(&d.s)->facts.item[0].x.id);
    evx_views_close(&d.s.views);
    link_id(&d, id);
    const struct use use[] = {
        {"link", {"import", d.list}, 1},
        {"link", {NULL}, 1},
        {"link", {"confirm", id}, 1},
        {"link", {"undo", id}, 1},
        {"summary", {NULL}, 1},
        {"timeline", {"1"}, 1},
        {"matrix", {NULL}, 1},
        {"gaps", {NULL}, 1},
        {"completeness", {NULL}, 1},
        {"request", {"the file of the year", "--agency", "northam-police"}, 1},
        {"evidence", {cited}, 1},
        {"disclose", {cited, "--out", bundle, "--purpose", "complaint", "--for", "counsel"}, 1},
        {"contradictions", {NULL}, 1},
        {"contradictions", {"1"}, 1},
        {"search", {"park"}, 1},
        {"judge", {"front-door", "--reason", "what was read", "--evidence", cited}, 1},
        {"judge", {NULL}, 1},
        {"judge", {"send", "1"}, 1},
        {"report", {"--out", report}, 1},
        {"audit", {NULL}, 0},
        {"audit", {"--verify"}, 0},
        {"audit", {"--record", "1"}, 0},
    };
    for (size_t i = 0; i < sizeof use / sizeof *use; i++)
        check_use(&d, &use[i]);
    for (size_t c = 0; c < evx_inspect_commands_n; c++) {
        bool named = false;
        for (size_t i = 0; i < sizeof use / sizeof *use; i++)
            named = named || strcmp(use[i].verb, evx_inspect_commands[c].name) == 0;
        cr_assert(named, "what does %s leave in the record of reads?", evx_inspect_commands[c].name);
    }
    scene_end(&d.s);
}

Test(desk, a_purpose_that_is_none_opens_nothing, .timeout = 60)
{
    struct desk_scene d;
    begin(&d);
    cr_assert_eq(RUN(&d, evx_inspect_summary, "--purpose", "curious"), evx_status_exit_code(EVX_E_PURPOSE));
    cr_assert_eq(shown(&d), 0);
    cr_assert_eq(RUN(&d, evx_inspect_summary, "--purpose", "complaint"), 0);
    cr_assert_eq(RUN(&d, evx_inspect_summary, "--purpose", "as the complaint of March asks"), 0);
    scene_end(&d.s);
}

Test(desk, the_record_shows_who_when_what_for_and_which_items, .timeout = 60)
{
    struct desk_scene d;
    begin(&d);
    cr_assert_eq(RUN(&d, evx_inspect_summary, "--person", "A. Tester", "--for", "the lead", "--json"), 0);
    cr_assert_eq(RUN(&d, evx_inspect_audit, "--json"), 0);
    json_t *j = output(&d, "evx.audit/1"), *row = json_array_get(json_object_get(j, "rows"), 1);
    cr_assert_eq(json_integer_value(json_object_get(j, "records")), 2);
    cr_assert_str_eq(json_string_value(json_object_get(row, "person")), "A. Tester");
    cr_assert_str_eq(json_string_value(json_object_get(row, "on_behalf_of")), "the lead");
    cr_assert_str_eq(json_string_value(json_object_get(row, "verb")), "consultation");
    cr_assert_str_eq(json_string_value(json_object_get(row, "purpose")), "inspection");
    cr_assert_str_eq(json_string_value(json_object_get(row, "view")), "summary");
    cr_assert_eq(json_integer_value(json_object_get(row, "items")), 2);
    json_decref(j);
    cr_assert_eq(RUN(&d, evx_inspect_audit, "--record", "2", "--json"), 0);
    j = output(&d, "evx.audit-items/1");
    json_t *item = json_array_get(json_object_get(j, "items"), 1);
    cr_assert_eq(json_array_size(json_object_get(j, "items")), 2);
    cr_assert_str_eq(json_string_value(json_object_get(item, "sender")), "northam-police");
    json_decref(j);
    cr_assert_eq(RUN(&d, evx_inspect_audit, "--record", "3"), evx_status_exit_code(EVX_E_NOT_FOUND));
    scene_end(&d.s);
}

Test(desk, the_summary_tells_the_four_states, .timeout = 60)
{
    struct desk_scene d;
    begin(&d);
    cr_assert_eq(RUN(&d, evx_inspect_link, "import", d.list, "--due", "2026-01-31"), 0);
    cr_assert_eq(RUN(&d, evx_inspect_summary, "--json"), 0);
    json_t *j = output(&d, "evx.summary/1"), *returns = json_object_get(j, "returns");
    cr_assert_eq(json_integer_value(json_object_get(returns, "evidence")), 1);
    cr_assert_eq(json_integer_value(json_object_get(returns, "nil_return")), 1);
    cr_assert_eq(json_integer_value(json_object_get(returns, "late")), 2, "the date came with the list");
    cr_assert_eq(json_integer_value(json_object_get(returns, "silent")), 0);
    cr_assert_eq(json_integer_value(json_object_get(j, "links_open")), 1);
    json_decref(j);
    scene_end(&d.s);
}

Test(desk, names_are_initials_unless_asked_for, .timeout = 60)
{
    struct desk_scene d;
    struct evx_buf text = {0};
    begin(&d);
    cr_assert_eq(RUN(&d, evx_inspect_link, "import", d.list), 0);
    cr_assert_eq(RUN(&d, evx_inspect_timeline, "1"), 0);
    cr_assert_eq(evx_file_read(&text, d.out, 1 << 20), EVX_OK);
    cr_assert(!memmem(text.p, text.n, "Whitcombe", 9));
    evx_buf_free(&text);
    cr_assert_eq(RUN(&d, evx_inspect_timeline, "1", "--names"), 0);
    cr_assert_eq(evx_file_read(&text, d.out, 1 << 20), EVX_OK);
    cr_assert(memmem(text.p, text.n, "Whitcombe", 9) != NULL);
    evx_buf_free(&text);
    scene_end(&d.s);
}

Test(desk, a_link_is_confirmed_and_undone_by_its_id, .timeout = 60)
{
    struct desk_scene d;
    begin(&d);
    cr_assert_eq(RUN(&d, evx_inspect_link, "--json"), 0);
    json_t *j = output(&d, "evx.links/1");
    const char *id = json_string_value(json_object_get(json_array_get(json_object_get(j, "links"), 0), "id"));
    cr_assert_eq(RUN(&d, evx_inspect_link, "confirm", id, "--dry-run"), 0);
    cr_assert_eq(scene_view(&d.s)->children.n, 2, "a dry run changes nothing");
    cr_assert_eq(RUN(&d, evx_inspect_link, "confirm", id, "--reason", "same address"), 0);
    cr_assert_eq(scene_view(&d.s)->children.n, 1);
    cr_assert_eq(RUN(&d, evx_inspect_link, "undo", id), 0);
    cr_assert_eq(scene_view(&d.s)->children.n, 2);
    cr_assert_eq(RUN(&d, evx_inspect_link, "confirm", "LK-ZZZZZZZZ"), evx_status_exit_code(EVX_E_NOT_FOUND));
    json_decref(j);
    scene_end(&d.s);
}

Test(desk, a_bad_list_changes_nothing, .timeout = 60)
{
    static const char *const bad[] = {
        "family,given,dob,nhs-number\nWhitcombe,Orla,2012-03-04,9990000018\nMarlowe,Finn,2013-02-30,"
        "9990000026\n",
        "family,given,dob,nhs-number\nWhitcombe,Orla,2012-03-04,9990000019\n",
        "family,given,shoe-size\nWhitcombe,Orla,36\n",
        "family,given\nWhitcombe\n",
        "family,given\n,\n",
        "family,given\n",
        "family,local@nobody-known\nWhitcombe,3\n",
        "family,given\nWhit\xff,Orla\n",
    };
    struct desk_scene d;
    begin(&d);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char path[400];
        write_file(path, &d.s, "bad.csv", evx_bytes_of_text(bad[i]));
        cr_assert_neq(RUN(&d, evx_inspect_link, "import", path), 0, "row %zu", i);
        cr_assert_eq(scene_view(&d.s)->children.tracked, 0, "row %zu", i);
    }
    scene_end(&d.s);
}

Test(desk, evidence_is_found_by_a_part_of_its_id_and_shows_its_proof, .timeout = 60)
{
    struct desk_scene d;
    char cited[EVX_CITED_TEXT];
    begin(&d);
    struct evx_views *v = scene_view(&d.s);
    evx_evidence_id(cited, &v->facts.item[1].x.id);
    for (char *p = cited; *p; p++)
        *p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
    cr_assert_eq(RUN(&d, evx_inspect_evidence, cited, "--json"), 0);
    json_t *j = output(&d, "evx.evidence/1"), *receipt = json_object_get(j, "receipt");
    cr_assert_eq(json_integer_value(json_object_get(receipt, "log_index")), 1);
    cr_assert_str_eq(json_string_value(json_object_get(receipt, "signer_organisation")), "northam-police");
    json_t *from = json_object_get(json_object_get(j, "evidence"), "provenance");
    cr_assert_str_eq(json_string_value(json_object_get(from, "file")), "zebra-export.csv");
    cr_assert_eq(json_integer_value(json_object_get(from, "row")), 7);
    json_decref(j);
    cr_assert_eq(RUN(&d, evx_inspect_evidence, "EV-"), evx_status_exit_code(EVX_E_NOT_FOUND));
    scene_end(&d.s);
}

Test(desk, a_report_is_a_file_that_only_its_owner_reads, .timeout = 60)
{
    struct desk_scene d;
    char path[400];
    begin(&d);
    snprintf(path, sizeof path, "%s/report.html", d.s.folder);
    uint64_t before = scene_audits(&d.s);
    cr_assert_eq(RUN(&d, evx_inspect_report, "--out", path, "--json"), 0);
    cr_assert_eq(scene_audits(&d.s), before + 2, "one for indexing, one for the report");
    json_decref(output(&d, "evx.report/1"));
    cr_assert_eq(access(path, R_OK), 0);
    cr_assert_eq(RUN(&d, evx_inspect_report, "--json"), evx_status_exit_code(EVX_E_USAGE));
    scene_end(&d.s);
}

Test(desk, the_wrong_key_opens_nothing, .timeout = 60)
{
    struct desk_scene d;
    char path[400];
    begin(&d);
    snprintf(path, sizeof path, "%s/keys/enc-1.key", d.s.folder);
    cr_assert_eq(remove(path), 0);
    const struct evx_box_secret *other = evx_fixture_box(d.s.fixture, "inspectorate-health", EVX_KEY_ENC);
    cr_assert_eq(evx_keyfile_save_box(path, EVX_KEY_ENC, other, EVX_KEYFILE_PLAIN, NULL), EVX_OK);
    cr_assert_neq(RUN(&d, evx_inspect_summary, "--json"), 0);
    struct evx_buf text = {0};
    cr_assert_eq(evx_file_read(&text, d.out, 1 << 20), EVX_OK);
    cr_assert_eq(text.n, 0);
    evx_buf_free(&text);
    scene_end(&d.s);
}

static bool first_draft_sent(struct desk_scene *d)
{
    cr_assert_eq(RUN(d, evx_inspect_judge, "--json"), 0);
    json_t *j = output(d, "evx.judgements/1");
    bool sent = json_is_true(json_object_get(json_array_get(json_object_get(j, "judgements"), 0), "sent"));
    json_decref(j);
    return sent;
}

Test(desk, a_draft_is_sealed_for_the_other_inspectorates, .timeout = 60)
{
    struct desk_scene d;
    begin(&d);
    save_keys(&d);
    cr_assert_eq(RUN(&d, evx_inspect_judge, "front-door", "--reason", "what was read"), 0);
    cr_assert_eq(RUN(&d, evx_inspect_judge, "send", "1", "--dry-run"), 0);
    cr_assert(!first_draft_sent(&d));
    cr_assert_neq(RUN(&d, evx_inspect_judge, "send", "2"), 0);
    cr_assert_eq(RUN(&d, evx_inspect_judge, "send", "1"), 0);
    cr_assert(first_draft_sent(&d));
    scene_end(&d.s);
}

Test(desk, help_names_every_command_and_option, .timeout = 30)
{
    struct evx_buf all = {0};
    cr_assert_eq(evx_cli_help(&all, evx_inspect_commands, evx_inspect_commands_n, "evx-inspect"), EVX_OK);
    cr_assert_gt(evx_inspect_commands_n, 10);
    for (size_t i = 0; i < evx_inspect_commands_n; i++) {
        const struct evx_command *c = &evx_inspect_commands[i];
        struct evx_buf one = {0};
        cr_assert(memmem(all.p, all.n, c->name, strlen(c->name)) != NULL, "%s", c->name);
        cr_assert_eq(evx_cli_command_help(&one, c, "evx-inspect"), EVX_OK);
        for (size_t o = 0; o < c->options_n; o++)
            cr_assert(memmem(one.p, one.n, c->options[o].name, strlen(c->options[o].name)) != NULL, "%s --%s",
                      c->name, c->options[o].name);
        evx_buf_free(&one);
    }
    evx_buf_free(&all);
}
