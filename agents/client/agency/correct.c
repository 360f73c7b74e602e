// SPDX-License-Identifier: Apache-2.0
#include "agents/client/agency/findings.h"
#include "agents/client/agency/front.h"

const struct evx_cli_option evx_correct_options[] = {
    {"reason", "TEXT", "what was wrong; the inspectorates read it"},
    {"row", "N", "which row of the file replaces the item; needed if it has several"},
    {"profile", "FILE", "use this column profile too; preferred to those built in"},
    {"encoding", "NAME", "the text's encoding, instead of the detected one"},
    {"wait", "SECONDS", "how long to wait for the receipt, 60 unless given"},
    {"no-wait", NULL, "put it into the outbox and return"},
    {"reopen", NULL, "although the final completeness statement was given: something does follow"},
};
const size_t evx_correct_options_n = sizeof evx_correct_options / sizeof *evx_correct_options;

// The one item of the file, or of its row.
static enum evx_status pick(Evx__V1__Item **out, const struct evx_findings *f, uint64_t row)
{
    const struct evx_found_item *found = NULL;
    *out = NULL;
    for (size_t i = 0; i < f->items; i++) {
        if (row && f->item[i].row != row) continue;
        if (found) return EVX_E_USAGE;
        found = &f->item[i];
    }
    if (!found) return EVX_E_USAGE;
    return evx_item_unpack(out, evx_bytes(f->packed.p + found->begin, found->n));
}

static int send_correction(struct evx_cli_options *o, Evx__V1__Item *replacement)
{
    struct evx_agent *agent;
    struct evx_agent_config config;
    struct evx_item_id target;
    enum evx_status s = evx_cli_agent_open(&agent, &config, o);
    if (s) return evx_status_exit_code(s);
    s = evx_front_find_item(&target, agent, o->argv[0]);
    Evx__V1__Correction c = EVX__V1__CORRECTION__INIT;
    c.target = (ProtobufCBinaryData){sizeof target.b, target.b};
    c.reason = (char *)(uintptr_t)evx_cli_value(o, "reason");
    c.replacement = replacement->evidence;
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    item.body_case = EVX__V1__ITEM__BODY_CORRECTION;
    item.correction = &c;
    int code = s ? evx_cli_fail(s, o->argv[0], NULL) : evx_front_send_one(o, &item, agent);
    evx_agent_close(&agent);
    evx_agent_config_free(&config);
    return code;
}

static int correct_from(struct evx_cli_options *o, const struct evx_findings *f, uint64_t row)
{
    Evx__V1__Item *replacement;
    if (f->errors) {
        enum evx_status s = evx_findings_print(stderr, f);
        return s ? evx_cli_fail(s, NULL, NULL) : evx_status_exit_code(EVX_E_CELL_CODE);
    }
    enum evx_status s = pick(&replacement, f, row);
    if (s)
        return evx_cli_fail(s, o->argv[1],
                            "the file must hold one piece of evidence, or --row must pick one");
    int code = send_correction(o, replacement);
    evx_item_free(replacement);
    return code;
}

static int correct(struct evx_cli_options *o, const struct evx_profile_set *set, uint64_t row)
{
    struct evx_agent_config config = {0};
    struct evx_ingest_job job;
    struct evx_files files = {0};
    struct evx_findings f = {0};
    enum evx_status s = evx_front_job(&job, &config, set, o);
    int code = evx_status_exit_code(s);
    if (s) goto out;
    s = evx_files_open(&files, o->argv + 1, 1);
    if (!s && files.n != 1) s = EVX_E_FILE_UNREADABLE;
    if (!s) s = evx_findings_read(&f, &job, &files.file[0], true);
    code = s ? evx_cli_fail(s, o->argv[1], NULL) : correct_from(o, &f, row);
out:
    evx_findings_free(&f);
    evx_files_close(&files);
    evx_agent_config_free(&config);
    return code;
}

int evx_agency_correct(int argc, char **argv)
{
    struct evx_cli_options o;
    struct evx_profile_set set;
    uint64_t row = 0;
    enum evx_status s = evx_cli_parse(&o, evx_correct_options, evx_correct_options_n, argc, argv);
    if (!s) s = evx_cli_number(&row, &o, "row", 1, UINT64_MAX);
    if (s) return evx_status_exit_code(s);
    if (o.argc != 2 || !evx_cli_value(&o, "reason"))
        return evx_cli_fail(EVX_E_USAGE, "correct", "give the item, one file, and --reason TEXT");
    s = evx_front_profiles(&set, &o);
    if (s) return evx_status_exit_code(s);
    int code = correct(&o, &set, row);
    evx_profile_set_free(&set);
    return code;
}
